// The words that Kernels/Common.h defines for a card.
#pragma once

#include <cmath>

#include "KernelShapes.h"
#include "Threads.h"

#define STAND_IN
#define DEV static inline
#define DEV_CALL static
#define DEV_MEMBER inline
#define KERNEL static void
#define BOUNDS(threads)
#define SHARED(type, name, count) type *name = (type *)sharedMemory(sizeof(type) * (count))

struct float4 { float x, y, z, w; };
struct alignas(16) uint4 { unsigned x, y, z, w; };

static unsigned bitsOf(float v) {
  unsigned bits;
  memcpy(&bits, &v, 4);
  return bits;
}
static float floatOf(unsigned bits) {
  float v;
  memcpy(&v, &bits, 4);
  return v;
}
static double product(double a, double b) { return a * b; }
static unsigned halfOf(float v) {
  unsigned bits = bitsOf(v);
  return v != v ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
static unsigned pack(float low, float high) { return halfOf(low) | halfOf(high) << 16; }
static float tensorFloat(float v) {
  return v != v ? v : floatOf((bitsOf(v) + 0x1000) & ~0x1fffu);
}

// Fragments as in the PTX manual, mma.m16n8k16 and mma.m16n8k8.
static float part(unsigned pair, int second) {
  return floatOf(second ? pair & 0xffff0000u : pair << 16);
}

// c[16, 8] += a[16, depth] b[depth, 8] of a warp's threads; `x` and `y` find factors among all that
// they hold.
template <int depth, class X, class Y>
static void mma(float c[4], const unsigned a[4], const unsigned b[2], X x, Y y) {
  Offer mine;
  memcpy(mine.a, a, sizeof mine.a);
  memcpy(mine.b, b, sizeof mine.b);
  Offer *all = exchange(mine);
  int group = threadIdx.x % 32 / 4, member = threadIdx.x % 4;
  for (int e = 0; e < 4; e++) {
    int row = group + e / 2 * 8, column = 2 * member + e % 2;
    for (int k = 0; k < depth; k++) c[e] += x(all, row, k) * y(all, column, k);
  }
}

static void mmaHalf(float c[4], const unsigned a[4], const unsigned b[2]) {
  mma<16>(
      c, a, b,
      [](Offer *all, int row, int k) {
        return part(all[row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2], k % 2);
      },
      [](Offer *all, int column, int k) {
        return part(all[column * 4 + k % 8 / 2].b[k / 8], k % 2);
      });
}

static void mmaTensorFloat(float c[4], const unsigned a[4], const unsigned b[2]) {
  mma<8>(
      c, a, b,
      [](Offer *all, int row, int k) {
        return floatOf(all[row % 8 * 4 + k % 4].a[row / 8 + k / 4 * 2]);
      },
      [](Offer *all, int column, int k) { return floatOf(all[column * 4 + k % 4].b[k / 4]); });
}

// Four matrices of 8 x 8, of whose rows lane 8 i + j names row j of matrix i.
static void loadMatrices(unsigned pairs[4], const void *row, bool isTurned) {
  Offer mine;
  memset(&mine, 0, sizeof mine);
  mine.row = row;
  if (!isOnLine(row)) return;
  Offer *all = exchange(mine);
  int group = threadIdx.x % 32 / 4, member = threadIdx.x % 4 * 2;
  for (int i = 0; i < 4; i++) {
    unsigned halves[2];
    for (int e = 0; e < 2; e++) {
      int line = isTurned ? member + e : group, place = isTurned ? group : member + e;
      halves[e] = ((const unsigned short *)all[8 * i + line].row)[place];
    }
    pairs[i] = halves[0] | halves[1] << 16;
  }
}
static void loadFragment(unsigned pairs[4], const void *row) { loadMatrices(pairs, row, false); }
static void loadTurned(unsigned pairs[4], const void *row) { loadMatrices(pairs, row, true); }
