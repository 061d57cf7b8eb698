// The 160 pixels of a scanline as bits, and the TIA's six objects as such, eight lanes at a time.
//
// Source of the shapes: ALE emucore/TIA.cxx, the mask tables.
#ifndef OBJECTS_H
#define OBJECTS_H

#include "lanes.h"

typedef uint64_t lanes_x8 __attribute__((ext_vector_type(8)));

/// Pixel 64 i + j is bit j of word i; the last word is zero. A vector, because words stored one by
/// one are slow to load together.
typedef uint64_t lanes_line __attribute__((ext_vector_type(4)));

LANES_INLINE lanes_line lanes_either(lanes_line a, lanes_line b) { return a | b; }
LANES_INLINE lanes_line lanes_both(lanes_line a, lanes_line b) { return a & b; }
LANES_INLINE lanes_line lanes_without(lanes_line a, lanes_line b) { return a & ~b; }

/// Pixels from..<to.
LANES_INLINE lanes_line lanes_stretch(int64_t from, int64_t to) {
  lanes_line line = {0, 0, 0, 0};
  for (int w = 0; w < 3; w++) {
    int64_t a = from - 64 * w, b = to - 64 * w;
    uint64_t after = a <= 0 ? ~0ull : a >= 64 ? 0 : ~0ull << a;
    uint64_t before = b <= 0 ? 0 : b >= 64 ? ~0ull : ~(~0ull << b);
    line[w] = after & before;
  }
  return line;
}

/// Eight lanes of it.
typedef struct {
  lanes_x8 w0, w1, w2;
} lanes_lines;

/// Left and right shifts; zero when the count is 64 or more.
LANES_INLINE lanes_x8 lanes_left(lanes_x8 bits, lanes_x8 by) {
#if defined(__AVX512BW__)
  return (lanes_x8)_mm512_sllv_epi64((__m512i)bits, (__m512i)by);
#else
  return bits << (by & 63) & (lanes_x8)(by < 64);
#endif
}
LANES_INLINE lanes_x8 lanes_right(lanes_x8 bits, lanes_x8 by) {
#if defined(__AVX512BW__)
  return (lanes_x8)_mm512_srlv_epi64((__m512i)bits, (__m512i)by);
#else
  return bits >> (by & 63) & (lanes_x8)(by < 64);
#endif
}

/// `bits` where the mode's bit is set in `modes`, else zero; `asked` is 1 << mode.
LANES_INLINE lanes_x8 lanes_asked(lanes_x8 bits, lanes_x8 asked, uint64_t modes) {
  return bits & (lanes_x8)((asked & modes) != 0);
}

/// Bit i goes to bit 4 i; 16 bits in.
LANES_INLINE lanes_x8 lanes_spread4(lanes_x8 x) {
  x = (x | x << 24) & 0x000000FF000000FFull;
  x = (x | x << 12) & 0x000F000F000F000Full;
  x = (x | x << 6) & 0x0303030303030303ull;
  return (x | x << 3) & 0x1111111111111111ull;
}

/// Bit i goes to bit 2 i; 8 bits in.
LANES_INLINE lanes_x8 lanes_spread2(lanes_x8 x) {
  x = (x | x << 4) & 0x0F0F;
  x = (x | x << 2) & 0x3333;
  return (x | x << 1) & 0x5555;
}

/// Repeats an object as NUSIZ bits 0-2 ask, on the ring of 160 pixels; bit 3 leaves the first copy
/// out. - first: up to 48 pixels, or 16 where there is a copy at a distance of 64.
LANES_INLINE lanes_lines lanes_copies(lanes_x8 first, lanes_x8 mode, lanes_x8 x) {
  lanes_x8 asked = lanes_left((lanes_x8)1, mode & 7);
  lanes_x8 low = first & (lanes_x8)((mode & 8) == 0);
  low |= lanes_asked(first << 16, asked, 0x0A) | lanes_asked(first << 32, asked, 0x4C);
  lanes_x8 high = lanes_asked(first, asked, 0x50);  // 64 pixels on
  lanes_lines line;
  line.w0 = lanes_left(low, x) | lanes_right(low, 160 - x) | lanes_left(high, x - 96) |
            lanes_right(high, 96 - x);
  line.w1 = lanes_left(low, x - 64) | lanes_right(low, 64 - x) | lanes_left(high, x) |
            lanes_right(high, 160 - x);
  line.w2 = lanes_left(low, x - 128) | lanes_right(low, 128 - x) | lanes_left(high, x - 64) |
            lanes_right(high, 64 - x);
  line.w2 &= 0xFFFFFFFFull;
  return line;
}

