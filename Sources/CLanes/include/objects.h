// The 160 pixels of a scanline as bits, and the TIA's six objects as such: one lane at a time for
// drawing, and in loops over 64 lanes, which compilers turn into vectors, for collisions.
//
// Source of the shapes: ALE emucore/TIA.cxx, the mask tables.
#ifndef OBJECTS_H
#define OBJECTS_H

#include "lanes.h"

/// Pixel 64 i + j is bit j of word i.
typedef struct {
  uint64_t w0, w1, w2;
} lanes_line;

/// Shifts left; right when `by` is negative; zero when nothing is left.
LANES_INLINE uint64_t lanes_shift(uint64_t bits, int64_t by) {
  uint64_t left = (uint64_t)by < 64 ? bits << (by & 63) : 0;
  uint64_t right = (uint64_t)-by < 64 ? bits >> (-by & 63) : 0;
  return left | right;
}

/// Bit i goes to bit 4 i; 16 bits in.
LANES_INLINE uint64_t lanes_spread4(uint64_t x) {
  x = (x | x << 24) & 0x000000FF000000FFull;
  x = (x | x << 12) & 0x000F000F000F000Full;
  x = (x | x << 6) & 0x0303030303030303ull;
  return (x | x << 3) & 0x1111111111111111ull;
}

/// Bit i goes to bit 2 i; 8 bits in.
LANES_INLINE uint64_t lanes_spread2(uint64_t x) {
  x = (x | x << 4) & 0x0F0F;
  x = (x | x << 2) & 0x3333;
  return (x | x << 1) & 0x5555;
}

/// Up to 80 pixels (`low`, then `high`) placed at `x` on the ring of 160.
LANES_INLINE lanes_line lanes_place(uint64_t low, uint64_t high, int64_t x) {
  lanes_line line;
  line.w0 = lanes_shift(low, x) | lanes_shift(low, x - 160) | lanes_shift(high, x - 96);
  line.w1 = lanes_shift(low, x - 64) | lanes_shift(high, x) | lanes_shift(high, x - 160);
  line.w2 = (lanes_shift(low, x - 128) | lanes_shift(high, x - 64)) & 0xFFFFFFFFull;
  return line;
}

/// Repeats an object as NUSIZ bits 0-2 ask; bit 3 leaves the first copy out.
LANES_INLINE lanes_line lanes_copies(uint64_t first, uint64_t mode, int64_t x) {
  uint64_t asked = 1ull << (mode & 7);
  uint64_t low = mode & 8 ? 0 : first;
  low |= asked & 0x0A ? first << 16 : 0;
  low |= asked & 0x4C ? first << 32 : 0;
  return lanes_place(low, asked & 0x50 ? first : 0, x);
}

/// A player, its graphics with the leftmost pixel in bit 0. In double and quadruple size (`wide` lanes only) the first pixel comes one late.
LANES_INLINE lanes_line lanes_player(uint64_t graphics, uint64_t mode, int64_t x, int wide) {
  if (!wide) return lanes_copies(graphics, mode, x);
  uint64_t two = lanes_spread2(graphics), four = lanes_spread4(graphics);
  uint64_t first = (mode & 7) == 5   ? (two | two << 1) << 1
                   : (mode & 7) == 7 ? ((four << 4) - four) << 1
                                     : graphics;
  return lanes_copies(first, mode, x);
}

/// A missile or the ball: bit 7 on, bits 4-5 log2 of the width, bits 0-2 NUSIZ.
LANES_INLINE lanes_line lanes_missile(uint64_t shape, int64_t x) {
  uint64_t first = (1ull << (1ull << (shape >> 4 & 3))) - 1;
  return lanes_copies(shape & 0x80 ? first : 0, shape & 7, x);
}

/// Each playfield bit is four pixels; the right half repeats the left or mirrors it. `r` are the
/// registers with their bits reversed.
LANES_INLINE lanes_line lanes_playfield(uint64_t pf0, uint64_t pf1, uint64_t pf2, uint64_t r0,
                                        uint64_t r1, uint64_t r2, int reflect) {
  uint64_t left = pf0 >> 4 | r1 << 4 | pf2 << 12;
  uint64_t right = reflect ? (r2 | pf1 << 8 | (r0 & 15) << 16) : left;
  lanes_line line;
  uint64_t a = lanes_spread4(left & 0xFFFF);
  uint64_t b = lanes_spread4(left >> 16 | (right & 0xFFF) << 4);
  uint64_t c = lanes_spread4(right >> 12);
  line.w0 = (a << 4) - a;
  line.w1 = (b << 4) - b;
  line.w2 = (c << 4) - c;
  return line;
}

