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

/// A clock that ticks evenly.
LANES_INLINE uint64_t lanes_ticks(void) { return __builtin_readcyclecounter(); }

/// Publishes a value that another thread reads with lanes_load_acquire.
LANES_INLINE void lanes_store_release(int32_t *place, int32_t value) {
  __atomic_store_n(place, value, __ATOMIC_RELEASE);
}
LANES_INLINE int32_t lanes_load_acquire(const int32_t *place) {
  return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/// Asks for memory that will be read soon.
LANES_INLINE void lanes_prefetch(const void *start, int64_t bytes) {
  for (int64_t at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)start + at, 0, 2);
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

LANES_INLINE uint8_t lanes_largest(lanes_u8 a) { return __builtin_reduce_max(a); }

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

/// row = from + value where the mask is set.
LANES_INLINE void lanes_set_sum_i32(int32_t *row, const int32_t *from, int32_t value,
                                    uint64_t mask) {
#if defined(__AVX512BW__)
  for (int i = 0; i < 4; i++) {
    __m512i sum = _mm512_add_epi32(_mm512_load_si512(from + 16 * i), _mm512_set1_epi32(value));
    __mmask16 m = (__mmask16)(mask >> (16 * i));
    _mm512_store_si512(row + 16 * i,
                       _mm512_mask_blend_epi32(m, _mm512_load_si512(row + 16 * i), sum));
  }
#else
  for (int i = 0; i < 64; i++) row[i] = mask >> i & 1 ? from[i] + value : row[i];
#endif
}

/// The largest of the mask's lanes, which are not empty.
LANES_INLINE int32_t lanes_largest_i32(const int32_t *row, uint64_t mask) {
#if defined(__AVX512BW__)
  __m512i most = _mm512_set1_epi32(INT32_MIN);
  for (int i = 0; i < 4; i++)
    most = _mm512_mask_max_epi32(most, (__mmask16)(mask >> (16 * i)), most,
                                 _mm512_load_si512(row + 16 * i));
  return _mm512_reduce_max_epi32(most);
#else
  int32_t most = INT32_MIN;
  for (int i = 0; i < 64; i++) most = (mask >> i & 1) && row[i] > most ? row[i] : most;
  return most;
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

/// to[i] = max(table[a[i]], table[b[i]]), with a table of 256.
LANES_INLINE void lanes_look_up_larger(uint8_t *to, const uint8_t *a, const uint8_t *b,
                                       const uint8_t *table, int64_t count) {
  int64_t i = 0;
#if defined(__AVX512VBMI__)
  __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64);
  __m512i t2 = _mm512_loadu_si512(table + 128), t3 = _mm512_loadu_si512(table + 192);
#define LOOK_UP(x)                                                                       \
  _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), _mm512_permutex2var_epi8(t0, x, t1), \
                         _mm512_permutex2var_epi8(t2, x, t3))
  for (; i + 64 <= count; i += 64) {
    __m512i x = _mm512_loadu_si512(a + i), y = _mm512_loadu_si512(b + i);
    _mm512_storeu_si512(to + i, _mm512_max_epu8(LOOK_UP(x), LOOK_UP(y)));
  }
  // Masked accesses are slow; rows of 160 need none.
  if (i + 32 <= count) {
    __m512i x = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(a + i)));
    __m512i y = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(b + i)));
    _mm256_storeu_si256((__m256i *)(to + i),
                        _mm512_castsi512_si256(_mm512_max_epu8(LOOK_UP(x), LOOK_UP(y))));
    i += 32;
  }
  if (i < count) {
    __mmask64 m = (1ull << (count - i)) - 1;
    __m512i x = _mm512_maskz_loadu_epi8(m, a + i), y = _mm512_maskz_loadu_epi8(m, b + i);
    _mm512_mask_storeu_epi8(to + i, m, _mm512_max_epu8(LOOK_UP(x), LOOK_UP(y)));
    i = count;
  }
#undef LOOK_UP
#endif
  for (; i < count; i++) {
    uint8_t x = table[a[i]], y = table[b[i]];
    to[i] = x > y ? x : y;
  }
}

#endif
