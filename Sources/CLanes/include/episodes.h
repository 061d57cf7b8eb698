// Flags of a step for all lanes of a block at once.
#ifndef EPISODES_H
#define EPISODES_H

#include "lanes.h"

typedef lanes_u8 lanes_u8_anywhere __attribute__((aligned(1)));

// At most 64 rows of a column of bytes; zeros behind.
LANES_INLINE lanes_u8 lanes_read_bytes(const uint8_t *rows, int64_t count) {
  lanes_u8 bytes = 0;
  if (count == 64) return *(const lanes_u8_anywhere *)rows;
  memcpy(&bytes, rows, (size_t)count);
  return bytes;
}

LANES_INLINE void lanes_write_bytes(uint8_t *rows, int64_t count, lanes_u8 bytes) {
  if (count == 64) *(lanes_u8_anywhere *)rows = bytes;
  else memcpy(rows, &bytes, (size_t)count);
}

/// Truncates episodes that are as long as they may be.
///
/// - lengths: [64], steps; flags: [64], bits for terminated and truncated, as `ended` written.
/// - terminated, truncated, ended: [count], 0 or 1.
/// Returns the lanes with a flag.
LANES_INLINE uint64_t lanes_judge(
  int64_t count, int32_t limit, const int32_t *lengths, const uint8_t *terminated,
  uint8_t *truncated, uint8_t *ended, uint8_t *flags
) {
  lanes_u8 cut = 0;
  for (int lane = 0; lane < 64; lane++) ((uint8_t *)&cut)[lane] = lengths[lane] >= limit;
  lanes_u8 fell = lanes_read_bytes(terminated, count);
  cut |= lanes_read_bytes(truncated, count);
  lanes_write_bytes(truncated, count, cut);
  lanes_write_bytes(ended, count, cut | fell);
  lanes_write_bytes(flags, 64, fell | lanes_shl1(cut));
  uint64_t all = count == 64 ? ~0ull : (1ull << count) - 1;
  return lanes_nonzero(cut | fell) & all;
}

#endif
