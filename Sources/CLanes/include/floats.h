// Rows of floats: bytes that become floats, the largest of windows, and steps of optimisers.
#ifndef FLOATS_H
#define FLOATS_H

#include <stddef.h>

#include "vectors.h"

typedef LANES_VECTOR(float, 16) lanes_f32;
typedef LANES_VECTOR(int32_t, 16) lanes_f32_mask;
typedef LANES_VECTOR(uint8_t, 16) lanes_sixteen;

/// Up to sixteen numbers; zeros behind them.
LANES_INLINE lanes_f32 lanes_load_f32(const float *from, ptrdiff_t count) {
  lanes_f32 v = (lanes_f32)0;
  if (count >= 16) {
    memcpy(&v, from, sizeof v);
  } else {
    for (ptrdiff_t i = 0; i < count; i++) v[i] = from[i];
  }
  return v;
}

LANES_INLINE void lanes_store_f32(float *to, lanes_f32 v, ptrdiff_t count) {
  if (count >= 16) {
    memcpy(to, &v, sizeof v);
  } else {
    for (ptrdiff_t i = 0; i < count; i++) to[i] = v[i];
  }
}

/// to[i] = from[i] * scale
LANES_INLINE void lanes_bytes_to_floats(
    const uint8_t *from, ptrdiff_t count, float scale, float *to) {
  ptrdiff_t i = 0;
  for (; i + 16 <= count; i += 16) {
    lanes_sixteen bytes;
    memcpy(&bytes, from + i, 16);
    lanes_store_f32(to + i, __builtin_convertvector(bytes, lanes_f32) * scale, 16);
  }
  for (; i < count; i++) to[i] = (float)from[i] * scale;
}

/// Four planes become channels: to[4 i + p] = plane p[i] * scale
LANES_INLINE void lanes_planes_to_floats(
    const uint8_t *p0, const uint8_t *p1, const uint8_t *p2, const uint8_t *p3, ptrdiff_t count,
    float scale, float *to) {
  const uint8_t *planes[4] = {p0, p1, p2, p3};
  ptrdiff_t i = 0;
  for (; i + 4 <= count; i += 4) {
    uint8_t four[16];
    for (int p = 0; p < 4; p++) memcpy(four + 4 * p, planes[p] + i, 4);
    lanes_sixteen bytes;
    memcpy(&bytes, four, 16);
    bytes = __builtin_shufflevector(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11,
                                    15);
    lanes_store_f32(to + 4 * i, __builtin_convertvector(bytes, lanes_f32) * scale, 16);
  }
  for (; i < count; i++)
    for (int p = 0; p < 4; p++) to[4 * i + p] = (float)planes[p][i] * scale;
}

/// most becomes the larger of both; what is not a number stays so.
LANES_INLINE void lanes_keep_most(const float *numbers, float *most, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += 16) {
    lanes_f32 a = lanes_load_f32(numbers + i, count - i), b = lanes_load_f32(most + i, count - i);
    lanes_f32_mask isNew = (a > b) | (a != a);
    lanes_f32_mask result = ((lanes_f32_mask)a & isNew) | ((lanes_f32_mask)b & ~isNew);
    lanes_store_f32(most + i, (lanes_f32)result, count - i);
  }
}

/// Where a number is the largest, it takes the slope that is left.
LANES_INLINE void lanes_pass_most(
    const float *numbers, const float *most, float *left, float *slopes, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += 16) {
    const ptrdiff_t few = count - i;
    lanes_f32_mask is = lanes_load_f32(numbers + i, few) == lanes_load_f32(most + i, few);
    lanes_f32_mask slope = (lanes_f32_mask)lanes_load_f32(left + i, few);
    lanes_store_f32(slopes + i, lanes_load_f32(slopes + i, few) + (lanes_f32)(slope & is), few);
    lanes_store_f32(left + i, (lanes_f32)(slope & ~is), few);
  }
}

typedef struct {
  float beta1, beta2, epsilon;
  /// Of the gradient.
  float scale;
  /// Of the weight: added to the gradient; kept after decay.
  float added, kept;
  /// The learning rate, and what roots of squares are multiplied by, corrected for young moments.
  float rate, root;
} lanes_adam;

/// A step of weights by their gradients and moments. Every product is rounded, so that all processors
/// agree.
LANES_INLINE void lanes_descend(
    const lanes_adam *s, float *weights, const float *gradients, float *first, float *second,
    ptrdiff_t count) {
#pragma STDC FP_CONTRACT OFF
  for (ptrdiff_t i = 0; i < count; i += 16) {
    const ptrdiff_t left = count - i;
    lanes_f32 w = lanes_load_f32(weights + i, left);
    lanes_f32 g = lanes_load_f32(gradients + i, left) * s->scale + s->added * w;
    lanes_f32 m = s->beta1 * lanes_load_f32(first + i, left) + (1 - s->beta1) * g;
    lanes_f32 v = s->beta2 * lanes_load_f32(second + i, left) + (1 - s->beta2) * g * g;
    lanes_store_f32(first + i, m, left);
    lanes_store_f32(second + i, v, left);
    lanes_f32 divisor = __builtin_elementwise_sqrt(v) * s->root + s->epsilon;
    lanes_store_f32(weights + i, s->kept * w - s->rate * m / divisor, left);
  }
}

typedef struct {
  float decay, scale, rate;
  /// Under the root, and behind it.
  float inside, behind;
  /// 0: no steps are kept.
  float momentum;
} lanes_rms;

/// A step of RMSProp; `means` is NULL where it is not centred. Every product is rounded.
LANES_INLINE void lanes_descend_rms(
    const lanes_rms *s, float *weights, const float *gradients, float *squares, float *means,
    float *steps, ptrdiff_t count) {
#pragma STDC FP_CONTRACT OFF
  for (ptrdiff_t i = 0; i < count; i += 16) {
    const ptrdiff_t left = count - i;
    lanes_f32 g = lanes_load_f32(gradients + i, left) * s->scale;
    lanes_f32 variance = s->decay * lanes_load_f32(squares + i, left) + (1 - s->decay) * g * g;
    lanes_store_f32(squares + i, variance, left);
    if (means != NULL) {
      lanes_f32 mean = s->decay * lanes_load_f32(means + i, left) + (1 - s->decay) * g;
      lanes_store_f32(means + i, mean, left);
      variance -= mean * mean;
    }
    // Rounding may leave less than nothing.
    variance = (lanes_f32)((lanes_f32_mask)variance & ~(variance < (lanes_f32)0));
    lanes_f32 move = g / (__builtin_elementwise_sqrt(variance + s->inside) + s->behind);
    if (s->momentum > 0) {
      move += s->momentum * lanes_load_f32(steps + i, left);
      lanes_store_f32(steps + i, move, left);
    }
    lanes_store_f32(weights + i, lanes_load_f32(weights + i, left) - s->rate * move, left);
  }
}

#endif
