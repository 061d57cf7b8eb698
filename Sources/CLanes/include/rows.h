// Rows of pictures, 64 lanes at a time. What is visible is 24 rows of 64 bytes, in the order below.
#ifndef ROWS_H
#define ROWS_H

#include "objects.h"

enum {
  LANES_VBLANK, LANES_BACKGROUND, LANES_PLAYFIELD, LANES_PLAYER0, LANES_PLAYER1, LANES_CONTROL,
  LANES_PF0, LANES_PF1, LANES_PF2, LANES_REFLECT, LANES_REFLECT_NEXT, LANES_GRP0, LANES_GRP1,
  LANES_P0X, LANES_P0MODE, LANES_P1X, LANES_P1MODE, LANES_M0X, LANES_M0SHAPE, LANES_M1X,
  LANES_M1SHAPE, LANES_BLX, LANES_BLSHAPE, LANES_HMOVE_BLANK, LANES_VISIBLE
};

/// Row of 64 bytes.
LANES_INLINE lanes_u8 lanes_row(const uint8_t *rows, int index) {
  lanes_u8 row;
  memcpy(&row, rows + 64 * index, 64);
  return row;
}
LANES_INLINE void lanes_set_row(uint8_t *rows, int index, lanes_u8 row) {
  memcpy(rows + 64 * index, &row, 64);
}

/// Lanes whose clock is one of the `count` from `first` on.
LANES_INLINE uint64_t lanes_within_u16(const uint16_t *clocks, uint16_t first, uint16_t count) {
  uint64_t mask = 0;
  for (int h = 0; h < 2; h++) {
    lanes_u16 since = lanes_load_u16(clocks, h) - (lanes_u16)first;
    mask |= lanes_half_bits(since < (lanes_u16)count, h);
  }
  return mask;
}

/// All bits of the eight lanes from `first` on that are in the mask.
LANES_INLINE lanes_x8 lanes_eighth(uint64_t mask, int first) {
  return (lanes_x8)lanes_expand64((uint8_t)(mask >> first));
}

/// What is visible with everything at zero that cannot be seen: two rows of pixels without changes
/// inside are equal if these are.
///
/// - changing: lanes in which something turns up within the row, by what it is: VBLANK, players,
///   missiles, ball, playfield, CTRLPF.
/// Finds those of `rows`, bits; returns which of them have changed.
static inline uint32_t lanes_seen(uint8_t *seen, const uint8_t *values, const uint64_t *changing,
                                  uint32_t rows) {
  lanes_u8 control = lanes_row(values, LANES_CONTROL);
  uint64_t score = lanes_nonzero(control & (lanes_u8)2);
  uint64_t lit = ~lanes_nonzero(lanes_row(values, LANES_VBLANK)) | changing[0];
  uint64_t player0 = lit & (lanes_nonzero(lanes_row(values, LANES_GRP0)) | changing[1]);
  uint64_t player1 = lit & (lanes_nonzero(lanes_row(values, LANES_GRP1)) | changing[2]);
  uint64_t missile0 = lit & (lanes_negative(lanes_row(values, LANES_M0SHAPE)) | changing[3]);
  uint64_t missile1 = lit & (lanes_negative(lanes_row(values, LANES_M1SHAPE)) | changing[4]);
  uint64_t ball = lit & (lanes_negative(lanes_row(values, LANES_BLSHAPE)) | changing[5]);
  lanes_u8 bits = lanes_row(values, LANES_PF0) | lanes_row(values, LANES_PF1) |
                  lanes_row(values, LANES_PF2);
  uint64_t field = lit & (lanes_nonzero(bits) | changing[6] | changing[7]);
  score = (score | changing[7]) & field;
  const uint64_t kept[LANES_VISIBLE] = {~0ull,    lit,      field | ball, player0 | missile0 | score,
                                        player1 | missile1 | score,
                                        field | ball,       field,    field,    field,
                                        field,    0,        player0,  player1,  player0,
                                        player0,  player1,  player1,  missile0, missile0,
                                        missile1, missile1, ball,     ball,     lit};
  uint32_t changed = 0;
  for (; rows != 0; rows &= rows - 1) {
    int i = __builtin_ctz(rows);
    lanes_u8 row = lanes_select(kept[i], lanes_row(values, i), (lanes_u8)0);
    if (~lanes_equal(row, lanes_row(seen, i)) == 0) continue;
    changed |= 1u << i;
    lanes_set_row(seen, i, row);
  }
  return changed;
}

