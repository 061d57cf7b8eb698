#include "interpreter.h"

// With AVX-512 the registers stay in the processor's from step to step; elsewhere they lie in
// `rows`. Both are written A, X, Y, N, Z, M (the operand), C and V.
#if LANES_X86 >= 4
#define STATE                                                                                   \
  lanes_run *r, const lanes_op *op, uint64_t group, uint64_t C, uint64_t V, lanes_u8 A,         \
      lanes_u8 X, lanes_u8 Y, lanes_u8 N, lanes_u8 Z, lanes_u8 M
#define ARGUMENTS(op) r, op, group, C, V, A, X, Y, N, Z, M
#define SAVE                                                                                    \
  (put(r, 0, A), put(r, 1, X), put(r, 2, Y), put(r, 3, N), put(r, 4, Z), r->carry = C,          \
   r->overflow = V)
#define RELOAD                                                                                  \
  (A = get(r, 0), X = get(r, 1), Y = get(r, 2), N = get(r, 3), Z = get(r, 4), C = r->carry,     \
   V = r->overflow)
#else
#define STATE lanes_run *r, const lanes_op *op, uint64_t group
#define ARGUMENTS(op) r, op, group
#define A (((lanes_u8 *)r->rows)[0])
#define X (((lanes_u8 *)r->rows)[1])
#define Y (((lanes_u8 *)r->rows)[2])
#define N (((lanes_u8 *)r->rows)[3])
#define Z (((lanes_u8 *)r->rows)[4])
#define M (*(lanes_u8 *)r->value)
#define C (r->carry)
#define V (r->overflow)
#define SAVE ((void)0)
#define RELOAD ((void)0)
#endif

typedef void (*handler)(STATE);
/// Other threads may be making the step the end of its block.
#define HANDLER(op) ((handler)__atomic_load_n(&(op)->handler, __ATOMIC_RELAXED))
#define GO(to) __attribute__((musttail)) return HANDLER(to)(ARGUMENTS(to))

LANES_INLINE lanes_u8 get(lanes_run *r, int row) { return ((lanes_u8 *)r->rows)[row]; }
LANES_INLINE void put(lanes_run *r, int row, lanes_u8 value) { ((lanes_u8 *)r->rows)[row] = value; }
LANES_INLINE lanes_u8 *ram_row(lanes_run *r, const lanes_op *op) {
  return (lanes_u8 *)(r->ram + 64 * op->operand);
}
LANES_INLINE void put_ram(lanes_run *r, const lanes_op *op, uint64_t group, lanes_u8 value) {
  lanes_u8 *row = ram_row(r, op);
  *row = lanes_select(group, value, *row);
}

#define STEP(name) static void name(STATE)
#define NEXT GO(op + 1)
#define LEAVE(how)       \
  do {                   \
    SAVE;                \
    r->last = op;        \
    r->outcome = how;    \
    return;              \
  } while (0)
#define CALL(callback)                   \
  do {                                   \
    SAVE;                                \
    r->callback(r->console, op, group);  \
    RELOAD;                              \
  } while (0)
#define LEAVE_IF_ASKED \
  if (__builtin_expect(r->is_leaving, 0)) LEAVE(LANES_LEFT)
#define FLAGS(value) (N = Z = (value))

// Ends of blocks, and what is called back for.

STEP(do_stop) { LEAVE(LANES_STOPPED); }

/// The block that follows when all lanes go to `to`, if it is their turn; or NULL.
LANES_INLINE const lanes_op *follow(lanes_run *r, const lanes_op *op, int count, int cycles,
                                    uint16_t to) {
  r->pending += cycles;
  r->count += count;
  r->ran++;
  r->place = r->bank | to;
  uint32_t key = lanes_key(r->clocks[r->leader] + r->pending, r->stack[r->leader], to);
  if (key >= r->waiting || r->count >= r->budget) return NULL;
  const lanes_op *link = __atomic_load_n(&op->link, __ATOMIC_ACQUIRE);
  if (link != NULL && link->place == to) return link;
  uint32_t slot;
  const lanes_block *block = lanes_find_block(r->blocks, r->place, &slot);
  if (block == NULL) return NULL;
  // Returns have many targets: the first one stays.
  if (link == NULL)
    __atomic_store_n((const lanes_op **)&op->link, block->steps, __ATOMIC_RELEASE);
  return block->steps;
}
#define FOLLOW(count, cycles, to)                              \
  do {                                                         \
    const lanes_op *then = follow(r, op, (count), (cycles), (to)); \
    if (then == NULL) LEAVE(LANES_AWAY);                       \
    GO(then);                                                  \
  } while (0)
