// Operations on 64 lanes of bytes that Swift's own SIMD64<UInt8> does lane by lane.
//
// Everything is static inline, so it disappears into the Swift caller. A lane mask is a uint64_t,
// bit i for lane i.
#ifndef LANES_H
#define LANES_H

#include "vectors.h"

/// Tells the processor that this is a spinning wait.
LANES_INLINE void lanes_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Processors that the process's affinity allows; 0: not known.
int32_t lanes_processors(void);

/// The file of the program or library that this is a part of, as it was named when it was loaded;
/// NULL: that is not known.
const char *lanes_image(void);

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
  const int64_t before = (int64_t)((uintptr_t)start & 63);
  for (int64_t at = -before; at < bytes; at += 64) __builtin_prefetch((const char *)start + at, 0, 2);
}

/// Copies past the caches: for much memory, which nobody is going to read soon. Other threads see it in
/// the order of all stores, as if they were plain.
LANES_INLINE void lanes_stream(void *to, const void *from, int64_t bytes) {
  const int64_t before = -(int64_t)(uintptr_t)to & 63, lines = (bytes - before) / 64;
  if (lines <= 0) {
    __builtin_memcpy(to, from, (uint64_t)bytes);
    return;
  }
  lanes_u8 *const line = (lanes_u8 *)((char *)to + before);
  const char *const source = (const char *)from + before;
  __builtin_memcpy(to, from, (uint64_t)before);
  for (int64_t index = 0; index < lines; index++) {
    lanes_u8 value;
    __builtin_memcpy(&value, source + index * 64, 64);
    __builtin_nontemporal_store(value, line + index);
  }
  __builtin_memcpy(line + lines, source + lines * 64, (uint64_t)((bytes - before) % 64));
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
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
  lanes_piece piece;
  memcpy(&piece, table, 16);
  return lanes_shuffle(lanes_repeat(piece), index & (lanes_u8)15);
}

/// Gathers bit 7 of every byte.
LANES_INLINE uint64_t lanes_negative(lanes_u8 a) { return lanes_bits8((lanes_i8)a); }
LANES_INLINE uint64_t lanes_nonzero(lanes_u8 a) {
  return lanes_bits8((lanes_i8)(a != (lanes_u8)0));
}
LANES_INLINE uint64_t lanes_equal(lanes_u8 a, lanes_u8 b) { return lanes_bits8((lanes_i8)(a == b)); }
/// Unsigned a < b.
LANES_INLINE uint64_t lanes_below(lanes_u8 a, lanes_u8 b) { return lanes_bits8((lanes_i8)(a < b)); }

LANES_INLINE uint8_t lanes_largest(lanes_u8 a) { return __builtin_reduce_max(a); }

/// 0xFF where the mask is set, 0 elsewhere.
LANES_INLINE lanes_u8 lanes_expand(uint64_t mask) { return (lanes_u8)lanes_expand8(mask); }

/// t where the mask is set, f elsewhere.
LANES_INLINE lanes_u8 lanes_select(uint64_t mask, lanes_u8 t, lanes_u8 f) {
  return lanes_expand8(mask) ? t : f;
}

// 32-bit rows of 64 lanes, in memory, a quarter of a row at a time.

LANES_INLINE lanes_i32 lanes_load_i32(const int32_t *row, int quarter) {
  lanes_i32 values;
  memcpy(&values, row + 16 * quarter, 64);
  return values;
}
LANES_INLINE void lanes_store_i32(int32_t *row, int quarter, lanes_i32 values) {
  memcpy(row + 16 * quarter, &values, 64);
}
/// All bits of the quarter's lanes that are in the mask.
LANES_INLINE lanes_i32 lanes_quarter(uint64_t mask, int quarter) {
  return lanes_expand32((uint16_t)(mask >> (16 * quarter)));
}
/// The lanes of a quarter whose top bit is set, as part of a mask.
LANES_INLINE uint64_t lanes_quarter_bits(lanes_i32 values, int quarter) {
  return (uint64_t)lanes_bits32(values) << (16 * quarter);
}

/// Adds `value` where the mask is set.
LANES_INLINE void lanes_add_i32(int32_t *row, int32_t value, uint64_t mask) {
  for (int q = 0; q < 4; q++)
    lanes_store_i32(row, q, lanes_load_i32(row, q) + (lanes_quarter(mask, q) & (lanes_i32)value));
}

/// row = from + value where the mask is set.
LANES_INLINE void lanes_set_sum_i32(int32_t *row, const int32_t *from, int32_t value,
                                    uint64_t mask) {
  for (int q = 0; q < 4; q++)
    lanes_store_i32(row, q, lanes_quarter(mask, q) ? lanes_load_i32(from, q) + (lanes_i32)value
                                                   : lanes_load_i32(row, q));
}