/// Compares rows that have changed, and writes down what the lanes of `taken` show now.
///
/// - seen, old: what is visible in the frame at hand and in the one drawn before.
/// - differing: lanes in which they differ, for each row.
/// - written: what has been written down last, for each row; what differs from it goes to `*out`.
///
/// Returns which rows have been written, as bits.
static inline uint32_t lanes_compare_rows(const uint8_t *seen, const uint8_t *old,
                                          uint64_t *differing, uint8_t *written, uint32_t rows,
                                          uint64_t taken, uint8_t **out) {
  uint32_t changed = 0;
  for (; rows != 0; rows &= rows - 1) {
    int i = __builtin_ctz(rows);
    lanes_u8 a = lanes_row(seen, i), b = lanes_row(old, i);
    differing[i] = ~lanes_equal(a, b);
    a = lanes_select(taken, a, b);
    if (~lanes_equal(a, lanes_row(written, i)) == 0) continue;
    lanes_set_row(written, i, a);
    lanes_set_row(*out, 0, a);
    *out += 64;
    changed |= 1u << i;
  }
  return changed;
}

/// Lanes that are in one of the masks.
LANES_INLINE uint64_t lanes_in_any(const uint64_t *masks, int count) {
  uint64_t any = 0;
  for (int i = 0; i < count; i++) any |= masks[i];
  return any;
}

/// Lanes in which some of `count` rows differ.
LANES_INLINE uint64_t lanes_rows_differ(const uint8_t *a, const uint8_t *b, int count) {
  lanes_u8 difference = (lanes_u8)0;
  for (int i = 0; i < count; i++) difference |= lanes_row(a, i) ^ lanes_row(b, i);
  return lanes_nonzero(difference);
}

/// Rows with lanes of the mask from `a` and the others from `b`.
LANES_INLINE void lanes_mix_rows(uint8_t *to, const uint8_t *a, const uint8_t *b, int count,
                                 uint64_t mask) {
  for (int i = 0; i < count; i++)
    lanes_set_row(to, i, lanes_select(mask, lanes_row(a, i), lanes_row(b, i)));
}

// Changes inside a row, lane by lane: [event][column, component, value][64].

/// Adds a change behind each lane's last one; returns the lanes in which there is no room.
static inline uint64_t lanes_add_event(uint8_t *events, uint8_t *counts, int capacity,
                                       uint64_t mask, uint8_t component, lanes_u8 value,
                                       const uint16_t *clocks, uint16_t line) {
  uint8_t since[64];
  for (int i = 0; i < 64; i++) since[i] = (uint8_t)(clocks[i] - line);
  lanes_u8 columns = lanes_row(since, 0), behind = lanes_row(counts, 0);
  uint64_t full = mask & ~lanes_below(behind, (lanes_u8)(uint8_t)capacity);
  for (uint64_t rest = mask & ~full; rest != 0;) {
    uint8_t index = counts[__builtin_ctzll(rest)];
    uint64_t same = lanes_equal(behind, (lanes_u8)index) & rest;
    uint8_t *event = events + 192 * index;
    lanes_set_row(event, 0, lanes_select(same, columns, lanes_row(event, 0)));
    lanes_set_row(event, 1, lanes_select(same, (lanes_u8)component, lanes_row(event, 1)));
    lanes_set_row(event, 2, lanes_select(same, value, lanes_row(event, 2)));
    rest &= ~same;
  }
  lanes_set_row(counts, 0, lanes_select(mask & ~full, behind + (lanes_u8)1, behind));
  return full;
}

