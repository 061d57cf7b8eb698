// The body of `lanes_multiply`, once for each kind of factors. Who includes it says: TILE(name), its
// names; TILE_FLOATS, sums of a vector; TILE_ROWS, rows of a tile, whose sums fill the registers with
// two vectors each; TILE_NUMBER and TILE_FACTOR, what a and b are made of; TILE_READ(factors, line),
// which makes a TILE_VECTOR of some columns and knows the step from line to line;
// TILE_ADD(sum, number, factors), which adds the product of what `number` points to and such a vector.

typedef LANES_VECTOR(float, TILE_FLOATS) TILE(floats);
typedef LANES_VECTOR(int32_t, TILE_FLOATS) TILE(integers);

/// The first `count` of a vector's numbers, of which there is one at least; zeros behind them.
LANES_INLINE TILE(floats) TILE(load)(const float *from, ptrdiff_t count) {
  TILE(floats) v = (TILE(floats))0;
  if (count >= TILE_FLOATS) {
    memcpy(&v, from, sizeof v);
    return v;
  }
#if TILE_FLOATS == 16
  return (TILE(floats))_mm512_maskz_loadu_ps((__mmask16)((1 << count) - 1), from);
#elif TILE_FLOATS == 8
  const TILE(integers) places = {0, 1, 2, 3, 4, 5, 6, 7};
  return (TILE(floats))_mm256_maskload_ps(from, (__m256i)(places < (int32_t)count));
#else
  for (ptrdiff_t i = 0; i < count; i++) v[i] = from[i];
  return v;
#endif
}

LANES_INLINE void TILE(store)(float *to, TILE(floats) v, ptrdiff_t count) {
  if (count >= TILE_FLOATS) {
    memcpy(to, &v, sizeof v);
  } else {
    for (ptrdiff_t i = 0; i < count; i++) to[i] = v[i];
  }
}

/// One tile: `rows` rows from the places in `a` on, `vectors` vectors of columns from `first` on.
LANES_INLINE void TILE(multiply)(
    const int rows, const int vectors, const lanes_product *p, ptrdiff_t first,
    const TILE_NUMBER *const *a, const TILE_FACTOR *b, float *const *c) {
  TILE(floats) sums[TILE_ROWS][2];
  const TILE_NUMBER *from[TILE_ROWS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) from[i] = a[i];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    ptrdiff_t column = first + v * TILE_FLOATS;
    TILE(floats) start = p->bias ? TILE(load)(p->bias + column, p->columns - column) : (TILE(floats))0;
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) sums[i][v] = start;
  }
  const TILE_FACTOR *plane = b + first;
  const ptrdiff_t step = p->sum.a[0], line = p->sum.other[0];
  for (ptrdiff_t z = 0, plane_at = 0; z < p->sum.count[2]; z++) {
    const TILE_FACTOR *lines = plane;
    ptrdiff_t row_at = plane_at;
    for (ptrdiff_t y = 0; y < p->sum.count[1]; y++) {
      const TILE_FACTOR *factor = lines;
      ptrdiff_t at = row_at;
#pragma clang loop unroll(disable)
      for (ptrdiff_t x = p->sum.count[0]; x > 0; x--) {
        TILE_VECTOR factors[2];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) factors[v] = TILE_READ(factor + v * TILE_FLOATS, line);
        // Lines may lie on pages of their own, where the processor does not look ahead.
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors * TILE_FLOATS; v += 16) __builtin_prefetch(factor + 8 * line + v);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
          for (int v = 0; v < vectors; v++) TILE_ADD(sums[i][v], from[i] + at, factors[v]);
        }
        at += step;
        factor += line;
      }
      row_at += p->sum.a[1];
      lines += p->sum.other[1];
    }
    plane_at += p->sum.a[2];
    plane += p->sum.other[2];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      ptrdiff_t column = first + v * TILE_FLOATS;
      TILE(floats) sum = sums[i][v];
      if (p->adds) sum += TILE(load)(c[i] + column, p->columns - column);
      // Not a maximum: what is not a number stays so, and is found.
      if (p->cuts) sum = (TILE(floats))((TILE(integers))sum & ~(sum < (TILE(floats))0));
      TILE(store)(c[i] + column, sum, p->columns - column);
    }
  }
}

#define TILE_OF(rows)                                                                          \
  static void TILE(rows)(const lanes_product *p, ptrdiff_t first,                              \
                         const TILE_NUMBER *const *a, const TILE_FACTOR *b, float *const *c) { \
    if (p->columns - first > TILE_FLOATS) {                                                    \
      TILE(multiply)(rows, 2, p, first, a, b, c);                                              \
    } else {                                                                                   \
      TILE(multiply)(rows, 1, p, first, a, b, c);                                              \
    }                                                                                          \
  }
TILE_OF(1) TILE_OF(2) TILE_OF(3) TILE_OF(4) TILE_OF(5) TILE_OF(6)
#if TILE_ROWS == 12
TILE_OF(7) TILE_OF(8) TILE_OF(9) TILE_OF(10) TILE_OF(11) TILE_OF(12)
#endif
#undef TILE_OF

static void (*const TILE(heights)[])(const lanes_product *, ptrdiff_t, const TILE_NUMBER *const *,
                                     const TILE_FACTOR *, float *const *) = {
  TILE(1), TILE(2), TILE(3), TILE(4), TILE(5), TILE(6),
#if TILE_ROWS == 12
  TILE(7), TILE(8), TILE(9), TILE(10), TILE(11), TILE(12),
#endif
};

LANES_INLINE void TILE(product)(
    const lanes_product *p, const TILE_NUMBER *corner, const TILE_FACTOR *b) {
  const lanes_axes *rows = &p->rows;
  const ptrdiff_t all = rows->count[0] * rows->count[1] * rows->count[2];
  const ptrdiff_t parts = (all + TILE_ROWS - 1) / TILE_ROWS;
  for (ptrdiff_t first = 0; first < p->columns; first += 2 * TILE_FLOATS) {
    // Places along the axes, and of the lines that begin there.
    ptrdiff_t x = 0, y = 0, begun = 0;
    const TILE_NUMBER *a = corner, *a_line = a, *a_plane = a;
    float *c = p->c, *c_line = c, *c_plane = c;
    for (ptrdiff_t part = 1; part <= parts; part++) {
      const TILE_NUMBER *from[TILE_ROWS];
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
      TILE(heights)[count - 1](p, first, from, b, to);
      begun += count;
    }
  }
}
