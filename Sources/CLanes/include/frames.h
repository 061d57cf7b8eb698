// From the log of a frame to lists of single lanes.
#ifndef FRAMES_H
#define FRAMES_H

#include "lanes.h"

/// Clocks before a line's first pixel become that pixel's clock. Lines are 228 clocks long, 68 of
/// them before the first pixel.
LANES_INLINE uint32_t lanes_first_seen(uint32_t clock) {
  uint32_t column = clock - ((clock >> 2) * 18397 >> 20) * 228;
  return column - 1 < 67 ? clock + 68 - column : clock;
}

/// Sorts `count` log entries by lane: lists[lane][i] = clock << 16 | kind << 8 | value.
static inline void lanes_sort_by_lane(uint32_t *lists, int64_t stride, int32_t *counts,
                                      const uint8_t *kinds, const uint64_t *masks,
                                      const uint16_t *clocks, const uint8_t *values, int64_t count,
                                      uint64_t wanted) {
  for (int lane = 0; lane < 64; lane++) counts[lane] = 0;
#if defined(__AVX512BW__)
  __m512i place[4];
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int q = 0; q < 4; q++)
    place[q] = _mm512_mullo_epi32(_mm512_add_epi32(lane, _mm512_set1_epi32(16 * q)),
                                  _mm512_set1_epi32((int32_t)stride));
  for (int64_t i = 0; i < count; i++) {
    uint64_t mask = masks[i] & wanted;
    const __m512i kind = _mm512_set1_epi32(kinds[i] << 8);
    for (int q = 0; q < 4; q++, mask >>= 16) {
      __mmask16 m = (__mmask16)mask;
      if (m == 0) continue;
      __m512i c = _mm512_cvtepu16_epi32(
          _mm256_loadu_si256((const __m256i *)(clocks + i * 64 + 16 * q)));
      __m512i v =
          _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(values + i * 64 + 16 * q)));
      __m512i line = _mm512_srli_epi32(
          _mm512_mullo_epi32(_mm512_srli_epi32(c, 2), _mm512_set1_epi32(18397)), 20);
      __m512i column = _mm512_sub_epi32(c, _mm512_mullo_epi32(line, _mm512_set1_epi32(228)));
      __mmask16 early = _mm512_cmplt_epu32_mask(_mm512_sub_epi32(column, _mm512_set1_epi32(1)),
                                                _mm512_set1_epi32(67));
      c = _mm512_mask_add_epi32(c, early, c,
                                _mm512_sub_epi32(_mm512_set1_epi32(68), column));
      __m512i record = _mm512_or_si512(_mm512_or_si512(_mm512_slli_epi32(c, 16), v), kind);
      _mm512_mask_i32scatter_epi32(lists, m, place[q], record, 4);
      place[q] = _mm512_mask_add_epi32(place[q], m, place[q], _mm512_set1_epi32(1));
    }
  }
  for (int q = 0; q < 4; q++)
    _mm512_storeu_si512(
        counts + 16 * q,
        _mm512_sub_epi32(place[q],
                         _mm512_mullo_epi32(_mm512_add_epi32(lane, _mm512_set1_epi32(16 * q)),
                                            _mm512_set1_epi32((int32_t)stride))));
#else
  for (int64_t i = 0; i < count; i++)
    for (uint64_t rest = masks[i] & wanted; rest != 0; rest &= rest - 1) {
      int lane = __builtin_ctzll(rest);
      lists[lane * stride + counts[lane]++] = lanes_first_seen(clocks[i * 64 + lane]) << 16 |
                                              (uint32_t)kinds[i] << 8 | values[i * 64 + lane];
    }
#endif
}

#endif
