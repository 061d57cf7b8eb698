#include "grid.h"

#include <string.h>

#if defined(__AVX512VBMI__) && defined(__AVX512BW__)
#include <immintrin.h>
#define WIDE 1
#endif

// Bytes of a view: seven columns of eight rows, the last one of neighbours nobody asked for.
enum { view_bytes = 64, sides = 7, image_bytes = 147, own_cell = 3 * 8 + 6 };

#if WIDE
typedef __m512i view_cells;

static inline __m128i pair(const uint8_t *low, const uint8_t *high) {
  const __m128i word = _mm_loadl_epi64((const __m128i *)low);
  return _mm_castpd_si128(_mm_loadh_pd(_mm_castsi128_pd(word), (const double *)high));
}
#else
typedef struct {
  uint64_t columns[8];
} view_cells;

static inline uint64_t load(const uint8_t *from) {
  uint64_t word;
  memcpy(&word, from, 8);
  return word;
}
#endif

// By direction: lines of sight lie along rows (0, 2) or columns (1, 3), towards growing (0, 1) or
// falling places; the view's columns follow the neighbouring lines upwards (0, 3) or downwards.
static inline view_cells read_view(const struct grid_lanes *lanes, int lane) {
  const int direction = lanes->directions[lane];
  const int is_column = direction & 1, is_forward = direction < 2;
  const int32_t step = is_column ? lanes->column_step : lanes->row_step;
  const int32_t place =
      is_column ? lanes->column_plane + lanes->column_places[lane] : lanes->row_places[lane];
  const ptrdiff_t next = direction == 0 || direction == 3 ? step : -step;
  const uint8_t *line = lanes->cells[lane] + place - (is_forward ? 1 : 6) - 3 * next;
#if WIDE
  // Pairs of words, fours, all: nothing goes through memory.
  const __m128i first = pair(line, line + next), second = pair(line + 2 * next, line + 3 * next);
  const __m128i third = pair(line + 4 * next, line + 5 * next);
  const __m128i last = _mm_loadl_epi64((const __m128i *)(line + 6 * next));
  const __m512i all = _mm512_inserti64x4(
      _mm512_castsi256_si512(_mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1)),
      _mm256_inserti128_si256(_mm256_castsi128_si256(third), last, 1), 1);
  const __m512i turned = _mm512_set_epi64(
      0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607,
      0x08090a0b0c0d0e0f, 0x0001020304050607, 0x08090a0b0c0d0e0f, 0x0001020304050607);
  return _mm512_mask_shuffle_epi8(all, is_forward ? ~0ull : 0, all, turned);
#else
  view_cells view;
  for (int column = 0; column < sides; column++) {
    const uint64_t word = load(line + column * next);
    view.columns[column] = is_forward ? __builtin_bswap64(word) : word;
  }
  view.columns[7] = 0;
  return view;
#endif
}

// Bit i: byte i has its highest bit set.
static inline uint64_t high_bits(view_cells view) {
#if WIDE
  return _mm512_movepi8_mask(view);
#else
  uint64_t bits = 0;
  for (int column = 0; column < 8; column++) {
    const uint64_t word = view.columns[column] & 0x8080808080808080;
    bits |= (word * 0x0002040810204081 >> 56) << 8 * column;
  }
  return bits;
#endif
}

// Boards of eight by eight bits, eight lanes at a time.
typedef uint64_t boards __attribute__((vector_size(64)));

// Rows become columns.
static inline boards transposed(boards bits) {
  boards swap = (bits ^ bits >> 7) & 0x00AA00AA00AA00AA;
  bits ^= swap ^ swap << 7;
  swap = (bits ^ bits >> 14) & 0x0000CCCC0000CCCC;
  bits ^= swap ^ swap << 14;
  swap = (bits ^ bits >> 28) & 0x00000000F0F0F0F0;
  return bits ^ swap ^ swap << 28;
}