STEP(do_end) { FOLLOW(op->index, op->before, op->place); }
STEP(do_jmp) { FOLLOW(op->index + 1, op->elapsed, op->operand); }

STEP(do_perform) {
  CALL(perform);
  LEAVE_IF_ASKED;
  NEXT;
}
STEP(do_read) {
  CALL(read);
  M = *(lanes_u8 *)r->value;
  NEXT;
}
#define WRITE(name, what)            \
  STEP(name) {                       \
    *(lanes_u8 *)r->value = (what);  \
    CALL(write);                     \
    LEAVE_IF_ASKED;                  \
    NEXT;                            \
  }
WRITE(do_write_a, A)
WRITE(do_write_x, X)
WRITE(do_write_y, Y)
WRITE(do_write, M)

// TIA writes that only have to be remembered, WSYNC, and the timer.

/// False if that is not all: the frame ends, or the log is full.
LANES_INLINE int log_write(lanes_run *r, const lanes_op *op, int reg, uint64_t group,
                           lanes_u8 value) {
  int32_t elapsed = op->elapsed + r->pending;
  if (lanes_at_least_i32(r->clocks, r->clock_limit - elapsed) & group) return 0;
  if (r->log->count == r->log->capacity) return 0;
  r->touch = elapsed;
  lanes_log_write(r, reg, group, value, elapsed, false);
  return 1;
}
#define LOG(name, what)                                     \
  STEP(name) {                                              \
    if (__builtin_expect(!log_write(r, op, op->operand & 0x3F, group, what), 0)) { \
      *(lanes_u8 *)r->value = (what);                       \
      CALL(write);                                          \
      LEAVE_IF_ASKED;                                       \
    }                                                       \
    NEXT;                                                   \
  }
LOG(do_log_a, A)
LOG(do_log_x, X)
LOG(do_log_y, Y)

// Memory at computed addresses: one for all lanes, or gathered; what is neither ROM nor RAM, nor a
// TIA register to be logged, is called back for, and aimed at anew.

/// Neither ROM nor RAM nor the TIA.
enum { ELSEWHERE = 0x280 };

/// Addresses base + index.
LANES_INLINE void aim(lanes_run *r, uint64_t group, lanes_u8 index, int32_t base, int32_t wrap) {
  uint8_t each[64] __attribute__((aligned(64)));
  *(lanes_u8 *)each = index;
  uint8_t first = each[r->leader];
  if (__builtin_expect((group & ~lanes_equal(index, lanes_splat(first))) != 0, 0)) {
    r->address = -1;
    r->crossed = lanes_index(r->addresses, each, base, wrap);
  } else {
    r->address = (base + first) & wrap;
    // In page zero an address wraps around and takes no cycle more.
    r->crossed = wrap != 0xFF && ((base + first) ^ base) & 0xFF00 ? ~0ull : 0;
  }
}
#define AIM(name, index, wrap)                    \
  STEP(name) {                                    \
    aim(r, group, index, op->operand, wrap);      \
    NEXT;                                         \
  }
AIM(do_aim_zero_x, X, 0xFF)
AIM(do_aim_zero_y, Y, 0xFF)
AIM(do_aim_x, X, 0xFFFF)
AIM(do_aim_y, Y, 0xFFFF)

/// The word that all lanes of the group have in two rows; below 0: they differ.
LANES_INLINE int32_t common_word(lanes_run *r, uint64_t group, const uint8_t *low,
                                 const uint8_t *high) {
  uint8_t l = low[r->leader], h = high[r->leader];
  uint64_t same = lanes_equal(*(const lanes_u8 *)low, lanes_splat(l)) &
                  lanes_equal(*(const lanes_u8 *)high, lanes_splat(h));
  return (group & ~same) == 0 ? h << 8 | l : -1;
}

