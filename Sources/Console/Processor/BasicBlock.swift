import CLanes

/// Where an operand lies, once the address is known as far as the program tells it.
enum Access: UInt8 {
  case none, immediate, ram
  /// TIA, RIOT or hot spot at a fixed address.
  case fixed
  /// Depends on a register or on memory.
  case zeroX, zeroY, absoluteX, absoluteY, indirectX, indirectY
}

/// A step of a decoded instruction; see `lanes_op`.
///
/// ALE's processor adds an instruction's cycles before its access, so bus times are `elapsed`.
typealias MicroOperation = lanes_op

typealias BasicBlock = lanes_block

extension BasicBlock {
  /// - Parameter tail: steps behind the block's own.
  init(place: Int32, steps list: [MicroOperation], tail: [MicroOperation] = []) {
    let steps = UnsafeMutablePointer<MicroOperation>.allocate(capacity: list.count + tail.count)
    steps.initialize(from: list, count: list.count)
    (steps + list.count).initialize(from: tail, count: tail.count)
    self.init(place: place, count: Int32(list.count), steps: steps)
  }

  /// Shortens the block if another place lies between its instructions.
  func end(at other: Int32) {
    guard other >> 16 == place >> 16, other != place else { return }
    for index in 1..<Int(count) where Int32(steps[index].place) == other & 0xFFFF {
      return lanes_end_at(steps + index, lanes_handler(Int32(LANES_DO_END)))
    }
  }
}

extension Program {
  private static let longest = 32

  /// Decodes from `place` to the next jump or hot spot.
  func decode(_ place: Int32) -> BasicBlock {
    var list: [MicroOperation] = []
    var counter = Int(place & 0xFFFF)
    let state = place >> 16
    var elapsed = 0
    for index in 0..<Self.longest {
      let bytes = (0..<3).map { byte(counter + $0, state: state) }
      let opcode = Opcode.all[Int(bytes[0])]
      var steps = translate(bytes, at: counter, state: state)
      let touchesHotSpot = touchesHotSpot(steps[0])
      if !opcode.operation.endsBlock { steps.removeLast() }
      list += steps.map { step in
        var step = step
        step.index += UInt8(index)
        step.before += UInt16(elapsed)
        step.elapsed += UInt16(elapsed)
        return step
      }
      elapsed += Int(opcode.cycles)
      counter += opcode.mode.length
      if opcode.operation.endsBlock {
        markPoll(&list)
        markCount(&list)
        let tail = skipped(by: &list, state: state)
        return BasicBlock(place: place, steps: list, tail: tail)
      }
      if touchesHotSpot || !scheme.runsAhead(counter) { break }
    }
    list.append(Self.end(at: counter, after: elapsed, index: Int(list.last!.index) + 1))
    return BasicBlock(place: place, steps: list)
  }

  /// A loop that only waits for the timer: load INTIM, branch back.
  private func markPoll(_ list: inout [MicroOperation]) {
    let loads: [Operation] = [.lda, .ldx, .ldy]
    guard list.count == 4, list[0].handler == lanes_handler(Int32(LANES_DO_TIMER)),
      loads.contains(where: { $0.rawValue == list[0].operation }),
      list[2].operand == list[0].place
    else { return }
    switch Operation(rawValue: list[2].operation) {
    case .bne: list[0].handler = lanes_handler(Int32(LANES_DO_POLL))
    case .bpl: list[0].handler = lanes_handler(Int32(LANES_DO_POLL_POSITIVE))
    default: break
    }
  }

  /// A loop that only counts down: DEX or DEY, branch back.
  private func markCount(_ list: inout [MicroOperation]) {
    guard list.count == 3, list[1].operand == list[0].place else { return }
    let step: Int? =
      switch (Operation(rawValue: list[0].operation), Operation(rawValue: list[1].operation)) {
      case (.dex, .bne): LANES_DO_COUNT_X
      case (.dey, .bne): LANES_DO_COUNT_Y
      case (.dex, .bpl): LANES_DO_COUNT_X_POSITIVE
      case (.dey, .bpl): LANES_DO_COUNT_Y_POSITIVE
      default: nil
      }
    if let step { list[0].handler = lanes_handler(Int32(step)) }
  }

  private func touchesHotSpot(_ step: MicroOperation) -> Bool {
    (step.fetch == Access.fixed.rawValue || step.store == Access.fixed.rawValue)
      && step.operand & 0x1000 != 0
      && scheme.hotSpots?.contains(Int(step.operand & 0xFFF)) == true
  }

