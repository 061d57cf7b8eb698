// The kernels of CLanes against plain loops, compiled for each level of x86-64 (5: with VBMI) and as
// the compiler is asked to (0).
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>
#include <string.h>

/// The first kernel that differs in so many rounds of random rows, or NULL.
const char *kernels_differ_0(uint64_t seed, int rounds);
#if defined(__x86_64__)
const char *kernels_differ_1(uint64_t seed, int rounds);
const char *kernels_differ_2(uint64_t seed, int rounds);
const char *kernels_differ_3(uint64_t seed, int rounds);
const char *kernels_differ_4(uint64_t seed, int rounds);
const char *kernels_differ_5(uint64_t seed, int rounds);
#endif

#endif