/// A player, its graphics with the leftmost pixel in bit 0. In double and quadruple size (`wide`)
/// the first pixel comes one late.
LANES_INLINE lanes_lines lanes_player(lanes_x8 graphics, lanes_x8 mode, lanes_x8 x, int wide) {
  lanes_x8 first = graphics;
  if (wide) {
    lanes_x8 two = lanes_spread2(graphics), four = lanes_spread4(graphics);
    lanes_x8 is2 = (lanes_x8)((mode & 7) == 5), is4 = (lanes_x8)((mode & 7) == 7);
    first = (first & ~is2 & ~is4) | ((two << 1 | two << 2) & is2) | ((four << 5) - (four << 1) & is4);
  }
  return lanes_copies(first, mode, x);
}

/// A missile or the ball: bit 7 on, bits 4-5 log2 of the width, bits 0-2 NUSIZ.
LANES_INLINE lanes_lines lanes_missile(lanes_x8 shape, lanes_x8 x) {
  lanes_x8 width = lanes_left((lanes_x8)1, shape >> 4 & 3);
  lanes_x8 first = (lanes_left((lanes_x8)1, width) - 1) & (lanes_x8)((shape & 0x80) != 0);
  return lanes_copies(first, shape & 7, x);
}

/// Each playfield bit is four pixels; the right half repeats the left or mirrors it. `r` are the
/// registers with their bits reversed.
LANES_INLINE lanes_lines lanes_playfield(lanes_x8 pf0, lanes_x8 pf1, lanes_x8 pf2, lanes_x8 r0,
                                         lanes_x8 r1, lanes_x8 r2, lanes_x8 reflect) {
  lanes_x8 left = pf0 >> 4 | r1 << 4 | pf2 << 12;
  lanes_x8 mirrored = r2 | pf1 << 8 | (r0 & 15) << 16;
  lanes_x8 right = left ^ ((left ^ mirrored) & (lanes_x8)(reflect != 0));
  lanes_lines line;
  lanes_x8 a = lanes_spread4(left & 0xFFFF);
  lanes_x8 b = lanes_spread4(left >> 16 | (right & 0xFFF) << 4);
  lanes_x8 c = lanes_spread4(right >> 12);
  line.w0 = (a << 4) - a;
  line.w1 = (b << 4) - b;
  line.w2 = (c << 4) - c;
  return line;
}

// One lane.

LANES_INLINE lanes_line lanes_first(lanes_lines lines) {
  return (lanes_line){lines.w0[0], lines.w1[0], lines.w2[0], 0};
}
LANES_INLINE lanes_line lanes_player_line(uint8_t reversed, uint8_t mode, uint8_t x) {
  return lanes_first(
      lanes_player((lanes_x8)reversed, (lanes_x8)mode, (lanes_x8)x, (mode & 5) == 5));
}
LANES_INLINE lanes_line lanes_missile_line(uint8_t shape, uint8_t x) {
  return lanes_first(lanes_missile((lanes_x8)shape, (lanes_x8)x));
}
LANES_INLINE lanes_line lanes_playfield_line(uint8_t pf0, uint8_t pf1, uint8_t pf2, uint8_t r0,
                                              uint8_t r1, uint8_t r2, uint8_t reflect) {
  return lanes_first(lanes_playfield((lanes_x8)pf0, (lanes_x8)pf1, (lanes_x8)pf2, (lanes_x8)r0,
                                     (lanes_x8)r1, (lanes_x8)r2, (lanes_x8)reflect));
}

#if !defined(__AVX512BW__)
/// Sets the pixels of a row of 160 whose bit is set to `value`.
LANES_INLINE void lanes_paint(uint8_t *row, lanes_line pixels, uint8_t value) {
  for (int word = 0; word < 3; word++) {
    int bytes = word < 2 ? 64 : 32;
    lanes_u8 old;
    memcpy(&old, row + 64 * word, bytes);
    old = lanes_select(pixels[word], lanes_splat(value), old);
    memcpy(row + 64 * word, &old, bytes);
  }
}
#endif