  static func end(at counter: Int, after elapsed: Int, index: Int) -> MicroOperation {
    var step = MicroOperation()
    step.handler = lanes_handler(Int32(LANES_DO_END))
    step.place = UInt16(counter & 0xFFFF)
    step.before = UInt16(elapsed)
    step.index = UInt8(index)
    return step
  }

  /// The steps of one instruction from its bytes, for code that runs from RAM too; if it may go on
  /// to the next one, a step behind it leaves the block.
  func translate(_ bytes: [UInt8], at counter: Int, state: Int32) -> [MicroOperation] {
    let opcode = Opcode.all[Int(bytes[0])]
    let operation = opcode.operation
    let next = counter + opcode.mode.length
    let (access, operand, bus) = operand(of: opcode, bytes, next: next, state: state)
    var step = MicroOperation()
    step.operation = operation.rawValue
    step.fetch = (operation.reads ? access : .none).rawValue
    step.store = (operation.writes && access != .immediate ? access : .none).rawValue
    step.bus = bus
    step.operand = UInt16(operand)
    step.place = UInt16(counter & 0xFFFF)
    step.next = UInt16(next & 0xFFFF)
    step.elapsed = UInt16(opcode.cycles)
    let steps = operation.steps(access, operand).map { kind in
      var step = step
      step.handler = lanes_handler(Int32(kind))
      return step
    }
    return operation.endsBlock && !operation.isBranch
      ? steps : steps + [Self.end(at: next, after: Int(opcode.cycles), index: 1)]
  }

  private func operand(
    of opcode: Opcode, _ bytes: [UInt8], next: Int, state: Int32
  ) -> (access: Access, operand: Int, bus: UInt8) {
    let low = Int(bytes[1])
    let word = low | Int(bytes[2]) << 8
    if opcode.operation == .jmp || opcode.operation == .jsr { return (.none, word, bytes[2]) }
    switch opcode.mode {
    case .implied: return (.none, 0, bytes[2])
    case .immediate: return (.immediate, low, bytes[2])
    case .relative: return (.none, (next + Int(Int8(bitPattern: bytes[1]))) & 0xFFFF, bytes[2])
    case .zero:
      let (access, operand) = fixed(low, opcode.operation, state: state)
      return (access, operand, bytes[1])
    case .absolute:
      let (access, operand) = fixed(word, opcode.operation, state: state)
      return (access, operand, bytes[2])
    case .zeroX: return (.zeroX, low, bytes[1])
    case .zeroY: return (.zeroY, low, bytes[1])
    case .absoluteX: return (.absoluteX, word, bytes[2])
    case .absoluteY: return (.absoluteY, word, bytes[2])
    case .indirectX: return (.indirectX, low, bytes[2])
    case .indirectY: return (.indirectY, low, bytes[2])
    case .indirect: return (.none, word, bytes[2])
    }
  }

  /// Memory becomes its row, plain ROM the byte itself.
  private func fixed(
    _ address: Int, _ operation: Operation, state: Int32
  ) -> (Access, Int) {
    if address & 0x1000 != 0 {
      if let row = memoryRow(address & 0xFFF, operation) { return (.ram, row) }
      let isNoticed = scheme == .dpc && operation.writes
      if isNoticed || scheme.isSpecial(address) { return (.fixed, address) }
      return (.immediate, Int(byte(address, state: state)))
    }
    if address & 0x280 == 0x80 { return (.ram, address & 0x7F) }
    return (.fixed, address)
  }

  /// The row of a cartridge's memory that an operation only reads, or only writes.
  private func memoryRow(_ offset: Int, _ operation: Operation) -> Int? {
    if operation.reads && operation.writes { return nil }
    let byte =
      operation.writes ? scheme.byteWritten(at: offset) : scheme.byteRead(at: offset)
    return byte.map { ConsoleState.cartridgeRow + $0 }
  }
}

extension Operation {
  var endsBlock: Bool {
    switch self {
    case .jmp, .jmpIndirect, .jsr, .rts, .rti, .brk, .jam: true
    default: isBranch
    }
  }

  var isBranch: Bool {
    switch self {
    case .bpl, .bmi, .bvc, .bvs, .bcc, .bcs, .bne, .beq: true
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
