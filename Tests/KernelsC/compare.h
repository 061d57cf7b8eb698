// Compares the kernels, compiled for some processor, with the same in plain loops, on random rows.
//
// Included by a file a level, which names what it defines.
#include "clocks.h"
#include "objects.h"
#include "processor.h"
#include "resize.h"
#include "rows.h"
#include "tiles.h"

#define ALIGNED __attribute__((aligned(64)))

static uint64_t state;
static uint64_t draw(void) {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}
static uint64_t below(uint64_t bound) { return (draw() >> 8) % bound; }
static void fill(void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) ((uint8_t *)bytes)[i] = (uint8_t)(draw() >> 11);
}
static uint64_t draw_mask(void) {
  switch (below(6)) {
    case 0: return 0;
    case 1: return ~0ull;
    case 2: return 1ull << below(64);
    default: return draw();
  }
}

static const char *failure;
static void check(int holds, const char *name) {
  if (!holds && failure == NULL) failure = name;
}
#define SAME(a, b, name) check(memcmp((a), (b), sizeof(a)) == 0, name)
#define ON(mask, i) ((mask) >> (i) & 1)
/// The mask of the lanes `i` for which the condition holds.
#define MASK_OF(condition)                                            \
  ({                                                                  \
    uint64_t all = 0;                                                 \
    for (int i = 0; i < 64; i++) all |= (uint64_t)((condition) != 0) << i; \
    all;                                                              \
  })
#define EACH for (int i = 0; i < 64; i++)

static void compare_bytes(void) {
  uint8_t a[64], b[64], found[64], wanted[64];
  int8_t table[16];
  fill(a, 64), fill(b, 64), fill(table, 16);
  EACH if (below(3) == 0) b[i] = a[i];
  EACH if (below(4) == 0) a[i] = 0;
  uint64_t mask = draw_mask();
  lanes_u8 x = lanes_row(a, 0), y = lanes_row(b, 0);
  check(lanes_negative(x) == MASK_OF(a[i] >> 7), "lanes_negative");
  check(lanes_nonzero(x) == MASK_OF(a[i]), "lanes_nonzero");
  check(lanes_equal(x, y) == MASK_OF(a[i] == b[i]), "lanes_equal");
  check(lanes_below(x, y) == MASK_OF(a[i] < b[i]), "lanes_below");
  lanes_set_row(found, 0, lanes_expand(mask));
  EACH wanted[i] = ON(mask, i) ? 0xFF : 0;
  SAME(found, wanted, "lanes_expand");
  lanes_set_row(found, 0, lanes_select(mask, x, y));
  EACH wanted[i] = ON(mask, i) ? a[i] : b[i];
  SAME(found, wanted, "lanes_select");
  lanes_set_row(found, 0, lanes_lookup16(table, x));
  EACH wanted[i] = (uint8_t)table[a[i] & 15];
  SAME(found, wanted, "lanes_lookup16");
}

static void compare_i32(void) {
  int32_t row[64] ALIGNED, from[64] ALIGNED, found[64] ALIGNED, wanted[64];
  EACH row[i] = (int32_t)below(50) - 20;
  fill(from, sizeof from);
  int32_t value = (int32_t)below(40) - 15;
  uint64_t mask = draw_mask();
#define CHANGES(call, result, name)             \
  memcpy(found, row, sizeof found);             \
  call;                                         \
  EACH wanted[i] = ON(mask, i) ? (int32_t)(result) : row[i]; \
  SAME(found, wanted, name)
  CHANGES(lanes_add_i32(found, value, mask), row[i] + value, "lanes_add_i32");
  CHANGES(lanes_set_i32(found, value, mask), value, "lanes_set_i32");
  CHANGES(lanes_set_sum_i32(found, from, value, mask), (uint32_t)from[i] + (uint32_t)value,
          "lanes_set_sum_i32");
  check(lanes_equal_i32(row, value) == MASK_OF(row[i] == value), "lanes_equal_i32");
  check(lanes_at_least_i32(row, value) == MASK_OF(row[i] >= value), "lanes_at_least_i32");
  if (mask != 0) {
    int32_t most = INT32_MIN;
    EACH if (ON(mask, i) && from[i] > most) most = from[i];
    check(lanes_largest_i32(from, mask) == most, "lanes_largest_i32");
  }
  EACH row[i] = (int32_t)below(119000);
  int32_t elapsed = (int32_t)below(90);
  CHANGES(lanes_wait_for_line(found, elapsed, mask), (row[i] + elapsed + 75) / 76 * 76 - elapsed,
          "lanes_wait_for_line");
  uint8_t low[64], high[64];
  fill(low, 64), fill(high, 64);
  int32_t plus = (int32_t)below(2), bank = (int32_t)below(8) << 16;
  CHANGES(lanes_go_to(found, low, high, bank, plus, mask),
          bank | (((high[i] << 8 | low[i]) + plus) & 0xFFFF), "lanes_go_to");
}