// Which cells are seen, by `process_vis`: rows from the agent's outwards; in each a sweep to the
// right and one to the left, and whoever is seen and lets light through shows his neighbour and the
// three cells before them. Bits are 8 * row + column.
static inline boards seen_from(boards clear) {
  boards seen = clear ^ clear, row = seen + (1 << 3);
#pragma clang loop unroll(full)
  for (int index = sides - 1; index >= 0; index--) {
    const boards open = clear >> 8 * index & 0x7F;
    boards source = row & open;
    // A carry runs through the open cells above a source.
    source = (((open + source) ^ open) | source) & open & 0x3F;
    row |= source << 1;
    boards ahead = source | source << 1;
    source = row & open;
    // One, two, four cells to the left, through open ones.
    const boards way = open & open >> 1;
    source |= source >> 1 & open;
    source |= source >> 2 & way;
    source |= source >> 4 & way & way >> 2;
    source &= 0x7E;
    row |= source >> 1;
    ahead |= source | source >> 1;
    seen |= row << 8 * index;
    row = ahead;
  }
  return seen;
}

// Leaves the cells whose bit is set, and puts what the agent carries into its own.
static inline view_cells shown(view_cells view, uint64_t seen, uint8_t carried) {
#if WIDE
  return _mm512_mask_set1_epi8(_mm512_maskz_mov_epi8(seen, view), 1ull << own_cell, (char)carried);
#else
  for (int column = 0; column < 8; column++) {
    // A byte of the word for each of eight bits.
    uint64_t bits = (seen >> 8 * column & 0xFF) * 0x0101010101010101 & 0x8040201008040201;
    bits = (bits + 0x7F7F7F7F7F7F7F7F) & 0x8080808080808080;
    view.columns[column] &= (bits >> 7) * 0xFF;
  }
  view.columns[own_cell / 8] &= ~(0xFFull << own_cell % 8 * 8);
  view.columns[own_cell / 8] |= (uint64_t)carried << own_cell % 8 * 8;
  return view;
#endif
}

#if WIDE
static inline void store(uint8_t *to, view_cells view) { _mm512_storeu_si512(to, view); }
static inline view_cells stored(const uint8_t *from) { return _mm512_loadu_si512(from); }
#else
static inline void store(uint8_t *to, view_cells view) { memcpy(to, &view, view_bytes); }
static inline view_cells stored(const uint8_t *from) {
  view_cells view;
  memcpy(&view, from, view_bytes);
  return view;
}
#endif

// Calls `use(lane, view)` for the mask's lanes.
#define FOR_EACH_VIEW(lanes, mask, use)                                                            \
  if ((lanes)->sees_through_walls) {                                                               \
    for (uint64_t left = mask; left; left &= left - 1) {                                           \
      const int lane = __builtin_ctzll(left);                                                      \
      use(lane, shown(read_view(lanes, lane), ~0ull, (lanes)->carried[lane]));                     \
    }                                                                                              \
  } else {                                                                                         \
    _Alignas(64) uint8_t views[64][view_bytes];                                                    \
    _Alignas(64) uint64_t seen[64] = {0};                                                          \
    for (uint64_t left = mask; left; left &= left - 1) {                                           \
      const int lane = __builtin_ctzll(left);                                                      \
      const view_cells view = read_view(lanes, lane);                                              \
      store(views[lane], view);                                                                    \
      seen[lane] = ~high_bits(view);                                                               \
    }                                                                                              \
    boards *const eight = (boards *)seen;                                                          \
    for (int part = 0; part < 8; part++)                                                           \
      eight[part] = transposed(seen_from(transposed(eight[part])));                                \
    for (uint64_t left = mask; left; left &= left - 1) {                                           \
      const int lane = __builtin_ctzll(left);                                                      \
      use(lane, shown(stored(views[lane]), seen[lane], (lanes)->carried[lane]));                   \
    }                                                                                              \
  }

void grid_view_cells(const struct grid_lanes *lanes, uint64_t mask, uint8_t *views) {
  uint8_t *const rows = views;
#define KEEP(lane, view) store(rows + view_bytes * (lane), view)
  FOR_EACH_VIEW(lanes, mask, KEEP)
#undef KEEP
}

