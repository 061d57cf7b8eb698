// Steps of classic control for all lanes of a block at once. No operation is fused or reordered
// that the originals do not fuse, so every machine gives the same bits.
#pragma once
#include "rows.h"
#include "sines.h"

#pragma STDC FP_CONTRACT OFF

typedef double control_row __attribute__((vector_size(32)));
typedef double control8 __attribute__((vector_size(64)));
typedef float control8f __attribute__((vector_size(32)));
typedef float control16f __attribute__((vector_size(64)));
typedef int64_t control8i __attribute__((vector_size(64)));
typedef int32_t control8w __attribute__((vector_size(32), aligned(4)));

static inline control8 control_load(const double *at) { return *(const control8 *)at; }

static inline control8 control_choose(control8i mask, control8 yes, control8 no) {
  return (control8)(((control8i)yes & mask) | ((control8i)no & ~mask));
}

static inline control8 control_fma(control8 a, control8 b, control8 c) {
  return __builtin_elementwise_fma(a, b, c);
}

static inline control8 control_all(double x) { return (control8){x, x, x, x, x, x, x, x}; }

// Eight lanes' rows of the table, as its four columns.
static inline __attribute__((always_inline)) void control_rows(
  const int64_t place[8], control8 column[4]
) {
#define CONTROL_PAIR(a, b) \
  __builtin_shufflevector( \
    *(const control_row *)sine_rows[place[a]], *(const control_row *)sine_rows[place[b]], \
    0, 1, 2, 3, 4, 5, 6, 7)
  control8 rows02 = CONTROL_PAIR(0, 2), rows13 = CONTROL_PAIR(1, 3);
  control8 rows46 = CONTROL_PAIR(4, 6), rows57 = CONTROL_PAIR(5, 7);
#undef CONTROL_PAIR
  // Columns 0 and 2, then 1 and 3, of four lanes.
  control8 low = __builtin_shufflevector(rows02, rows13, 0, 8, 2, 10, 4, 12, 6, 14);
  control8 high = __builtin_shufflevector(rows46, rows57, 0, 8, 2, 10, 4, 12, 6, 14);
  column[0] = __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
  column[2] = __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
  low = __builtin_shufflevector(rows02, rows13, 1, 9, 3, 11, 5, 13, 7, 15);
  high = __builtin_shufflevector(rows46, rows57, 1, 9, 3, 11, 5, 13, 7, 15);
  column[1] = __builtin_shufflevector(low, high, 0, 1, 4, 5, 8, 9, 12, 13);
  column[3] = __builtin_shufflevector(low, high, 2, 3, 6, 7, 10, 11, 14, 15);
}

// `glibc_sin` and `glibc_cos` of eight angles below 0.85, whose rows of the table are known.
static inline __attribute__((always_inline)) void control_near(
  control8 x, const int64_t place[8], control8 *sine, control8 *cosine
) {
  control8 a = __builtin_elementwise_abs(x);
  control8 r = a - (a + sine_grid - sine_grid);
  control8 row[4];
  control_rows(place, row);
  control8 square = r * r, cubic = r * square;
  control8 q = control_fma(
    control_all(0x1.11110e829872fp-7), square, control_all(-0x1.5555555555515p-3));
  // What the cosine of r has beyond 1.
  control8 c = control_fma(
    control_all(-0x1.6c16bedd9e239p-10), square, control_all(0x1.5555555555535p-5));
  c = square * control_fma(c, square, control_all(-0.5));
  control8 s = control_fma(cubic, q, r);
  control8 sum = control_fma(-s, row[1], row[3]);
  sum = control_fma(c, row[2], sum);
  *cosine = row[2] + control_fma(-s, row[0], sum);
  s = r + cubic * q;
  sum = control_fma(s, row[3], row[1]);
  sum = control_fma(c, row[0], sum);
  sum = row[0] + control_fma(s, row[2], sum);
  control8 far = __builtin_elementwise_copysign(sum, x);
  square = x * x;
  control8 p = control_all(-0x1.addffc2fcdf59p-26);
  p = control_fma(p, square, control_all(0x1.71de27b9a7ed9p-19));
  p = control_fma(p, square, control_all(-0x1.a01a019db08b8p-13));
  p = control_fma(p, square, control_all(0x1.1111111110ecep-7));
  p = control_fma(p, square, control_all(-0x1.5555555555555p-3));
  *sine = control_choose(a < 0.126, x + square * (p * x), far);
}

static __attribute__((noinline)) void control_far(
  const double *x, int count, double *sines, double *cosines
) {
  for (int lane = 0; lane < count; ++lane) {
    sines[lane] = glibc_sin(x[lane]);
    cosines[lane] = glibc_cos(x[lane]);
  }
}

// `glibc_sin` and `glibc_cos` of at most 64 angles; all three are read and written up to a multiple of
// eight. Rows of the table are numbered first, in memory, where loads find them sooner than they come
// out of a vector.
static inline __attribute__((always_inline)) void control_sines(
  const double *restrict x, int count, double *restrict sines, double *restrict cosines
) {
  int64_t places[64] __attribute__((aligned(64)));
  control8i most = {};
  for (int first = 0; first < count; first += 8) {
    control8 a = __builtin_elementwise_abs(control_load(x + first));
    most = __builtin_elementwise_max(most, (control8i)a);
    *(control8i *)(places + first) = (control8i)(a + sine_grid) & 127;
  }
  // No angle is 0.85 or more, or no number.
  control8i near = most < (control8i)control_all(0.85);
  if (__builtin_expect(__builtin_reduce_and(near) == 0, 0))
    return control_far(x, (count + 7) & ~7, sines, cosines);
  for (int first = 0; first < count; first += 8)
    control_near(
      control_load(x + first), places + first, (control8 *)(sines + first),
      (control8 *)(cosines + first));
}