/// Pointers at `base` + index in page zero. False if one of them does not lie in RAM.
LANES_INLINE int aim_at_pointers(lanes_run *r, uint64_t group, lanes_u8 index, uint8_t base) {
  uint8_t each[64] __attribute__((aligned(64)));
  *(lanes_u8 *)each = index + lanes_splat(base);
  uint8_t first = each[r->leader];
  r->crossed = 0;
  if ((group & ~lanes_equal(*(lanes_u8 *)each, lanes_splat(first))) == 0) {
    if (first < 0x80 || first == 0xFF) return 0;
    const uint8_t *low = r->ram + 64 * (first & 0x7F);
    r->address = common_word(r, group, low, low + 64);
    if (r->address >= 0) return 1;
  }
  r->address = -1;
  for (uint64_t rest = group; rest != 0; rest &= rest - 1) {
    int i = __builtin_ctzll(rest);
    if (each[i] < 0x80 || each[i] == 0xFF) return 0;
    const uint8_t *low = r->ram + 64 * (each[i] & 0x7F) + i;
    r->addresses[i] = low[64] << 8 | low[0];
  }
  return 1;
}
STEP(do_aim_indirect_x) {
  if (!aim_at_pointers(r, group, X, (uint8_t)op->operand)) r->address = ELSEWHERE;
  NEXT;
}

/// The pointer lies in RAM.
STEP(do_aim_indirect_y) {
  const uint8_t *low = r->ram + 64 * (op->operand & 0x7F), *high = low + 64;
  int32_t pointer = common_word(r, group, low, high);
  if (__builtin_expect(pointer < 0, 0)) {
    uint8_t index[64] __attribute__((aligned(64)));
    *(lanes_u8 *)index = Y;
    r->address = -1;
    r->crossed = lanes_index_rows(r->addresses, low, high, index);
  } else {
    aim(r, group, Y, pointer, 0xFFFF);
  }
  NEXT;
}

LANES_INLINE int is_ram(int32_t address) { return (address & 0x1280) == 0x80; }

/// Reads what has been aimed at into `value`; false if it is neither ROM nor RAM.
LANES_INLINE int read_at(lanes_run *r, uint64_t group, lanes_u8 *value) {
  int32_t a = r->address;
  if (a < 0) {
    if (lanes_gather(r->value, r->addresses, group, r->image, r->slices, r->ram, r->special_from,
                     r->special_count) != 0)
      return 0;
    *value = *(lanes_u8 *)r->value;
  } else if (is_ram(a)) {
    *value = *(lanes_u8 *)(r->ram + 64 * (a & 0x7F));
  } else if (a & 0x1000 && ((a - r->special_from) & 0xFFF) >= r->special_count) {
    *value = lanes_splat(r->image[r->slices[a >> 10 & 15] + (a & 0x3FF)]);
  } else {
    return 0;
  }
  return 1;
}
/// A read in another page than its base takes a cycle more.
LANES_INLINE void add_crossing(lanes_run *r, uint64_t group) {
  uint64_t crossed = r->crossed & group;
  if (crossed == group) {
    r->pending++;
  } else if (crossed != 0) {
    lanes_settle_touch(r, group);
    lanes_add_i32(r->clocks, 1, crossed);
  }
}
STEP(do_read_at) {
  lanes_u8 value;
  if (__builtin_expect(read_at(r, group, &value), 1)) {
    M = value;
    if (op->store == 0) add_crossing(r, group);
  } else {
    lanes_settle_touch(r, group);
    CALL(read);
    M = *(lanes_u8 *)r->value;
  }
  NEXT;
}

/// False if that is not all: see `do_write_at`.
LANES_INLINE int write_at(lanes_run *r, const lanes_op *op, uint64_t group, lanes_u8 value) {
  int32_t a = r->address;
  if (a >= 0) {
    if (is_ram(a)) {
      lanes_u8 *row = (lanes_u8 *)(r->ram + 64 * (a & 0x7F));
      *row = lanes_select(group, value, *row);
      return 1;
    }
    return (a & 0x1080) == 0 && r->logged >> (a & 0x3F) & 1 &&
           log_write(r, op, a & 0x3F, group, value);
  }
  uint8_t each[64] __attribute__((aligned(64)));
  for (uint64_t rest = group; rest != 0; rest &= rest - 1)
    if (!is_ram(r->addresses[__builtin_ctzll(rest)])) return 0;
  *(lanes_u8 *)each = value;
  for (uint64_t rest = group; rest != 0; rest &= rest - 1) {
    int i = __builtin_ctzll(rest);
    r->ram[64 * (r->addresses[i] & 0x7F) + i] = each[i];
  }
  return 1;
}
#define WRITE_AT(name, what)                                         \
  STEP(name) {                                                       \
    if (__builtin_expect(!write_at(r, op, group, what), 0)) {        \
      *(lanes_u8 *)r->value = (what);                                \
      CALL(write);                                                   \
      LEAVE_IF_ASKED;                                                \
    }                                                                \
    NEXT;                                                            \
  }
