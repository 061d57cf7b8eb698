// All kernels, once for each precision.
#include "../../Sources/CCUDA/Kernels/Common.h"
#include "../../Sources/CCUDA/Kernels/Maps.h"
#include "../../Sources/CCUDA/Kernels/Axes.h"
#include "../../Sources/CCUDA/Kernels/Products.h"
#include "../../Sources/CCUDA/Kernels/Convolution.h"
#include "../../Sources/CCUDA/Kernels/Steps.h"
#include "../../Sources/CCUDA/Kernels/Losses.h"
#include "../../Sources/CCUDA/Kernels/ActorLosses.h"
