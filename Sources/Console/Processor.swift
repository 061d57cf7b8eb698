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
    let cycles = Int(Opcode.all[Int(bytes[0])].cycles)
    let operation = program.translate(bytes, at: counter, state: place >> 16, elapsed: cycles)
    let block = BasicBlock(place: place, list: [operation])
    withUnsafePointer(to: block) { runChain($0, group: same, leader: leader, waiting: 0) }
    block.operations.deallocate()
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
    var registers = Registers(state)
    var c = carry
    var v = overflow
    var d = decimal
    while true {
      let end = run(block, group, &registers, &c, &v, &d)
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
    registers.store(state, group)
    carry = c & group | carry & ~group
    overflow = v & group | overflow & ~group
    decimal = d & group | decimal & ~group
  }

  /// How a block was left.
  struct BlockEnd {
    var count: Int32
    var elapsed: Int32
    /// All lanes go to `place`; otherwise the places are already in their row.
    var uniform: Bool
    var place: Int32
  }

  struct Registers {
    var a, x, y, n, z: Vector

    @inline(__always) init(_ state: ConsoleState) {
      a = load(state[.a])
      x = load(state[.x])
      y = load(state[.y])
      n = load(state[.negative])
      z = load(state[.zero])
    }

    @inline(__always) func store(_ state: ConsoleState, _ mask: UInt64) {
      Console.store(a, state[.a], where: mask)
      Console.store(x, state[.x], where: mask)
      Console.store(y, state[.y], where: mask)
      Console.store(n, state[.negative], where: mask)
      Console.store(z, state[.zero], where: mask)
    }
  }

  @inline(__always)
  private func run(
    _ block: UnsafePointer<BasicBlock>, _ group: UInt64, _ registers: inout Registers,
    _ carry: inout UInt64, _ overflow: inout UInt64, _ decimal: inout UInt64
  ) -> BlockEnd {
    let place = block.pointee.place
    let bank = place & ~0xFFFF
    let operations = block.pointee.operations
    let count = Int(block.pointee.count)
    let ram = self.ram
    var a = registers.a
    var x = registers.x
    var y = registers.y
    var n = registers.n
    var z = registers.z
    var c = carry
    var v = overflow
    var d = decimal
    var index = 0
    var end = BlockEnd(count: 0, elapsed: 0, uniform: true, place: 0)

    while index < count {
      let op = operations[index]
      index += 1
      var m: Vector
      switch op.fetch {
      case .none: m = a
      case .immediate: m = lanes_splat(UInt8(truncatingIfNeeded: op.operand))
      case .ram: m = load(ram + Int(op.operand) << 6)
      default:
        store(x, scratch.x)
        store(y, scratch.y)
        read(op, group, bank: bank)
        m = load(scratch.value)
      }

      switch op.operation {
      case .lda:
        a = m
        n = m
        z = m
      case .ldx:
        x = m
        n = m
        z = m
      case .ldy:
        y = m
        n = m
        z = m
      case .sta: m = a
      case .stx: m = x
      case .sty: m = y
      case .and:
        a = lanes_and(a, m)
        n = a
        z = a
      case .ora:
        a = lanes_or(a, m)
        n = a
        z = a
      case .eor:
        a = lanes_xor(a, m)
        n = a
        z = a
      case .adc:
        let before = a
        let carryIn = c
        a = Self.addCarry(a, m, &c, &v)
        if d & group != 0 { decimalAdd(before, m, d & group, carryIn: carryIn, &a, &c, &v) }
        n = a
        z = a
      case .sbc:
        let before = a
        let carryIn = c
        a = Self.addCarry(a, lanes_not(m), &c, &v)
        if d & group != 0 { decimalSubtract(before, m, d & group, carryIn: carryIn, &a, &c, &v) }
        n = a
        z = a
      case .cmp:
        c = ~lanes_below(a, m)
        n = lanes_sub(a, m)
        z = n
      case .cpx:
        c = ~lanes_below(x, m)
        n = lanes_sub(x, m)
        z = n
      case .cpy:
        c = ~lanes_below(y, m)
        n = lanes_sub(y, m)
        z = n
      case .bit:
        n = m
        z = lanes_and(a, m)
        v = lanes_negative(lanes_shl1(m))
      case .inc:
        m = lanes_add(m, lanes_splat(1))
        n = m
        z = m
      case .dec:
        m = lanes_sub(m, lanes_splat(1))
        n = m
        z = m
      case .asl:
        c = lanes_negative(m)
        m = lanes_shl1(m)
        n = m
        z = m
      case .aslA:
        c = lanes_negative(a)
        a = lanes_shl1(a)
        n = a
        z = a
      case .lsr:
        c = Self.lowBit(m)
        m = lanes_shr1(m)
        n = m
        z = m
      case .lsrA:
        c = Self.lowBit(a)
        a = lanes_shr1(a)
        n = a
        z = a
      case .rol:
        m = Self.rotateLeft(m, &c)
        n = m
        z = m
      case .rolA:
        a = Self.rotateLeft(a, &c)
        n = a
        z = a
      case .ror:
        m = Self.rotateRight(m, &c)
        n = m
        z = m
      case .rorA:
        a = Self.rotateRight(a, &c)
        n = a
        z = a
      case .tax:
        x = a
        n = a
        z = a
      case .tay:
        y = a
        n = a
        z = a
      case .txa:
        a = x
        n = a
        z = a
      case .tya:
        a = y
        n = a
        z = a
      case .tsx:
        x = load(state[.stack])
        n = x
        z = x
      case .txs: store(x, state[.stack], where: group)
      case .inx:
        x = lanes_add(x, lanes_splat(1))
        n = x
        z = x
      case .iny:
        y = lanes_add(y, lanes_splat(1))
        n = y
        z = y
      case .dex:
        x = lanes_sub(x, lanes_splat(1))
        n = x
        z = x
      case .dey:
        y = lanes_sub(y, lanes_splat(1))
        n = y
        z = y
      case .clc: c = 0
      case .sec: c = ~0
      case .cli: interrupt &= ~group
      case .sei: interrupt |= group
      case .clv: v = 0
      case .cld: d = 0
      case .sed: d = ~0
      case .nop: break
      case .pha: push(a, group, op)
      case .php: push(status(n, z, c, v, d), group, op)
      case .pla:
        pull(group, bus: op.bus)
        a = load(scratch.value)
        n = a
        z = a
      case .plp:
        pull(group, bus: op.bus)
        setStatus(load(scratch.value), group, &n, &z, &c, &v, &d)

      case .jmp:
        end.place = bank | Int32(op.operand)
        end.elapsed = Int32(op.elapsed)
      case .jmpIndirect:
        jumpIndirect(op, group, bank: bank)
        end = BlockEnd(count: 0, elapsed: Int32(op.elapsed), uniform: false, place: 0)
      case .jsr:
        let back = op.next &- 1
        push(lanes_splat(UInt8(back >> 8)), group, op)
        push(lanes_splat(UInt8(back & 0xFF)), group, op, afterWrite: true)
        end.place = bank | Int32(op.operand)
        end.elapsed = Int32(op.elapsed)
      case .rts, .rti:
        if op.operation == .rti {
          pull(group, bus: op.bus)
          setStatus(load(scratch.value), group, &n, &z, &c, &v, &d)
        }
        returnFrom(group, bank: bank, plus: op.operation == .rts ? 1 : 0)
        end = BlockEnd(count: 0, elapsed: Int32(op.elapsed), uniform: false, place: 0)
      case .brk:
        let back = op.next &+ 1
        push(lanes_splat(UInt8(back >> 8)), group, op)
        push(lanes_splat(UInt8(back & 0xFF)), group, op, afterWrite: true)
        push(status(n, z, c, v, d), group, op, afterWrite: true)
        interrupt |= group
        let bankState = bank >> 16
        let vector =
          Int32(program.byte(0xFFE, state: bankState))
          | Int32(program.byte(0xFFF, state: bankState)) << 8
        end.place = bank | vector
        end.elapsed = Int32(op.elapsed)
      case .bpl: end = branch(~lanes_negative(n), group, op, bank)
      case .bmi: end = branch(lanes_negative(n), group, op, bank)
      case .bvc: end = branch(~v, group, op, bank)
      case .bvs: end = branch(v, group, op, bank)
      case .bcc: end = branch(~c, group, op, bank)
      case .bcs: end = branch(c, group, op, bank)
      case .bne: end = branch(lanes_nonzero(z), group, op, bank)
      case .beq: end = branch(~lanes_nonzero(z), group, op, bank)

      case .jam:
        jammed |= group
        live &= ~group
        end.place = bank | Int32(op.next)
        end.elapsed = Int32(op.elapsed)
      default:
        m = undocumented(op, m, group, &a, &x, &y, &n, &z, &c, &v, d)
      }

      if op.isPlain && index < count { continue }
      if op.store == .ram {
        store(m, ram + Int(op.operand) << 6, where: group)
      } else if op.store != .none {
        store(m, scratch.value)
        store(x, scratch.x)
        store(y, scratch.y)
        write(op, group, bank: bank)
      }
      if pendingExit {
        pendingExit = false
        if index < count || !op.operation.endsBlock {
          leave(op, group, bank: bank, &end)
          break
        }
      }
      if index == count && !op.operation.endsBlock {
        end.place = bank | Int32(op.next)
        end.elapsed = Int32(op.elapsed)
      }
    }
    end.count = Int32(index)
    registers.a = a
    registers.x = x
    registers.y = y
    registers.n = n
    registers.z = z
    carry = c
    overflow = v
    decimal = d
    return end
  }

  /// Leaves a block in the middle: the frame has ended in some lane, or the banks have changed.
  private func leave(_ op: MicroOperation, _ group: UInt64, bank: Int32, _ end: inout BlockEnd) {
    end.elapsed = Int32(op.elapsed)
    guard bankChanged != 0 else {
      end.place = bank | Int32(op.next)
      return
    }
    lanes_set_i32(state[.place], bank | Int32(op.next), group & ~bankChanged)
    forEachLane(bankChanged) { state[.place][$0] = newBanks[$0] << 16 | Int32(op.next) }
    let first = bankChanged.trailingZeroBitCount
    end.uniform = bankChanged == group
    forEachLane(bankChanged) { if newBanks[$0] != newBanks[first] { end.uniform = false } }
    if end.uniform { end.place = newBanks[first] << 16 | Int32(op.next) }
    bankChanged = 0
  }

  /// A branch adds one cycle when taken, two when it leaves the page.
  @inline(__always)
  private func branch(
    _ condition: UInt64, _ group: UInt64, _ op: MicroOperation, _ bank: Int32
  ) -> BlockEnd {
    let taken = condition & group
    let cost: Int32 = (op.next ^ op.operand) & 0xFF00 == 0 ? 1 : 2
    let elapsed = Int32(op.elapsed)
    let there = bank | Int32(op.operand)
    let here = bank | Int32(op.next)
    if taken == group {
      return BlockEnd(count: 0, elapsed: elapsed + cost, uniform: true, place: there)
    }
    if taken == 0 { return BlockEnd(count: 0, elapsed: elapsed, uniform: true, place: here) }
    lanes_set_i32(state[.place], there, taken)
    lanes_set_i32(state[.place], here, group & ~taken)
    lanes_add_i32(state[.clock], cost, taken)
    return BlockEnd(count: 0, elapsed: elapsed, uniform: false, place: 0)
  }
}
