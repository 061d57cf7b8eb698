// What the lockstep processor does with whole rows: whose turn it is, addresses, gathers.
#ifndef PROCESSOR_H
#define PROCESSOR_H

#include "lanes.h"

/// What runs next: the place where the lane with the smallest key stands.
typedef struct {
  uint64_t group;    // lanes at that place
  uint32_t waiting;  // the smallest key of the others
  int32_t place;
  int32_t leader;
} lanes_turn;

/// The schedule key: clock window, stack depth, place in the program. The smallest runs first.
LANES_INLINE uint32_t lanes_key(int32_t clock, uint8_t stack, int32_t place) {
  uint32_t window = (uint32_t)clock >> 8;
  window = window > 255 ? 255 : window;
  return window << 24 | (uint32_t)stack << 16 | ((uint32_t)place & 0x1FFF);
}

/// A quarter of a row of bytes.
LANES_INLINE lanes_u32 lanes_widen_u32(const uint8_t *row, int quarter) {
  lanes_piece bytes;
  memcpy(&bytes, row + 16 * quarter, 16);
  return __builtin_convertvector(bytes, lanes_u32);
}

LANES_INLINE lanes_turn lanes_next_turn(const int32_t *clocks, const uint8_t *stack,
                                        const int32_t *places, uint64_t live) {
  lanes_turn turn;
  lanes_u32 keys[4], least = (lanes_u32)UINT32_MAX;
  for (int q = 0; q < 4; q++) {
    lanes_u32 window = (lanes_u32)lanes_load_i32(clocks, q) >> 8;
    window = __builtin_elementwise_min(window, (lanes_u32)255);
    lanes_u32 key = window << 24 | lanes_widen_u32(stack, q) << 16 |
                    ((lanes_u32)lanes_load_i32(places, q) & 0x1FFF);
    keys[q] = lanes_quarter(live, q) ? key : (lanes_u32)UINT32_MAX;
    least = __builtin_elementwise_min(least, keys[q]);
  }
  uint64_t leaders = 0;
  const lanes_u32 smallest = (lanes_u32)__builtin_reduce_min(least);
  for (int q = 0; q < 4; q++) leaders |= lanes_quarter_bits((lanes_i32)(keys[q] == smallest), q);
  turn.leader = __builtin_ctzll(leaders & live);
  turn.place = places[turn.leader];
  turn.group = lanes_equal_i32(places, turn.place) & live;
  least = (lanes_u32)UINT32_MAX;
  for (int q = 0; q < 4; q++) {
    lanes_i32 here = lanes_load_i32(places, q) == (lanes_i32)turn.place;
    least = __builtin_elementwise_min(least, keys[q] | (lanes_u32)here);
  }
  turn.waiting = __builtin_reduce_min(least);
  return turn;
}

// The processor's addresses: rows of 64 in 32 bits.

/// addresses = (base + index) & wrap; returns the lanes that leave base's page.
LANES_INLINE uint64_t lanes_index(int32_t *addresses, const uint8_t *index, int32_t base,
                                  int32_t wrap) {
  uint8_t crossed[64];
  for (int i = 0; i < 64; i++) {
    addresses[i] = (base + index[i]) & wrap;
    crossed[i] = ((addresses[i] ^ base) & 0xFF00) != 0;
  }
  lanes_u8 all;
  memcpy(&all, crossed, 64);
  return lanes_nonzero(all);
}

/// addresses = pointer + index, pointers in two rows of bytes; returns the lanes that leave their
/// pointer's page.
LANES_INLINE uint64_t lanes_index_rows(int32_t *addresses, const uint8_t *low, const uint8_t *high,
                                       const uint8_t *index) {
  uint8_t crossed[64];
  for (int i = 0; i < 64; i++) {
    int32_t sum = low[i] + index[i];
    addresses[i] = ((high[i] << 8) + sum) & 0xFFFF;
    crossed[i] = sum > 0xFF;
  }
  lanes_u8 all;
  memcpy(&all, crossed, 64);
  return lanes_nonzero(all);
}

