import CLanes

extension Operation {
  /// The interpreter's steps for the operation with an operand of some kind; a fixed operand is an
  /// address.
  func steps(_ access: Access, _ operand: Int) -> [Int] {
    if access == .none, let step = withoutOperand { return [step] }
    let aim = access.aim(operand)
    if let stored {
      switch access {
      case _ where aim != nil: return [aim!, stored.aimed]
      case .ram: return [stored.inRAM]
      case .immediate: return [LANES_DO_NOP]  // ROM keeps what it has
      case .fixed where operand & 0x1080 == 0:
        let register = TIARegister(address: operand)
        if register == .WSYNC { return [LANES_DO_WSYNC] }
        return [register?.kind == .logged ? stored.logged : stored.elsewhere]
      default: return [stored.elsewhere]
      }
    }
    if let first = withOperand {
      switch access {
      case _ where aim != nil: return [aim!, LANES_DO_READ_AT, first + LANES_READ]
      case .immediate: return [first + LANES_IMMEDIATE]
      case .ram: return [first + LANES_RAM]
      case .fixed where operand & 0x1280 == 0x280 && operand & 5 == 4:
        return [LANES_DO_TIMER, first + LANES_READ]
      default: return [LANES_DO_READ, first + LANES_READ]
      }
    }
    if let first = modifying {
      switch access {
      case _ where aim != nil:
        return [aim!, LANES_DO_READ_AT, first + LANES_READ, LANES_DO_WRITE_AT]
      case .immediate: return [LANES_DO_READ, first + LANES_READ]
      case .ram: return [first + LANES_RAM]
      default: return [LANES_DO_READ, first + LANES_READ, LANES_DO_WRITE]
      }
    }
    return [endsBlock ? LANES_DO_STOP : LANES_DO_PERFORM]
  }

  private var withoutOperand: Int? {
    switch self {
    case .aslA: LANES_DO_ASLA
    case .lsrA: LANES_DO_LSRA
    case .rolA: LANES_DO_ROLA
    case .rorA: LANES_DO_RORA
    case .tax: LANES_DO_TAX
    case .tay: LANES_DO_TAY
    case .txa: LANES_DO_TXA
    case .tya: LANES_DO_TYA
    case .tsx: LANES_DO_TSX
    case .txs: LANES_DO_TXS
    case .inx: LANES_DO_INX
    case .iny: LANES_DO_INY
    case .dex: LANES_DO_DEX
    case .dey: LANES_DO_DEY
    case .clc: LANES_DO_CLC
    case .sec: LANES_DO_SEC
    case .clv: LANES_DO_CLV
    case .cld: LANES_DO_CLD
    case .sed: LANES_DO_SED
    case .nop: LANES_DO_NOP
    case .pha: LANES_DO_PHA
    case .pla: LANES_DO_PLA
    case .jmp: LANES_DO_JMP
    case .jsr: LANES_DO_JSR
    case .rts: LANES_DO_RTS
    default: branch
    }
  }

  private var branch: Int? {
    switch self {
    case .bpl: LANES_DO_BPL
    case .bmi: LANES_DO_BMI
    case .bvc: LANES_DO_BVC
    case .bvs: LANES_DO_BVS
    case .bcc: LANES_DO_BCC
    case .bcs: LANES_DO_BCS
    case .bne: LANES_DO_BNE
    case .beq: LANES_DO_BEQ
    default: nil
    }
  }

  private var stored: (inRAM: Int, logged: Int, aimed: Int, elsewhere: Int)? {
    switch self {
    case .sta: (LANES_DO_STA, LANES_DO_LOG_A, LANES_DO_WRITE_AT_A, LANES_DO_WRITE_A)
    case .stx: (LANES_DO_STX, LANES_DO_LOG_X, LANES_DO_WRITE_AT_X, LANES_DO_WRITE_X)
    case .sty: (LANES_DO_STY, LANES_DO_LOG_Y, LANES_DO_WRITE_AT_Y, LANES_DO_WRITE_Y)
    default: nil
    }
  }

  private var withOperand: Int? {
    switch self {
    case .lda: LANES_DO_LDA
    case .ldx: LANES_DO_LDX
    case .ldy: LANES_DO_LDY
    case .and: LANES_DO_AND
    case .ora: LANES_DO_ORA
    case .eor: LANES_DO_EOR
    case .adc: LANES_DO_ADC
    case .sbc: LANES_DO_SBC
    case .cmp: LANES_DO_CMP
    case .cpx: LANES_DO_CPX
    case .cpy: LANES_DO_CPY
    case .bit: LANES_DO_BIT
    default: nil
    }
  }

  private var modifying: Int? {
    switch self {
    case .inc: LANES_DO_INC
    case .dec: LANES_DO_DEC
    case .asl: LANES_DO_ASL
    case .lsr: LANES_DO_LSR
    case .rol: LANES_DO_ROL
    case .ror: LANES_DO_ROR
    default: nil
    }
  }
}

extension Access {
  /// The step that finds the address, if the interpreter can.
  fileprivate func aim(_ operand: Int) -> Int? {
    switch self {
    case .zeroX: LANES_DO_AIM_ZERO_X
    case .zeroY: LANES_DO_AIM_ZERO_Y
    case .absoluteX: LANES_DO_AIM_X
    case .absoluteY: LANES_DO_AIM_Y
    case .indirectX: LANES_DO_AIM_INDIRECT_X
    case .indirectY where 0x80..<0xFF ~= operand: LANES_DO_AIM_INDIRECT_Y
    default: nil
    }
  }
}
