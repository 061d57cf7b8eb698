// Pixels of an area resize.
#ifndef RESIZE_H
#define RESIZE_H

#include "lanes.h"

// Area resize. Rows of results are padded to a multiple of 32 columns, tables to 128 at least.

#if defined(__AVX512VBMI__)
/// Some columns of the next function, 16 times `parts`, from a row of pixels in three registers.
LANES_INLINE void lanes_reduce_part(const __m512i *pixels, const uint16_t *sources,
                                    const float *weights, int64_t taps, int64_t stride, float *row,
                                    int parts) {
#pragma clang fp contract(off)
  __m512 sum[4];
  for (int64_t tap = 0; tap < taps; tap++, sources += stride, weights += stride) {
    __m512i at = _mm512_inserti64x4(
        _mm512_castsi256_si512(_mm512_cvtepi16_epi8(_mm512_loadu_si512(sources))),
        _mm512_cvtepi16_epi8(_mm512_loadu_si512(sources + 32)), 1);
    __m512i p = _mm512_permutex2var_epi8(pixels[0], at, pixels[1]);
    p = _mm512_mask_permutexvar_epi8(p, _mm512_movepi8_mask(at), at, pixels[2]);
    __m128i part[4] = {_mm512_extracti32x4_epi32(p, 0), _mm512_extracti32x4_epi32(p, 1),
                       _mm512_extracti32x4_epi32(p, 2), _mm512_extracti32x4_epi32(p, 3)};
    for (int i = 0; i < parts; i++) {
      __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(part[i])),
                                     _mm512_loadu_ps(weights + 16 * i));
      sum[i] = tap == 0 ? product : _mm512_add_ps(sum[i], product);
    }
  }
  for (int i = 0; i < parts; i++) _mm512_storeu_ps(row + 16 * i, sum[i]);
}
#endif

/// row[i] = sum over taps of pixels[sources[tap][i]] * weights[tap][i], left to right.
/// - sources, weights: [taps][stride]; columns without use have weight 0.
static inline void lanes_reduce_row(const uint8_t *pixels, int64_t width, const uint16_t *sources,
                                    const float *weights, int64_t taps, int64_t stride, float *row,
                                    int64_t columns) {
#pragma clang fp contract(off)
#if defined(__AVX512VBMI__)
  if (width >= 64 && width <= 192 && columns <= 128) {
    const __m512i own[3] = {
        _mm512_loadu_si512(pixels),
        _mm512_maskz_loadu_epi8(width >= 128 ? ~0ull : (1ull << (width - 64)) - 1, pixels + 64),
        _mm512_maskz_loadu_epi8(width <= 128   ? 0
                                : width == 192 ? ~0ull
                                               : (1ull << (width - 128)) - 1,
                                pixels + 128)};
    int64_t done = 0;
    for (; columns - done >= 64; done += 64)
      lanes_reduce_part(own, sources + done, weights + done, taps, stride, row + done, 4);
    if (done < columns)
      lanes_reduce_part(own, sources + done, weights + done, taps, stride, row + done, 2);
    return;
  }
#endif
  (void)width;
  for (int64_t i = 0; i < columns; i++) row[i] = pixels[sources[i]] * weights[i];
  for (int64_t tap = 1; tap < taps; tap++)
    for (int64_t i = 0; i < columns; i++) {
      float product = pixels[sources[tap * stride + i]] * weights[tap * stride + i];
      row[i] = row[i] + product;
    }
}

/// sum = row * weight, or sum + row * weight when `more`; columns in multiples of 32.
LANES_INLINE void lanes_weigh_row(float *sum, const float *row, float weight, int more,
                                  int64_t columns) {
#pragma clang fp contract(off)
  for (int64_t at = 0; at < columns; at += 32) {
    if (more) {
      for (int i = 0; i < 32; i++) {
        float product = row[at + i] * weight;
        sum[at + i] = sum[at + i] + product;
      }
    } else {
      for (int i = 0; i < 32; i++) sum[at + i] = row[at + i] * weight;
    }
  }
}

/// Rounds to the nearest integer, halves to even: adding 2^23 leaves it in the lowest bits.
LANES_INLINE void lanes_round_row(uint8_t *to, const float *sum, int64_t count) {
#if defined(__AVX512BW__)
  for (int64_t i = 0; i < count; i += 16) {
    __mmask16 m = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
    _mm512_mask_cvtepi32_storeu_epi8(to + i, m, _mm512_cvtps_epi32(_mm512_loadu_ps(sum + i)));
  }
#else
  for (int64_t i = 0; i < count; i++) {
    float shifted = sum[i] + 8388608.0f;
    uint32_t bits;
    memcpy(&bits, &shifted, 4);
    to[i] = (uint8_t)bits;
  }
#endif
}