WRITE_AT(do_write_at_a, A)
WRITE_AT(do_write_at_x, X)
WRITE_AT(do_write_at_y, Y)
WRITE_AT(do_write_at, M)

STEP(do_wsync) {
  int32_t elapsed = op->elapsed + r->pending;
  if (lanes_at_least_i32(r->clocks, r->clock_limit - elapsed) & group) {
    CALL(write);
    LEAVE_IF_ASKED;
  } else {
    lanes_set_sum_i32(r->touched, r->clocks, elapsed, group);
    r->touch = LANES_UNTOUCHED;
    lanes_wait_for_line(r->clocks, elapsed, group);
  }
  NEXT;
}

STEP(do_timer) {
  uint64_t passed = lanes_read_timer(r->value, r->clocks, op->elapsed + r->pending, r->timer_set,
                                     r->timers, r->shifts);
  if (passed & group) CALL(read);
  M = *(lanes_u8 *)r->value;
  NEXT;
}

/// LDA INTIM and a branch back to it: goes round at once as often as nothing can change.
LANES_INLINE void skip_polls(lanes_run *r, const lanes_op *op, uint64_t group, uint8_t most) {
  const lanes_op *branch = op + 2;
  int32_t period = branch->elapsed + lanes_branch_cost(branch);
  int32_t polls[64] __attribute__((aligned(64)));
  int32_t largest = lanes_polls(polls, r->clocks, op->elapsed + r->pending, r->timer_set,
                                r->timers, r->shifts, period, most, group);
  if (largest == 0 || 2 * largest >= r->budget - r->count) return;
  lanes_settle_touch(r, group);
  lanes_add_scaled_i32(r->clocks, polls, period);
  lanes_add_scaled_i32(r->instructions, polls, 2);
  r->budget -= 2 * largest;
}
STEP(do_poll) {
  skip_polls(r, op, group, 255);
  __attribute__((musttail)) return do_timer(ARGUMENTS(op));
}
STEP(do_poll_positive) {
  skip_polls(r, op, group, 127);
  __attribute__((musttail)) return do_timer(ARGUMENTS(op));
}

// The stack, where it is at the same place in RAM in all lanes.

LANES_INLINE lanes_u8 *stack_row(lanes_run *r, int pointer) {
  return (lanes_u8 *)(r->ram + 64 * (pointer & 0x7F));
}
/// The stack pointer if all lanes agree on one between `least` and `most`, or -1.
LANES_INLINE int stack_pointer(lanes_run *r, uint64_t group, int least, int most) {
  uint8_t s = r->stack[r->leader];
  uint64_t same = lanes_equal(*(lanes_u8 *)r->stack, lanes_splat(s));
  return s >= least && s <= most && !(group & ~same) ? s : -1;
}
LANES_INLINE void move_stack(lanes_run *r, uint64_t group, uint8_t by) {
  lanes_u8 *stack = (lanes_u8 *)r->stack;
  *stack = lanes_select(group, *stack + lanes_splat(by), *stack);
}
LANES_INLINE void push(lanes_run *r, uint64_t group, int pointer, lanes_u8 value) {
  lanes_u8 *row = stack_row(r, pointer);
  *row = lanes_select(group, value, *row);
}

STEP(do_pha) {
  int s = stack_pointer(r, group, 0x80, 0xFF);
  if (s >= 0) {
    push(r, group, s, A);
    move_stack(r, group, (uint8_t)-1);
  } else {
    CALL(perform);
    LEAVE_IF_ASKED;
  }
  NEXT;
}
STEP(do_pla) {
  int s = stack_pointer(r, group, 0x7F, 0xFE);
  if (s >= 0) {
    A = *stack_row(r, s + 1);
    FLAGS(A);
    move_stack(r, group, 1);
  } else {
    CALL(perform);
    LEAVE_IF_ASKED;
  }
  NEXT;
}
STEP(do_jsr) {
  int s = stack_pointer(r, group, 0x81, 0xFF);
  if (s < 0) LEAVE(LANES_STOPPED);
  uint16_t back = op->next - 1;
  push(r, group, s, lanes_splat((uint8_t)(back >> 8)));
  push(r, group, s - 1, lanes_splat((uint8_t)back));
  move_stack(r, group, (uint8_t)-2);
  FOLLOW(op->index + 1, op->elapsed, op->operand);
}
STEP(do_rts) {
  int s = stack_pointer(r, group, 0x7F, 0xFD);
  if (s < 0) LEAVE(LANES_STOPPED);
  int32_t back = common_word(r, group, (uint8_t *)stack_row(r, s + 1),
                             (uint8_t *)stack_row(r, s + 2));
  if (back < 0) LEAVE(LANES_STOPPED);
  move_stack(r, group, 2);
  FOLLOW(op->index + 1, op->elapsed, (uint16_t)(back + 1));
}

