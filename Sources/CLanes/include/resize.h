// Pixels of an area resize.
#ifndef RESIZE_H
#define RESIZE_H

#include "lanes.h"

// Area resize. Rows of results are padded to a multiple of 32 columns, tables to 128 at least.

#if LANES_X86 >= 5
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
#if LANES_X86 >= 5
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
  for (int64_t i = 0; i < count; i++) {
    float shifted = sum[i] + 8388608.0f;
    uint32_t bits;
    memcpy(&bits, &shifted, 4);
    to[i] = (uint8_t)bits;
  }
}

// The same in whole numbers of 16 bits.

/// Shares as multiples of a unit. Outputs come in groups of `columns` and go into rows of 32 a group.
typedef struct {
  int32_t groups, columns, width;
  const int32_t *starts;  // [groups], first source pixel
  // [groups][2][2][64]: taps 0 and 1 of each column side by side, as pixels from the start on and as
  // weights; then taps 2 and 3.
  const uint8_t *taps;
  // Or NULL: the same pixels for processors that permute sixteen bytes at most: [groups][2][4], where
  // sixteen pixels begin that hold the taps of eight columns, and [groups][2][64] from there on.
  const uint8_t *pieces, *places;
  uint16_t unit, factor, before, shift;  // x / unit == ((x >> before) * factor >> 16) >> shift
} lanes_whole_shares;

LANES_INLINE lanes_u8 lanes_load(const uint8_t *bytes) {
  lanes_u8 v;
  memcpy(&v, bytes, 64);
  return v;
}

/// The pixels of taps 0 and 1 of a group's columns, or of taps 2 and 3 (`pair`).
LANES_INLINE lanes_u8 lanes_tapped(const uint8_t *window, lanes_whole_shares s, int32_t group,
                                   int pair) {
#if LANES_X86 >= 5
  return (lanes_u8)_mm512_permutexvar_epi8((__m512i)lanes_load(s.taps + 256 * group + 128 * pair),
                                           _mm512_loadu_si512(window));
#else
  uint8_t pixels[64];
  if (s.pieces != NULL) {
    const uint8_t *piece = s.pieces + 8 * group + 4 * pair;
    for (int i = 0; i < 4; i++) memcpy(pixels + 16 * i, window + piece[i], 16);
    return lanes_shuffle(lanes_load(pixels), lanes_load(s.places + 128 * group + 64 * pair));
  }
  for (int i = 0; i < 64; i++) pixels[i] = window[s.taps[256 * group + 128 * pair + i]];
  return lanes_load(pixels);
#endif
}

/// - pixels: with 64 bytes to spare.
LANES_INLINE void lanes_reduce_whole(uint16_t *row, const uint8_t *pixels, lanes_whole_shares s) {
  for (int32_t group = 0; group < s.groups; group++, row += 32) {
    const uint8_t *weights = s.taps + 256 * group + 64, *window = pixels + s.starts[group];
    lanes_u16 sum = lanes_pair_products(lanes_tapped(window, s, group, 0), lanes_load(weights));
    sum += lanes_pair_products(lanes_tapped(window, s, group, 1), lanes_load(weights + 128));
    memcpy(row, &sum, 64);
  }
}

/// Sums `count` reduced rows times their weights, divides by the unit and rounds.
/// - rows: a ring of `entries` rows of `stride`; the first is `entry`.
/// - ties: [groups], the columns that are exact halves. Returns whether there are any.
LANES_INLINE uint32_t lanes_sum_whole(uint8_t *to, const uint16_t *rows, int32_t stride,
                                      int32_t entries, int32_t entry, const uint16_t *weights,
                                      int32_t count, uint32_t *ties, lanes_whole_shares s) {
  uint32_t any = 0;
  for (int32_t group = 0; group < s.groups; group++, rows += 32, to += s.columns) {
    int32_t left = s.width - group * s.columns, columns = left < s.columns ? left : s.columns;
    uint32_t own = columns == 32 ? ~0u : (1u << columns) - 1;
    lanes_u16 x = (lanes_u16)(uint16_t)(s.unit / 2);
    for (int32_t i = 0, at = entry; i < count; i++, at = at + 1 == entries ? 0 : at + 1) {
      lanes_u16 row;
      memcpy(&row, rows + at * stride, 64);
      x += row * (lanes_u16)weights[i];
    }
    lanes_u16 quotient = lanes_multiply_high(x >> (lanes_u16)s.before, s.factor);
    quotient >>= (lanes_u16)s.shift;
    ties[group] = lanes_bits16((lanes_i16)(quotient * (lanes_u16)s.unit == x)) & own;
    typedef LANES_VECTOR(uint8_t, 32) bytes;
    bytes pixels = __builtin_convertvector(quotient, bytes);
    if (columns == 28)  // all of 84 in three groups
      memcpy(to, &pixels, 28);
    else
      memcpy(to, &pixels, (size_t)columns);
    any |= ties[group];
  }
  return any;
}

#endif
