// Vectors of 64 bytes, and the few operations on them that C's vector extensions lack: masks as bits
// and back, tables of sixteen, products of pairs.
//
// The kernels are written over these once; what differs from processor to processor stands here, and
// where a kernel of AVX-512 gathers or permutes more than sixteen bytes.
#ifndef VECTORS_H
#define VECTORS_H

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// The level of x86-64 as its ABI counts them, 5 for VBMI as well, 0 elsewhere; tests choose it.
#ifndef LANES_X86
#if defined(__AVX512VBMI__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define LANES_X86 5
#elif defined(__AVX512BW__) && defined(__AVX512DQ__)
#define LANES_X86 4
#elif defined(__AVX2__)
#define LANES_X86 3
#elif defined(__SSSE3__) && defined(__SSE4_1__)
#define LANES_X86 2
#elif defined(__x86_64__)
#define LANES_X86 1
#else
#define LANES_X86 0
#endif
#endif

#define LANES_INLINE static inline __attribute__((always_inline))
#define LANES_VECTOR(element, count) element __attribute__((ext_vector_type(count)))

typedef LANES_VECTOR(uint8_t, 64) lanes_u8;
typedef LANES_VECTOR(uint16_t, 32) lanes_u16;
typedef LANES_VECTOR(uint32_t, 16) lanes_u32;
typedef LANES_VECTOR(int8_t, 64) lanes_i8;
typedef LANES_VECTOR(int16_t, 32) lanes_i16;
typedef LANES_VECTOR(int32_t, 16) lanes_i32;
typedef LANES_VECTOR(int64_t, 8) lanes_i64;
typedef LANES_VECTOR(uint64_t, 8) lanes_x8;
typedef LANES_VECTOR(uint8_t, 16) lanes_piece;  // a quarter

/// What the kernels have been compiled for.
LANES_INLINE const char *lanes_level(void) {
#if LANES_X86 > 0
  return (const char *[]){"SSE2", "SSE4", "AVX2", "AVX-512", "AVX-512 VBMI"}[LANES_X86 - 1];
#elif defined(__aarch64__)
  return "NEON";
#else
  return "plain C";
#endif
}

/// The highest level of x86-64 that this machine can run, as `LANES_X86` counts; 0 elsewhere.
LANES_INLINE int lanes_supported_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("x86-64-v2")) return 1;
  if (!__builtin_cpu_supports("x86-64-v3")) return 2;
  if (!__builtin_cpu_supports("x86-64-v4")) return 3;
  return __builtin_cpu_supports("avx512vbmi") ? 5 : 4;
#else
  return 0;
#endif
}

// lanes_bits8...64: the top bits of all elements, that of the first in bit 0.
// lanes_expand8...64: all bits of the elements whose bit in the mask is set, none of the others.

#if defined(__aarch64__)
/// Eight bytes with one bit each make a byte in three sums of neighbours.
LANES_INLINE uint64_t lanes_bits8(lanes_i8 v) {
  const uint8x16_t bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201ull));
  uint8x16_t part[4];
  v = (lanes_i8)(v < (lanes_i8)0);
  memcpy(part, &v, 64);
  for (int i = 0; i < 4; i++) part[i] = vandq_u8(part[i], bit);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(part[0], part[1]), vpaddq_u8(part[2], part[3]));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}
#define LANES_BITS(width, count, mask_type)                                             \
  LANES_INLINE mask_type lanes_bits##width(lanes_i##width v) {                          \
    typedef LANES_VECTOR(int8_t, count) narrow;                                         \
    narrow signs = __builtin_convertvector(v < (lanes_i##width)0, narrow);              \
    lanes_i8 all = (lanes_i8)0;                                                         \
    memcpy(&all, &signs, sizeof signs);                                                 \
    return (mask_type)lanes_bits8(all);                                                 \
  }
#else
#define LANES_BITS(width, count, mask_type)                                             \
  typedef LANES_VECTOR(_Bool, count) lanes_b##width;                                    \
  LANES_INLINE mask_type lanes_bits##width(lanes_i##width v) {                          \
    lanes_b##width b = __builtin_convertvector(v < (lanes_i##width)0, lanes_b##width);  \
    mask_type mask;                                                                     \
    memcpy(&mask, &b, sizeof mask);                                                     \
    return mask;                                                                        \
  }
