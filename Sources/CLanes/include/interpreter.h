// The lockstep 6507's instructions, as threaded code: each ends with a jump to the next one's.
//
// Registers are computed for all lanes; only what is written to memory heeds the mask. What needs
// more than RAM, or is rare, is called back for.
#ifndef INTERPRETER_H
#define INTERPRETER_H

#include <stdbool.h>

#include "clocks.h"
#include "processor.h"

// Only what Swift takes apart says what is never NULL.
#pragma clang diagnostic ignored "-Wnullability-completeness"

/// A step of an instruction; most instructions are one step.
typedef struct lanes_op {
  const void *handler;
  const struct lanes_op *link;  // where it has led to before
  uint16_t operand;  // immediate value, row of RAM (0...127), address, or branch target
  uint16_t place;    // address of the instruction
  uint16_t next;     // and of the one after it
  uint16_t before;   // cycles from the start of the block to the start of this instruction
  uint16_t elapsed;  // and to its end, without page crossings
  uint8_t index;     // instructions before it in the block
  uint8_t bus;       // last value on the data bus before the access
  uint8_t operation;
  uint8_t fetch, store;  // how memory is accessed; 0: not
  uint8_t skipped;  // of a branch: steps to those that it leaves out, or to where it leads; 0: unknown
  bool is_logging;  // some of the steps that it leaves out write to the TIA
} lanes_op;

#pragma clang assume_nonnull begin

/// Instructions that run one after another: only the last may jump.
typedef struct {
  int32_t place;  // program counter in bits 0-15, bank state above
  int32_t count;
  lanes_op *steps;  // the last leaves the block
} lanes_block;

/// The blocks of a program, by place: numbers from 1 in an open hash table.
typedef struct {
  int32_t *table;
  const lanes_block *_Nullable *_Nonnull blocks;
} lanes_blocks;

enum { LANES_TABLE_SIZE = 1 << 16 };

LANES_INLINE uint32_t lanes_hash(int32_t place) {
  return ((uint32_t)place * 2654435761u) >> 16 & (LANES_TABLE_SIZE - 1);
}

/// The block at a place, or NULL; `slot` becomes where it is or belongs.
LANES_INLINE const lanes_block *_Nullable lanes_find_block(const lanes_blocks *all, int32_t place,
                                                 uint32_t *slot) {
  for (*slot = lanes_hash(place);; *slot = (*slot + 1) & (LANES_TABLE_SIZE - 1)) {
    int32_t number = lanes_load_acquire(all->table + *slot);
    if (number == 0) return NULL;
    if (all->blocks[number - 1]->place == place) return all->blocks[number - 1];
  }
}

/// Timed values of some lanes, in the order in which they happened in each.
typedef struct {
  intptr_t count, capacity;
  uint8_t *kinds;
  uint64_t *lanes;
  uint16_t *clocks;  // [count][64]
  uint8_t *values;   // [count][64]
} lanes_log;

/// Adds an entry to a log that has room for it. Returns its row of clocks, for the caller to fill.
LANES_INLINE uint16_t *lanes_log_append(lanes_log *log, int32_t kind, uint64_t lanes,
                                        lanes_u8 value) {
  intptr_t index = log->count++;
  log->kinds[index] = (uint8_t)kind;
  log->lanes[index] = lanes;
  ((lanes_u8 *)log->values)[index] = value;
  return log->clocks + 64 * index;
}

#pragma clang assume_nonnull end

enum { LANES_UNTOUCHED = -1 };
/// Bytes that a branch may leave out for lanes to wait meanwhile; no byte takes more than eight cycles.
enum { LANES_LONGEST_SKIPPED = 32 };

typedef void (*lanes_callback)(void *console, const lanes_op *op, uint64_t group);

/// How a chain of blocks was left.
typedef enum { LANES_AWAY, LANES_BRANCHED, LANES_STOPPED, LANES_LEFT } lanes_outcome;