// Rows: [3 words][64 lanes].

static inline void lanes_player_row(uint64_t *row, lanes_u8 graphics, const uint8_t *modes,
                                    const uint8_t *xs) {
  uint8_t reversed[64];
  graphics = lanes_reverse(graphics);
  memcpy(reversed, &graphics, 64);
  int wide = 0;
  for (int i = 0; i < 64; i++) wide |= (modes[i] & 5) == 5;
#define FILL(w)                                                      \
  for (int i = 0; i < 64; i++) {                                     \
    lanes_line line = lanes_player(reversed[i], modes[i], xs[i], w); \
    row[i] = line.w0;                                                \
    row[64 + i] = line.w1;                                           \
    row[128 + i] = line.w2;                                          \
  }
  if (wide) {
    FILL(1)
  } else {
    FILL(0)
  }
#undef FILL
}

static inline void lanes_missile_row(uint64_t *row, const uint8_t *shapes, const uint8_t *xs) {
  for (int i = 0; i < 64; i++) {
    lanes_line line = lanes_missile(shapes[i], xs[i]);
    row[i] = line.w0;
    row[64 + i] = line.w1;
    row[128 + i] = line.w2;
  }
}

static inline void lanes_playfield_row(uint64_t *row, lanes_u8 pf0, lanes_u8 pf1, lanes_u8 pf2,
                                       const uint8_t *reflect) {
  uint8_t p[6][64];
  lanes_u8 r0 = lanes_reverse(pf0), r1 = lanes_reverse(pf1), r2 = lanes_reverse(pf2);
  memcpy(p[0], &pf0, 64);
  memcpy(p[1], &pf1, 64);
  memcpy(p[2], &pf2, 64);
  memcpy(p[3], &r0, 64);
  memcpy(p[4], &r1, 64);
  memcpy(p[5], &r2, 64);
  for (int i = 0; i < 64; i++) {
    lanes_line line =
        lanes_playfield(p[0][i], p[1][i], p[2][i], p[3][i], p[4][i], p[5][i], reflect[i]);
    row[i] = line.w0;
    row[64 + i] = line.w1;
    row[128 + i] = line.w2;
  }
}

/// Lanes in which two objects share a pixel.
LANES_INLINE uint64_t lanes_overlap(const uint64_t *a, const uint64_t *b) {
  uint64_t hits = 0;
#if defined(__AVX512BW__)
  for (int g = 0; g < 64; g += 8) {
    __m512i t = _mm512_and_si512(_mm512_load_si512(a + g), _mm512_load_si512(b + g));
    t = _mm512_or_si512(
        t, _mm512_and_si512(_mm512_load_si512(a + 64 + g), _mm512_load_si512(b + 64 + g)));
    t = _mm512_or_si512(
        t, _mm512_and_si512(_mm512_load_si512(a + 128 + g), _mm512_load_si512(b + 128 + g)));
    hits |= (uint64_t)_mm512_test_epi64_mask(t, t) << g;
  }
#else
  for (int i = 0; i < 64; i++)
    hits |= (uint64_t)(((a[i] & b[i]) | (a[64 + i] & b[64 + i]) | (a[128 + i] & b[128 + i])) != 0)
            << i;
#endif
  return hits;
}

/// Lanes in which two objects share a pixel that lies in the lane's range.
LANES_INLINE uint64_t lanes_overlap_within(const uint64_t *a, const uint64_t *b,
                                           const uint64_t *range) {
  uint64_t hits = 0;
#if defined(__AVX512BW__)
  for (int g = 0; g < 64; g += 8) {
    __m512i t = _mm512_setzero_si512();
    for (int w = 0; w < 192; w += 64) {
      __m512i both = _mm512_and_si512(_mm512_load_si512(a + w + g), _mm512_load_si512(b + w + g));
      t = _mm512_or_si512(t, _mm512_and_si512(both, _mm512_load_si512(range + w + g)));
    }
    hits |= (uint64_t)_mm512_test_epi64_mask(t, t) << g;
  }
#else
  for (int i = 0; i < 64; i++) {
    uint64_t t = (a[i] & b[i] & range[i]) | (a[64 + i] & b[64 + i] & range[64 + i]) |
                 (a[128 + i] & b[128 + i] & range[128 + i]);
    hits |= (uint64_t)(t != 0) << i;
  }
#endif
  return hits;
}

