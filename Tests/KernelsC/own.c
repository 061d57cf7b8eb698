// As the compiler is asked to: for NEON where that is the processor.
#include "kernels.h"

#define COMPARE kernels_differ_0
#include "compare.h"