LANES_BITS(8, 64, uint64_t)
#endif
LANES_BITS(16, 32, uint32_t)
LANES_BITS(32, 16, uint16_t)
LANES_BITS(64, 8, uint8_t)
#undef LANES_BITS

#if defined(__aarch64__)
// Every element gets the mask, or its part of it, and tests its own bit.
#define LANES_EIGHT(x) x, x, x, x, x, x, x, x
#define LANES_POWERS(x) (x), (x) << 1, (x) << 2, (x) << 3, (x) << 4, (x) << 5, (x) << 6, (x) << 7
LANES_INLINE lanes_i8 lanes_expand8(uint64_t mask) {
  typedef LANES_VECTOR(uint8_t, 8) bytes;
  bytes all;
  memcpy(&all, &mask, 8);
  lanes_u8 own = __builtin_shufflevector(
      all, all, LANES_EIGHT(0), LANES_EIGHT(1), LANES_EIGHT(2), LANES_EIGHT(3), LANES_EIGHT(4),
      LANES_EIGHT(5), LANES_EIGHT(6), LANES_EIGHT(7));
  const lanes_u8 bit = (lanes_u8)(lanes_x8)0x8040201008040201ull;
  return (lanes_i8)((own & bit) != 0);
}
LANES_INLINE lanes_i16 lanes_expand16(uint32_t mask) {
  typedef LANES_VECTOR(uint16_t, 2) halves;
  halves all;
  memcpy(&all, &mask, 4);
  lanes_u16 own = __builtin_shufflevector(all, all, LANES_EIGHT(0), LANES_EIGHT(0),
                                          LANES_EIGHT(1), LANES_EIGHT(1));
  const lanes_u16 bit = {LANES_POWERS(1), LANES_POWERS(256), LANES_POWERS(1), LANES_POWERS(256)};
  return (lanes_i16)((own & bit) != 0);
}
LANES_INLINE lanes_i32 lanes_expand32(uint16_t mask) {
  const lanes_u32 bit = {LANES_POWERS(1), LANES_POWERS(256)};
  return (lanes_i32)(((lanes_u32)(uint32_t)mask & bit) != 0);
}
LANES_INLINE lanes_i64 lanes_expand64(uint8_t mask) {
  const lanes_x8 bit = {LANES_POWERS(1)};
  return (lanes_i64)(((lanes_x8)(uint64_t)mask & bit) != 0);
}
#undef LANES_EIGHT
#undef LANES_POWERS
#else
#define LANES_EXPAND(width, mask_type)                                       \
  LANES_INLINE lanes_i##width lanes_expand##width(mask_type mask) {          \
    lanes_b##width b;                                                        \
    memcpy(&b, &mask, sizeof mask);                                          \
    return (lanes_i##width)(__builtin_convertvector(b, lanes_i##width) != 0); \
  }
LANES_EXPAND(8, uint64_t)
LANES_EXPAND(16, uint32_t)
LANES_EXPAND(32, uint16_t)
LANES_EXPAND(64, uint8_t)
#undef LANES_EXPAND
#endif

/// Every byte looks up its index, below 16, in the same sixteen bytes of `tables` as its own.
LANES_INLINE lanes_u8 lanes_shuffle(lanes_u8 tables, lanes_u8 index) {
#if LANES_X86 >= 4
  return (lanes_u8)_mm512_shuffle_epi8((__m512i)tables, (__m512i)index);
#else
  uint8_t from[64], at[64], to[64];
  memcpy(from, &tables, 64);
  memcpy(at, &index, 64);
#if LANES_X86 >= 3
  for (int i = 0; i < 64; i += 32)
    _mm256_storeu_si256((__m256i *)(to + i),
                        _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)(from + i)),
                                            _mm256_loadu_si256((const __m256i *)(at + i))));
