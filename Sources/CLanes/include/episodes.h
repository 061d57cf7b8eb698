// The counts and flags of a step for all lanes of a block at once.
#ifndef EPISODES_H
#define EPISODES_H

#include "rows.h"

typedef LANES_VECTOR(double, 8) lanes_f64;
typedef lanes_u8 lanes_u8_anywhere __attribute__((aligned(1)));
typedef lanes_f64 lanes_f64_anywhere __attribute__((aligned(8)));

/// Where a block's steps and episodes are reported, from its lane 0 on: a row a lane.
typedef struct {
  double *rewards, *returns;
  uint8_t *terminated, *truncated, *ended;
  int32_t *lengths;
} lanes_report;

/// What the last step showed of a block's lanes, [64] each; flags are bits for terminated and
/// truncated. Where one is set, the episode that runs has no steps and no rewards yet.
typedef struct {
  double *rewards, *returns;
  int32_t *lengths;
  uint8_t *flags;
} lanes_episodes;

LANES_INLINE lanes_f64 lanes_cleared(lanes_f64 a, lanes_x8 mask) {
  return (lanes_f64)((lanes_x8)a & ~mask);
}

// Lengths; all 64 lanes. Returns what is as long as it may be.
LANES_INLINE lanes_u8 lanes_lengthen(
  int32_t limit, uint64_t live, uint64_t anew, const lanes_report *shown, const lanes_episodes *kept
) {
  uint8_t full[64] __attribute__((aligned(64)));
  for (int quarter = 0; quarter < 4; quarter++) {
    lanes_i32 length = lanes_load_i32(kept->lengths, quarter) & ~lanes_quarter(anew, quarter);
    length -= lanes_quarter(live, quarter) & (length < (lanes_i32)(INT32_MAX - 1));
    lanes_store_i32(kept->lengths, quarter, length);
    lanes_store_i32(shown->lengths, quarter, length);
    lanes_piece ends = __builtin_convertvector(length >= (lanes_i32)limit, lanes_piece) & 1;
    memcpy(full + 16 * quarter, &ends, 16);
  }
  return *(const lanes_u8 *)full;
}

// Rewards and their sums; all 64 lanes.
LANES_INLINE void lanes_sum(
  uint64_t live, uint64_t anew, const lanes_report *shown, const lanes_episodes *kept
) {
  for (int first = 0; first < 64; first += 8) {
    lanes_f64 reward = *(const lanes_f64_anywhere *)(shown->rewards + first);
    reward = lanes_cleared(reward, lanes_eighth(~live, first));
    lanes_f64 sum = *(const lanes_f64 *)(kept->returns + first);
    sum = lanes_cleared(sum, lanes_eighth(anew, first)) + reward;
    *(lanes_f64_anywhere *)(shown->rewards + first) = reward;
    *(lanes_f64 *)(kept->rewards + first) = reward;
    *(lanes_f64_anywhere *)(shown->returns + first) = sum;
    *(lanes_f64 *)(kept->returns + first) = sum;
  }
}

LANES_INLINE uint64_t lanes_count_all(
  int32_t limit, uint64_t live, uint64_t begun, const lanes_report *shown,
  const lanes_episodes *kept
) {
  lanes_u8 old = *(const lanes_u8 *)kept->flags;
  uint64_t anew = (lanes_nonzero(old) & live) | begun;
  lanes_u8 cut = lanes_lengthen(limit, live, anew, shown, kept);
  cut |= *(const lanes_u8_anywhere *)shown->truncated;
  lanes_u8 flags = *(const lanes_u8_anywhere *)shown->terminated | lanes_shl1(cut);
  flags = lanes_select(live, flags, old & ~lanes_expand(begun));
  *(lanes_u8 *)kept->flags = flags;
  *(lanes_u8_anywhere *)shown->terminated = flags & 1;
  *(lanes_u8_anywhere *)shown->truncated = lanes_shr1(flags);
  *(lanes_u8_anywhere *)shown->ended = (flags & 1) | lanes_shr1(flags);
  lanes_sum(live, anew, shown, kept);
  return lanes_nonzero(flags) & live;
}

/// Counts a step in the live lanes, truncates episodes that are as long as they may be, and notes
/// the flags. Other lanes show what they last did, with a reward of 0.
///
/// - limit: steps of an episode.
/// - live: lanes that have stepped; begun: others, which show a new episode: zeros.
/// - shown: [count] each; rewards, terminated, truncated as the step gave them, then all as shown.
/// Returns the live lanes whose episode ends.
LANES_INLINE uint64_t lanes_count(
  int64_t count, int32_t limit, uint64_t live, uint64_t begun, const lanes_report *shown,
  const lanes_episodes *kept
) {
  if (count == 64) return lanes_count_all(limit, live, begun, shown, kept);
  double rewards[64] = {0}, returns[64];
  uint8_t terminated[64] = {0}, truncated[64] = {0}, ended[64];
  int32_t lengths[64];
  memcpy(rewards, shown->rewards, (size_t)count * sizeof *rewards);
  memcpy(terminated, shown->terminated, (size_t)count);
  memcpy(truncated, shown->truncated, (size_t)count);
  const lanes_report whole = {rewards, returns, terminated, truncated, ended, lengths};
  uint64_t ends = lanes_count_all(limit, live, begun, &whole, kept);
  memcpy(shown->rewards, rewards, (size_t)count * sizeof *rewards);
  memcpy(shown->returns, returns, (size_t)count * sizeof *returns);
  memcpy(shown->terminated, terminated, (size_t)count);
  memcpy(shown->truncated, truncated, (size_t)count);
  memcpy(shown->ended, ended, (size_t)count);
  memcpy(shown->lengths, lengths, (size_t)count * sizeof *lengths);
  return ends;
}

#endif