// The same in whole numbers of 16 bits.

/// Shares as multiples of a unit. Outputs come in groups of `columns` and go into rows of 32 a group.
typedef struct {
  int32_t groups, columns, width;
  const int32_t *starts;  // [groups], first source pixel
  // [groups][2][2][64]: taps 0 and 1 of each column side by side, as pixels from the start on and as
  // weights; then taps 2 and 3.
  const uint8_t *taps;
  uint16_t unit, factor, before, shift;  // x / unit == ((x >> before) * factor >> 16) >> shift
} lanes_whole_shares;

/// - pixels: with 64 bytes to spare.
LANES_INLINE void lanes_reduce_whole(uint16_t *row, const uint8_t *pixels, lanes_whole_shares s) {
  for (int32_t group = 0; group < s.groups; group++, row += 32) {
    const uint8_t *taps = s.taps + 256 * group, *window = pixels + s.starts[group];
#if defined(__AVX512VBMI__)
    const __m512i *t = (const __m512i *)taps;
    __m512i own = _mm512_loadu_si512(window);
    __m512i sum = _mm512_maddubs_epi16(_mm512_permutexvar_epi8(t[0], own), t[1]);
    sum = _mm512_add_epi16(
        sum, _mm512_maddubs_epi16(_mm512_permutexvar_epi8(t[2], own), t[3]));
    _mm512_storeu_si512(row, sum);
#else
    for (int i = 0; i < 32; i++) {
      const uint8_t *t = taps + 2 * i;
      row[i] = (uint16_t)(window[t[0]] * t[64] + window[t[1]] * t[65] + window[t[128]] * t[192] +
                          window[t[129]] * t[193]);
    }
#endif
  }
}

/// Sums `count` reduced rows times their weights, divides by the unit and rounds.
/// - rows: a ring of `entries` rows of `stride`; the first is `entry`.
/// - ties: [groups], the columns that are exact halves. Returns whether there are any.
LANES_INLINE uint32_t lanes_sum_whole(uint8_t *to, const uint16_t *rows, int32_t stride,
                                      int32_t entries, int32_t entry, const uint16_t *weights,
                                      int32_t count, uint32_t *ties, lanes_whole_shares s) {
  const uint16_t half = s.unit / 2;
  uint32_t any = 0;
  for (int32_t group = 0; group < s.groups; group++, rows += 32, to += s.columns) {
    int32_t left = s.width - group * s.columns, columns = left < s.columns ? left : s.columns;
    uint32_t own = columns == 32 ? ~0u : (1u << columns) - 1;
    uint8_t bytes[32];
#if defined(__AVX512BW__)
    __m512i x = _mm512_set1_epi16((int16_t)half);
    for (int32_t i = 0, at = entry; i < count; i++, at = at + 1 == entries ? 0 : at + 1) {
      __m512i row = _mm512_loadu_si512(rows + at * stride);
      x = _mm512_add_epi16(x, _mm512_mullo_epi16(row, _mm512_set1_epi16((int16_t)weights[i])));
    }
    __m512i q = _mm512_mulhi_epu16(_mm512_srl_epi16(x, _mm_cvtsi32_si128(s.before)),
                                   _mm512_set1_epi16((int16_t)s.factor));
    q = _mm512_srl_epi16(q, _mm_cvtsi32_si128(s.shift));
    __m512i back = _mm512_mullo_epi16(q, _mm512_set1_epi16((int16_t)s.unit));
    ties[group] = _mm512_cmpeq_epi16_mask(back, x) & own;
    _mm256_storeu_si256((__m256i *)bytes, _mm512_cvtepi16_epi8(q));
#else
    uint16_t x[32];
    uint32_t found = 0;
    for (int i = 0; i < 32; i++) x[i] = half;
    for (int32_t i = 0, at = entry; i < count; i++, at = at + 1 == entries ? 0 : at + 1)
      for (int j = 0; j < 32; j++) x[j] += (uint16_t)(rows[at * stride + j] * weights[i]);
    for (int i = 0; i < 32; i++) {
      uint16_t q = (uint16_t)(((uint32_t)(x[i] >> s.before) * s.factor >> 16) >> s.shift);
      found |= (uint32_t)((uint16_t)(q * s.unit) == x[i]) << i;
      bytes[i] = (uint8_t)q;
    }
    ties[group] = found & own;
#endif
    if (columns == 28)  // all of 84 in three groups
      memcpy(to, bytes, 28);
    else
      memcpy(to, bytes, (size_t)columns);
    any |= ties[group];
  }
  return any;
}

#endif