static void compare_u16(void) {
  uint16_t a[64] ALIGNED, b[64] ALIGNED, found[64] ALIGNED, wanted[64];
  fill(a, sizeof a), fill(b, sizeof b);
  EACH if (below(2) == 0) b[i] = a[i];
  uint64_t mask = draw_mask();
  check(lanes_above_u16(a, b) == MASK_OF(a[i] > b[i]), "lanes_above_u16");
  check(lanes_equal_u16(a, b) == MASK_OF(a[i] == b[i]), "lanes_equal_u16");
  uint16_t first = (uint16_t)draw(), count = (uint16_t)(below(2) ? draw() : below(300));
  check(lanes_within_u16(a, first, count) == MASK_OF((uint16_t)(a[i] - first) < count),
        "lanes_within_u16");
  memcpy(found, a, sizeof found);
  lanes_set_u16(found, b, mask);
  EACH wanted[i] = ON(mask, i) ? b[i] : a[i];
  SAME(found, wanted, "lanes_set_u16");
  memcpy(found, a, sizeof found);
  lanes_raise_u16(found, b, mask);
  EACH wanted[i] = ON(mask, i) && b[i] > a[i] ? b[i] : a[i];
  SAME(found, wanted, "lanes_raise_u16");
  lanes_line_ends(found, a, mask);
  EACH wanted[i] = ON(mask, i) ? a[i] : (uint16_t)((a[i] / 228 + 1) * 228);
  SAME(found, wanted, "lanes_line_ends");
  EACH if (below(2) == 0) a[i] -= a[i] % 228;
  check(lanes_at_line_start(a) == MASK_OF(a[i] % 228 == 0), "lanes_at_line_start");
  int32_t row[64] ALIGNED, ends[64];
  fill(row, sizeof row);
  memcpy(ends, row, sizeof ends);
  lanes_blank_ends(row, a, b, mask);
  EACH {
    int32_t now = a[i] > b[i] ? a[i] : b[i];
    if (ON(mask, i)) ends[i] = now - now % 228 + (now % 228 < 76 ? 76 : 304);
  }
  SAME(row, ends, "lanes_blank_ends");
}

static void compare_timer(void) {
  int32_t clocks[64] ALIGNED, set[64] ALIGNED, found[64] ALIGNED, wanted[64];
  uint8_t timers[64] ALIGNED, shifts[64] ALIGNED;
  const uint8_t usual[4] = {0, 3, 6, 10};
  fill(timers, 64);
  EACH clocks[i] = (int32_t)below(70000), shifts[i] = usual[below(4)];
  EACH set[i] = clocks[i] - (int32_t)below((uint64_t)timers[i] << shifts[i] | 1);
  int32_t period = 5 + (int32_t)below(5), elapsed = (int32_t)below(40), most = 0;
  uint8_t bound = below(2) ? 255 : 127;
  uint64_t mask = draw_mask();
  EACH {
    // Goes round for as long as the next look finds neither zero nor more than the bound.
    int32_t now = clocks[i] + elapsed - 1 - set[i], rounds = 0;
    int32_t shown = timers[i] - (now >> shifts[i]) - 1;
    if (ON(mask, i) && shifts[i] >= 3 && period <= 8 && now >= 0 && shown <= bound)
      for (; timers[i] - (now >> shifts[i]) - 1 > 0; now += period) rounds++;
    wanted[i] = rounds;
    most = rounds > most ? rounds : most;
  }
  int32_t largest =
      lanes_polls(found, clocks, elapsed, set, timers, shifts, period, bound, mask);
  SAME(found, wanted, "lanes_polls");
  check(largest == most, "lanes_polls");
}

