// Products of bfloat16s, two of them an instruction: compiled for processors that have it, whatever the
// rest is compiled for, and called where `lanes_has_pairs`.
#include "products.h"
#include "vectors.h"

#if defined(__x86_64__)
#include <cpuid.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)

typedef LANES_VECTOR(float, 16) pair_vector;

/// Words of two vectors' numbers, those of the first in the lower halves.
LANES_INLINE __m512bh pair_join(__m512 first, __m512 second) {
  __m512i lower = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
  __m512i upper = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
  return (__m512bh)_mm512_or_si512(lower, _mm512_slli_epi32(upper, 16));
}

LANES_INLINE pair_vector pair_add(pair_vector sum, const uint16_t *numbers, __m512bh factors) {
  int32_t word;
  memcpy(&word, numbers, 4);
  return (pair_vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(word), factors);
}

#define TILE_FLOATS 16
#define TILE_ROWS 12
#define TILE_NUMBER uint16_t
#define TILE_VECTOR __m512bh
#define TILE_ADD(sum, number, factors) sum = pair_add(sum, number, factors)

#define TILE(name) pair_##name
#define TILE_FACTOR uint32_t
#define TILE_READ(factors, line) (__m512bh)_mm512_loadu_si512(factors)
#include "tile.h"
#undef TILE
#undef TILE_FACTOR
#undef TILE_READ

#define TILE(name) pairing_##name
#define TILE_FACTOR float
#define TILE_READ(factors, line) \
  pair_join(_mm512_loadu_ps(factors), _mm512_loadu_ps((factors) + (line) / 2))
#include "tile.h"

#define DOTS_STEP 32
#define DOTS_VECTOR __m512bh
#define DOTS_A(numbers) (__m512bh)_mm512_loadu_si512(numbers)
#define DOTS_B(numbers) _mm512_cvtne2ps_pbh(_mm512_loadu_ps((numbers) + 16), _mm512_loadu_ps(numbers))
#define DOTS_ADD(sum, a, b) sum = (pair_vector)_mm512_dpbf16_ps((__m512)sum, a, b)
#include "dots.h"

LANES_INLINE __mmask16 pair_mask(ptrdiff_t count) {
  return count >= 16 ? 0xffff : count <= 0 ? 0 : (__mmask16)((1u << count) - 1);
}

LANES_INLINE __m512 pair_fetch(const float *from, ptrdiff_t count) {
  return _mm512_maskz_loadu_ps(pair_mask(count), from);
}

static void multiply(const lanes_product *product, const uint16_t *a, const uint32_t *b) {
  pair_product(product, a, b);
}

static void multiply_rounded(const lanes_product *product, const uint16_t *a, const float *b) {
  pairing_product(product, a, b);
}

static void multiply_lines(const lanes_dots *dots, const uint16_t *a, const float *b) {
  pairing_lines(dots, a, b);
}

static void round_line(const float *source, ptrdiff_t count, uint16_t *target) {
  for (ptrdiff_t i = 0; i < count; i += 16)
    _mm256_mask_storeu_epi16(target + i, pair_mask(count - i),
                             (__m256i)_mm512_cvtneps_pbh(pair_fetch(source + i, count - i)));
}

static void pair_line(
    const float *source, ptrdiff_t count, ptrdiff_t distance, ptrdiff_t paired, uint32_t *target) {
  for (ptrdiff_t i = 0; i < count; i += 16) {
    ptrdiff_t both = paired - i < count - i ? paired - i : count - i;
    __m512bh words = pair_join(pair_fetch(source + i, count - i),
                               pair_fetch(both > 0 ? source + i + distance : source, both));
    _mm512_mask_storeu_epi32(target + i, pair_mask(count - i), (__m512i)words);
  }
}

#pragma clang attribute pop

bool lanes_has_pairs(void) {
  unsigned a = 0, b = 0, c = 0, d = 0;
  // That the system keeps such registers is known of level 4.
  return lanes_supported_level() >= 4 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}

#else

static void multiply(const lanes_product *product, const uint16_t *a, const uint32_t *b) {}
static void multiply_rounded(const lanes_product *product, const uint16_t *a, const float *b) {}
static void multiply_lines(const lanes_dots *dots, const uint16_t *a, const float *b) {}
static void round_line(const float *source, ptrdiff_t count, uint16_t *target) {}
static void pair_line(
    const float *source, ptrdiff_t count, ptrdiff_t distance, ptrdiff_t paired, uint32_t *target) {}
bool lanes_has_pairs(void) { return false; }

#endif

void lanes_multiply_pairs(const lanes_product *product, const uint16_t *a, const uint32_t *b) {
  multiply(product, a, b);
}

void lanes_multiply_rounded(const lanes_product *product, const uint16_t *a, const float *b) {
  multiply_rounded(product, a, b);
}

void lanes_multiply_lines_rounded(const lanes_dots *dots, const uint16_t *a, const float *b) {
  multiply_lines(dots, a, b);
}

void lanes_round(
    const float *source, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t line, uint16_t *target) {
  for (ptrdiff_t i = 0; i < lines; i++)
    round_line(source + i * line, columns, target + i * columns);
}

void lanes_pair(
    const float *source, ptrdiff_t count, ptrdiff_t distance, ptrdiff_t paired, uint32_t *target) {
  pair_line(source, count, distance, paired, target);
}

void lanes_pair_lines(
    const float *source, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t line, uint32_t *target,
    ptrdiff_t target_line) {
  for (ptrdiff_t i = 0; i < lines; i += 2)
    pair_line(source + i * line, columns, line, i + 1 < lines ? columns : 0,
              target + i / 2 * target_line);
}
