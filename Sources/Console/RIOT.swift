import CLanes
import Lanes

/// The MOS 6532: joystick and switch ports and the interval timer.
///
/// The timer is never ticked: its count is a closed form of the cycles since it was set.
/// Source: ALE `emucore/M6532.cxx`.
extension ConsoleBlock {
  /// - Parameter register: address bits 0-2.
  func readRIOT(_ register: Int, _ group: UInt64, elapsed: Int32) -> Vector {
    switch register {
    case 0: return load(inputs.portA.pointer)
    case 1: return load(state[.direction])
    case 2: return load(inputs.portB.pointer)
    case 3: return lanes_splat(0)
    case 4, 6:
      readTimer(group, elapsed: elapsed)
      return load(scratch.value)
    default: return readInterruptFlag(elapsed: elapsed)
    }
  }

  /// INTIM: one step an interval until it passes zero, then one a cycle.
  @inline(never)
  private func readTimer(_ group: UInt64, elapsed: Int32) {
    let value = scratch.value
    let expired = lanes_read_timer(
      value, state[.clock], elapsed, state[.timerSet], state[.timer], state[.shift])
    forEachLane(expired & group) { value[$0] = expiredTimer($0, elapsed: elapsed) }
  }

  private func expiredTimer(_ lane: Int, elapsed: Int32) -> UInt8 {
    let bit: UInt64 = laneBit(lane)
    let cycles = state[.clock][lane] &+ elapsed
    let delta = cycles &- 1 &- state[.timerSet][lane]
    let shift = Int32(state[.shift][lane])
    let timer = Int32(state[.timer][lane])
    var count = (timer &<< shift) &- delta &- 1
    if count <= -2 && readAfterInterrupt & bit == 0 {
      readAfterInterrupt |= bit
      state[.interruptReset][lane] = cycles
    }
    if readAfterInterrupt & bit != 0 {
      let offset = state[.interruptReset][lane] &- (state[.timerSet][lane] &+ (timer &<< shift))
      let steps = Int32(bitPattern: UInt32(bitPattern: delta) &>> UInt32(shift))
      count = timer &- steps &- offset
    }
    return UInt8(truncatingIfNeeded: count)
  }

  private func readInterruptFlag(elapsed: Int32) -> Vector {
    let passed = lanes_read_timer(
      scratch.value, state[.clock], elapsed, state[.timerSet], state[.timer], state[.shift])
    return lanes_and(lanes_expand(passed & ~readAfterInterrupt), lanes_splat(0x80))
  }

  func writeRIOT(_ address: Int, _ group: UInt64, elapsed: Int32) {
    let value = load(scratch.value)
    switch address & 0x17 {
    case 0x14...0x17:
      let shifts: [UInt8] = [0, 3, 6, 10]
      store(value, state[.timer], where: group)
      store(lanes_splat(shifts[address & 3]), state[.shift], where: group)
      forEachLane(group) { state[.timerSet][$0] = state[.clock][$0] &+ elapsed }
      readAfterInterrupt &= ~group
    default:
      if address & 7 == 1 { store(value, state[.direction], where: group) }
    }
  }
}