/// Paints pixels of a row: masks[0] says which, masks[1...3] the layers over the ground, lowest
/// first; colours[0] is the ground's, then the layers'.
LANES_INLINE void lanes_compose(uint8_t *row, const void *masks, const uint8_t *colours) {
#if defined(__AVX512BW__)
  const uint64_t *words = masks;
  for (int word = 0; word < 3; word++) {
    if (words[word] == 0) continue;
    __m512i v = _mm512_set1_epi8((char)colours[0]);
    for (int i = 1; i < 4; i++)
      v = _mm512_mask_mov_epi8(v, words[4 * i + word], _mm512_set1_epi8((char)colours[i]));
    _mm512_mask_storeu_epi8(row + 64 * word, words[word], v);
  }
#else
  const lanes_line *lines = masks;
  lanes_paint(row, lines[0], colours[0]);
  for (int i = 1; i < 4; i++) lanes_paint(row, lines[0] & lines[i], colours[i]);
#endif
}

// Rows: [3 words][64 lanes].

/// Eight bytes as words.
LANES_INLINE lanes_x8 lanes_widen(const uint8_t *bytes) {
  typedef uint8_t bytes8 __attribute__((ext_vector_type(8)));
  bytes8 b;
  memcpy(&b, bytes, 8);
  return __builtin_convertvector(b, lanes_x8);
}

LANES_INLINE void lanes_put(uint64_t *row, int lane, lanes_lines lines) {
  memcpy(row + lane, &lines.w0, 64);
  memcpy(row + 64 + lane, &lines.w1, 64);
  memcpy(row + 128 + lane, &lines.w2, 64);
}

static inline void lanes_player_row(uint64_t *row, lanes_u8 graphics, const uint8_t *modes,
                                    const uint8_t *xs) {
  uint8_t reversed[64];
  lanes_u8 all;
  graphics = lanes_reverse(graphics);
  memcpy(reversed, &graphics, 64);
  memcpy(&all, modes, 64);
  int wide = lanes_equal(all & (lanes_u8)5, (lanes_u8)5) != 0;
  for (int i = 0; i < 64; i += 8)
    lanes_put(row, i,
              lanes_player(lanes_widen(reversed + i), lanes_widen(modes + i), lanes_widen(xs + i),
                           wide));
}

static inline void lanes_missile_row(uint64_t *row, const uint8_t *shapes, const uint8_t *xs) {
  for (int i = 0; i < 64; i += 8)
    lanes_put(row, i, lanes_missile(lanes_widen(shapes + i), lanes_widen(xs + i)));
}

