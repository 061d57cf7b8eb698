// Matrix products whose left factor is read where it lies: convolutions without unfolded patches.
//
// c[row][column] = sum over k of a[place(row) + place(k)] * b[k][column], rows and k counted along
// three axes each. A tile of c stays in registers while k runs; numbers of a are broadcast straight
// out of the picture. Sums are made in the order of k, whatever the processor.
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

/// Three axes, the fastest first: how many, and floats from one to the next in two arrays.
typedef struct {
  ptrdiff_t count[3], a[3], other[3];
} lanes_axes;

typedef struct {
  /// Of c.
  lanes_axes rows;
  /// Of b.
  lanes_axes sum;
  ptrdiff_t columns;
  const float *a;
  /// Each line can be read up to a multiple of `lanes_floats` columns.
  const float *b;
  float *c;
  /// [columns]; NULL: none.
  const float *bias;
  /// The sums are added to c.
  bool adds;
  /// Negative results become 0.
  bool cuts;
} lanes_product;

/// Columns of a vector.
ptrdiff_t lanes_floats(void);
void lanes_multiply(const lanes_product *product);

/// c[row][column] (+)= sum over k of a[row][k] * b[column][k], each line `line` floats behind the one
/// before: for few rows, since b is read once. k in whole vectors, columns by fours.
typedef struct {
  ptrdiff_t rows, columns, sum, line_a, line_b, line_c;
  const float *a, *b;
  float *c;
  bool adds;
} lanes_dots;
void lanes_multiply_lines(const lanes_dots *dots);

/// Writes [columns, rows] of [rows, columns], `line` and `target_line` floats from line to line.
void lanes_flip(
    const float *source, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t line, float *target,
    ptrdiff_t target_line);

#endif