#if WIDE
// Where the image's bytes come from, and which of them are colours and states.
static const uint8_t image_places[3][64] = {
    {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 8, 8, 8, 9, 9, 9, 10, 10,
     10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 16, 16, 16, 17, 17, 17, 18, 18, 18, 19,
     19, 19, 20, 20, 20, 21, 21, 21, 22, 22, 22, 24},
    {24, 24, 25, 25, 25, 26, 26, 26, 27, 27, 27, 28, 28, 28, 29, 29, 29, 30, 30, 30, 32, 32, 32,
     33, 33, 33, 34, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38, 38, 38, 40, 40, 40, 41, 41,
     41, 42, 42, 42, 43, 43, 43, 44, 44, 44, 45, 45, 45, 46, 46, 46, 48, 48},
    {48, 49, 49, 49, 50, 50, 50, 51, 51, 51, 52, 52, 52, 53, 53, 53, 54, 54, 54, 0, 0, 0, 0, 0,
     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
     0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
};
static const uint64_t image_colours[3] = {
    0x2492492492492492, 0x9249249249249249, 0x4924924924924924};
static const uint64_t image_states[3] = {
    0x4924924924924924, 0x2492492492492492, 0x9249249249249249};

static inline __m512i part(__m512i view, int number, __m512i objects, __m512i states) {
  const __m512i cells =
      _mm512_permutexvar_epi8(_mm512_loadu_si512(image_places[number]), view);
  const __m512i kinds = _mm512_and_si512(cells, _mm512_set1_epi8(15));
  const __m512i tints = _mm512_and_si512(_mm512_srli_epi16(cells, 4), _mm512_set1_epi8(7));
  const __m512i all = _mm512_mask_blend_epi8(
      image_colours[number], _mm512_shuffle_epi8(objects, kinds), tints);
  return _mm512_mask_shuffle_epi8(all, image_states[number], states, kinds);
}

static inline void write_image(uint8_t *image, __m512i view, __m512i objects, __m512i states) {
  _mm512_storeu_si512(image, part(view, 0, objects, states));
  _mm512_storeu_si512(image + 64, part(view, 1, objects, states));
  _mm512_mask_storeu_epi8(
      image + 128, (1 << (image_bytes - 128)) - 1, part(view, 2, objects, states));
}

void grid_views(const struct grid_lanes *lanes, uint64_t mask, uint8_t *images) {
  const __m512i objects =
      _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)lanes->objects));
  const __m512i states = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)lanes->states));
#define WRITE(lane, view) write_image(images + image_bytes * (lane), view, objects, states)
  FOR_EACH_VIEW(lanes, mask, WRITE)
#undef WRITE
}
#else
static inline void write_image(
    uint8_t *image, view_cells view, const uint8_t *objects, const uint8_t *states) {
  for (int column = 0; column < sides; column++) {
    for (int row = 0; row < sides; row++, image += 3) {
      const uint8_t cell = (uint8_t)(view.columns[column] >> 8 * row);
      image[0] = objects[cell & 15];
      image[1] = cell >> 4 & 7;
      image[2] = states[cell & 15];
    }
  }
}

void grid_views(const struct grid_lanes *lanes, uint64_t mask, uint8_t *images) {
#define WRITE(lane, view)                                                                          \
  write_image(images + image_bytes * (lane), view, lanes->objects, lanes->states)
  FOR_EACH_VIEW(lanes, mask, WRITE)
#undef WRITE
}
#endif

void grid_copy(
    uint8_t *rows, size_t count, void *const *places, size_t offset, uint64_t mask) {
  for (uint64_t left = mask; left; left &= left - 1) {
    const int lane = __builtin_ctzll(left);
    const uint8_t *const from = (const uint8_t *)places[lane] + offset;
    uint8_t *const to = rows + count * (size_t)lane;
#if WIDE
    size_t done = 0;
    for (; done + 64 <= count; done += 64)
      _mm512_storeu_si512(to + done, _mm512_loadu_si512(from + done));
    if (done < count)
      _mm512_mask_storeu_epi8(
          to + done, (1ull << (count - done)) - 1, _mm512_loadu_si512(from + done));
#else
    memcpy(to, from, count);
#endif
  }
}