// Lanes that take a short forward branch wait until the others have run what it leaves out, which
// does not stop or leave the block; further branches in there may lead to the same place.

/// Row of the registers of lanes that wait.
LANES_INLINE lanes_u8 *kept(lanes_run *r, int row) { return (lanes_u8 *)r->kept + row; }
#define KEEP(i, value, taken) *kept(r, i) = lanes_select(taken, value, *kept(r, i))
#define KEEP_ALL(taken)                                                              \
  (KEEP(0, A, taken), KEEP(1, X, taken), KEEP(2, Y, taken), KEEP(3, N, taken),       \
   KEEP(4, Z, taken), r->kept_carry = (C & (taken)) | (r->kept_carry & ~(taken)),    \
   r->kept_overflow = (V & (taken)) | (r->kept_overflow & ~(taken)))
#define RETURN_KEPT(i, value, stayed) value = lanes_select(stayed, value, *kept(r, i))

/// Whether what the branch leaves out can be run by a part of the group: TIA writes there must only
/// have to be logged.
LANES_INLINE int can_skip(lanes_run *r, const lanes_op *op, uint64_t group) {
  if (op->skipped == 0) return 0;
  if (!op->is_logging) return 1;
  int32_t elapsed = op->elapsed + r->pending + 8 * LANES_LONGEST_SKIPPED;
  return !(lanes_at_least_i32(r->clocks, r->clock_limit - elapsed) & group) &&
         r->log->capacity - r->log->count >= LANES_LONGEST_SKIPPED;
}

/// What the branch leaves out ends here. `operand` and `bus`: cycles and instructions that it saves.
STEP(do_join) {
  const uint64_t stayed = group, waited = r->whole & ~stayed;
  group = r->whole;
  RETURN_KEPT(0, A, stayed);
  RETURN_KEPT(1, X, stayed);
  RETURN_KEPT(2, Y, stayed);
  RETURN_KEPT(3, N, stayed);
  RETURN_KEPT(4, Z, stayed);
  C = (C & stayed) | (r->kept_carry & ~stayed);
  V = (V & stayed) | (r->kept_overflow & ~stayed);
  lanes_settle_touch(r, stayed);
  lanes_add_i32(r->clocks, -(int16_t)op->operand, r->taken);
  lanes_add_i32(r->instructions, -op->bus, r->taken);
  if (r->pending != r->kept_pending) lanes_add_i32(r->clocks, r->kept_pending - r->pending, waited);
  FOLLOW(op->index, op->before, op->place);
}

// Behind a branch there is an end of the block, for when no lane takes it.
#define BRANCH(name, condition)                                                        \
  STEP(do_##name) {                                                                    \
    uint64_t taken = (condition)&group;                                                \
    if (taken == 0) NEXT;                                                              \
    if (taken == group)                                                                \
      FOLLOW(op->index + 1, op->elapsed + lanes_branch_cost(op), op->operand);         \
    r->taken = taken;                                                                  \
    if (!can_skip(r, op, group)) LEAVE(LANES_BRANCHED);                                \
    lanes_settle_touch(r, group);                                                      \
    KEEP_ALL(taken);                                                                   \
    r->kept_pending = r->pending;                                                      \
    r->whole = group;                                                                  \
    group &= ~taken;                                                                   \
    GO(op + op->skipped);                                                              \
  }                                                                                    \
  STEP(do_joining_##name) {                                                            \
    uint64_t taken = (condition)&group;                                                \
    if (taken == 0) NEXT;                                                              \
    lanes_settle_touch(r, group);                                                      \
    KEEP_ALL(taken);                                                                   \
    const lanes_op *join = op + op->skipped;                                           \
    int32_t saved = join->before - op->elapsed - lanes_branch_cost(op);                \
    lanes_add_i32(r->clocks, r->pending - r->kept_pending - saved, taken);             \
    lanes_add_i32(r->instructions, op->index + 1 - join->index, taken);                \
    group &= ~taken;                                                                   \
    if (group == 0) GO(join);                                                          \
    NEXT;                                                                              \
  }
