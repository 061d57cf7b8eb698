#pragma once

#include <stddef.h>
#include <stdint.h>

// Grid worlds: what 64 agents see.
//
// A cell is a byte: kind in bits 0-3, colour in bits 4-6, bit 7 set where nobody sees past it. A lane
// keeps its cells twice, as rows (along x) and as columns (along y), with walls around them, so that a
// line of sight is eight bytes in a row in either.
struct grid_lanes {
  // [64]: a lane's rows; its columns lie `column_plane` bytes behind.
  uint8_t *const *cells;
  // [64]: where the agent is in either.
  const int32_t *row_places, *column_places;
  // [64]: 0 right, 1 down, 2 left, 3 up; the cell that the agent carries, or the empty one.
  const uint8_t *directions, *carried;
  // Bytes from a row to the next, from a column to the next.
  int32_t row_step, column_step, column_plane;
  // [16] by kind: the number and the state that an observation shows.
  const uint8_t *objects, *states;
  int32_t sees_through_walls;
};

// The views of seven by seven cells of the mask's lanes: [64, 7, 7, 3] from lane 0 on, by column, row
// (the agent at column 3, row 6, looking towards row 0) and object, colour, state.
void grid_views(const struct grid_lanes *lanes, uint64_t mask, uint8_t *images);

// Copies `count` bytes that lie `offset` behind each of the mask's places into rows of as many bytes,
// from lane 0 on. 64 bytes more can be read there.
void grid_copy(
    uint8_t *rows, size_t count, void *const *places, size_t offset, uint64_t mask);

// The same views as cells, [64, 8, 8] by column and row, unseen ones 0; row and column 7 mean nothing.
void grid_view_cells(const struct grid_lanes *lanes, uint64_t mask, uint8_t *views);
