// The body of `lanes_multiply_lines`, once for each kind of factors; after `tile.h`. Who includes it says
// beside that header's names: DOTS_STEP, numbers of a DOTS_VECTOR; DOTS_A and DOTS_B, which read one of
// a and of b; DOTS_ADD(sum, a, b); and, if sums are not of whole steps, DOTS_PART(number, count), which
// reads fewer.

typedef LANES_VECTOR(float, 4) TILE(quad);

#define DOTS_ROWS (TILE_ROWS / 2)

/// The sum of neighbours, down to four.
LANES_INLINE TILE(quad) TILE(quarter)(TILE(floats) v) {
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
LANES_INLINE TILE(quad) TILE(sums)(const TILE(floats) *v) {
  TILE(quad) q[4];
  for (int i = 0; i < 4; i++) q[i] = TILE(quarter)(v[i]);
  TILE(quad) left = __builtin_shufflevector(q[0], q[1], 0, 4, 1, 5) +
                   __builtin_shufflevector(q[0], q[1], 2, 6, 3, 7);
  TILE(quad) right = __builtin_shufflevector(q[2], q[3], 0, 4, 1, 5) +
                    __builtin_shufflevector(q[2], q[3], 2, 6, 3, 7);
  return __builtin_shufflevector(left, right, 0, 1, 4, 5) +
         __builtin_shufflevector(left, right, 2, 3, 6, 7);
}

/// Four columns of `rows` rows.
LANES_INLINE void TILE(dots)(
    const int rows, const lanes_dots *d, const TILE_NUMBER *a, const float *b, float *c) {
  TILE(floats) sums[DOTS_ROWS][4];
  DOTS_VECTOR numbers[DOTS_ROWS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) sums[i][j] = (TILE(floats))0;
  ptrdiff_t k = 0;
  for (; k + DOTS_STEP <= d->sum; k += DOTS_STEP) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) numbers[i] = DOTS_A(a + i * d->line_a + k);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      DOTS_VECTOR factor = DOTS_B(b + j * d->line_b + k);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) DOTS_ADD(sums[i][j], numbers[i], factor);
    }
  }
#ifdef DOTS_PART
  const ptrdiff_t rest = d->sum - k;
  if (rest > 0) {
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) numbers[i] = DOTS_PART(a + i * d->line_a + k, rest);
#pragma clang loop unroll(full)
    for (int j = 0; j < 4; j++) {
      DOTS_VECTOR factor = DOTS_PART(b + j * d->line_b + k, rest);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) DOTS_ADD(sums[i][j], numbers[i], factor);
    }
  }
#endif
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    TILE(quad) sum = TILE(sums)(sums[i]), old;
    memcpy(&old, c + i * d->line_c, sizeof old);
    if (d->adds) sum += old;
    memcpy(c + i * d->line_c, &sum, sizeof sum);
  }
}

LANES_INLINE void TILE(lines)(const lanes_dots *d, const TILE_NUMBER *left, const float *right) {
  const ptrdiff_t parts = (d->rows + DOTS_ROWS - 1) / DOTS_ROWS;
  for (ptrdiff_t column = 0; column < d->columns; column += 4) {
    const float *b = right + column * d->line_b;
    if (column + 8 <= d->columns)
      for (int j = 4; j < 8; j++)
        for (ptrdiff_t k = 0; k < d->sum; k += 16) __builtin_prefetch(b + j * d->line_b + k);
    for (ptrdiff_t part = 0, row = 0; part < parts; part++) {
      const ptrdiff_t end = (part + 1) * d->rows / parts;
      const TILE_NUMBER *a = left + row * d->line_a;
      float *c = d->c + row * d->line_c + column;
      switch (end - row) {
        case 1: TILE(dots)(1, d, a, b, c); break;
        case 2: TILE(dots)(2, d, a, b, c); break;
        case 3: TILE(dots)(3, d, a, b, c); break;
#if DOTS_ROWS == 6
        case 4: TILE(dots)(4, d, a, b, c); break;
        case 5: TILE(dots)(5, d, a, b, c); break;
        case 6: TILE(dots)(6, d, a, b, c); break;
#endif
      }
      row = end;
    }
  }
}

#undef DOTS_ROWS
