// Times of 64 lanes: colour clocks in 16 bits, cycles in 16 or 32.
#ifndef CLOCKS_H
#define CLOCKS_H

#include "lanes.h"

// Rows of 64 clocks. A line is 228 clocks, 68 of them before the first pixel.

/// clock / 228, exact for 16 bits.
LANES_INLINE uint16_t lanes_line_of(uint16_t clock) {
  // In two steps, so that the product's high half is all that 16-bit vectors need.
  return (uint16_t)((uint16_t)(((uint32_t)(clock >> 2) * 36793u) >> 16) >> 5);
}

// Half a row at a time.
LANES_INLINE lanes_u16 lanes_load_u16(const uint16_t *row, int half) {
  lanes_u16 values;
  memcpy(&values, row + 32 * half, 64);
  return values;
}
LANES_INLINE void lanes_store_u16(uint16_t *row, int half, lanes_u16 values) {
  memcpy(row + 32 * half, &values, 64);
}
LANES_INLINE lanes_i16 lanes_half(uint64_t mask, int half) {
  return lanes_expand16((uint32_t)(mask >> (32 * half)));
}
LANES_INLINE uint64_t lanes_half_bits(lanes_i16 values, int half) {
  return (uint64_t)lanes_bits16(values) << (32 * half);
}

/// a > b.
LANES_INLINE uint64_t lanes_above_u16(const uint16_t *a, const uint16_t *b) {
  uint64_t mask = 0;
  for (int h = 0; h < 2; h++)
    mask |= lanes_half_bits(lanes_load_u16(a, h) > lanes_load_u16(b, h), h);
  return mask;
}

LANES_INLINE uint64_t lanes_equal_u16(const uint16_t *a, const uint16_t *b) {
  uint64_t mask = 0;
  for (int h = 0; h < 2; h++)
    mask |= lanes_half_bits(lanes_load_u16(a, h) == lanes_load_u16(b, h), h);
  return mask;
}

// Masked stores are slow, and what they store cannot be loaded soon: hence whole rows.

/// row = from where the mask is set.
LANES_INLINE void lanes_set_u16(uint16_t *row, const uint16_t *from, uint64_t mask) {
  for (int h = 0; h < 2; h++)
    lanes_store_u16(row, h,
                    lanes_half(mask, h) ? lanes_load_u16(from, h) : lanes_load_u16(row, h));
}

/// row = max(row, to) where the mask is set.
LANES_INLINE void lanes_raise_u16(uint16_t *row, const uint16_t *to, uint64_t mask) {
  for (int h = 0; h < 2; h++) {
    lanes_u16 here = lanes_load_u16(to, h) & (lanes_u16)lanes_half(mask, h);
    lanes_store_u16(row, h, __builtin_elementwise_max(lanes_load_u16(row, h), here));
  }
}

