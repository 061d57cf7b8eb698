// Pictures packed by rows: those that repeat another row are left out.
#ifndef PACKING_H
#define PACKING_H

#include "lanes.h"

typedef uint8_t lanes_bytes32 __attribute__((ext_vector_type(32)));

// Rows, 32 bytes at a time; the last piece overlaps the one before it.

LANES_INLINE int lanes_same_row(const uint8_t *a, const uint8_t *b, int64_t width) {
  if (width < 32) return memcmp(a, b, (size_t)width) == 0;
  lanes_bytes32 x, y, differ = 0;
  for (int64_t at = 0; at < width; at += 32) {
    int64_t from = at + 32 <= width ? at : width - 32;
    memcpy(&x, a + from, 32);
    memcpy(&y, b + from, 32);
    differ |= x ^ y;
  }
  uint64_t words[4];
  memcpy(words, &differ, 32);
  return (words[0] | words[1] | words[2] | words[3]) == 0;
}

LANES_INLINE void lanes_copy_row(uint8_t *to, const uint8_t *from, int64_t width) {
  if (width < 32) {
    memcpy(to, from, (size_t)width);
    return;
  }
  for (int64_t at = 0; at < width; at += 32) {
    int64_t here = at + 32 <= width ? at : width - 32;
    lanes_bytes32 x;
    memcpy(&x, from + here, 32);
    memcpy(to + here, &x, 32);
  }
}

/// The row that row `index` is compared with: the same of `like`, or the one above if that is NULL.
LANES_INLINE const uint8_t *lanes_like_row(const uint8_t *rows, const uint8_t *like, int64_t index,
                                           int64_t width) {
  if (like != NULL) return like + index * width;
  return index == 0 ? NULL : rows + (index - 1) * width;
}

LANES_INLINE int64_t lanes_pack_rows_of(uint8_t *out, const uint8_t *rows, const uint8_t *like,
                                        int64_t width, int64_t count) {
  uint8_t *next = out + (count + 7) / 8;
  memset(out, 0, (size_t)(count + 7) / 8);
  for (int64_t i = 0; i < count; i++) {
    const uint8_t *row = rows + i * width, *other = lanes_like_row(rows, like, i, width);
    if (other != NULL && lanes_same_row(row, other, width)) continue;
    out[i / 8] |= (uint8_t)(1 << i % 8);
    lanes_copy_row(next, row, width);
    next += width;
  }
  return next - out;
}

/// Packs rows: a bit for each that is told, lowest first, then those rows. Left out are rows equal to
/// the same of `like`, or to the row above if that is NULL. Returns bytes written.
static inline int64_t lanes_pack_rows(uint8_t *out, const uint8_t *rows, const uint8_t *like,
                                      int64_t width, int64_t count) {
  if (width == 160) return lanes_pack_rows_of(out, rows, like, 160, count);
  if (width == 84) return lanes_pack_rows_of(out, rows, like, 84, count);
  return lanes_pack_rows_of(out, rows, like, width, count);
}

/// Bytes of packed rows by their bits.
static inline int64_t lanes_packed_bytes(const uint8_t *packed, int64_t width, int64_t count) {
  int64_t told = 0;
  for (int64_t i = 0; i < count; i++) told += packed[i / 8] >> i % 8 & 1;
  return (count + 7) / 8 + told * width;
}

LANES_INLINE int64_t lanes_unpack_rows_of(uint8_t *rows, const uint8_t *packed,
                                          const uint8_t *like, int64_t width, int64_t count) {
  const uint8_t *next = packed + (count + 7) / 8;
  for (int64_t i = 0; i < count; i++) {
    const uint8_t *other = lanes_like_row(rows, like, i, width);
    if (packed[i / 8] >> i % 8 & 1) {
      other = next;
      next += width;
    }
    if (other == NULL) memset(rows, 0, (size_t)width);
    else lanes_copy_row(rows + i * width, other, width);
  }
  return next - packed;
}

/// The inverse; returns bytes read.
static inline int64_t lanes_unpack_rows(uint8_t *rows, const uint8_t *packed, const uint8_t *like,
                                        int64_t width, int64_t count) {
  if (width == 160) return lanes_unpack_rows_of(rows, packed, like, 160, count);
  if (width == 84) return lanes_unpack_rows_of(rows, packed, like, 84, count);
  return lanes_unpack_rows_of(rows, packed, like, width, count);
}

#endif