// Rows of 64 clocks. A line is 228 clocks, 68 of them before the first pixel.

/// clock / 228, exact for 16 bits.
LANES_INLINE uint16_t lanes_line_of(uint16_t clock) {
  return (uint16_t)(((uint32_t)(clock >> 2) * 36793u) >> 21);
}

/// a > b.
LANES_INLINE uint64_t lanes_above_u16(const uint16_t *a, const uint16_t *b) {
  uint64_t mask = 0;
#if defined(__AVX512BW__)
  for (int i = 0; i < 64; i += 32)
    mask |= (uint64_t)_mm512_cmpgt_epu16_mask(_mm512_load_si512(a + i), _mm512_load_si512(b + i))
            << i;
#else
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(a[i] > b[i]) << i;
#endif
  return mask;
}

LANES_INLINE uint64_t lanes_equal_u16(const uint16_t *a, const uint16_t *b) {
  uint64_t mask = 0;
#if defined(__AVX512BW__)
  for (int i = 0; i < 64; i += 32)
    mask |= (uint64_t)_mm512_cmpeq_epi16_mask(_mm512_load_si512(a + i), _mm512_load_si512(b + i))
            << i;
#else
  for (int i = 0; i < 64; i++) mask |= (uint64_t)(a[i] == b[i]) << i;
#endif
  return mask;
}

/// row = from where the mask is set.
LANES_INLINE void lanes_set_u16(uint16_t *row, const uint16_t *from, uint64_t mask) {
#if defined(__AVX512BW__)
  for (int i = 0; i < 64; i += 32)
    _mm512_mask_storeu_epi16(row + i, (__mmask32)(mask >> i), _mm512_load_si512(from + i));
#else
  for (int i = 0; i < 64; i++) row[i] = mask >> i & 1 ? from[i] : row[i];
#endif
}

/// row = max(row, to) where the mask is set.
LANES_INLINE void lanes_raise_u16(uint16_t *row, const uint16_t *to, uint64_t mask) {
#if defined(__AVX512BW__)
  for (int i = 0; i < 64; i += 32) {
    __m512i old = _mm512_load_si512(row + i);
    __m512i larger = _mm512_max_epu16(old, _mm512_load_si512(to + i));
    _mm512_mask_storeu_epi16(row + i, (__mmask32)(mask >> i), larger);
  }
#else
  for (int i = 0; i < 64; i++) row[i] = (mask >> i & 1) && to[i] > row[i] ? to[i] : row[i];
#endif
}

/// The colour clock at which a write at `cycles` shows: three a cycle and `delay` more, inside
/// start...stop. A negative delay stands for the playfield's 4, 5, 2, 3 by the cycle's last bits.
LANES_INLINE void lanes_aim(uint16_t *clocks, const uint16_t *cycles, int32_t delay, uint16_t start,
                            uint16_t stop) {
  uint16_t limit = (uint16_t)(stop / 3);  // 65535 is far enough from any stop
  if (delay >= 0) {
    for (int i = 0; i < 64; i++) {
      uint16_t c = cycles[i] < limit ? cycles[i] : limit;
      uint16_t t = (uint16_t)(c * 3 + delay);
      t = t > start ? t : start;
      t = t < stop ? t : stop;
      clocks[i] = cycles[i] > limit ? stop : t;
    }
  } else {
    for (int i = 0; i < 64; i++) {
      uint16_t c = cycles[i] < limit ? cycles[i] : limit;
      uint16_t t = (uint16_t)(c * 3 + 2 + ((cycles[i] & 3) ^ 2));
      t = t > start ? t : start;
      t = t < stop ? t : stop;
      clocks[i] = cycles[i] > limit ? stop : t;
    }
  }
}

/// The same for cycles in 32 bits.
LANES_INLINE void lanes_aim_at(uint16_t *clocks, const int32_t *cycles, int32_t elapsed,
                               int32_t start, int32_t stop) {
  for (int i = 0; i < 64; i++) {
    int32_t t = (cycles[i] + elapsed) * 3;
    t = t > start ? t : start;
    clocks[i] = (uint16_t)(t < stop ? t : stop);
  }
}

/// Where the clocks' lines end; a clock at a line's end counts for the line before where `waits`.
LANES_INLINE void lanes_line_ends(uint16_t *ends, const uint16_t *clocks, uint64_t waits) {
  for (int i = 0; i < 64; i++) ends[i] = (uint16_t)((lanes_line_of(clocks[i]) + 1) * 228);
  lanes_set_u16(ends, clocks, waits);
}

