/// Where an operand lies, once the address is known as far as the program tells it.
enum Access: UInt8 {
  case none, immediate, ram
  /// TIA, RIOT or hot spot at a fixed address.
  case fixed
  /// Depends on a register or on memory.
  case zeroX, zeroY, absoluteX, absoluteY, indirectX, indirectY
}

/// One decoded instruction.
struct MicroOperation {
  let operation: Operation
  /// What is read before the operation.
  let fetch: Access
  /// What is written after it.
  let store: Access
  /// Last value on the data bus before the access: undriven bits of a TIA read show it.
  let bus: UInt8
  /// Nothing is left to do after the operation: it stores nothing, cannot end a frame or change
  /// banks, and the block goes on.
  let isPlain: Bool
  /// Immediate value, row of RAM (0...127), address, or branch target.
  let operand: UInt16
  /// Address of the next instruction.
  let next: UInt16
  /// Cycles from the start of the block to the end of this instruction, without page crossings.
  /// ALE's processor adds them before the access, so bus times are end times.
  let elapsed: UInt16
}

/// Instructions that run one after another: only the last may jump.
struct BasicBlock {
  /// Program counter in bits 0-15, bank state above.
  let place: Int32
  private(set) var count: Int32
  let operations: UnsafeMutablePointer<MicroOperation>
}

extension Program {
  private static let longest = 32

  /// Decodes from `place` to the next jump or hot spot.
  func decode(_ place: Int32) -> BasicBlock {
    var list: [MicroOperation] = []
    var counter = Int(place & 0xFFFF)
    let state = place >> 16
    var elapsed = 0
    while list.count < Self.longest {
      let bytes = (0..<3).map { byte((counter + $0) & 0xFFF, state: state) }
      let opcode = Opcode.all[Int(bytes[0])]
      elapsed += Int(opcode.cycles)
      let operation = translate(bytes, at: counter, state: state, elapsed: elapsed)
      list.append(operation)
      counter += opcode.mode.length
      if opcode.operation.endsBlock || touchesHotSpot(operation) || counter & 0x1000 == 0 { break }
    }
    return BasicBlock(place: place, list: list)
  }

  private func touchesHotSpot(_ operation: MicroOperation) -> Bool {
    (operation.fetch == .fixed || operation.store == .fixed) && operation.operand & 0x1000 != 0
  }

  /// One instruction from its bytes, for code that runs from RAM too.
  func translate(_ bytes: [UInt8], at counter: Int, state: Int32, elapsed: Int) -> MicroOperation {
    let opcode = Opcode.all[Int(bytes[0])]
    let low = Int(bytes[1])
    let word = low | Int(bytes[2]) << 8
    let next = counter + opcode.mode.length
    var access = Access.none
    var operand = word
    var bus = bytes[2]
    switch opcode.mode {
    case .implied: operand = 0
    case .immediate: (access, operand) = (.immediate, low)
    case .relative: operand = (next + Int(Int8(bitPattern: bytes[1]))) & 0xFFFF
    case .zero:
      (access, operand) = fixed(low, state: state)
      bus = bytes[1]
    case .absolute: (access, operand) = fixed(word, state: state)
    case .zeroX: (access, operand, bus) = (.zeroX, low, bytes[1])
    case .zeroY: (access, operand, bus) = (.zeroY, low, bytes[1])
    case .absoluteX: access = .absoluteX
    case .absoluteY: access = .absoluteY
    case .indirectX: (access, operand) = (.indirectX, low)
    case .indirectY: (access, operand) = (.indirectY, low)
    case .indirect: operand = word
    }
    if opcode.operation == .jmp || opcode.operation == .jsr { (access, operand) = (.none, word) }
    let (reads, writes) = (opcode.operation.reads, opcode.operation.writes)
    let stored: Access = access == .immediate ? .none : access
    let plain =
      !writes && !opcode.operation.endsBlock && !opcode.operation.usesStack
      && (!reads || access == .none || access == .immediate || access == .ram)
    return MicroOperation(
      operation: opcode.operation, fetch: reads ? access : .none, store: writes ? stored : .none,
      bus: bus, isPlain: plain, operand: UInt16(operand), next: UInt16(next & 0xFFFF),
      elapsed: UInt16(elapsed))
  }

  /// RAM becomes its row, ROM that is no hot spot the byte itself.
  private func fixed(_ address: Int, state: Int32) -> (Access, Int) {
    if address & 0x1000 != 0 {
      if scheme.hotSpots?.contains(address & 0xFFF) == true { return (.fixed, address) }
      return (.immediate, Int(byte(address & 0xFFF, state: state)))
    }
    if address & 0x280 == 0x80 { return (.ram, address & 0x7F) }
    return (.fixed, address)
  }
}

extension BasicBlock {
  /// Shortens the block if another place lies between its instructions.
  mutating func end(at other: Int32) {
    guard other >> 16 == place >> 16 else { return }
    for index in 0..<Int(count - 1) where Int32(operations[index].next) == other & 0xFFFF {
      count = Int32(index + 1)
      return
    }
  }

  init(place: Int32, list: [MicroOperation]) {
    self.place = place
    count = Int32(list.count)
    operations = .allocate(capacity: list.count)
    operations.initialize(from: list, count: list.count)
  }
}

extension Operation {
  var endsBlock: Bool {
    switch self {
    case .jmp, .jmpIndirect, .jsr, .rts, .rti, .brk, .jam,
      .bpl, .bmi, .bvc, .bvs, .bcc, .bcs, .bne, .beq:
      true
    default: false
    }
  }

  var usesStack: Bool {
    switch self {
    case .pha, .php, .pla, .plp: true
    default: false
    }
  }

  /// Whether the operand is read (everything with an operand but the pure stores).
  var reads: Bool {
    switch self {
    case .sta, .stx, .sty, .sax, .sha, .shs, .shx, .shy: false
    default: true
    }
  }

  var writes: Bool {
    switch self {
    case .sta, .stx, .sty, .sax, .sha, .shs, .shx, .shy,
      .inc, .dec, .asl, .lsr, .rol, .ror, .dcp, .isb, .slo, .rla, .sre, .rra:
      true
    default: false
    }
  }
}
