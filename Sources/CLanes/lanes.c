// Every header that has no source file of its own: SwiftPM builds what imports a header again only where
// a source file of its target has read it.
#include "clocks.h"
#include "control.h"
#include "episodes.h"
#include "floats.h"
#include "lanes.h"
#include "objects.h"
#include "packing.h"
#include "processor.h"
#include "resize.h"
#include "rows.h"
#include "sines.h"
#include "vectors.h"