/// The largest of the mask's lanes, which are not empty.
LANES_INLINE int32_t lanes_largest_i32(const int32_t *row, uint64_t mask) {
  const lanes_i32 least = (lanes_i32)INT32_MIN;
  lanes_i32 most = least;
  for (int q = 0; q < 4; q++)
    most = __builtin_elementwise_max(
        most, lanes_quarter(mask, q) ? lanes_load_i32(row, q) : least);
  return __builtin_reduce_max(most);
}

LANES_INLINE void lanes_set_i32(int32_t *row, int32_t value, uint64_t mask) {
  for (int q = 0; q < 4; q++)
    lanes_store_i32(row, q,
                    lanes_quarter(mask, q) ? (lanes_i32)value : lanes_load_i32(row, q));
}

LANES_INLINE uint64_t lanes_equal_i32(const int32_t *row, int32_t value) {
  uint64_t mask = 0;
  for (int q = 0; q < 4; q++)
    mask |= lanes_quarter_bits(lanes_load_i32(row, q) == (lanes_i32)value, q);
  return mask;
}

/// Signed row >= value.
LANES_INLINE uint64_t lanes_at_least_i32(const int32_t *row, int32_t value) {
  uint64_t mask = 0;
  for (int q = 0; q < 4; q++)
    mask |= lanes_quarter_bits(lanes_load_i32(row, q) >= (lanes_i32)value, q);
  return mask;
}

// Tables of 256 bytes.

#if LANES_X86 >= 5
typedef struct {
  __m512i quarters[4];
} lanes_table;
LANES_INLINE lanes_table lanes_load_table(const uint8_t *table) {
  lanes_table t;
  for (int i = 0; i < 4; i++) t.quarters[i] = _mm512_loadu_si512(table + 64 * i);
  return t;
}
LANES_INLINE lanes_u8 lanes_look_up(const lanes_table *t, lanes_u8 index) {
  __m512i x = (__m512i)index;
  return (lanes_u8)_mm512_mask_blend_epi8(
      _mm512_movepi8_mask(x), _mm512_permutex2var_epi8(t->quarters[0], x, t->quarters[1]),
      _mm512_permutex2var_epi8(t->quarters[2], x, t->quarters[3]));
}
#else
// Colours are even in NTSC: eight tables of sixteen serve for them.
typedef struct {
  const uint8_t *all;
  lanes_u8 even[8];
} lanes_table;
LANES_INLINE lanes_table lanes_load_table(const uint8_t *table) {
  lanes_table t;
  t.all = table;
  for (int i = 0; i < 8; i++) {
    typedef LANES_VECTOR(uint8_t, 32) part;
    part p;
    memcpy(&p, table + 32 * i, 32);
    t.even[i] = lanes_repeat(__builtin_shufflevector(p, p, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                                     22, 24, 26, 28, 30));
  }
  return t;
}
LANES_INLINE lanes_u8 lanes_look_up(const lanes_table *t, lanes_u8 index) {
  if (lanes_nonzero(index & (lanes_u8)1) != 0) {
    uint8_t each[64];
    memcpy(each, &index, 64);
    for (int i = 0; i < 64; i++) each[i] = t->all[each[i]];
    memcpy(&index, each, 64);
    return index;
  }
  lanes_u8 at = lanes_shr(index, 1) & (lanes_u8)15, found[8];
  for (int i = 0; i < 8; i++) found[i] = lanes_shuffle(t->even[i], at);
  // Bits 5, 6 and 7 choose among them.
  for (int left = 4, bit = 2; left != 0; left /= 2, bit--) {
    lanes_i8 chosen = (lanes_i8)lanes_shl(index, (uint8_t)bit);
    for (int i = 0; i < left; i++) found[i] = chosen < (lanes_i8)0 ? found[2 * i + 1] : found[2 * i];
  }
  return found[0];
}
#endif

/// to[i] = max(table[a[i]], table[b[i]]), with a table of 256.
LANES_INLINE void lanes_look_up_larger(uint8_t *to, const uint8_t *a, const uint8_t *b,
                                       const uint8_t *table, int64_t count) {
  const lanes_table t = lanes_load_table(table);
  for (int64_t i = 0; i < count; i += 64) {
    // The last piece overlaps the one before it; masked accesses would be slow.
    int64_t from = i + 64 <= count ? i : count - 64;
    if (from < 0) break;
    lanes_u8 x, y;
    memcpy(&x, a + from, 64);
    memcpy(&y, b + from, 64);
    // Where a table is sixteen bytes at most, looking costs more than comparing.
    lanes_u8 larger = lanes_look_up(&t, x);
    if (LANES_X86 >= 5 || ~lanes_equal(x, y) != 0)
      larger = __builtin_elementwise_max(larger, lanes_look_up(&t, y));
    memcpy(to + from, &larger, 64);
  }
  for (int64_t i = 0; count < 64 && i < count; i++) {
    uint8_t x = table[a[i]], y = table[b[i]];
    to[i] = x > y ? x : y;
  }
}

#endif
