// Operations on 64 lanes of bytes that Swift's own SIMD64<UInt8> does lane by lane.
//
// Everything is static inline, so it disappears into the Swift caller. A lane mask is a uint64_t,
// bit i for lane i. With AVX-512 a mask is a mask register; elsewhere the generic bodies serve.
#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>
#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

typedef uint8_t lanes_u8 __attribute__((ext_vector_type(64)));
typedef int8_t lanes_i8 __attribute__((ext_vector_type(64)));

#define LANES_INLINE static inline __attribute__((always_inline))

/// Tells the processor that this is a spinning wait.
LANES_INLINE void lanes_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Publishes a value that another thread reads with lanes_load_acquire.
LANES_INLINE void lanes_store_release(int32_t *place, int32_t value) {
  __atomic_store_n(place, value, __ATOMIC_RELEASE);
}
LANES_INLINE int32_t lanes_load_acquire(const int32_t *place) {
  return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

LANES_INLINE lanes_u8 lanes_splat(uint8_t value) { return (lanes_u8)value; }
LANES_INLINE lanes_u8 lanes_add(lanes_u8 a, lanes_u8 b) { return a + b; }
LANES_INLINE lanes_u8 lanes_sub(lanes_u8 a, lanes_u8 b) { return a - b; }
LANES_INLINE lanes_u8 lanes_and(lanes_u8 a, lanes_u8 b) { return a & b; }
LANES_INLINE lanes_u8 lanes_or(lanes_u8 a, lanes_u8 b) { return a | b; }
LANES_INLINE lanes_u8 lanes_xor(lanes_u8 a, lanes_u8 b) { return a ^ b; }
LANES_INLINE lanes_u8 lanes_not(lanes_u8 a) { return ~a; }
/// Logical shifts of every byte by one.
LANES_INLINE lanes_u8 lanes_shl1(lanes_u8 a) { return a + a; }
LANES_INLINE lanes_u8 lanes_shr1(lanes_u8 a) { return a >> (lanes_u8)1; }

LANES_INLINE lanes_u8 lanes_shl(lanes_u8 a, uint8_t by) { return a << (lanes_u8)by; }
LANES_INLINE lanes_u8 lanes_shr(lanes_u8 a, uint8_t by) { return a >> (lanes_u8)by; }

/// The bits of every byte in reverse order.
LANES_INLINE lanes_u8 lanes_reverse(lanes_u8 a) {
  a = lanes_shr(a, 4) | lanes_shl(a, 4);
  a = (lanes_shr(a, 2) & (lanes_u8)0x33) | lanes_shl(a & (lanes_u8)0x33, 2);
  return (lanes_shr(a, 1) & (lanes_u8)0x55) | lanes_shl(a & (lanes_u8)0x55, 1);
}

/// table[index & 15] in every lane; the table has 16 entries.
LANES_INLINE lanes_u8 lanes_lookup16(const int8_t *table, lanes_u8 index) {
#if defined(__AVX512BW__)
  __m512i t = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
  return (lanes_u8)_mm512_shuffle_epi8(t, (__m512i)(index & (lanes_u8)15));
#else
  lanes_u8 result;
  for (int i = 0; i < 64; i++) result[i] = (uint8_t)table[index[i] & 15];
  return result;
#endif
}

/// Gathers bit 7 of every byte.
LANES_INLINE uint64_t lanes_negative(lanes_u8 a) {
#if defined(__AVX512BW__)
  return _mm512_movepi8_mask((__m512i)a);
#else
  uint64_t mask = 0;
  uint64_t words[8];
  memcpy(words, &a, 64);
  for (int i = 0; i < 8; i++)  // each multiplication collects eight top bits
    mask |= ((((words[i] >> 7) & 0x0101010101010101ull) * 0x0102040810204080ull) >> 56) << (8 * i);
  return mask;
#endif
}

LANES_INLINE uint64_t lanes_nonzero(lanes_u8 a) {
#if defined(__AVX512BW__)
  return _mm512_test_epi8_mask((__m512i)a, (__m512i)a);
#else
  return lanes_negative((lanes_u8)(a != (lanes_u8)0));
#endif
}

LANES_INLINE uint64_t lanes_equal(lanes_u8 a, lanes_u8 b) {
#if defined(__AVX512BW__)
  return _mm512_cmpeq_epi8_mask((__m512i)a, (__m512i)b);
#else
  return lanes_negative((lanes_u8)(a == b));
#endif
}

/// Unsigned a < b.
LANES_INLINE uint64_t lanes_below(lanes_u8 a, lanes_u8 b) {
#if defined(__AVX512BW__)
  return _mm512_cmplt_epu8_mask((__m512i)a, (__m512i)b);
#else
  return lanes_negative((lanes_u8)(a < b));
#endif
}

/// 0xFF where the mask is set, 0 elsewhere.
LANES_INLINE lanes_u8 lanes_expand(uint64_t mask) {
#if defined(__AVX512BW__)
  return (lanes_u8)_mm512_movm_epi8(mask);
#else
  uint64_t words[8];
  for (int i = 0; i < 8; i++) {  // spread eight bits over eight bytes, then 1 -> 0xFF
    uint64_t b = (mask >> (8 * i)) & 0xFF;
    b = (b * 0x0101010101010101ull) & 0x8040201008040201ull;
    b = ((b + 0x7F7F7F7F7F7F7F7Full) | b) >> 7 & 0x0101010101010101ull;
    words[i] = b * 0xFF;
  }
  lanes_u8 result;
  memcpy(&result, words, 64);
  return result;
#endif
}

/// t where the mask is set, f elsewhere.
LANES_INLINE lanes_u8 lanes_select(uint64_t mask, lanes_u8 t, lanes_u8 f) {
#if defined(__AVX512BW__)
  return (lanes_u8)_mm512_mask_blend_epi8(mask, (__m512i)f, (__m512i)t);
#else
  lanes_u8 m = lanes_expand(mask);
  return (t & m) | (f & ~m);
#endif
}

// 32-bit rows of 64 lanes, in memory.

/// Adds `value` where the mask is set.
LANES_INLINE void lanes_add_i32(int32_t *row, int32_t value, uint64_t mask) {
#if defined(__AVX512BW__)
  for (int i = 0; i < 4; i++) {
    __m512i old = _mm512_load_si512(row + 16 * i);
    __mmask16 m = (__mmask16)(mask >> (16 * i));
    _mm512_store_si512(row + 16 * i, _mm512_mask_add_epi32(old, m, old, _mm512_set1_epi32(value)));
  }
#else
  for (int i = 0; i < 64; i++) row[i] += (mask >> i & 1) ? value : 0;
#endif
}

LANES_INLINE void lanes_set_i32(int32_t *row, int32_t value, uint64_t mask) {
#if defined(__AVX512BW__)
  for (int i = 0; i < 4; i++) {
    __m512i old = _mm512_load_si512(row + 16 * i);
    __mmask16 m = (__mmask16)(mask >> (16 * i));
    _mm512_store_si512(row + 16 * i, _mm512_mask_set1_epi32(old, m, value));
  }
#else
  for (int i = 0; i < 64; i++) row[i] = (mask >> i & 1) ? value : row[i];
#endif
}

LANES_INLINE uint64_t lanes_equal_i32(const int32_t *row, int32_t value) {
  uint64_t mask = 0;
#if defined(__AVX512BW__)
  __m512i v = _mm512_set1_epi32(value);
  for (int i = 0; i < 4; i++)
    mask |= (uint64_t)_mm512_cmpeq_epi32_mask(_mm512_load_si512(row + 16 * i), v) << (16 * i);
#else
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(row[i] == value) << i;
#endif
  return mask;
}

/// Signed row >= value.
LANES_INLINE uint64_t lanes_at_least_i32(const int32_t *row, int32_t value) {
  uint64_t mask = 0;
#if defined(__AVX512BW__)
  __m512i v = _mm512_set1_epi32(value);
  for (int i = 0; i < 4; i++)
    mask |= (uint64_t)_mm512_cmpge_epi32_mask(_mm512_load_si512(row + 16 * i), v) << (16 * i);
#else
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(row[i] >= value) << i;
#endif
  return mask;
}

/// What runs next: the place where the lane with the smallest key stands.
typedef struct {
  uint64_t group;    // lanes at that place
  uint32_t waiting;  // the smallest key of the others
  int32_t place;
  int32_t leader;
} lanes_turn;

/// The schedule key: clock window, stack depth, place in the program. The smallest runs first.
LANES_INLINE uint32_t lanes_key(int32_t clock, uint8_t stack, int32_t place) {
  uint32_t window = (uint32_t)clock >> 8;
  window = window > 255 ? 255 : window;
  return window << 24 | (uint32_t)stack << 16 | ((uint32_t)place & 0x1FFF);
}

LANES_INLINE lanes_turn lanes_next_turn(const int32_t *clocks, const uint8_t *stack,
                                        const int32_t *places, uint64_t live) {
  lanes_turn turn;
#if defined(__AVX512BW__)
  __m512i keys[4], at[4], least = _mm512_set1_epi32(-1);
  for (int q = 0; q < 4; q++) {
    at[q] = _mm512_load_si512(places + 16 * q);
    __m512i window = _mm512_srli_epi32(_mm512_load_si512(clocks + 16 * q), 8);
    window = _mm512_min_epu32(window, _mm512_set1_epi32(255));
    __m512i depth =
        _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)(stack + 16 * q)));
    keys[q] = _mm512_or_si512(
        _mm512_or_si512(_mm512_slli_epi32(window, 24), _mm512_slli_epi32(depth, 16)),
        _mm512_and_si512(at[q], _mm512_set1_epi32(0x1FFF)));
    least = _mm512_mask_min_epu32(least, (__mmask16)(live >> (16 * q)), least, keys[q]);
  }
  __m512i smallest = _mm512_set1_epi32((int32_t)_mm512_reduce_min_epu32(least));
  uint64_t leaders = 0;
  for (int q = 0; q < 4; q++)
    leaders |= (uint64_t)_mm512_cmpeq_epi32_mask(keys[q], smallest) << (16 * q);
  turn.leader = __builtin_ctzll(leaders & live);
  turn.place = places[turn.leader];
  turn.group = 0;
  for (int q = 0; q < 4; q++)
    turn.group |= (uint64_t)_mm512_cmpeq_epi32_mask(at[q], _mm512_set1_epi32(turn.place))
                  << (16 * q);
  turn.group &= live;
  uint64_t others = live & ~turn.group;
  least = _mm512_set1_epi32(-1);
  for (int q = 0; q < 4; q++)
    least = _mm512_mask_min_epu32(least, (__mmask16)(others >> (16 * q)), least, keys[q]);
  turn.waiting = others == 0 ? 0xFFFFFFFFu : _mm512_reduce_min_epu32(least);
