#include "tiles.h"

ptrdiff_t lanes_floats(void) { return TILE_FLOATS; }

void lanes_multiply(const lanes_product *product) { tiles_multiply(product); }

void lanes_multiply_lines(const lanes_dots *dots) { tiles_multiply_lines(dots); }

void lanes_flip(
    const float *source, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t line, float *target,
    ptrdiff_t target_line) {
  tiles_flip(source, rows, columns, line, target, target_line);
}
