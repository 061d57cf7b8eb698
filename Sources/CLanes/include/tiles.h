// The body of `lanes_multiply`, over vectors as wide as the processor's.
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

typedef LANES_VECTOR(float, TILE_FLOATS) tile_floats;
typedef LANES_VECTOR(int32_t, TILE_FLOATS) tile_integers;

LANES_INLINE tile_floats tile_load(const float *from, ptrdiff_t count) {
  tile_floats v = (tile_floats)0;
  if (count >= TILE_FLOATS) {
    memcpy(&v, from, sizeof v);
  } else {
    for (ptrdiff_t i = 0; i < count; i++) v[i] = from[i];
  }
  return v;
}

LANES_INLINE void tile_store(float *to, tile_floats v, ptrdiff_t count) {
  if (count >= TILE_FLOATS) {
    memcpy(to, &v, sizeof v);
  } else {
    for (ptrdiff_t i = 0; i < count; i++) to[i] = v[i];
  }
}

/// One tile: `rows` rows from the places in `a` on, `vectors` vectors of columns from `first` on.
LANES_INLINE void tile_multiply(
    const int rows, const int vectors, const lanes_product *p, ptrdiff_t first,
    const float *const *a, float *const *c) {
  tile_floats sums[TILE_ROWS][2];
  const float *from[TILE_ROWS];
  for (int i = 0; i < rows; i++) from[i] = a[i];
  for (int v = 0; v < vectors; v++) {
    ptrdiff_t column = first + v * TILE_FLOATS;
    tile_floats start = p->bias ? tile_load(p->bias + column, p->columns - column) : (tile_floats)0;
    for (int i = 0; i < rows; i++) sums[i][v] = start;
  }
  const float *plane = p->b + first;
  const ptrdiff_t step = p->sum.a[0], line = p->sum.other[0];
  for (ptrdiff_t z = 0, plane_at = 0; z < p->sum.count[2]; z++) {
    const float *lines = plane;
    ptrdiff_t row_at = plane_at;
    for (ptrdiff_t y = 0; y < p->sum.count[1]; y++) {
      const float *b = lines;
      ptrdiff_t at = row_at;
#pragma clang loop unroll(disable)
      for (ptrdiff_t x = p->sum.count[0]; x > 0; x--) {
        tile_floats factors[2];
        for (int v = 0; v < vectors; v++) memcpy(&factors[v], b + v * TILE_FLOATS, sizeof *factors);
        // Lines may lie on pages of their own, where the processor does not look ahead.
        for (int v = 0; v < vectors * TILE_FLOATS; v += 16) __builtin_prefetch(b + 8 * line + v);
        for (int i = 0; i < rows; i++) {
          tile_floats number = (tile_floats)from[i][at];
          for (int v = 0; v < vectors; v++) sums[i][v] += number * factors[v];
        }
        at += step;
        b += line;
      }
      row_at += p->sum.a[1];
      lines += p->sum.other[1];
    }
    plane_at += p->sum.a[2];
    plane += p->sum.other[2];
  }
  for (int i = 0; i < rows; i++) {
    for (int v = 0; v < vectors; v++) {
      ptrdiff_t column = first + v * TILE_FLOATS;
      tile_floats sum = sums[i][v];
      if (p->adds) sum += tile_load(c[i] + column, p->columns - column);
      // Not a maximum: what is not a number stays so, and is found.
      if (p->cuts) sum = (tile_floats)((tile_integers)sum & ~(sum < (tile_floats)0));
      tile_store(c[i] + column, sum, p->columns - column);
    }
  }
}

#define TILE(rows)                                                                         \
  static void tile_##rows(const lanes_product *p, ptrdiff_t first, const float *const *a,  \
                          float *const *c) {                                               \
    if (p->columns - first > TILE_FLOATS) {                                                \
      tile_multiply(rows, 2, p, first, a, c);                                              \
    } else {                                                                               \
      tile_multiply(rows, 1, p, first, a, c);                                              \
    }                                                                                      \
  }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if TILE_ROWS == 12
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
#undef TILE

static void (*const tiles[])(const lanes_product *, ptrdiff_t, const float *const *, float *const *) = {
  tile_1, tile_2, tile_3, tile_4, tile_5, tile_6,
#if TILE_ROWS == 12
  tile_7, tile_8, tile_9, tile_10, tile_11, tile_12,
#endif
};