#else
  uint32_t keys[64], least = 0xFFFFFFFFu;
  for (int i = 0; i < 64; i++) {
    keys[i] = live >> i & 1 ? lanes_key(clocks[i], stack[i], places[i]) : 0xFFFFFFFFu;
    least = keys[i] < least ? keys[i] : least;
  }
  turn.leader = 0;
  while (keys[turn.leader] != least) turn.leader++;
  turn.place = places[turn.leader];
  turn.group = lanes_equal_i32(places, turn.place) & live;
  turn.waiting = 0xFFFFFFFFu;
  for (int i = 0; i < 64; i++)
    if (!(turn.group >> i & 1) && keys[i] < turn.waiting) turn.waiting = keys[i];
#endif
  return turn;
}

/// to[i] = max(table[a[i]], table[b[i]]), with a table of 256.
LANES_INLINE void lanes_look_up_larger(uint8_t *to, const uint8_t *a, const uint8_t *b,
                                       const uint8_t *table, int64_t count) {
  int64_t i = 0;
#if defined(__AVX512VBMI__)
  __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
  for (; i < count; i += 64) {
    __mmask64 m = count - i >= 64 ? ~0ull : (1ull << (count - i)) - 1;
    __m512i x = _mm512_maskz_loadu_epi8(m, a + i), y = _mm512_maskz_loadu_epi8(m, b + i);
    __m512i gx = _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), _mm512_permutex2var_epi8(t0, x, t1),
                                        _mm512_permutex2var_epi8(t2, x, t3));
    __m512i gy = _mm512_mask_blend_epi8(_mm512_movepi8_mask(y), _mm512_permutex2var_epi8(t0, y, t1),
                                        _mm512_permutex2var_epi8(t2, y, t3));
    _mm512_mask_storeu_epi8(to + i, m, _mm512_max_epu8(gx, gy));
  }
#endif
  for (; i < count; i++) {
    uint8_t x = table[a[i]], y = table[b[i]];
    to[i] = x > y ? x : y;
  }
}

// What changes in a frame, sorted by lane.

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

/// Bit i is set where byte i of 32 differs.
LANES_INLINE uint32_t lanes_differing32(const uint8_t *a, const uint8_t *b) {
#if defined(__AVX512BW__) && defined(__AVX512VL__)
  return _mm256_cmpneq_epi8_mask(_mm256_loadu_si256((const __m256i *)a),
                                 _mm256_loadu_si256((const __m256i *)b));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 32; i++) mask |= (uint32_t)(a[i] != b[i]) << i;
  return mask;
#endif
}

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

#endif