static void compare_turns(void) {
  int32_t clocks[64] ALIGNED, places[64] ALIGNED;
  uint8_t stack[64] ALIGNED;
  EACH {
    clocks[i] = (int32_t)below(119000) - (below(9) == 0 ? 200000 : 0);
    places[i] = (int32_t)(0x1000 + below(6) * 37 + (below(2) << 16));
    stack[i] = (uint8_t)(0xFC + below(4));
  }
  uint64_t live = draw_mask() | 1ull << below(64);
  lanes_turn turn = lanes_next_turn(clocks, stack, places, live);
  int leader = -1;
  uint32_t waiting = UINT32_MAX;
#define KEY(i) lanes_key(clocks[i], stack[i], places[i])
  EACH if (ON(live, i) && (leader < 0 || KEY(i) < KEY(leader))) leader = i;
  EACH if (ON(live, i) && places[i] != places[leader] && KEY(i) < waiting) waiting = KEY(i);
  check(turn.leader == leader && turn.place == places[leader] && turn.waiting == waiting,
        "lanes_next_turn");
  check(turn.group == (MASK_OF(places[i] == places[leader]) & live), "lanes_next_turn");
}

static void compare_gather(const uint8_t *image, const uint8_t *ram) {
  int32_t addresses[64] ALIGNED, slices[16];
  uint8_t found[64] ALIGNED, wanted[64];
  EACH addresses[i] = (int32_t)(draw() & (below(3) == 0 ? 0xFF : 0xFFFF));
  for (int i = 0; i < 16; i++) slices[i] = (int32_t)below(8) << 10;
  uint64_t group = draw_mask(), rest = 0;
  memset(found, 0x5A, 64);
  EACH {
    int32_t a = addresses[i];
    int is_rom = a & 0x1000 && ((a - 0xFE0) & 0xFFF) >= 0x98, is_ram = (a & 0x1280) == 0x80;
    wanted[i] = !ON(group, i) ? 0x5A
                : is_rom      ? image[slices[a >> 10 & 15] + (a & 0x3FF)]
                : is_ram      ? ram[(a & 0x7F) << 6 | i]
                              : 0x5A;
    if (ON(group, i) && !is_rom && !is_ram) rest |= 1ull << i;
  }
  check(lanes_gather(found, addresses, group, image, slices, ram, 0xFE0, 0x98) == rest,
        "lanes_gather");
  SAME(found, wanted, "lanes_gather");
}

static void compare_objects(void) {
  uint64_t a[192] ALIGNED, b[192] ALIGNED, range[192] ALIGNED;
  for (int i = 0; i < 192; i++) {
    a[i] = draw() & draw() & draw() & draw();
    b[i] = draw() & draw() & draw() & draw();
    range[i] = draw() & draw();
  }
  check(lanes_overlap(a, b) ==
            MASK_OF((a[i] & b[i]) | (a[64 + i] & b[64 + i]) | (a[128 + i] & b[128 + i])),
        "lanes_overlap");
  check(lanes_overlap_within(a, b, range) ==
            MASK_OF((a[i] & b[i] & range[i]) | (a[64 + i] & b[64 + i] & range[64 + i]) |
                    (a[128 + i] & b[128 + i] & range[128 + i])),
        "lanes_overlap_within");
  uint64_t bits[8], by[8], found[8], wanted[8];
  lanes_x8 x, n;
  for (int i = 0; i < 8; i++) bits[i] = draw(), by[i] = below(4) ? below(70) : draw();
  memcpy(&x, bits, 64), memcpy(&n, by, 64);
  lanes_x8 shifted[2] = {lanes_left(x, n), lanes_right(x, n)};
  for (int i = 0; i < 8; i++) wanted[i] = by[i] < 64 ? bits[i] << by[i] : 0;
  memcpy(found, shifted, 64);
  SAME(found, wanted, "lanes_left");
  for (int i = 0; i < 8; i++) wanted[i] = by[i] < 64 ? bits[i] >> by[i] : 0;
  memcpy(found, shifted + 1, 64);
  SAME(found, wanted, "lanes_right");
  lanes_x8 repeated = lanes_repeat4(x & 0xFFFF), eighth = lanes_eighth(bits[0], 24);
  for (int i = 0; i < 8; i++) {
    wanted[i] = 0;
    for (int k = 0; k < 16; k++) wanted[i] |= ON(bits[i], k) * 0xFull << (4 * k);
  }
  memcpy(found, &repeated, 64);
  SAME(found, wanted, "lanes_repeat4");
  for (int i = 0; i < 8; i++) wanted[i] = 0 - ON(bits[0], 24 + i);
  memcpy(found, &eighth, 64);
  SAME(found, wanted, "lanes_eighth");
}