static inline void lanes_playfield_row(uint64_t *row, lanes_u8 pf0, lanes_u8 pf1, lanes_u8 pf2,
                                       const uint8_t *reflect) {
  uint8_t p[6][64];
  lanes_u8 all[6] = {pf0, pf1, pf2, lanes_reverse(pf0), lanes_reverse(pf1), lanes_reverse(pf2)};
  memcpy(p, all, sizeof p);
  for (int i = 0; i < 64; i += 8)
    lanes_put(row, i,
              lanes_playfield(lanes_widen(p[0] + i), lanes_widen(p[1] + i), lanes_widen(p[2] + i),
                              lanes_widen(p[3] + i), lanes_widen(p[4] + i), lanes_widen(p[5] + i),
                              lanes_widen(reflect + i)));
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

LANES_INLINE lanes_x8 lanes_widen16(const uint16_t *words) {
  typedef uint16_t words8 __attribute__((ext_vector_type(8)));
  words8 b;
  memcpy(&b, words, 16);
  return __builtin_convertvector(b, lanes_x8);
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
  for (int i = 0; i < 64; i += 8) {
    lanes_x8 x = lanes_widen16(first + i), y = lanes_widen16(last + i);
    lanes_x8 n = lanes_widen16(lines + i);
    lanes_x8 none = (lanes_x8)(n == 0), more = (lanes_x8)(n > 1);
    for (int w = 0; w < 3; w++) {
      // Pixels from the first on, and those before the last.
      lanes_x8 after = lanes_left((lanes_x8)~0ull, x);
      lanes_x8 before = ~lanes_left((lanes_x8)~0ull, y);
      lanes_x8 pixels = (after & before) | ((after | before) & ~none) | more;
      memcpy(range + 64 * w + i, &pixels, 64);
      x = (x - 64) & (lanes_x8)(x > 64);
      y = (y - 64) & (lanes_x8)(y > 64);
    }
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

// The processor's addresses: rows of 64 in 32 bits.

/// addresses = (base + index) & wrap; returns the lanes that leave base's page.
LANES_INLINE uint64_t lanes_index(int32_t *addresses, const uint8_t *index, int32_t base,
                                  int32_t wrap) {
  uint8_t crossed[64];
  for (int i = 0; i < 64; i++) {
    addresses[i] = (base + index[i]) & wrap;
    crossed[i] = ((addresses[i] ^ base) & 0xFF00) != 0;
  }
  lanes_u8 all;
  memcpy(&all, crossed, 64);
  return lanes_nonzero(all);
}

/// addresses = pointer + index, pointers in two rows of bytes; returns the lanes that leave their
/// pointer's page.
LANES_INLINE uint64_t lanes_index_rows(int32_t *addresses, const uint8_t *low, const uint8_t *high,
                                       const uint8_t *index) {
  uint8_t crossed[64];
  for (int i = 0; i < 64; i++) {
    int32_t sum = low[i] + index[i];
    addresses[i] = ((high[i] << 8) + sum) & 0xFFFF;
    crossed[i] = sum > 0xFF;
  }
  lanes_u8 all;
  memcpy(&all, crossed, 64);
  return lanes_nonzero(all);
}

/// Places to go on at: bank | (high << 8 | low) + plus, where the mask is set.
LANES_INLINE void lanes_go_to(int32_t *places, const uint8_t *low, const uint8_t *high,
                              int32_t bank, int32_t plus, uint64_t mask) {
  for (int i = 0; i < 64; i++) {
    int32_t place = bank | (((low[i] | high[i] << 8) + plus) & 0xFFFF);
    places[i] = mask >> i & 1 ? place : places[i];
  }
}

/// Reads ROM outside its hot spots, and RAM, at each lane's address; returns the lanes that read
/// something else. - slices: where the four 1K slices of the window begin in the image, which has
/// three bytes to spare. - hot spots: from..<to in the window.
static inline uint64_t lanes_gather(uint8_t *values, const int32_t *addresses, uint64_t group,
                                    const uint8_t *image, const int32_t *slices, const uint8_t *ram,
                                    int32_t hot_from, int32_t hot_to) {
  uint64_t rest = 0;
#if defined(__AVX512BW__)
  const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)slices));
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int q = 0; q < 64; q += 16) {
    __mmask16 mask = (__mmask16)(group >> q);
    if (mask == 0) continue;
    __m512i a = _mm512_load_si512(addresses + q);
    __m512i offset = _mm512_and_si512(a, _mm512_set1_epi32(0xFFF));
    __mmask16 rom = _mm512_mask_test_epi32_mask(mask, a, _mm512_set1_epi32(0x1000));
    rom &= ~(_mm512_cmpge_epi32_mask(offset, _mm512_set1_epi32(hot_from)) &
             _mm512_cmplt_epi32_mask(offset, _mm512_set1_epi32(hot_to)));
    __mmask16 own = _mm512_mask_cmpeq_epi32_mask(
        mask, _mm512_and_si512(a, _mm512_set1_epi32(0x1280)), _mm512_set1_epi32(0x80));
    __m512i v = _mm512_setzero_si512();
    if (rom != 0) {
      __m512i slice = _mm512_permutexvar_epi32(
          _mm512_and_si512(_mm512_srli_epi32(a, 10), _mm512_set1_epi32(3)), table);
      __m512i at = _mm512_add_epi32(slice, _mm512_and_si512(a, _mm512_set1_epi32(0x3FF)));
      v = _mm512_mask_i32gather_epi32(v, rom, at, image, 1);
    }
    if (own != 0) {
      __m512i at = _mm512_slli_epi32(_mm512_and_si512(a, _mm512_set1_epi32(0x7F)), 6);
      at = _mm512_add_epi32(at, _mm512_add_epi32(lane, _mm512_set1_epi32(q)));
      v = _mm512_mask_i32gather_epi32(v, own, at, ram, 1);
    }
    _mm512_mask_cvtepi32_storeu_epi8(values + q, rom | own, v);
    rest |= (uint64_t)(mask & ~(rom | own)) << q;
  }
#else
  for (uint64_t left = group; left != 0; left &= left - 1) {
    int i = __builtin_ctzll(left);
    int32_t a = addresses[i], offset = a & 0xFFF;
    if (a & 0x1000 && !(offset >= hot_from && offset < hot_to))
      values[i] = image[slices[a >> 10 & 3] + (a & 0x3FF)];
    else if ((a & 0x1280) == 0x80)
      values[i] = ram[(a & 0x7F) << 6 | i];
    else
      rest |= 1ull << i;
  }
#endif
  return rest;
}

#endif
