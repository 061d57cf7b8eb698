import CLanes

/// The lockstep 6507.
///
/// Lanes that stand at the same place run its basic block together. Registers are computed for all
/// lanes and blended under the mask at the end; only memory writes need the mask inside.
extension ConsoleBlock {
  private static let instructionLimit: Int32 = 25_000

  /// Runs the lanes that stand where the smallest schedule key is, for as long as they stay
  /// together and ahead of the others.
  func runLeaders() {
    let turn = lanes_next_turn(state[.clock], state[.stack], state[.place], live)
    let (place, group, leader) = (turn.place, turn.group, Int(turn.leader))
    // Each instruction takes two cycles or more, so early in a frame the limit is out of reach.
    let near = lanes_at_least_i32(state[.clock], 2 * Self.instructionLimit - 1_000) & group
    if near == 0, let block = program.block(at: place) {
      runChain(block, group: group, leader: leader, waiting: turn.waiting)
    } else {
      runSingle(place: place, group: group, leader: leader)
    }
  }

  /// One instruction, for code in RAM and near the limit of instructions a frame.
  private func runSingle(place: Int32, group: UInt64, leader: Int) {
    let counter = Int(place & 0xFFFF)
    let bytes = (0..<3).map { peek(leader, counter + $0, bus: 0) }
    var same = group
    if counter & 0x1000 == 0 {
      forEachLane(group) { lane in
        let own = (0..<3).map { peek(lane, counter + $0, bus: 0) }
        if own != bytes { same &= ~laneBit(lane) }
      }
    }
    let block = BasicBlock(
      place: place, steps: program.translate(bytes, at: counter, state: place >> 16))
    withUnsafePointer(to: block) { runChain($0, group: same, leader: leader, waiting: 0) }
    block.steps.deallocate()
    live &= ~(lanes_at_least_i32(state[.instructions], Self.instructionLimit) & same)
  }

  @inline(__always)
  private func key(_ leader: Int, at place: Int32) -> UInt32 {
    lanes_key(state[.clock][leader], state[.stack][leader], place)
  }

  /// Runs `first` and the blocks after it for the lanes of `group`.
  private func runChain(
    _ first: UnsafePointer<BasicBlock>, group: UInt64, leader: Int, waiting: UInt32
  ) {
    var block = first
    let run = self.run
    var (blocks, issued): (UInt64, UInt64) = (0, 0)
    loadRegisters()
    while true {
      bank = block.pointee.place & ~0xFFFF
      lanes_run_block(run, block.pointee.steps, group)
      let end = finish(group)
      blocks &+= 1
      issued &+= UInt64(truncatingIfNeeded: end.count)
      lanes_add_i32(state[.instructions], end.count, group)
      lanes_add_i32(state[.clock], end.elapsed, group)
      if stopped & group != 0 { live &= ~stopped }
      guard end.uniform else { break }
      let ready = stopped & group == 0 && key(leader, at: end.place) < waiting
      guard ready, state[.clock][leader] < 2 * Self.instructionLimit - 2_000,
        let next = program.block(at: end.place)
      else {
        lanes_set_i32(state[.place], end.place, group)
        break
      }
      block = next
    }
    storeRegisters(group)
    counters.turns &+= 1
    counters.blocks &+= blocks
    counters.issued &+= issued
    counters.instructions &+= issued &* UInt64(group.nonzeroBitCount)
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

  /// How a block was left.
  struct BlockEnd {
    var count: Int32
    var elapsed: Int32
    /// All lanes go to `place`; otherwise the places are already in their row.
    var uniform: Bool
    var place: Int32
  }

  /// What follows the last step of a block.
  @inline(__always)
  private func finish(_ group: UInt64) -> BlockEnd {
    let op = run.pointee.last.unsafelyUnwrapped
    var end = BlockEnd(
      count: Int32(op.pointee.index) + 1, elapsed: Int32(op.pointee.elapsed), uniform: true,
      place: bank | Int32(op.pointee.next))
    switch run.pointee.outcome {
    case LANES_ENDED:
      end.count = Int32(op.pointee.index)
      end.elapsed = Int32(op.pointee.before)
      end.place = bank | Int32(op.pointee.place)
    case LANES_BRANCHED: branch(run.pointee.taken & group, group, op, &end)
    case LANES_STOPPED: stop(op, group, &end)
    default: leave(op, group, &end)
    }
    return end
  }

  /// Jumps, and the end of all running.
  private func stop(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ end: inout BlockEnd
  ) {
    let operand = Int32(op.pointee.operand)
    switch Operation(rawValue: op.pointee.operation).unsafelyUnwrapped {
    case .jmp: end.place = bank | operand
    case .jmpIndirect:
      jumpIndirect(op, group, bank: bank)
      end.uniform = false
    case .jsr:
      let back = op.pointee.next &- 1
      push(lanes_splat(UInt8(back >> 8)), group, op)
      push(lanes_splat(UInt8(back & 0xFF)), group, op, afterWrite: true)
      end.place = bank | operand
    case .rts:
      returnFrom(group, bank: bank, plus: 1)
      end.uniform = false
    case .rti:
      pull(group, bus: op.pointee.bus)
      var registers = Registers(run)
      setStatus(load(scratch.value), group, &registers)
      registers.store(run)
      returnFrom(group, bank: bank, plus: 0)
      end.uniform = false
    case .brk:
      let back = op.pointee.next &+ 1
      push(lanes_splat(UInt8(back >> 8)), group, op)
      push(lanes_splat(UInt8(back & 0xFF)), group, op, afterWrite: true)
      push(status(Registers(run)), group, op, afterWrite: true)
      interrupt |= group
      end.place = bank | program.interruptVector(bank >> 16)
    default:  // JAM
      jammed |= group
      live &= ~group
    }
    run.pointee.is_leaving = 0
  }

  /// Leaves a block in the middle: the frame has ended in some lane, or the banks have changed.
  private func leave(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, _ end: inout BlockEnd
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

  /// A branch adds one cycle when taken, two when it leaves the page.
  @inline(__always)
  private func branch(
    _ taken: UInt64, _ group: UInt64, _ op: UnsafePointer<MicroOperation>,
    _ end: inout BlockEnd
  ) {
    if taken == 0 { return }
    let cost: Int32 = (op.pointee.next ^ op.pointee.operand) & 0xFF00 == 0 ? 1 : 2
    let there = bank | Int32(op.pointee.operand)
    if taken == group {
      end.elapsed += cost
      end.place = there
      return
    }
    lanes_set_i32(state[.place], there, taken)
    lanes_set_i32(state[.place], end.place, group & ~taken)
    lanes_add_i32(state[.clock], cost, taken)
    end.uniform = false
  }
}
