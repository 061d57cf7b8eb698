#include "tiles.h"

ptrdiff_t lanes_floats(void) { return TILE_FLOATS; }

void lanes_multiply(const lanes_product *product, const float *a, const float *b) {
  tile_product(product, a, b);
}

void lanes_multiply_lines(const lanes_dots *dots, const float *a, const float *b) {
  tile_lines(dots, a, b);
}

void lanes_flip(
    const float *source, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t line, float *target,
    ptrdiff_t target_line) {
  tiles_flip(source, rows, columns, line, target, target_line);
}