#elif LANES_X86 >= 2
  for (int i = 0; i < 64; i += 16)
    _mm_storeu_si128((__m128i *)(to + i),
                     _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(from + i)),
                                      _mm_loadu_si128((const __m128i *)(at + i))));
#elif defined(__aarch64__)
  for (int i = 0; i < 64; i += 16) vst1q_u8(to + i, vqtbl1q_u8(vld1q_u8(from + i), vld1q_u8(at + i)));
#else
  for (int i = 0; i < 64; i++) to[i] = from[(i & 48) + at[i]];
#endif
  lanes_u8 result;
  memcpy(&result, to, 64);
  return result;
#endif
}

/// The same sixteen bytes four times.
LANES_INLINE lanes_u8 lanes_repeat(lanes_piece piece) {
  return __builtin_shufflevector(
      piece, piece, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8,
      9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
      4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/// a[2i] * b[2i] + a[2i + 1] * b[2i + 1]; b below 128, sums below 32,768.
LANES_INLINE lanes_u16 lanes_pair_products(lanes_u8 a, lanes_u8 b) {
#if LANES_X86 >= 4
  return (lanes_u16)_mm512_maddubs_epi16((__m512i)a, (__m512i)b);
#elif LANES_X86 >= 3
  __m256i x[2], y[2];
  memcpy(x, &a, 64);
  memcpy(y, &b, 64);
  for (int i = 0; i < 2; i++) x[i] = _mm256_maddubs_epi16(x[i], y[i]);
  lanes_u16 result;
  memcpy(&result, x, 64);
  return result;
#else
  lanes_u16 p = (lanes_u16)a, q = (lanes_u16)b;
  return (p & 255) * (q & 255) + (p >> 8) * (q >> 8);
#endif
}

/// (a * b) >> 16.
LANES_INLINE lanes_u16 lanes_multiply_high(lanes_u16 a, uint16_t b) {
#if LANES_X86 >= 4
  return (lanes_u16)_mm512_mulhi_epu16((__m512i)a, _mm512_set1_epi16((int16_t)b));
#elif LANES_X86 >= 3
  __m256i x[2];
  memcpy(x, &a, 64);
  for (int i = 0; i < 2; i++) x[i] = _mm256_mulhi_epu16(x[i], _mm256_set1_epi16((int16_t)b));
  memcpy(&a, x, 64);
  return a;
#else
  typedef LANES_VECTOR(uint32_t, 32) wide;
  wide product = __builtin_convertvector(a, wide) * (wide)(uint32_t)b;
  return __builtin_convertvector(product >> 16, lanes_u16);
#endif
}

/// `bits` shifted to higher or lower places; zero when the count is 64 or more.
LANES_INLINE lanes_x8 lanes_left(lanes_x8 bits, lanes_x8 by) {
#if LANES_X86 >= 4
  return (lanes_x8)_mm512_sllv_epi64((__m512i)bits, (__m512i)by);
#elif LANES_X86 >= 3
  __m256i b[2], n[2];
  memcpy(b, &bits, 64);
  memcpy(n, &by, 64);
  for (int i = 0; i < 2; i++) b[i] = _mm256_sllv_epi64(b[i], n[i]);
  memcpy(&bits, b, 64);
  return bits;
#else
  return bits << (by & 63) & (lanes_x8)(by < 64);
#endif
}
LANES_INLINE lanes_x8 lanes_right(lanes_x8 bits, lanes_x8 by) {
#if LANES_X86 >= 4
  return (lanes_x8)_mm512_srlv_epi64((__m512i)bits, (__m512i)by);
#elif LANES_X86 >= 3
  __m256i b[2], n[2];
  memcpy(b, &bits, 64);
  memcpy(n, &by, 64);
  for (int i = 0; i < 2; i++) b[i] = _mm256_srlv_epi64(b[i], n[i]);
  memcpy(&bits, b, 64);
  return bits;
#else
  return bits >> (by & 63) & (lanes_x8)(by < 64);
#endif
}

#endif
