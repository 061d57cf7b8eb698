import CLanes
import Lanes

/// The lockstep 6507.
///
/// Lanes that stand at the same place run its basic block together. Registers are computed for all
/// lanes and blended under the mask at the end; only memory writes need the mask inside.
extension ConsoleBlock {
  private static let instructionLimit: Int32 = 25_000
  /// No block is longer, with some room to spare.
  private static let longestBlock: Int32 = 100

  /// Runs the lanes that stand where the smallest schedule key is, for as long as they stay
  /// together and ahead of the others.
  func runLeaders() {
    let turn = lanes_next_turn(state[.clock], state[.stack], state[.place], live)
    if run.pointee.budget <= 0 { findBudget() }
    run.pointee.leader = turn.leader
    show(bank: turn.place & ~0xFFFF)
    if run.pointee.budget > 0, let steps = steps(at: turn.place, turn.group) {
      run.pointee.waiting = turn.waiting
      runChain(steps, turn.group)
    } else {
      runSingle(turn)
    }
  }

  /// Instructions that may be run in turns to come, whichever lanes run them.
  private func findBudget() {
    let most = lanes_largest_i32(state[.instructions], live)
    run.pointee.budget = Self.instructionLimit - Self.longestBlock - most
  }

  @inline(__always)
  private func show(bank: Int32) {
    run.pointee.bank = bank
    if scratch.slicesState != bank >> 16 { findSlices(bank >> 16) }
  }

  @inline(never)
  private func findSlices(_ banks: Int32) {
    scratch.slicesState = banks
    for slot in 0..<16 {
      scratch.slices[slot] = Int32(program.scheme.slice(slot << 10, state: banks) << 10)
    }
  }

  /// What all lanes of the group run at a place: a block, or an instruction that they hold in RAM;
  /// nil if that is not so simple.
  @inline(__always)
  private func steps(at place: Int32, _ group: UInt64) -> UnsafePointer<MicroOperation>? {
    if let block = program.block(at: place) { return UnsafePointer(block.pointee.steps) }
    return stepsInRAM(at: place, group)
  }

  @inline(never)
  private func stepsInRAM(at place: Int32, _ group: UInt64) -> UnsafePointer<MicroOperation>? {
    let counter = Int(place & 0xFFFF)
    // The longest instruction lies within.
    guard counter & 0x1280 == 0x80, counter & 0x7F <= 0x7D else { return nil }
    var bytes: UInt32 = 0
    for index in 0..<3 {
      let row = ram + ((counter + index) & 0x7F) << 6
      let byte = row[group.trailingZeroBitCount]
      if lanes_equal(load(row), lanes_splat(byte)) & group != group { return nil }
      bytes |= UInt32(byte) << UInt32(8 * index)
    }
    return singles.steps(of: bytes, at: place, program)
  }

  /// One instruction, for lanes that do not hold the same and near the limit of instructions a frame.
  private func runSingle(_ turn: lanes_turn) {
    let (leader, counter) = (Int(turn.leader), Int(turn.place & 0xFFFF))
    var same = turn.group
    var bytes: UInt32 = 0
    for index in 0..<3 {
      let byte = peek(leader, counter + index, bus: 0, elapsed: 0)
      bytes |= UInt32(byte) << UInt32(8 * index)
      if program.scheme.runsAhead(counter) { continue }
      same &= lanes(in: same, holding: byte, at: counter + index)
    }
    let steps = singles.steps(of: bytes, at: turn.place, program)
    noteFetch(counter, length: Opcode.all[Int(bytes & 0xFF)].mode.length, same)
    run.pointee.waiting = 0
    runChain(steps, same)
    live &= ~(lanes_at_least_i32(state[.instructions], Self.instructionLimit) & same)
  }

  private func lanes(in group: UInt64, holding byte: UInt8, at address: Int) -> UInt64 {
    if address & 0x1280 == 0x80 {
      return lanes_equal(load(ram + (address & 0x7F) << 6), lanes_splat(byte))
    }
    var same: UInt64 = 0
    forEachLane(group) { lane in
      if peek(lane, address, bus: 0, elapsed: 0) == byte { same |= laneBit(lane) }
    }
    return same
  }

  /// Runs from `first` on in the lanes of `group`.
  private func runChain(_ first: UnsafePointer<MicroOperation>, _ group: UInt64) {
    var steps = first
    let run = self.run.unsafelyUnwrapped
    chain = group
    loadRegisters()
    run.pointee.ran = 0
    while true {
      run.pointee.pending = 0
      run.pointee.count = 0
      lanes_run_chain(run, steps, group)
      lanes_settle_touch(run, group)
      let end = finish(group)
      lanes_add_i32(state[.instructions], end.count, group)
      lanes_add_i32(state[.clock], end.elapsed, group)
      counters.issued &+= UInt64(truncatingIfNeeded: end.count)
      counters.instructions &+= UInt64(
        truncatingIfNeeded: end.count &* Int32(group.nonzeroBitCount))
      run.pointee.budget &-= end.count
      if stopped & group != 0 { live &= ~stopped }
      guard end.uniform else { break }
      guard stopped & group == 0, isAhead(at: end.place), run.pointee.budget > 0,
        let next = self.steps(at: end.place, group)
      else {
        lanes_set_i32(state[.place], end.place, group)
        break
      }
      show(bank: end.place & ~0xFFFF)
      steps = next
    }
    storeRegisters(group)
    counters.turns &+= 1
    counters.blocks &+= UInt64(truncatingIfNeeded: run.pointee.ran)
  }

