#include "kernels.h"

#if defined(__x86_64__)
#define LANES_X86 3
#define COMPARE kernels_differ_3
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "compare.h"
#pragma clang attribute pop
#endif
