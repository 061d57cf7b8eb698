// Matrix products whose left factor is read where it lies: convolutions without unfolded patches.
//
// c[row][column] = sum over k of a[place(row) + place(k)] * b[k][column], rows and k counted along
// three axes each. A tile of c stays in registers while k runs; numbers of a are broadcast straight
// out of the picture. Sums are made in the order of k, whatever the processor.
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
/// Each line of b can be read up to a multiple of `lanes_floats` columns.
void lanes_multiply(const lanes_product *product, const float *a, const float *b);

/// c[row][column] (+)= sum over k of a[row][k] * b[column][k], each line `line` floats behind the one
/// before: for few rows, since b is read once. Columns by fours.
typedef struct {
  ptrdiff_t rows, columns, sum, line_a, line_b, line_c;
  float *c;
  bool adds;
} lanes_dots;
void lanes_multiply_lines(const lanes_dots *dots, const float *a, const float *b);

/// Writes [columns, rows] of [rows, columns], `line` and `target_line` floats from line to line.
void lanes_flip(
    const float *source, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t line, float *target,
    ptrdiff_t target_line);

// MARK: Rounded to bfloat16, sums in floats

/// This processor multiplies pairs of bfloat16. Numbers too small to be normal are zeros there.
bool lanes_has_pairs(void);
/// `lanes_multiply` where k counts pairs: two neighbours of a meet a line of b, whose words hold what they
/// are multiplied with, the first's in the lower half. Lines of b can be read up to a multiple of 16.
void lanes_multiply_pairs(const lanes_product *product, const uint16_t *a, const uint32_t *b);
/// The same; two lines of b, the second half a step behind the first, are rounded on the way: for few
/// rows. The second, too, can be read up to a multiple of 16.
void lanes_multiply_rounded(const lanes_product *product, const uint16_t *a, const float *b);
/// `lanes_multiply_lines`, k in multiples of 32; b is rounded on the way.
void lanes_multiply_lines_rounded(const lanes_dots *dots, const uint16_t *a, const float *b);
/// The nearest bfloat16s, of two as near the even one; `line` floats from line to line.
void lanes_round(
    const float *source, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t line, uint16_t *target);
/// Words for `lanes_multiply_pairs`: the number at i and that at i + distance, which is 0 from
/// i = paired on.
void lanes_pair(
    const float *source, ptrdiff_t count, ptrdiff_t distance, ptrdiff_t paired, uint32_t *target);
/// Every two lines make a line of words; a last one alone has zeros beside it.
void lanes_pair_lines(
    const float *source, ptrdiff_t lines, ptrdiff_t columns, ptrdiff_t line, uint32_t *target,
    ptrdiff_t target_line);

#endif
