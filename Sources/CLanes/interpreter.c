#include "interpreter.h"

// With AVX-512 the registers stay in the processor's from step to step; elsewhere they lie in
// `rows`. Both are written A, X, Y, N, Z, M (the operand), C and V.
#if defined(__AVX512BW__)
#define STATE                                                                                   \
  lanes_run *r, const lanes_op *op, uint64_t group, uint64_t C, uint64_t V, lanes_u8 A,         \
      lanes_u8 X, lanes_u8 Y, lanes_u8 N, lanes_u8 Z, lanes_u8 M
#define GO(to) __attribute__((musttail)) return ((handler)(to)->handler)(r, to, group, C, V, A, X, Y, N, Z, M)
#define SAVE                                                                                    \
  (put(r, 0, A), put(r, 1, X), put(r, 2, Y), put(r, 3, N), put(r, 4, Z), r->carry = C,          \
   r->overflow = V)
#define RELOAD                                                                                  \
  (A = get(r, 0), X = get(r, 1), Y = get(r, 2), N = get(r, 3), Z = get(r, 4), C = r->carry,     \
   V = r->overflow)
#else
#define STATE lanes_run *r, const lanes_op *op, uint64_t group
#define GO(to) __attribute__((musttail)) return ((handler)(to)->handler)(r, to, group)
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

STEP(do_end) { LEAVE(LANES_ENDED); }
STEP(do_stop) { LEAVE(LANES_STOPPED); }
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

#define BRANCH(name, condition)  \
  STEP(name) {                   \
    r->taken = (condition);      \
    LEAVE(LANES_BRANCHED);       \
  }
BRANCH(do_bpl, ~lanes_negative(N))
BRANCH(do_bmi, lanes_negative(N))
BRANCH(do_bvc, ~V)
BRANCH(do_bvs, V)
BRANCH(do_bcc, ~C)
BRANCH(do_bcs, C)
BRANCH(do_bne, lanes_nonzero(Z))
BRANCH(do_beq, ~lanes_nonzero(Z))

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
static const handler handlers[LANES_STEPS] = {
    [LANES_DO_END] = do_end,         [LANES_DO_PERFORM] = do_perform,
    [LANES_DO_STOP] = do_stop,       [LANES_DO_READ] = do_read,
    [LANES_DO_WRITE_A] = do_write_a, [LANES_DO_WRITE_X] = do_write_x,
    [LANES_DO_WRITE_Y] = do_write_y, [LANES_DO_WRITE] = do_write,
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
    [LANES_DO_NOP] = do_nop,         [LANES_DO_BPL] = do_bpl,
    [LANES_DO_BMI] = do_bmi,         [LANES_DO_BVC] = do_bvc,
    [LANES_DO_BVS] = do_bvs,         [LANES_DO_BCC] = do_bcc,
    [LANES_DO_BCS] = do_bcs,         [LANES_DO_BNE] = do_bne,
    [LANES_DO_BEQ] = do_beq,
    THREE(lda, LANES_DO_LDA), THREE(ldx, LANES_DO_LDX), THREE(ldy, LANES_DO_LDY),
    THREE(and, LANES_DO_AND), THREE(ora, LANES_DO_ORA), THREE(eor, LANES_DO_EOR),
    THREE(adc, LANES_DO_ADC), THREE(sbc, LANES_DO_SBC), THREE(cmp, LANES_DO_CMP),
    THREE(cpx, LANES_DO_CPX), THREE(cpy, LANES_DO_CPY), THREE(bit, LANES_DO_BIT),
    TWO(inc, LANES_DO_INC),   TWO(dec, LANES_DO_DEC),   TWO(asl, LANES_DO_ASL),
    TWO(lsr, LANES_DO_LSR),   TWO(rol, LANES_DO_ROL),   TWO(ror, LANES_DO_ROR),
};

const void *lanes_handler(int step) { return (const void *)handlers[step]; }

void lanes_run_block(lanes_run *r, const lanes_op *op, uint64_t group) {
#if defined(__AVX512BW__)
  ((handler)op->handler)(r, op, group, r->carry, r->overflow, get(r, 0), get(r, 1), get(r, 2),
                         get(r, 3), get(r, 4), get(r, 0));
#else
  ((handler)op->handler)(r, op, group);
#endif
}
