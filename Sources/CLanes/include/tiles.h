// The bodies of products of floats, over vectors as wide as the processor's.
#ifndef TILES_H
#define TILES_H

#include "products.h"
#include "vectors.h"

// A tile has two vectors of columns; so many rows that their sums fill the registers.
#if LANES_X86 >= 4
#define TILE_FLOATS 16
#define TILE_ROWS 12
#elif LANES_X86 == 3
#define TILE_FLOATS 8
#define TILE_ROWS 6
#elif LANES_X86 > 0
#define TILE_FLOATS 4
#define TILE_ROWS 6
#else
#define TILE_FLOATS 4
#define TILE_ROWS 12
#endif

typedef LANES_VECTOR(float, TILE_FLOATS) tile_anywhere __attribute__((aligned(4)));

#define TILE(name) tile_##name
#define TILE_NUMBER float
#define TILE_FACTOR float
#define TILE_VECTOR tile_floats
#define TILE_READ(factors, line) *(const tile_anywhere *)(factors)
#define TILE_ADD(sum, number, factors) sum += (tile_floats)*(number) * (factors)
#include "tile.h"

#define DOTS_STEP TILE_FLOATS
#define DOTS_VECTOR tile_floats
#define DOTS_A(number) *(const tile_anywhere *)(number)
#define DOTS_B(number) *(const tile_anywhere *)(number)
#define DOTS_ADD(sum, a, b) sum += (a) * (b)
#define DOTS_PART(number, count) TILE(load)(number, count)
#include "dots.h"

/// Four lines of four numbers become four columns.
LANES_INLINE void tile_turn(
    const float *source, ptrdiff_t line, float *target, ptrdiff_t target_line) {
  tile_quad r[4];
  for (int i = 0; i < 4; i++) memcpy(&r[i], source + i * line, sizeof *r);
  tile_quad low = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  tile_quad low2 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  tile_quad high = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  tile_quad high2 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(low, low2, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(low, low2, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(high, high2, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(high, high2, 2, 3, 6, 7);
  for (int i = 0; i < 4; i++) memcpy(target + i * target_line, &r[i], sizeof *r);
}

LANES_INLINE void tiles_flip(
    const float *source, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t line, float *target,
    ptrdiff_t target_line) {
  // A line of the cache of each row at a time.
  for (ptrdiff_t block = 0; block < columns; block += 16) {
    const ptrdiff_t end = block + 16 < columns ? block + 16 : columns;
    ptrdiff_t row = 0;
    for (; row + 4 <= rows; row += 4) {
      for (int i = 0; i < 4; i++) __builtin_prefetch(source + (row + i) * line + end);
      ptrdiff_t column = block;
      for (; column + 4 <= end; column += 4)
        tile_turn(source + row * line + column, line, target + column * target_line + row,
                  target_line);
      for (; column < end; column++)
        for (int i = 0; i < 4; i++)
          target[column * target_line + row + i] = source[(row + i) * line + column];
    }
    for (; row < rows; row++)
      for (ptrdiff_t column = block; column < end; column++)
        target[column * target_line + row] = source[row * line + column];
  }
}

#endif
