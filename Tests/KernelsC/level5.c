#include "kernels.h"

#if defined(__x86_64__)
#define LANES_X86 5
#define COMPARE kernels_differ_5
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512vbmi"))), apply_to = function)
#include "compare.h"
#pragma clang attribute pop
#endif