/// The colour clock at which a write at `cycles` shows: three a cycle and `delay` more, inside
/// start...stop, clocks counted from cycle `origin`, the first of a line. A negative delay stands for
/// the playfield's 4, 5, 2, 3 by the cycle's last bits.
LANES_INLINE void lanes_aim(uint16_t *clocks, const uint16_t *cycles, int32_t delay, uint16_t start,
                            uint16_t stop, uint16_t origin) {
  uint16_t limit = (uint16_t)(stop / 3);  // 65535 is far enough from any stop
  if (delay >= 0) {
    for (int i = 0; i < 64; i++) {
      uint16_t since = cycles[i] > origin ? (uint16_t)(cycles[i] - origin) : 0;
      uint16_t c = since < limit ? since : limit;
      uint16_t t = (uint16_t)(c * 3 + delay);
      t = t > start ? t : start;
      t = t < stop ? t : stop;
      clocks[i] = since > limit ? stop : t;
    }
  } else {
    for (int i = 0; i < 64; i++) {
      uint16_t since = cycles[i] > origin ? (uint16_t)(cycles[i] - origin) : 0;
      uint16_t c = since < limit ? since : limit;
      uint16_t t = (uint16_t)(c * 3 + 2 + ((cycles[i] & 3) ^ 2));
      t = t > start ? t : start;
      t = t < stop ? t : stop;
      clocks[i] = since > limit ? stop : t;
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

/// Lanes with no pixel between the two clocks: both before the first pixel of the same line.
LANES_INLINE uint64_t lanes_between_pixels(const uint16_t *from, const uint16_t *to) {
  uint16_t none[64] __attribute__((aligned(64)));
  for (int i = 0; i < 64; i++) {
    uint16_t line = (uint16_t)(lanes_line_of(from[i]) * 228);
    none[i] = (uint16_t)(to[i] - line) <= 68 ? to[i] : 0xFFFF;
  }
  return lanes_equal_u16(none, to);
}

/// Cycles in a scanline, 0...75.
LANES_INLINE void lanes_columns_of(uint8_t *columns, const uint16_t *cycles) {
  for (int i = 0; i < 64; i++) columns[i] = (uint8_t)(cycles[i] % 76);
}

/// Where a blank begun at the later of two clocks ends: 76 clocks into this line or the next.
LANES_INLINE void lanes_blank_ends(int32_t *row, const uint16_t *a, const uint16_t *b,
                                   uint64_t mask) {
  int32_t ends[64];
  for (int i = 0; i < 64; i++) {
    uint16_t now = a[i] > b[i] ? a[i] : b[i];
    uint16_t line = (uint16_t)(lanes_line_of(now) * 228);
    ends[i] = now - line < 76 ? line + 76 : line + 304;
  }
  lanes_set_sum_i32(row, ends, 0, mask);
}

/// Cycles of 64 lanes in 16 bits; they must fit.
LANES_INLINE void lanes_narrow(uint16_t *to, const int32_t *cycles, int32_t elapsed) {
  for (int i = 0; i < 64; i++) to[i] = (uint16_t)(cycles[i] + elapsed);
}

/// The same for cycles that need not fit: far beyond any picture only the position in the scanline
/// matters.
LANES_INLINE void lanes_narrow_late(uint16_t *to, const int32_t *cycles, int32_t elapsed) {
  for (int i = 0; i < 64; i++) {
    int32_t now = cycles[i] + elapsed;
    to[i] = (uint16_t)(now < 64000 ? now : 63992 + now % 76);
  }
}

/// Moves clocks on so that `elapsed` cycles later a scanline begins; for clocks below 120,000.
LANES_INLINE void lanes_wait_for_line(int32_t *clocks, int32_t elapsed, uint64_t mask) {
  for (int q = 0; q < 4; q++) {
    lanes_i32 old = lanes_load_i32(clocks, q);
    lanes_u32 now = (lanes_u32)(old + (lanes_i32)(elapsed + 75));
    lanes_i32 then = (lanes_i32)(((now >> 2) * 27595u >> 19) * 76) - (lanes_i32)elapsed;
    lanes_store_i32(clocks, q, lanes_quarter(mask, q) ? then : old);
  }
}

/// INTIM while it counts intervals; returns the lanes in which it has passed zero.
LANES_INLINE uint64_t lanes_read_timer(uint8_t *values, const int32_t *clocks, int32_t elapsed,
                                       const int32_t *set, const uint8_t *timers,
                                       const uint8_t *shifts) {
  uint8_t passed[64];
  for (int i = 0; i < 64; i++) {
    uint32_t cycles = (uint32_t)clocks[i] + (uint32_t)elapsed - 1 - (uint32_t)set[i];
    int32_t count = (int32_t)timers[i] - (int32_t)(cycles >> (shifts[i] & 31)) - 1;
    values[i] = (uint8_t)count;
    passed[i] = count < 0 ? 0x80 : 0;
  }
  lanes_u8 all;
  memcpy(&all, passed, 64);
  return lanes_negative(all);
}

/// How often the lanes can go round a loop that reads INTIM every `period` cycles, the next time at
/// `clocks` + `elapsed`, before they find it at zero; 0 where it is above `most` or has passed zero.
/// Returns the largest number among the lanes of the mask.
LANES_INLINE int32_t lanes_polls(int32_t *polls, const int32_t *clocks, int32_t elapsed,
                                 const int32_t *set, const uint8_t *timers, const uint8_t *shifts,
                                 int32_t period, uint8_t most, uint64_t mask) {
  const float frequency = 1.0f / (float)period;
  int32_t each[64];
  for (int i = 0; i < 64; i++) {
    int32_t shift = shifts[i] & 31, timer = timers[i];
    int32_t cycles = (int32_t)((uint32_t)clocks[i] + (uint32_t)elapsed - 1 - (uint32_t)set[i]);
    int32_t left = (int32_t)((uint32_t)(timer - 1) << shift) - cycles;
    int32_t quotient = (int32_t)((float)(left + period - 1) * frequency);
    quotient -= quotient * period >= left + period;
    // An interval shorter than the loop could be missed.
    int32_t sure = shift >= 3 && period <= 8 && left > 0 && cycles >= 0;
    int32_t now = timer - (int32_t)((uint32_t)cycles >> shift) - 1;
    each[i] = sure && now <= most ? quotient : 0;
  }
  lanes_i32 largest = (lanes_i32)0;
  for (int q = 0; q < 4; q++) {
    lanes_i32 own = lanes_load_i32(each, q) & lanes_quarter(mask, q);
    lanes_store_i32(polls, q, own);
    largest = __builtin_elementwise_max(largest, own);
  }
  return __builtin_reduce_max(largest);
}

/// row += each * factor where the mask is set.
LANES_INLINE void lanes_add_bytes_i32(int32_t *row, lanes_u8 each, int32_t factor, uint64_t mask) {
  uint8_t bytes[64];
  each = lanes_select(mask, each, (lanes_u8)0);
  memcpy(bytes, &each, 64);
  for (int i = 0; i < 64; i++) row[i] += bytes[i] * factor;
}

/// row += each * factor.
LANES_INLINE void lanes_add_scaled_i32(int32_t *row, const int32_t *each, int32_t factor) {
  for (int i = 0; i < 64; i++) row[i] += each[i] * factor;
}

#endif