static void compare_pixels(void) {
  uint8_t a[160], b[160], table[256], found[160], wanted[160];
  fill(a, 160), fill(table, 256);
  memcpy(b, a, 160);
  if (below(2)) fill(b, 160);
  int64_t count = below(4) ? 160 : 1 + (int64_t)below(160);
  if (below(4)) for (int i = 0; i < 160; i++) a[i] &= 0xFE, b[i] &= 0xFE;
  memset(found, 1, 160), memset(wanted, 1, 160);
  for (int i = 0; i < count; i++)
    wanted[i] = table[a[i]] > table[b[i]] ? table[a[i]] : table[b[i]];
  lanes_look_up_larger(found, a, b, table, count);
  SAME(found, wanted, "lanes_look_up_larger");
}

/// Windows that columns of 64 pixels can be cut out of in sixteens, or not.
static void compare_shares(void) {
  uint8_t pixels[160 + 64], taps[3 * 256] = {0}, places[3 * 128] = {0}, pieces[3 * 8] = {0};
  int32_t starts[3];
  fill(pixels, sizeof pixels);
  uint64_t is_wide = below(2);
  for (int k = 0; k < 3 * 2 * 4; k++) {
    pieces[k] = (uint8_t)below(49);
    for (int i = 0; i < 16; i++) {
      uint8_t place = (uint8_t)below(16), *tap = taps + k / 4 * 128 + k % 4 * 16 + i;
      places[16 * k + i] = place;
      tap[0] = is_wide ? (uint8_t)below(64) : pieces[k] + place;
      tap[64] = (uint8_t)below(32);
    }
  }
  for (int g = 0; g < 3; g++) starts[g] = (int32_t)below(97);
  lanes_whole_shares s = {3, 28, 84, starts, taps, is_wide ? NULL : pieces, places, 200, 41944, 3,
                          4};
  uint16_t found[96], wanted[96];
  lanes_reduce_whole(found, pixels, s);
  for (int i = 0; i < 96; i++) {
    const uint8_t *t = taps + i / 32 * 256 + i % 32 * 2, *window = pixels + starts[i / 32];
    wanted[i] = (uint16_t)(window[t[0]] * t[64] + window[t[1]] * t[65] +
                           window[t[128]] * t[192] + window[t[129]] * t[193]);
  }
  SAME(found, wanted, "lanes_reduce_whole");
  uint16_t rows[5 * 96], weights[3];
  for (int i = 0; i < 5 * 96; i++) rows[i] = (uint16_t)below(40 * 256);
  for (int i = 0; i < 3; i++) weights[i] = (uint16_t)below(2);
  uint8_t to[84], expected[84];
  uint32_t ties[3], halves[3] = {0, 0, 0};
  int32_t entry = (int32_t)below(5);
  uint32_t any = lanes_sum_whole(to, rows, 96, 5, entry, weights, 3, ties, s);
  for (int i = 0; i < 84; i++) {
    int column = i / 28 * 32 + i % 28, sum = 100;
    for (int k = 0; k < 3; k++) sum += rows[(entry + k) % 5 * 96 + column] * weights[k];
    expected[i] = (uint8_t)(sum / 200);
    halves[i / 28] |= (uint32_t)(sum % 200 == 0) << i % 28;
  }
  SAME(to, expected, "lanes_sum_whole");
  SAME(ties, halves, "lanes_sum_whole");
  check((any != 0) == ((halves[0] | halves[1] | halves[2]) != 0), "lanes_sum_whole");
}