/// Lanes whose changes differ; `most` is the largest count.
static inline uint64_t lanes_events_differ(const uint8_t *a, const uint8_t *counts,
                                           const uint8_t *b, const uint8_t *others, int most) {
  uint64_t differ = ~lanes_equal(lanes_row(counts, 0), lanes_row(others, 0));
  for (int i = 0; i < most; i++) {
    uint64_t there = lanes_below((lanes_u8)(uint8_t)i, lanes_row(counts, 0)) & ~differ;
    if (there == 0) break;
    differ |= there & lanes_rows_differ(a + 192 * i, b + 192 * i, 3);
  }
  return differ;
}

// Layers: [3 layers][3 words][64] pixels as bits, the lowest first, and [4][64] colours, the
// ground's first.

/// Orders the objects, [player 0, 1, missile 0, 1, ball, playfield][3][64], by priority.
/// Source: ALE emucore/TIA.cxx, the priority encoder and its special cases.
static inline void lanes_arrange(uint64_t *layers, uint8_t *colours, const uint64_t *objects,
                                 const uint8_t *values) {
  lanes_u8 control = lanes_row(values, LANES_CONTROL);
  uint64_t priority = lanes_nonzero(control & (lanes_u8)4);
  uint64_t dark = lanes_nonzero(lanes_row(values, LANES_VBLANK));
  lanes_u8 shapes = lanes_row(values, LANES_M0SHAPE) | lanes_row(values, LANES_M1SHAPE) |
                    lanes_row(values, LANES_BLSHAPE);
  // With nothing else on, the score colours win over the priority bit.
  uint64_t others = lanes_negative(shapes) |
                    lanes_nonzero(lanes_row(values, LANES_GRP0) | lanes_row(values, LANES_GRP1));
  uint64_t score = lanes_nonzero(control & (lanes_u8)2) & ~(priority & others);
  priority &= ~score;
  lanes_u8 field = lanes_row(values, LANES_PLAYFIELD);
  lanes_u8 zero = lanes_row(values, LANES_PLAYER0), one = lanes_row(values, LANES_PLAYER1);
  lanes_set_row(colours, 0,
                lanes_select(dark, (lanes_u8)0, lanes_row(values, LANES_BACKGROUND)));
  lanes_set_row(colours, 1, lanes_select(priority, one, field));
  lanes_set_row(colours, 2, lanes_select(priority, zero, one));
  lanes_set_row(colours, 3, lanes_select(priority, field, zero));
  const int special = (priority | score | dark) != 0;
  for (int w = 0; w < 3; w++) {
    const uint64_t left = w == 0 ? ~0ull : w == 1 ? 0xFFFF : 0;
    for (int i = 64 * w; i < 64 * w + 64; i += 8) {
      lanes_x8 o[6], l[3];
      for (int k = 0; k < 6; k++) memcpy(o + k, objects + 192 * k + i, 64);
      lanes_x8 zeros = o[0] | o[2], ones = o[1] | o[3], both = o[4] | o[5];
      l[0] = both, l[1] = ones, l[2] = zeros;
      if (special) {
        lanes_x8 p = lanes_eighth(priority, i & 63), s = lanes_eighth(score, i & 63);
        lanes_x8 d = ~lanes_eighth(dark, i & 63), plain = ~p & ~s;
        l[0] = ((both & plain) | (ones & p) | (o[4] & s)) & d;
        l[1] = ((ones & plain) | (zeros & p) |
                (((o[5] & ~left) | (ones & ~(o[5] & left))) & s)) & d;
        l[2] = ((zeros & plain) | (both & p) | (((o[5] & left) | zeros) & s)) & d;
      }
      for (int k = 0; k < 3; k++) memcpy(layers + 192 * k + i, l + k, 64);
    }
  }
}