BRANCH(bpl, ~lanes_negative(N))
BRANCH(bmi, lanes_negative(N))
BRANCH(bvc, ~V)
BRANCH(bvs, V)
BRANCH(bcc, ~C)
BRANCH(bcs, C)
BRANCH(bne, lanes_nonzero(Z))
BRANCH(beq, ~lanes_nonzero(Z))

/// DEX or DEY and a branch back to it: all lanes go round at once until their last time.
/// - rounds: how often each lane does, all of it but the last.
LANES_INLINE int count_down(lanes_run *r, const lanes_op *op, uint64_t group, lanes_u8 rounds) {
  const lanes_op *branch = op + 1;
  int32_t period = branch->elapsed + lanes_branch_cost(branch);
  int32_t largest = lanes_largest(lanes_select(group, rounds, lanes_splat(0)));
  if (largest == 0 || 2 * largest >= r->budget - r->count) return 0;
  lanes_settle_touch(r, group);
  lanes_add_bytes_i32(r->clocks, rounds, period, group);
  lanes_add_bytes_i32(r->instructions, rounds, 2, group);
  r->budget -= 2 * largest;
  return 1;
}
/// Until it is zero; 256 rounds from zero are left to the steps themselves.
LANES_INLINE lanes_u8 rounds_to_zero(lanes_u8 counter) {
  return lanes_select(lanes_nonzero(counter), counter - lanes_splat(1), counter);
}
/// Until it is negative; 129 rounds from $80 on are.
LANES_INLINE lanes_u8 rounds_to_negative(lanes_u8 counter) {
  return lanes_select(lanes_negative(counter), lanes_splat(0), counter);
}
#define COUNT(name, counter, rounds, step)                                             \
  STEP(name) {                                                                         \
    lanes_u8 rest = rounds(counter);                                                   \
    if (count_down(r, op, group, rest)) counter -= rest;                               \
    __attribute__((musttail)) return step(ARGUMENTS(op));                              \
  }

// Registers.

#define PLAIN(name, ...) \
  STEP(name) {           \
    __VA_ARGS__;         \
    NEXT;                \
  }
PLAIN(do_sta, put_ram(r, op, group, A))
PLAIN(do_stx, put_ram(r, op, group, X))
PLAIN(do_sty, put_ram(r, op, group, Y))
PLAIN(do_tax, X = A; FLAGS(X))
PLAIN(do_tay, Y = A; FLAGS(Y))
PLAIN(do_txa, A = X; FLAGS(A))
PLAIN(do_tya, A = Y; FLAGS(A))
PLAIN(do_tsx, X = *(lanes_u8 *)r->stack; FLAGS(X))
PLAIN(do_txs, *(lanes_u8 *)r->stack = lanes_select(group, X, *(lanes_u8 *)r->stack))
PLAIN(do_inx, X += (lanes_u8)1; FLAGS(X))
PLAIN(do_iny, Y += (lanes_u8)1; FLAGS(Y))
PLAIN(do_dex, X -= (lanes_u8)1; FLAGS(X))
PLAIN(do_dey, Y -= (lanes_u8)1; FLAGS(Y))
COUNT(do_count_x, X, rounds_to_zero, do_dex)
COUNT(do_count_y, Y, rounds_to_zero, do_dey)
COUNT(do_count_x_positive, X, rounds_to_negative, do_dex)
COUNT(do_count_y_positive, Y, rounds_to_negative, do_dey)
PLAIN(do_clc, C = 0)
PLAIN(do_sec, C = ~0ull)
PLAIN(do_clv, V = 0)
PLAIN(do_cld, r->decimal = 0)
PLAIN(do_sed, r->decimal = ~0ull)
PLAIN(do_nop, )

// Shifts, of the accumulator or of memory.