static ptrdiff_t between(uint64_t least, uint64_t most) {
  return (ptrdiff_t)(least + below(most - least + 1));
}
/// The place that is `index`th in three axes.
static ptrdiff_t place_of(const ptrdiff_t *count, const ptrdiff_t *step, ptrdiff_t index) {
  ptrdiff_t x = index % count[0], y = index / count[0] % count[1];
  return x * step[0] + y * step[1] + index / count[0] / count[1] * step[2];
}

/// Of small whole numbers, whose sums are exact in any order.
static void compare_products(void) {
  static float a[1024], b[8192], bias[80], found[8192], wanted[8192];
  for (int i = 0; i < 1024; i++) a[i] = (float)below(17) - 8;
  for (int i = 0; i < 8192; i++) b[i] = (float)below(17) - 8, wanted[i] = (float)below(17) - 8;
  for (int i = 0; i < 80; i++) bias[i] = (float)below(33) - 16;
  memcpy(found, wanted, sizeof found);
  ptrdiff_t columns = between(1, 70), line = columns + between(0, 5);
  ptrdiff_t whole = (columns + TILE_FLOATS - 1) / TILE_FLOATS * TILE_FLOATS;
  lanes_product p = {
      .rows = {{between(1, 7), between(1, 4), between(1, 3)},
               {between(0, 9), between(0, 40), between(0, 90)},
               {line, 8 * line, 32 * line}},
      .sum = {{between(0, 6), between(1, 4), between(1, 3)},
              {between(1, 9), between(0, 40), between(0, 90)},
              {whole, 6 * whole, 24 * whole}},
      .columns = columns,
      .c = found,
      .bias = below(2) ? bias : NULL,
      .adds = below(2),
      .cuts = below(2),
  };
  tile_product(&p, a, b);
  for (ptrdiff_t i = 0; i < p.rows.count[0] * p.rows.count[1] * p.rows.count[2]; i++) {
    const float *from = a + place_of(p.rows.count, p.rows.a, i);
    float *to = wanted + place_of(p.rows.count, p.rows.other, i);
    for (ptrdiff_t column = 0; column < columns; column++) {
      float sum = p.bias ? bias[column] : 0;
      for (ptrdiff_t k = 0; k < p.sum.count[0] * p.sum.count[1] * p.sum.count[2]; k++)
        sum += from[place_of(p.sum.count, p.sum.a, k)] *
               b[place_of(p.sum.count, p.sum.other, k) + column];
      if (p.adds) sum += to[column];
      to[column] = p.cuts && sum < 0 ? 0 : sum;
    }
  }
  SAME(found, wanted, "lanes_multiply");
  lanes_dots d = {between(1, 20), 4 * between(1, 6), between(1, 64), 70, 65, 30};
  const float *first = b, *second = b + 2000;
  d.c = found, d.adds = below(2);
  memcpy(wanted, found, sizeof found);
  tile_lines(&d, first, second);
  for (ptrdiff_t i = 0; i < d.rows * d.columns; i++) {
    ptrdiff_t row = i / d.columns, column = i % d.columns;
    float sum = d.adds ? wanted[row * 30 + column] : 0;
    for (ptrdiff_t k = 0; k < d.sum; k++) sum += first[row * 70 + k] * second[column * 65 + k];
    wanted[row * 30 + column] = sum;
  }
  SAME(found, wanted, "lanes_multiply_lines");
  ptrdiff_t down = between(1, 40), right = between(1, 40);
  memcpy(wanted, found, sizeof found);
  tiles_flip(b, down, right, 45, found, 50);
  for (ptrdiff_t i = 0; i < down * right; i++)
    wanted[i % right * 50 + i / right] = b[i / right * 45 + i % right];
  SAME(found, wanted, "lanes_flip");
}

/// The first kernel that differs, or NULL.
const char *COMPARE(uint64_t seed, int rounds) {
  static uint8_t image[8192 + 3], ram[128 * 64] ALIGNED;
  state = seed | 1;
  failure = NULL;
  fill(image, sizeof image), fill(ram, sizeof ram);
  for (int i = 0; i < rounds && failure == NULL; i++) {
    compare_bytes();
    compare_i32();
    compare_u16();
    compare_timer();
    compare_turns();
    compare_gather(image, ram);
    compare_objects();
    compare_pixels();
    compare_shares();
    compare_products();
  }
  return failure;
}