/// From a clock on, an object looks different: takes its bits from `changed` there, in the lanes of
/// the mask. Clocks lie behind `origin`, the row's first pixel.
static inline void lanes_splice(uint64_t *object, const uint64_t *changed, const uint16_t *clocks,
                                uint16_t origin, uint64_t mask) {
  for (int i = 0; i < 64; i += 8) {
    lanes_x8 wanted = lanes_eighth(mask, i), pixel = lanes_widen16(clocks + i) - origin;
    for (int w = 0; w < 192; w += 64) {
      lanes_x8 old, new;
      memcpy(&old, object + w + i, 64);
      memcpy(&new, changed + w + i, 64);
      lanes_x8 after = lanes_left((lanes_x8)~0ull, pixel) & wanted;
      old ^= (old ^ new) & after;
      memcpy(object + w + i, &old, 64);
      pixel = (pixel - 64) & (lanes_x8)(pixel > 64);
    }
  }
}

/// One word of a lane's row of pixels.
LANES_INLINE lanes_u8 lanes_compose(const uint64_t *layers, const uint8_t *colours, int word,
                                    int lane) {
  lanes_u8 v = (lanes_u8)colours[lane];
  for (int i = 0; i < 3; i++)
    v = lanes_select(layers[192 * i + 64 * word + lane], (lanes_u8)colours[64 * i + 64 + lane], v);
  return v;
}

/// Paints the row of every lane of the mask, `offset` bytes into its picture; every second of
/// `pictures` is a lane's. Returns the lanes whose pixels have changed; only those of `unsure` are
/// looked at for that, the others are thought to have.
static inline uint64_t lanes_paint(uint8_t *const *pictures, int64_t offset, uint64_t lanes,
                                   const uint64_t *layers, const uint8_t *colours, uint64_t blank,
                                   uint64_t unsure) {
  uint64_t changed = lanes;
  for (; lanes != 0; lanes &= lanes - 1) {
    int lane = __builtin_ctzll(lanes);
    uint8_t *row = pictures[2 * lane] + offset;
    uint8_t before[160];
    int compares = unsure >> lane & 1;
    if (compares) memcpy(before, row, 160);
    lanes_u8 last = lanes_compose(layers, colours, 2, lane);
    lanes_set_row(row, 0, lanes_compose(layers, colours, 0, lane));
    lanes_set_row(row, 1, lanes_compose(layers, colours, 1, lane));
    memcpy(row + 128, &last, 32);
    if (blank >> lane & 1) memset(row, 0, 8);
    if (compares && memcmp(before, row, 160) == 0) changed &= ~(1ull << lane);
  }
  return changed;
}

/// Asks for rows that will be painted.
static inline void lanes_prefetch_rows(uint8_t *const *pictures, int64_t offset, uint64_t lanes) {
  for (; lanes != 0; lanes &= lanes - 1) {
    const uint8_t *row = pictures[2 * __builtin_ctzll(lanes)] + offset;
    for (int i = 0; i < 160; i += 53) __builtin_prefetch(row + i, 1);
  }
}

/// Paints the pixels from..<to of one lane's row.
static inline void lanes_paint_part(uint8_t *row, int64_t from, int64_t to, int lane,
                                    const uint64_t *layers, const uint8_t *colours) {
  for (int word = 0; word < 3; word++, row += 64) {
    int64_t a = from - 64 * word, b = to - 64 * word;
    if (a >= 64 || b <= 0) continue;
    uint64_t mask = (a <= 0 ? ~0ull : ~0ull << a) & (b >= 64 ? ~0ull : ~(~0ull << b));
    lanes_u8 v = lanes_compose(layers, colours, word, lane);
    int bytes = word < 2 ? 64 : 32;
    lanes_u8 old = (lanes_u8)0;
    memcpy(&old, row, bytes);
    old = lanes_select(mask, v, old);
    memcpy(row, &old, bytes);
  }
}

/// Turns 64 rows of 64 bits into columns.
static inline void lanes_transpose(uint64_t *bits) {
  uint64_t mask = 0x00000000FFFFFFFFull;
  for (int half = 32; half != 0; half >>= 1, mask ^= mask << half)
    for (int i = 0; i < 64; i = ((i | half) + 1) & ~half) {
      uint64_t t = (bits[i] >> half ^ bits[i | half]) & mask;
      bits[i | half] ^= t;
      bits[i] ^= t << half;
    }
}

#endif