/// The processor's working state while it runs a group of lanes.
typedef struct {
  uint8_t *rows;  // A, X, Y, N (in bit 7), Z (zero where set), each [64]
  uint8_t *ram, *stack;
  uint8_t *value;  // what is read, or to be written, [64]
  uint64_t carry, overflow, decimal;
  // The chain: blocks that all lanes of the group run one after another.
  const lanes_blocks *blocks;
  int32_t *clocks, *instructions;  // [64], as the chain began
  int32_t pending;    // cycles since
  int32_t count;      // instructions since
  int32_t budget;     // instructions that may be begun
  int32_t ran;        // blocks since
  int32_t bank;       // bank state << 16
  int32_t leader;     // a lane of the group
  uint32_t waiting;   // the smallest schedule key of the other lanes
  int32_t place;      // where all lanes go on
  uint64_t taken;     // lanes that a branch takes
  // While lanes that do not take a branch run what it leaves out: the group, the others' registers,
  // and `pending` as it was.
  uint64_t whole;
  uint8_t *kept;  // as `rows`
  uint64_t kept_carry, kept_overflow;
  int32_t kept_pending;
  const lanes_op *last;  // where the chain was left
  lanes_outcome outcome;
  uint8_t is_leaving;    // set by a callback after which the rest of the block must not run
  // Memory at computed addresses. `address`: of all lanes, or below 0 and then in `addresses`, [64];
  // `crossed`: lanes in which it lies in another page than its base. See `lanes_gather`.
  int32_t address;
  int32_t *addresses;
  uint64_t crossed;
  const uint8_t *image;
  const int32_t *slices;  // of the bank state
  int32_t special_from, special_count;
  // What is not RAM. `touched`: when the lanes' last TIA access was, but for one of the chain, which
  // was `touch` cycles after `clocks` if that is not LANES_UNTOUCHED.
  int32_t *touched;
  int32_t touch;
  lanes_log *log;
  uint8_t *shadow;      // [64 registers][64], values last written to the TIA
  uint64_t ignoring_repeats;  // TIA registers that stay as they are when given what they have
  uint64_t logged;      // TIA registers whose writes only have to be logged
  int32_t clock_limit;  // a TIA write from here on ends the frame
  const int32_t *timer_set;
  const uint8_t *timers, *shifts;
  void *console;
  lanes_callback read;      // into `value`
  lanes_callback write;     // from `value`
  lanes_callback perform;   // a whole instruction
  lanes_callback calculate; // ADC or SBC of `value` in decimal mode
} lanes_run;

/// Writes down when the chain has touched the TIA, before the lanes' clocks change.
LANES_INLINE void lanes_settle_touch(lanes_run *run, uint64_t group) {
  if (run->touch == LANES_UNTOUCHED) return;
  lanes_set_sum_i32(run->touched, run->clocks, run->touch, group);
  run->touch = LANES_UNTOUCHED;
}

/// What a branch costs more when it is taken: one cycle, two when it leaves the page.
LANES_INLINE int32_t lanes_branch_cost(const lanes_op *op) {
  return ((op->next ^ op->operand) & 0xFF00) == 0 ? 1 : 2;
}

/// Logs a write to a TIA register, `elapsed` cycles after the lanes' clocks, in the lanes where it
/// may change something. The log must have room.
/// `is_late`: some lane of the group is far beyond any picture.
LANES_INLINE void lanes_log_write(lanes_run *run, int32_t reg, uint64_t group, lanes_u8 value,
                                  int32_t elapsed, bool is_late) {
  lanes_u8 *shadow = (lanes_u8 *)run->shadow + reg;
  if (run->ignoring_repeats >> reg & 1) group &= ~lanes_equal(*shadow, value);
  if (group == 0) return;
  *shadow = lanes_select(group, value, *shadow);
  uint16_t *clocks = lanes_log_append(run->log, reg, group, value);
  if (is_late)
    lanes_narrow_late(clocks, run->clocks, elapsed);
  else
    lanes_narrow(clocks, run->clocks, elapsed);
}

/// Runs from `op` for as long as the lanes of the group go the same way and ahead of the others.
/// Times and instructions of the chain lie in `pending` and `count`, without those of the block in
/// which it was left, unless all lanes went to `place`.
void lanes_run_chain(lanes_run *run, const lanes_op *op, uint64_t group);

// Operands.
enum { LANES_IMMEDIATE, LANES_RAM, LANES_READ };

