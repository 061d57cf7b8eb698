// The 160 pixels of a scanline as bits, and the TIA's six objects as such, eight lanes at a time.
//
// Source of the shapes: ALE emucore/TIA.cxx, the mask tables.
#ifndef OBJECTS_H
#define OBJECTS_H

#include "clocks.h"

/// Eight lanes of a line: pixel 64 i + j is bit j of word i.
typedef struct {
  lanes_x8 w0, w1, w2;
} lanes_lines;

/// `bits` where the mode's bit is set in `modes`, else zero; `asked` is 1 << mode.
LANES_INLINE lanes_x8 lanes_asked(lanes_x8 bits, lanes_x8 asked, uint64_t modes) {
  return bits & (lanes_x8)((asked & modes) != 0);
}

/// Every bit four times; 16 bits in.
LANES_INLINE lanes_x8 lanes_repeat4(lanes_x8 x) {
#if LANES_X86 >= 5
  // Two bits to each byte, then four pixels for each of them.
  const __m512i at = _mm512_set1_epi64(0x0E0C0A0806040200ll);
  const __m512i four = _mm512_set1_epi32((int)0xFFF00F00u);
  __m512i pairs = _mm512_multishift_epi64_epi8(at, (__m512i)x);
  return (lanes_x8)_mm512_shuffle_epi8(four, _mm512_and_si512(pairs, _mm512_set1_epi8(3)));
#else
  x = (x | x << 24) & 0x000000FF000000FFull;
  x = (x | x << 12) & 0x000F000F000F000Full;
  x = (x | x << 6) & 0x0303030303030303ull;
  x = (x | x << 3) & 0x1111111111111111ull;
  return (x << 4) - x;
#endif
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

/// One copy of an object of up to 32 pixels.
LANES_INLINE lanes_lines lanes_one_copy(lanes_x8 object, lanes_x8 x) {
  lanes_lines line;
  line.w0 = lanes_left(object, x) | lanes_right(object, 160 - x);
  line.w1 = lanes_left(object, x - 64) | lanes_right(object, 64 - x);
  line.w2 = (lanes_left(object, x - 128) | lanes_right(object, 128 - x)) & 0xFFFFFFFFull;
  return line;
}

/// A player, its graphics with the leftmost pixel in bit 0. In double and quadruple size (`wide`)
/// the first pixel comes one late.
LANES_INLINE lanes_lines lanes_player(lanes_x8 graphics, lanes_x8 mode, lanes_x8 x, int wide) {
  lanes_x8 first = graphics;
  if (wide) {
    lanes_x8 two = lanes_spread2(graphics), four = lanes_repeat4(graphics);
    lanes_x8 is2 = (lanes_x8)((mode & 7) == 5), is4 = (lanes_x8)((mode & 7) == 7);
    first = (first & ~is2 & ~is4) | ((two << 1 | two << 2) & is2) | (four << 1 & is4);
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
  line.w0 = lanes_repeat4(left & 0xFFFF);
  line.w1 = lanes_repeat4(left >> 16 | (right & 0xFFF) << 4);
  line.w2 = lanes_repeat4(right >> 12);
  return line;
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
  if (lanes_nonzero(all & (lanes_u8)15) == 0) {
    for (int i = 0; i < 64; i += 8)
      lanes_put(row, i, lanes_one_copy(lanes_widen(reversed + i), lanes_widen(xs + i)));
    return;
  }
  int wide = lanes_equal(all & (lanes_u8)5, (lanes_u8)5) != 0;
  for (int i = 0; i < 64; i += 8)
    lanes_put(row, i,
              lanes_player(lanes_widen(reversed + i), lanes_widen(modes + i), lanes_widen(xs + i),
                           wide));
}

static inline void lanes_missile_row(uint64_t *row, const uint8_t *shapes, const uint8_t *xs) {
  lanes_u8 all;
  memcpy(&all, shapes, 64);
  if (lanes_negative(all) == 0) {
    memset(row, 0, 3 * 64 * sizeof *row);
    return;
  }
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

LANES_INLINE lanes_x8 lanes_word(const uint64_t *row) {
  lanes_x8 words;
  memcpy(&words, row, 64);
  return words;
}

/// Lanes in which two objects share a pixel.
LANES_INLINE uint64_t lanes_overlap(const uint64_t *a, const uint64_t *b) {
  uint64_t hits = 0;
  for (int g = 0; g < 64; g += 8) {
    lanes_x8 both = lanes_word(a + g) & lanes_word(b + g);
    both |= lanes_word(a + 64 + g) & lanes_word(b + 64 + g);
    both |= lanes_word(a + 128 + g) & lanes_word(b + 128 + g);
    hits |= (uint64_t)lanes_bits64((lanes_i64)(both != 0)) << g;
  }
  return hits;
}

/// Lanes in which two objects share a pixel that lies in the lane's range.
LANES_INLINE uint64_t lanes_overlap_within(const uint64_t *a, const uint64_t *b,
                                           const uint64_t *range) {
  uint64_t hits = 0;
  for (int g = 0; g < 64; g += 8) {
    lanes_x8 all = (lanes_x8)0;
    for (int w = g; w < 192; w += 64)
      all |= lanes_word(a + w) & lanes_word(b + w) & lanes_word(range + w);
    hits |= (uint64_t)lanes_bits64((lanes_i64)(all != 0)) << g;
  }
  return hits;
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

#endif