LANES_INLINE void tiles_multiply(const lanes_product *p) {
  const lanes_axes *rows = &p->rows;
  const ptrdiff_t all = rows->count[0] * rows->count[1] * rows->count[2];
  const ptrdiff_t parts = (all + TILE_ROWS - 1) / TILE_ROWS;
  for (ptrdiff_t first = 0; first < p->columns; first += 2 * TILE_FLOATS) {
    // Places along the axes, and of the lines that begin there.
    ptrdiff_t x = 0, y = 0, begun = 0;
    const float *a = p->a, *a_line = a, *a_plane = a;
    float *c = p->c, *c_line = c, *c_plane = c;
    for (ptrdiff_t part = 1; part <= parts; part++) {
      const float *from[TILE_ROWS];
      float *to[TILE_ROWS];
      // Tiles of nearly equal heights.
      int count = (int)(part * all / parts - begun);
      for (int i = 0; i < count; i++) {
        from[i] = a;
        to[i] = c;
        a += rows->a[0];
        c += rows->other[0];
        if (++x < rows->count[0]) continue;
        x = 0;
        a = a_line += rows->a[1];
        c = c_line += rows->other[1];
        if (++y < rows->count[1]) continue;
        y = 0;
        a = a_line = a_plane += rows->a[2];
        c = c_line = c_plane += rows->other[2];
      }
      tiles[count - 1](p, first, from, to);
      begun += count;
    }
  }
}

typedef LANES_VECTOR(float, 4) tile_quad;

// MARK: Both factors by lines

#define DOTS_ROWS (TILE_ROWS / 2)

/// The sum of neighbours, down to four.
LANES_INLINE tile_quad tile_quarter(tile_floats v) {
#if TILE_FLOATS == 16
  typedef LANES_VECTOR(float, 8) half;
  half h = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  return __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
#elif TILE_FLOATS == 8
  return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
  return v;
#endif
}

/// The sums of four vectors.
LANES_INLINE tile_quad tile_sums(const tile_floats *v) {
  tile_quad q[4];
  for (int i = 0; i < 4; i++) q[i] = tile_quarter(v[i]);
  tile_quad left = __builtin_shufflevector(q[0], q[1], 0, 4, 1, 5) +
                   __builtin_shufflevector(q[0], q[1], 2, 6, 3, 7);
  tile_quad right = __builtin_shufflevector(q[2], q[3], 0, 4, 1, 5) +
                    __builtin_shufflevector(q[2], q[3], 2, 6, 3, 7);
  return __builtin_shufflevector(left, right, 0, 1, 4, 5) +
         __builtin_shufflevector(left, right, 2, 3, 6, 7);
}

/// Four columns of `rows` rows.
LANES_INLINE void tile_dots(
    const int rows, const lanes_dots *d, const float *a, const float *b, float *c) {
  tile_floats sums[DOTS_ROWS][4], numbers[DOTS_ROWS];
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < 4; j++) sums[i][j] = (tile_floats)0;
  for (ptrdiff_t k = 0; k < d->sum; k += TILE_FLOATS) {
    for (int i = 0; i < rows; i++) memcpy(&numbers[i], a + i * d->line_a + k, sizeof *numbers);
    for (int j = 0; j < 4; j++) {
      tile_floats factor;
      memcpy(&factor, b + j * d->line_b + k, sizeof factor);
      for (int i = 0; i < rows; i++) sums[i][j] += numbers[i] * factor;
    }
  }
  for (int i = 0; i < rows; i++) {
    tile_quad sum = tile_sums(sums[i]), old;
    memcpy(&old, c + i * d->line_c, sizeof old);
    if (d->adds) sum += old;
    memcpy(c + i * d->line_c, &sum, sizeof sum);
  }
}

LANES_INLINE void tiles_multiply_lines(const lanes_dots *d) {
  const ptrdiff_t parts = (d->rows + DOTS_ROWS - 1) / DOTS_ROWS;
  for (ptrdiff_t column = 0; column < d->columns; column += 4) {
    const float *b = d->b + column * d->line_b;
    if (column + 8 <= d->columns)
      for (int j = 4; j < 8; j++)
        for (ptrdiff_t k = 0; k < d->sum; k += 16) __builtin_prefetch(b + j * d->line_b + k);
    for (ptrdiff_t part = 0, row = 0; part < parts; part++) {
      const ptrdiff_t end = (part + 1) * d->rows / parts;
      const float *a = d->a + row * d->line_a;
      float *c = d->c + row * d->line_c + column;
      switch (end - row) {
        case 1: tile_dots(1, d, a, b, c); break;
        case 2: tile_dots(2, d, a, b, c); break;
        case 3: tile_dots(3, d, a, b, c); break;
#if DOTS_ROWS == 6
        case 4: tile_dots(4, d, a, b, c); break;
        case 5: tile_dots(5, d, a, b, c); break;
        case 6: tile_dots(6, d, a, b, c); break;
#endif
      }
      row = end;
    }
  }
}

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