// x / 1.1, rounded as the division is but for the sign of zero: a product with 1 / 1.1 to 106 bits.
// No quotient lies so close to the middle between two numbers that it falls on its wrong side
// (Brisebarre, Muller and Raina 2004; the closest are in the tests). For |x| from 2^-900 to 2^1000,
// and zero.
static inline control8 control_by_mass(control8 x) {
#ifdef __FMA__
  const control8 high = control_all(0x1.d1745d1745d17p-1);
  const control8 low = control_all(-0x1.8dc08767ab5f2p-55);
  return control_fma(x, high, x * low);
#else
  return x / 1.1;
#endif
}

static inline __attribute__((always_inline)) void control_cart_poles(
  double *restrict state, const int32_t *restrict actions, uint64_t mask, int lanes,
  double alive, double fallen, double *restrict rewards, uint8_t *restrict terminated
) {
  double *xs = state, *speeds = state + 64, *angles = state + 128, *spins = state + 192;
  // Loops of their own: chains of operations are short enough to overlap in the processor.
  control8 sines[8], cosines[8];
  uint64_t ends = 0;
  control_sines(angles, lanes, (double *)sines, (double *)cosines);
  for (int first = 0; first < lanes; first += 8) {
    control8 x = control_load(xs + first), speed = control_load(speeds + first);
    control8 angle = control_load(angles + first), spin = control_load(spins + first);
    control8w action = *(const control8w *)(actions + first);
    control8i isRight = __builtin_convertvector(action, control8i) == 1;
    control8 force = control_choose(isRight, control_all(10), control_all(-10));
    control8 sine = sines[first / 8], cosine = cosines[first / 8];
    control8 pull = control_by_mass(force + 0.05 * (spin * spin) * sine);
    // Half of it, since the pole's half length divides exactly.
    control8 turn = (9.8 * sine - cosine * pull)
      / (4.0 / 3.0 - control_by_mass(0.1 * (cosine * cosine)));
    control8 push = pull - control_by_mass(0.1 * turn * cosine);
    control8i moves = (control8i)lanes_eighth(mask, first);
    x = control_choose(moves, x + 0.02 * speed, x);
    speed = control_choose(moves, speed + 0.02 * push, speed);
    angle = control_choose(moves, angle + 0.02 * spin, angle);
    spin = control_choose(moves, spin + 0.04 * turn, spin);
    *(control8 *)(xs + first) = x;
    *(control8 *)(speeds + first) = speed;
    *(control8 *)(angles + first) = angle;
    *(control8 *)(spins + first) = spin;
    const double most = 12 * 2 * 3.141592653589793 / 360;
    control8i fell = __builtin_elementwise_abs(x) > 2.4;
    fell |= __builtin_elementwise_abs(angle) > most;
    control8 reward = control_choose(fell, control_all(fallen), control_all(alive));
    __builtin_memcpy(rewards + first, &reward, 64);
    ends |= (uint64_t)lanes_bits64((lanes_i64)fell) << first;
  }
  lanes_u8 bytes = lanes_expand(ends) & 1;
  __builtin_memcpy(terminated, &bytes, 64);
}

// One step of CartPole in the lanes of the mask.
//
// State: [64] each: metres, metres a second, radians, radians a second. Rewards and terminated have
// `lanes` elements.
// Source: Gymnasium 1.3.0 `classic_control/cartpole.py`, Euler's integration.
static inline void control_cart_pole(
  double *restrict state, const int32_t *restrict actions, uint64_t mask, int lanes,
  double alive, double fallen, double *restrict rewards, uint8_t *restrict terminated
) {
  if (lanes == 64)
    return control_cart_poles(state, actions, mask, 64, alive, fallen, rewards, terminated);
  int32_t given[64] = {0};
  double each[64];
  uint8_t ends[64];
  __builtin_memcpy(given, actions, (size_t)lanes * sizeof *actions);
  control_cart_poles(state, given, mask, lanes, alive, fallen, each, ends);
  __builtin_memcpy(rewards, each, (size_t)lanes * sizeof *rewards);
  __builtin_memcpy(terminated, ends, (size_t)lanes);
}

// [lanes, 4] floats from four rows of 64 doubles.
static inline void control_show_four(
  const double *restrict state, int lanes, float *restrict shown
) {
  int first = 0;
  for (; first + 8 <= lanes; first += 8) {
    control8f part[4];
    for (int row = 0; row < 4; ++row)
      part[row] = __builtin_convertvector(control_load(state + 64 * row + first), control8f);
    control16f low = __builtin_shufflevector(
      part[0], part[1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    control16f high = __builtin_shufflevector(
      part[2], part[3], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    control16f half = __builtin_shufflevector(
      low, high, 0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
    __builtin_memcpy(shown + 4 * first, &half, 64);
    half = __builtin_shufflevector(
      low, high, 4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31);
    __builtin_memcpy(shown + 4 * first + 16, &half, 64);
  }
  for (; first < lanes; ++first)
    for (int row = 0; row < 4; ++row) shown[4 * first + row] = (float)state[64 * row + first];
}