/// Places to go on at: bank | (high << 8 | low) + plus, where the mask is set.
LANES_INLINE void lanes_go_to(int32_t *places, const uint8_t *low, const uint8_t *high,
                              int32_t bank, int32_t plus, uint64_t mask) {
  for (int q = 0; q < 4; q++) {
    lanes_i32 place = (lanes_i32)(lanes_widen_u32(low, q) | lanes_widen_u32(high, q) << 8);
    place = ((place + (lanes_i32)plus) & 0xFFFF) | (lanes_i32)bank;
    lanes_store_i32(places, q, lanes_quarter(mask, q) ? place : lanes_load_i32(places, q));
  }
}

/// Reads plain ROM, and RAM, at each lane's address; returns the lanes that read something else, and
/// leaves those alone. - slices: where in the image, which has three bytes to spare, the 1K slice
/// begins that bits 10-13 of an address show, [16]. - special: addresses of the window that are not
/// plain ROM, so many from there on, over its end.
static inline uint64_t lanes_gather(uint8_t *values, const int32_t *addresses, uint64_t group,
                                    const uint8_t *image, const int32_t *slices, const uint8_t *ram,
                                    int32_t special_from, int32_t special_count) {
  uint64_t rest = 0;
#if LANES_X86 >= 4
  uint64_t known = 0;
  __m128i found[4];
  const __m512i table = _mm512_loadu_si512(slices);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int q = 0; q < 64; q += 16) {
    __mmask16 mask = (__mmask16)(group >> q);
    found[q / 16] = _mm_setzero_si128();
    if (mask == 0) continue;
    __m512i a = _mm512_load_si512(addresses + q);
    __m512i past = _mm512_and_si512(_mm512_sub_epi32(a, _mm512_set1_epi32(special_from)),
                                    _mm512_set1_epi32(0xFFF));
    __mmask16 rom = _mm512_mask_test_epi32_mask(mask, a, _mm512_set1_epi32(0x1000));
    rom &= _mm512_cmpge_epi32_mask(past, _mm512_set1_epi32(special_count));
    __mmask16 own = _mm512_mask_cmpeq_epi32_mask(
        mask, _mm512_and_si512(a, _mm512_set1_epi32(0x1280)), _mm512_set1_epi32(0x80));
    __m512i v = _mm512_setzero_si512();
    if (rom != 0) {
      __m512i slice = _mm512_permutexvar_epi32(_mm512_srli_epi32(a, 10), table);
      __m512i at = _mm512_add_epi32(slice, _mm512_and_si512(a, _mm512_set1_epi32(0x3FF)));
      v = _mm512_mask_i32gather_epi32(v, rom, at, image, 1);
    }
    if (own != 0) {
      __m512i at = _mm512_slli_epi32(_mm512_and_si512(a, _mm512_set1_epi32(0x7F)), 6);
      at = _mm512_add_epi32(at, _mm512_add_epi32(lane, _mm512_set1_epi32(q)));
      v = _mm512_mask_i32gather_epi32(v, own, at, ram, 1);
    }
    found[q / 16] = _mm512_cvtepi32_epi8(v);
    known |= (uint64_t)(__mmask16)(rom | own) << q;
    rest |= (uint64_t)(mask & ~(rom | own)) << q;
  }
  __m512i all = _mm512_inserti32x4(_mm512_castsi128_si512(found[0]), found[1], 1);
  all = _mm512_inserti32x4(_mm512_inserti32x4(all, found[2], 2), found[3], 3);
  _mm512_store_si512(values, _mm512_mask_blend_epi8(known, _mm512_load_si512(values), all));
#else
  for (uint64_t left = group; left != 0; left &= left - 1) {
    int i = __builtin_ctzll(left);
    int32_t a = addresses[i];
    if (a & 0x1000 && ((a - special_from) & 0xFFF) >= special_count)
      values[i] = image[slices[a >> 10 & 15] + (a & 0x3FF)];
    else if ((a & 0x1280) == 0x80)
      values[i] = ram[(a & 0x7F) << 6 | i];
    else
      rest |= 1ull << i;
  }
#endif
  return rest;
}

#endif