LANES_INLINE lanes_u8 asl(lanes_u8 value, uint64_t *carry) {
  *carry = lanes_negative(value);
  return lanes_shl1(value);
}
LANES_INLINE uint64_t low_bit(lanes_u8 value) { return lanes_nonzero(value & (lanes_u8)1); }
LANES_INLINE lanes_u8 lsr(lanes_u8 value, uint64_t *carry) {
  *carry = low_bit(value);
  return lanes_shr1(value);
}
LANES_INLINE lanes_u8 rol(lanes_u8 value, uint64_t *carry) {
  lanes_u8 result = lanes_shl1(value) - lanes_expand(*carry);
  *carry = lanes_negative(value);
  return result;
}
LANES_INLINE lanes_u8 ror(lanes_u8 value, uint64_t *carry) {
  lanes_u8 result = lanes_shr1(value) | (lanes_expand(*carry) & (lanes_u8)0x80);
  *carry = low_bit(value);
  return result;
}
LANES_INLINE lanes_u8 inc(lanes_u8 value, uint64_t *carry) {
  (void)carry;
  return value + (lanes_u8)1;
}
LANES_INLINE lanes_u8 dec(lanes_u8 value, uint64_t *carry) {
  (void)carry;
  return value - (lanes_u8)1;
}
PLAIN(do_asla, A = asl(A, &C); FLAGS(A))
PLAIN(do_lsra, A = lsr(A, &C); FLAGS(A))
PLAIN(do_rola, A = rol(A, &C); FLAGS(A))
PLAIN(do_rora, A = ror(A, &C); FLAGS(A))

