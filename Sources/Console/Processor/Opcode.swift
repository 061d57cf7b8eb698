/// What a 6502 instruction does, apart from where its operand lies.
///
/// Names are the processor's own; those in the last group are undocumented.
/// Source: ALE `emucore/M6502.m4`, whose reading of the undocumented ones is the oracle.
enum Operation: UInt8 {
  case lda, ldx, ldy, sta, stx, sty
  case adc, sbc, and, ora, eor, cmp, cpx, cpy, bit
  case inc, dec, asl, lsr, rol, ror
  case aslA, lsrA, rolA, rorA
  case tax, tay, txa, tya, tsx, txs, inx, iny, dex, dey
  case clc, sec, cli, sei, clv, cld, sed, nop
  case pha, php, pla, plp
  case jmp, jmpIndirect, jsr, rts, rti, brk
  case bpl, bmi, bvc, bvs, bcc, bcs, bne, beq
  case lax, sax, dcp, isb, slo, rla, sre, rra
  case anc, asr, arr, ane, lxa, sbx, las, sha, shs, shx, shy, jam
}

/// 6502 addressing modes.
enum AddressingMode: UInt8 {
  case implied, immediate, zero, zeroX, zeroY, absolute, absoluteX, absoluteY
  case indirectX, indirectY, indirect, relative

  /// Bytes of an instruction in this mode.
  var length: Int {
    switch self {
    case .implied: 1
    case .absolute, .absoluteX, .absoluteY, .indirect: 3
    default: 2
    }
  }
}

struct Opcode {
  let operation: Operation
  let mode: AddressingMode
  /// Without page crossings and taken branches.
  let cycles: UInt8

  /// All 256, by their byte.
  static let all: [Opcode] = {
    let rows = operations.split(whereSeparator: \.isWhitespace).map(String.init)
    let times = cycles.compactMap { $0.wholeNumberValue }
    precondition(rows.count == 256 && times.count == 256)
    return (0..<256).map { byte in
      let parts = rows[byte].split(separator: ":")
      return Opcode(
        operation: operationNames[String(parts[0])]!,
        mode: parts.count == 1 ? .implied : modeNames[String(parts[1])]!,
        cycles: UInt8(times[byte]))
    }
  }()

  private static let operationNames: [String: Operation] = {
    var names: [String: Operation] = [:]
    for raw in 0...Operation.jam.rawValue {
      let operation = Operation(rawValue: raw)!
      names["\(operation)"] = operation
    }
    return names
  }()

  private static let modeNames: [String: AddressingMode] = [
    "i": .immediate, "z": .zero, "zx": .zeroX, "zy": .zeroY, "a": .absolute, "ax": .absoluteX,
    "ay": .absoluteY, "ix": .indirectX, "iy": .indirectY, "ind": .indirect, "r": .relative,
  ]

  /// Sixteen to a line, in the order of their bytes; the part after the colon is the mode.
  private static let operations = """
    brk ora:ix jam slo:ix nop:z ora:z asl:z slo:z php ora:i aslA anc:i nop:a ora:a asl:a slo:a
    bpl:r ora:iy jam slo:iy nop:zx ora:zx asl:zx slo:zx clc ora:ay nop slo:ay nop:ax ora:ax asl:ax slo:ax
    jsr:a and:ix jam rla:ix bit:z and:z rol:z rla:z plp and:i rolA anc:i bit:a and:a rol:a rla:a
    bmi:r and:iy jam rla:iy nop:zx and:zx rol:zx rla:zx sec and:ay nop rla:ay nop:ax and:ax rol:ax rla:ax
    rti eor:ix jam sre:ix nop:z eor:z lsr:z sre:z pha eor:i lsrA asr:i jmp:a eor:a lsr:a sre:a
    bvc:r eor:iy jam sre:iy nop:zx eor:zx lsr:zx sre:zx cli eor:ay nop sre:ay nop:ax eor:ax lsr:ax sre:ax
    rts adc:ix jam rra:ix nop:z adc:z ror:z rra:z pla adc:i rorA arr:i jmpIndirect:ind adc:a ror:a rra:a
    bvs:r adc:iy jam rra:iy nop:zx adc:zx ror:zx rra:zx sei adc:ay nop rra:ay nop:ax adc:ax ror:ax rra:ax
    nop:i sta:ix nop:i sax:ix sty:z sta:z stx:z sax:z dey nop:i txa ane:i sty:a sta:a stx:a sax:a
    bcc:r sta:iy jam sha:iy sty:zx sta:zx stx:zy sax:zy tya sta:ay txs shs:ay shy:ax sta:ax shx:ay sha:ay
    ldy:i lda:ix ldx:i lax:ix ldy:z lda:z ldx:z lax:z tay lda:i tax lxa:i ldy:a lda:a ldx:a lax:a
    bcs:r lda:iy jam lax:iy ldy:zx lda:zx ldx:zy lax:zy clv lda:ay tsx las:ay ldy:ax lda:ax ldx:ay lax:ay
    cpy:i cmp:ix nop:i dcp:ix cpy:z cmp:z dec:z dcp:z iny cmp:i dex sbx:i cpy:a cmp:a dec:a dcp:a
    bne:r cmp:iy jam dcp:iy nop:zx cmp:zx dec:zx dcp:zx cld cmp:ay nop dcp:ay nop:ax cmp:ax dec:ax dcp:ax
    cpx:i sbc:ix nop:i isb:ix cpx:z sbc:z inc:z isb:z inx sbc:i nop sbc:i cpx:a sbc:a inc:a isb:a
    beq:r sbc:iy jam isb:iy nop:zx sbc:zx inc:zx isb:zx sed sbc:ay nop isb:ay nop:ax sbc:ax inc:ax isb:ax
    """

  /// ALE `M6502::ourInstructionProcessorCycleTable`.
  private static let cycles = """
    7628335532224466 2528446624274477 6628335542224466 2528446624274477
    6628335532223466 2528446624274477 6628335542225466 2528446624274477
    2626333322224444 2626444425255555 2626333422224444 2525444424244444
    2628335522224466 2528446624274477 2628335522224466 2528446624274477
    """
}
