import CLanes
import Lanes

/// The stack lies in RAM and, below $80, in the TIA: some games push values into its registers.
extension ConsoleBlock {
  /// Pushes `value` in the lanes of `group`.
  /// - Parameters:
  ///   - elapsed: cycles since the lanes' clocks.
  ///   - afterWrite: the bus access before was a write, so a push onto WSYNC does not wait.
  @inline(never)
  func push(
    _ value: Vector, _ group: UInt64, _ elapsed: Int32, afterWrite: Bool = false
  ) {
    let stack = state[.stack]
    var rest = group
    while rest != 0 {
      let pointer = stack[rest.trailingZeroBitCount]
      let same = lanes_equal(load(stack), lanes_splat(pointer)) & rest
      if pointer >= 0x80 {
        store(value, ram + Int(pointer & 0x7F) << 6, where: same)
      } else {
        writeTIA(Int(pointer) & 0x3F, same, value, elapsed: elapsed, afterWrite: afterWrite)
      }
      rest &= ~same
    }
    store(lanes_sub(load(stack), lanes_splat(1)), stack, where: group)
  }

  /// Pulls into `scratch.value`. What lies where the stack points before is read first, and stays on
  /// the bus.
  @inline(never)
  func pull(_ group: UInt64, _ elapsed: Int32) {
    let stack = state[.stack]
    store(lanes_add(load(stack), lanes_splat(1)), stack, where: group)
    var rest = group
    while rest != 0 {
      let pointer = stack[rest.trailingZeroBitCount]
      let same = lanes_equal(load(stack), lanes_splat(pointer)) & rest
      rest &= ~same
      var value = stackTop(pointer, same, elapsed)
      if pointer < 0x80 {
        let before = stackTop(pointer &- 1, same, elapsed)
        value = lanes_or(value, lanes_and(before, lanes_splat(0x3F)))
      }
      store(value, scratch.value, where: same)
    }
  }

  /// What a stack pointer points at, in the lanes where it does.
  private func stackTop(_ pointer: UInt8, _ group: UInt64, _ elapsed: Int32) -> Vector {
    pointer >= 0x80
      ? load(ram + Int(pointer & 0x7F) << 6)
      : readTIA(Int(pointer) & 0xF, group, elapsed: elapsed, bus: 0)
  }

  /// Pulls the place to go on at.
  @inline(never)
  func returnFrom(_ group: UInt64, _ elapsed: Int32, bank: Int32, plus: Int32) {
    pull(group, elapsed)
    store(load(scratch.value), scratch.low)
    pull(group, elapsed)
    lanes_go_to(state[.place], scratch.low, scratch.value, bank, plus, group)
  }

  /// The 6502 does not carry into the high byte of the pointer.
  @inline(never)
  func jumpIndirect(_ op: UnsafePointer<MicroOperation>, _ group: UInt64, bank: Int32) {
    let pointer = Int(op.pointee.operand)
    let after = pointer & 0xFF == 0xFF ? pointer & 0xFF00 : pointer + 1
    let place = state[.place]
    if pointer & 0x1280 == 0x80 && after & 0x1280 == 0x80 {
      let (low, high) = (ram + (pointer & 0x7F) << 6, ram + (after & 0x7F) << 6)
      return lanes_go_to(place, low, high, bank, 0, group)
    }
    forEachLane(group) { lane in
      place[lane] = bank | place[lane] & 0xFFFF
      let low = Int32(peek(lane, pointer, bus: op.pointee.bus, elapsed: elapsed(op)))
      let high = Int32(peek(lane, after, bus: UInt8(low), elapsed: elapsed(op)))
      place[lane] = bank | high << 8 | low
    }
  }
}