/// Lanes whose clock is the first of a line.
LANES_INLINE uint64_t lanes_at_line_start(const uint16_t *clocks) {
  uint16_t starts[64] __attribute__((aligned(64)));
  for (int i = 0; i < 64; i++) starts[i] = (uint16_t)(lanes_line_of(clocks[i]) * 228);
  return lanes_equal_u16(starts, clocks);
}

/// The pixels between two clocks: both parts of a line that the stretch wraps round, all of them
/// once it is a line long. [3][64].
static inline void lanes_ranges(uint64_t *range, const uint16_t *from, const uint16_t *to) {
  uint16_t first[64], last[64], lines[64];
  for (int i = 0; i < 64; i++) {
    uint16_t end = to[i] > from[i] ? to[i] : from[i];
    uint16_t a = lanes_line_of(from[i]), b = lanes_line_of(end);
    uint16_t x = (uint16_t)(from[i] - a * 228), y = (uint16_t)(end - b * 228);
    first[i] = x > 68 ? x - 68 : 0;
    last[i] = y > 68 ? y - 68 : 0;
    lines[i] = b - a;
  }
  for (int w = 0; w < 3; w++)
    for (int i = 0; i < 64; i++) {
      int64_t x = (int64_t)first[i] - 64 * w, y = (int64_t)last[i] - 64 * w;
      x = x > 0 ? x : 0;
      y = y > 0 ? y : 0;
      // Pixels from the first on, and those before the last.
      uint64_t after = x < 64 ? ~0ull << (x & 63) : 0;
      uint64_t before = ~(y < 64 ? ~0ull << (y & 63) : 0);
      uint64_t one = after & before, two = after | before;
      range[64 * w + i] = lines[i] == 0 ? one : lines[i] == 1 ? two : ~0ull;
    }
}

/// Cycles in a scanline, 0...75.
LANES_INLINE void lanes_columns_of(uint8_t *columns, const uint16_t *cycles) {
  for (int i = 0; i < 64; i++) columns[i] = (uint8_t)(cycles[i] % 76);
}

/// Where a blank begun at the later of two clocks ends: 76 clocks into this line or the next.
LANES_INLINE void lanes_blank_ends(int32_t *row, const uint16_t *a, const uint16_t *b,
                                   uint64_t mask) {
  for (int i = 0; i < 64; i++) {
    uint16_t now = a[i] > b[i] ? a[i] : b[i];
    uint16_t line = (uint16_t)(lanes_line_of(now) * 228);
    int32_t end = now - line < 76 ? line + 76 : line + 304;
    row[i] = mask >> i & 1 ? end : row[i];
  }
}

/// Cycles of 64 lanes in 16 bits; they must fit.
LANES_INLINE void lanes_narrow(uint16_t *to, const int32_t *cycles, int32_t elapsed) {
  for (int i = 0; i < 64; i++) to[i] = (uint16_t)(cycles[i] + elapsed);
}

/// Moves clocks on so that `elapsed` cycles later a scanline begins; for clocks below 120,000.
LANES_INLINE void lanes_wait_for_line(int32_t *clocks, int32_t elapsed, uint64_t mask) {
  for (int i = 0; i < 64; i++) {
    uint32_t now = (uint32_t)(clocks[i] + elapsed + 75);
    int32_t then = (int32_t)(((now >> 2) * 27595u >> 19) * 76) - elapsed;
    clocks[i] = mask >> i & 1 ? then : clocks[i];
  }
}

/// INTIM while it counts intervals; returns the lanes in which it has passed zero.
LANES_INLINE uint64_t lanes_read_timer(uint8_t *values, const int32_t *clocks, int32_t elapsed,
                                       const int32_t *set, const uint8_t *timers,
                                       const uint8_t *shifts) {
  uint8_t passed[64];
  for (int i = 0; i < 64; i++) {
    uint32_t cycles = (uint32_t)(clocks[i] + elapsed - 1 - set[i]);
    int32_t count = (int32_t)timers[i] - (int32_t)(cycles >> (shifts[i] & 31)) - 1;
    values[i] = (uint8_t)count;
    passed[i] = count < 0 ? 0x80 : 0;
  }
  lanes_u8 all;
  memcpy(&all, passed, 64);
  return lanes_negative(all);
}

#endif