// Steps. Those from LDA to BIT come in three kinds, by operand, those from INC to ROR in the last
// two of them.
enum {
  LANES_DO_END, LANES_DO_JOIN, LANES_DO_PERFORM, LANES_DO_STOP, LANES_DO_READ,
  LANES_DO_WRITE_A, LANES_DO_WRITE_X, LANES_DO_WRITE_Y, LANES_DO_WRITE,
  LANES_DO_AIM_ZERO_X, LANES_DO_AIM_ZERO_Y, LANES_DO_AIM_X, LANES_DO_AIM_Y,
  LANES_DO_AIM_INDIRECT_X, LANES_DO_AIM_INDIRECT_Y, LANES_DO_READ_AT,
  LANES_DO_WRITE_AT_A, LANES_DO_WRITE_AT_X, LANES_DO_WRITE_AT_Y, LANES_DO_WRITE_AT,
  LANES_DO_LOG_A, LANES_DO_LOG_X, LANES_DO_LOG_Y, LANES_DO_WSYNC, LANES_DO_TIMER,
  LANES_DO_POLL, LANES_DO_POLL_POSITIVE,
  LANES_DO_PHA, LANES_DO_PLA, LANES_DO_JMP, LANES_DO_JSR, LANES_DO_RTS,
  LANES_DO_STA, LANES_DO_STX, LANES_DO_STY,
  LANES_DO_ASLA, LANES_DO_LSRA, LANES_DO_ROLA, LANES_DO_RORA,
  LANES_DO_TAX, LANES_DO_TAY, LANES_DO_TXA, LANES_DO_TYA, LANES_DO_TSX, LANES_DO_TXS,
  LANES_DO_INX, LANES_DO_INY, LANES_DO_DEX, LANES_DO_DEY,
  LANES_DO_CLC, LANES_DO_SEC, LANES_DO_CLV, LANES_DO_CLD, LANES_DO_SED, LANES_DO_NOP,
  LANES_DO_BPL, LANES_DO_BMI, LANES_DO_BVC, LANES_DO_BVS, LANES_DO_BCC, LANES_DO_BCS,
  LANES_DO_BNE, LANES_DO_BEQ,
  LANES_DO_JOINING_BPL, LANES_DO_JOINING_BMI, LANES_DO_JOINING_BVC, LANES_DO_JOINING_BVS,
  LANES_DO_JOINING_BCC, LANES_DO_JOINING_BCS, LANES_DO_JOINING_BNE, LANES_DO_JOINING_BEQ,
  LANES_DO_COUNT_X, LANES_DO_COUNT_Y, LANES_DO_COUNT_X_POSITIVE, LANES_DO_COUNT_Y_POSITIVE,
  LANES_DO_LDA, LANES_DO_LDX = LANES_DO_LDA + 3, LANES_DO_LDY = LANES_DO_LDX + 3,
  LANES_DO_AND = LANES_DO_LDY + 3, LANES_DO_ORA = LANES_DO_AND + 3,
  LANES_DO_EOR = LANES_DO_ORA + 3, LANES_DO_ADC = LANES_DO_EOR + 3,
  LANES_DO_SBC = LANES_DO_ADC + 3, LANES_DO_CMP = LANES_DO_SBC + 3,
  LANES_DO_CPX = LANES_DO_CMP + 3, LANES_DO_CPY = LANES_DO_CPX + 3,
  LANES_DO_BIT = LANES_DO_CPY + 3, LANES_DO_INC = LANES_DO_BIT + 3,
  LANES_DO_DEC = LANES_DO_INC + 3, LANES_DO_ASL = LANES_DO_DEC + 3,
  LANES_DO_LSR = LANES_DO_ASL + 3, LANES_DO_ROL = LANES_DO_LSR + 3,
  LANES_DO_ROR = LANES_DO_ROL + 3, LANES_STEPS = LANES_DO_ROR + 3
};

/// What carries out a step.
const void *lanes_handler(int step);

/// Makes a step the end of its block; other threads may be running it.
LANES_INLINE void lanes_end_at(lanes_op *op, const void *handler) {
  __atomic_store_n(&op->handler, handler, __ATOMIC_RELEASE);
}

#endif