  /// The lanes of `group` touch the TIA.
  @inline(__always)
  func touch(_ group: UInt64, elapsed: Int32) {
    lanes_settle_touch(run, chain)
    lanes_set_sum_i32(state[.touched], state[.clock], elapsed, group)
  }

  @inline(__always)
  private func isAhead(at place: Int32) -> Bool {
    let leader = Int(run.pointee.leader)
    return lanes_key(state[.clock][leader], state[.stack][leader], place) < run.pointee.waiting
  }

  @inline(__always)
  private func loadRegisters() {
    let rows = run.pointee.rows.unsafelyUnwrapped
    store(load(state[.a]), rows)
    store(load(state[.x]), rows + 64)
    store(load(state[.y]), rows + 128)
    store(load(state[.negative]), rows + 192)
    store(load(state[.zero]), rows + 256)
    run.pointee.carry = carry
    run.pointee.overflow = overflow
    run.pointee.decimal = decimal
    run.pointee.is_leaving = 0
  }

  @inline(__always)
  private func storeRegisters(_ group: UInt64) {
    let rows = run.pointee.rows.unsafelyUnwrapped
    store(load(rows), state[.a], where: group)
    store(load(rows + 64), state[.x], where: group)
    store(load(rows + 128), state[.y], where: group)
    store(load(rows + 192), state[.negative], where: group)
    store(load(rows + 256), state[.zero], where: group)
    carry = run.pointee.carry & group | carry & ~group
    overflow = run.pointee.overflow & group | overflow & ~group
    decimal = run.pointee.decimal & group | decimal & ~group
  }

  /// How a chain was left.
  struct ChainEnd {
    var count: Int32
    var elapsed: Int32
    /// All lanes go to `place`; otherwise the places are already in their row.
    var uniform: Bool
    var place: Int32
  }

  /// What follows the last step of a chain.
  @inline(__always)
  private func finish(_ group: UInt64) -> ChainEnd {
    var end = ChainEnd(
      count: run.pointee.count, elapsed: run.pointee.pending, uniform: true,
      place: run.pointee.place)
    if run.pointee.outcome == LANES_AWAY { return end }
    let op = run.pointee.last.unsafelyUnwrapped
    run.pointee.ran &+= 1
    end.count &+= Int32(op.pointee.index) + 1
    end.elapsed &+= Int32(op.pointee.elapsed)
    end.place = bank | Int32(op.pointee.next)
    switch run.pointee.outcome {
    case LANES_BRANCHED: branch(op, group, &end)
    case LANES_STOPPED: stop(op, group, &end)
    default: leave(op, group, &end)
    }
    return end
  }

  private var bank: Int32 { run.pointee.bank }

  /// Jumps, and the end of all running.
  private func stop(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ end: inout ChainEnd
  ) {
    let operand = Int32(op.pointee.operand)
    switch Operation(rawValue: op.pointee.operation).unsafelyUnwrapped {
    case .jmpIndirect:
      jumpIndirect(op, group, bank: bank)
      end.uniform = false
    case .jsr:
      let back = op.pointee.next &- 1
      push(lanes_splat(UInt8(back >> 8)), group, elapsed(op))
      push(lanes_splat(UInt8(back & 0xFF)), group, elapsed(op), afterWrite: true)
      end.place = bank | operand
    case .rts:
      returnFrom(group, elapsed(op), bank: bank, plus: 1)
      end.uniform = false
    case .rti:
      pull(group, elapsed(op))
      var registers = Registers(run)
      setStatus(load(scratch.value), group, &registers)
      registers.store(run)
      returnFrom(group, elapsed(op), bank: bank, plus: 0)
      end.uniform = false
    case .brk:
      let back = op.pointee.next &+ 1
      push(lanes_splat(UInt8(back >> 8)), group, elapsed(op))
      push(lanes_splat(UInt8(back & 0xFF)), group, elapsed(op), afterWrite: true)
      push(status(Registers(run)), group, elapsed(op), afterWrite: true)
      interrupt |= group
      noteFetch(0xFFFE, length: 2, group)
      end.place = bank | program.interruptVector(bank >> 16)
    default:  // JAM
      jammed |= group
      live &= ~group
    }
    run.pointee.is_leaving = 0
  }

  /// Leaves a block in the middle: the frame has ended in some lane, or the banks have changed.
  private func leave(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ end: inout ChainEnd
  ) {
    run.pointee.is_leaving = 0
    guard bankChanged != 0 else { return }
    lanes_set_i32(state[.place], bank | Int32(op.pointee.next), group & ~bankChanged)
    forEachLane(bankChanged) { state[.place][$0] = newBanks[$0] << 16 | Int32(op.pointee.next) }
    let first = bankChanged.trailingZeroBitCount
    end.uniform = bankChanged == group
    forEachLane(bankChanged) { if newBanks[$0] != newBanks[first] { end.uniform = false } }
    if end.uniform { end.place = newBanks[first] << 16 | Int32(op.pointee.next) }
    bankChanged = 0
  }

  /// Some lanes take the branch, others do not.
  private func branch(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ end: inout ChainEnd
  ) {
    let taken = run.pointee.taken
    lanes_set_i32(state[.place], bank | Int32(op.pointee.operand), taken)
    lanes_set_i32(state[.place], end.place, group & ~taken)
    lanes_add_i32(state[.clock], lanes_branch_cost(op), taken)
    end.uniform = false
  }
}