#define MODIFY(name)                                                            \
  PLAIN(do_##name##_ram, M = name(*ram_row(r, op), &C); FLAGS(M);               \
        put_ram(r, op, group, M))                                               \
  PLAIN(do_##name##_read, M = name(M, &C); FLAGS(M))
MODIFY(inc)
MODIFY(dec)
MODIFY(asl)
MODIFY(lsr)
MODIFY(rol)
MODIFY(ror)

// Arithmetic, with an operand in M.

LANES_INLINE lanes_u8 add(lanes_u8 a, lanes_u8 m, uint64_t *carry, uint64_t *overflow) {
  lanes_u8 partial = a + m, sum = partial - lanes_expand(*carry);
  *overflow = lanes_negative((a ^ sum) & (m ^ sum));
  *carry = lanes_below(partial, a) | (*carry & ~lanes_nonzero(sum));
  return sum;
}
#define IN_DECIMAL                                 \
  if (__builtin_expect(r->decimal & group, 0)) {   \
    *(lanes_u8 *)r->value = M;                     \
    CALL(calculate);                               \
  } else
#define COMPARE(what) C = ~lanes_below(what, M); FLAGS(what - M)

#define WITH_OPERAND(name, ...)                                                 \
  PLAIN(do_##name##_immediate, M = lanes_splat((uint8_t)op->operand); __VA_ARGS__) \
  PLAIN(do_##name##_ram, M = *ram_row(r, op); __VA_ARGS__)                      \
  PLAIN(do_##name##_read, __VA_ARGS__; LEAVE_IF_ASKED)
WITH_OPERAND(lda, A = M; FLAGS(M))
WITH_OPERAND(ldx, X = M; FLAGS(M))
WITH_OPERAND(ldy, Y = M; FLAGS(M))
WITH_OPERAND(and, A &= M; FLAGS(A))
WITH_OPERAND(ora, A |= M; FLAGS(A))
WITH_OPERAND(eor, A ^= M; FLAGS(A))
WITH_OPERAND(adc, IN_DECIMAL { A = add(A, M, &C, &V); FLAGS(A); })
WITH_OPERAND(sbc, IN_DECIMAL { A = add(A, ~M, &C, &V); FLAGS(A); })
WITH_OPERAND(cmp, COMPARE(A))
WITH_OPERAND(cpx, COMPARE(X))
WITH_OPERAND(cpy, COMPARE(Y))
WITH_OPERAND(bit, N = M; Z = A & M; V = lanes_negative(lanes_shl1(M)))

#define THREE(name, step) \
  [step] = do_##name##_immediate, [step + 1] = do_##name##_ram, [step + 2] = do_##name##_read
#define TWO(name, step) [step + 1] = do_##name##_ram, [step + 2] = do_##name##_read
#define BOTH(name, step) \
  [LANES_DO_##step] = do_##name, [LANES_DO_JOINING_##step] = do_joining_##name
static const handler handlers[LANES_STEPS] = {
    [LANES_DO_END] = do_end,         [LANES_DO_JOIN] = do_join,
    [LANES_DO_PERFORM] = do_perform,
    [LANES_DO_STOP] = do_stop,       [LANES_DO_READ] = do_read,
    [LANES_DO_WRITE_A] = do_write_a, [LANES_DO_WRITE_X] = do_write_x,
    [LANES_DO_WRITE_Y] = do_write_y, [LANES_DO_WRITE] = do_write,
    [LANES_DO_AIM_ZERO_X] = do_aim_zero_x, [LANES_DO_AIM_ZERO_Y] = do_aim_zero_y,
    [LANES_DO_AIM_X] = do_aim_x,     [LANES_DO_AIM_Y] = do_aim_y,
    [LANES_DO_AIM_INDIRECT_X] = do_aim_indirect_x, [LANES_DO_AIM_INDIRECT_Y] = do_aim_indirect_y,
    [LANES_DO_READ_AT] = do_read_at, [LANES_DO_WRITE_AT_A] = do_write_at_a,
    [LANES_DO_WRITE_AT_X] = do_write_at_x, [LANES_DO_WRITE_AT_Y] = do_write_at_y,
    [LANES_DO_WRITE_AT] = do_write_at,
    [LANES_DO_LOG_A] = do_log_a,     [LANES_DO_LOG_X] = do_log_x,
    [LANES_DO_LOG_Y] = do_log_y,     [LANES_DO_WSYNC] = do_wsync,
    [LANES_DO_TIMER] = do_timer,     [LANES_DO_POLL] = do_poll,
    [LANES_DO_POLL_POSITIVE] = do_poll_positive,
    [LANES_DO_PHA] = do_pha,
    [LANES_DO_PLA] = do_pla,         [LANES_DO_JMP] = do_jmp,
    [LANES_DO_JSR] = do_jsr,         [LANES_DO_RTS] = do_rts,
    [LANES_DO_STA] = do_sta,         [LANES_DO_STX] = do_stx,
    [LANES_DO_STY] = do_sty,         [LANES_DO_ASLA] = do_asla,
    [LANES_DO_LSRA] = do_lsra,       [LANES_DO_ROLA] = do_rola,
    [LANES_DO_RORA] = do_rora,       [LANES_DO_TAX] = do_tax,
    [LANES_DO_TAY] = do_tay,         [LANES_DO_TXA] = do_txa,
    [LANES_DO_TYA] = do_tya,         [LANES_DO_TSX] = do_tsx,
    [LANES_DO_TXS] = do_txs,         [LANES_DO_INX] = do_inx,
    [LANES_DO_INY] = do_iny,         [LANES_DO_DEX] = do_dex,
    [LANES_DO_DEY] = do_dey,         [LANES_DO_CLC] = do_clc,
    [LANES_DO_SEC] = do_sec,         [LANES_DO_CLV] = do_clv,
    [LANES_DO_CLD] = do_cld,         [LANES_DO_SED] = do_sed,
    [LANES_DO_NOP] = do_nop,
    BOTH(bpl, BPL), BOTH(bmi, BMI), BOTH(bvc, BVC), BOTH(bvs, BVS),
    BOTH(bcc, BCC), BOTH(bcs, BCS), BOTH(bne, BNE), BOTH(beq, BEQ),
    [LANES_DO_COUNT_X] = do_count_x, [LANES_DO_COUNT_Y] = do_count_y,
    [LANES_DO_COUNT_X_POSITIVE] = do_count_x_positive,
    [LANES_DO_COUNT_Y_POSITIVE] = do_count_y_positive,
    THREE(lda, LANES_DO_LDA), THREE(ldx, LANES_DO_LDX), THREE(ldy, LANES_DO_LDY),
    THREE(and, LANES_DO_AND), THREE(ora, LANES_DO_ORA), THREE(eor, LANES_DO_EOR),
    THREE(adc, LANES_DO_ADC), THREE(sbc, LANES_DO_SBC), THREE(cmp, LANES_DO_CMP),
    THREE(cpx, LANES_DO_CPX), THREE(cpy, LANES_DO_CPY), THREE(bit, LANES_DO_BIT),
    TWO(inc, LANES_DO_INC),   TWO(dec, LANES_DO_DEC),   TWO(asl, LANES_DO_ASL),
    TWO(lsr, LANES_DO_LSR),   TWO(rol, LANES_DO_ROL),   TWO(ror, LANES_DO_ROR),
};

const void *lanes_handler(int step) { return (const void *)handlers[step]; }

void lanes_run_chain(lanes_run *r, const lanes_op *op, uint64_t group) {
#if LANES_X86 >= 4
  HANDLER(op)(r, op, group, r->carry, r->overflow, get(r, 0), get(r, 1), get(r, 2), get(r, 3),
              get(r, 4), get(r, 0));
#else
  HANDLER(op)(r, op, group);
#endif
}
