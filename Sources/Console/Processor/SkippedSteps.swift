import CLanes

/// What short forward branches leave out: lanes that take one need not part from those that do not,
/// if that only changes registers and memory or is logged.
extension Program {
  /// The steps that the branch at the end of a block leaves out, and one where all lanes meet again;
  /// marks the branch. Empty if that cannot be.
  func skipped(by list: inout [MicroOperation], state: Int32) -> [MicroOperation] {
    guard list.count >= 2, Operation(rawValue: list[list.count - 2].operation)!.isBranch else {
      return []
    }
    let branch = list[list.count - 2]
    var (tail, counter) = ([MicroOperation](), Int(branch.next))
    let target = Int(branch.operand)
    guard target > counter, target <= counter + LANES_LONGEST_SKIPPED else { return [] }
    var (index, elapsed) = (Int(branch.index) + 1, Int(branch.elapsed))
    while counter < target, scheme.runsAhead(counter) {
      let bytes = (0..<3).map { byte(counter + $0, state: state) }
      let opcode = Opcode.all[Int(bytes[0])]
      let steps = translate(bytes, at: counter, state: state).dropLast()
      guard let steps = waitable(Array(steps), opcode, target) else { return [] }
      tail += steps.map { step in
        var step = step
        step.index += UInt8(index)
        step.before += UInt16(elapsed)
        step.elapsed += UInt16(elapsed)
        return step
      }
      counter += opcode.mode.length
      index += 1
      elapsed += Int(opcode.cycles)
    }
    guard counter == target else { return [] }
    list[list.count - 2].skipped = 2
    list[list.count - 2].is_logging = tail.contains { logging.contains($0.kind) }
    for place in tail.indices where joining.contains(tail[place].kind) {
      tail[place].skipped = UInt8(tail.count - place)
    }
    return tail + [Self.join(branch, at: target, after: elapsed, index: index)]
  }

  private static func join(
    _ branch: MicroOperation, at target: Int, after elapsed: Int, index: Int
  ) -> MicroOperation {
    var join = end(at: target, after: elapsed, index: index)
    join.handler = lanes_handler(Int32(LANES_DO_JOIN))
    let taken = Int(branch.elapsed) + Int(withUnsafePointer(to: branch, lanes_branch_cost))
    join.operand = UInt16(truncatingIfNeeded: elapsed - taken)
    join.bus = UInt8(index - Int(branch.index) - 1)
    return join
  }

  /// The steps of an instruction as they are run while other lanes wait at `target`; nil if they may
  /// stop, leave the block or do what cannot be undone.
  private func waitable(
    _ steps: [MicroOperation], _ opcode: Opcode, _ target: Int
  ) -> [MicroOperation]? {
    guard let first = steps.first else { return nil }  // it ends the block
    if opcode.operation.isBranch {
      guard Int(first.operand) == target else { return nil }
      var step = first
      step.handler = lanes_handler(Int32(first.kind - LANES_DO_BPL + LANES_DO_JOINING_BPL))
      return [step]
    }
    if plain.contains(first.kind) || logging.contains(first.kind) { return steps }
    let reads = steps.count == 3 && steps[1].kind == LANES_DO_READ_AT
    return reads && !mayTouchHotSpot(opcode.mode, Int(first.operand)) ? steps : nil
  }

  /// Whether a read at a computed address may change banks.
  private func mayTouchHotSpot(_ mode: AddressingMode, _ operand: Int) -> Bool {
    if scheme.special.count == 0 { return false }
    switch mode {
    case .zeroX, .zeroY: return false
    case .absoluteX, .absoluteY:
      return operand & 0x1000 == 0 || (0...255).contains { scheme.isSpecial(operand + $0) }
    default: return true
    }
  }
}

/// Steps that change nothing but A, X, Y, flags other than D, and memory.
private let plain: Set<Int> = {
  let others = [LANES_DO_TXS, LANES_DO_CLD, LANES_DO_SED]
  let registers = (LANES_DO_STA..<LANES_DO_BPL).filter { !others.contains($0) }
  let operands = (LANES_DO_LDA..<LANES_STEPS).filter { ($0 - LANES_DO_LDA) % 3 != LANES_READ }
  return Set(registers + operands)
}()
private let logging = LANES_DO_LOG_A...LANES_DO_LOG_Y
private let joining = LANES_DO_JOINING_BPL...LANES_DO_JOINING_BEQ

extension MicroOperation {
  /// Which of the interpreter's steps it is.
  fileprivate var kind: Int { kinds[UInt(bitPattern: handler)] ?? -1 }
}

private let kinds = Dictionary(
  (0..<LANES_STEPS).map { (UInt(bitPattern: lanes_handler(Int32($0))), $0) },
  uniquingKeysWith: { first, _ in first })
