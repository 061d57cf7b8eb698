import CLanes
import Lanes

/// The processor's side of the TIA: what a write does to time and frames, and what reads return.
///
/// Writes that can change the picture go into the log, which the beam follows later.
/// Source: ALE `emucore/TIA.cxx`, `peek` and `poke`.
extension ConsoleBlock {
  @inline(never)
  func writeTIA(
    _ address: Int, _ group: UInt64, _ value: Vector, elapsed: Int32, afterWrite: Bool = false
  ) {
    touch(group, elapsed: elapsed)
    let clock = state[.clock]
    let late = lanes_at_least_i32(clock, clockLimit &- elapsed) & group
    if late != 0 { endFrames(late) }
    guard let register = TIARegister(address: address) else { return }
    switch register {
    case .VSYNC: writeVSYNC(group, value, elapsed: elapsed)
    case .VBLANK: writeDump(group, value, elapsed: elapsed)
    case .WSYNC: if !afterWrite { waitForLine(group, elapsed: elapsed, isLate: late != 0) }
    case .HMCLR:
      for motion in TIARegister.motions {
        store(lanes_splat(0), state.shadow(motion), where: group)
      }
    default: break
    }
    switch register.kind {
    case .logged, .heeded: record(register, group, value, elapsed: elapsed, isLate: late != 0)
    case .sound: if hearsSound { hear(register, group, value) }
    case .time: break
    }
  }

  private func waitForLine(_ group: UInt64, elapsed: Int32, isLate: Bool) {
    let clock = state[.clock]
    if !isLate { return lanes_wait_for_line(clock, elapsed, group) }
    forEachLane(group) { lane in
      let now = clock[lane] &+ elapsed
      clock[lane] = (now &+ 75) / 76 &* 76 &- elapsed
    }
  }

  private func endFrames(_ lanes: UInt64) {
    stopped |= lanes
    run.pointee.is_leaving = 1
  }

  /// Turning VSYNC off ends the frame if it was on for a scanline at least.
  private func writeVSYNC(_ group: UInt64, _ value: Vector, elapsed: Int32) {
    let on = lanes_nonzero(lanes_and(value, lanes_splat(2)))
    forEachLane(group & on) { state[.vsyncFinish][$0] = state[.clock][$0] &+ elapsed &+ 76 }
    var ended: UInt64 = 0
    forEachLane(group & ~on) { lane in
      guard state[.clock][lane] &+ elapsed >= state[.vsyncFinish][lane] else { return }
      state[.vsyncFinish][lane] = Int32.max / 3
      ended |= laneBit(lane)
    }
    if ended != 0 { endFrames(ended) }
  }

  /// Bit 7 of VBLANK grounds the paddles' capacitors.
  private func writeDump(_ group: UInt64, _ value: Vector, elapsed: Int32) {
    let on = lanes_negative(value)
    let lifted = group & dumping & ~on
    forEachLane(lifted) { lane in
      state[.dumpLifted][lane] = state[.clock][lane] &+ elapsed &- state[.frameStart][lane]
    }
    dumping = on & group | dumping & ~group
  }

  /// Logs a write in the lanes where it differs from what the register holds.
  @inline(__always)
  private func record(
    _ register: TIARegister, _ group: UInt64, _ value: Vector, elapsed: Int32, isLate: Bool
  ) {
    log.pointee.makeRoom()
    lanes_log_write(run, Int32(register.rawValue), group, value, elapsed, isLate)
  }

  // MARK: Reads

  /// - Parameters:
  ///   - register: address bits 0-3, see `TIAReading`.
  ///   - bus: last value on the data bus; its low six bits show where nothing drives them.
  func readTIA(_ register: Int, _ group: UInt64, elapsed: Int32, bus: UInt8) -> Vector {
    touch(group, elapsed: elapsed)
    let noise = lanes_splat(bus & 0x3F)
    switch register {
    case TIAReading.collisions:
      let began = lanes_ticks()
      beam.follow(log)
      beam.catchUp(group, clock: state[.clock], elapsed: elapsed)
      counters.following &+= lanes_ticks() &- began
      return lanes_or(beam.collisions(register), noise)
    case TIAReading.paddles:
      let paddle = register - TIAReading.paddles.lowerBound
      return lanes_or(readPaddle(paddle, group, elapsed: elapsed), noise)
    case TIAReading.triggers:
      let trigger = inputs.triggers[register - TIAReading.triggers.lowerBound]
      let released = ~lanes_nonzero(load(trigger.pointer))
      return lanes_or(lanes_and(lanes_expand(released), lanes_splat(0x80)), noise)
    default: return noise
    }
  }

  /// A paddle's pin goes high once its capacitor has charged through the paddle's resistance.
  private func readPaddle(_ index: Int, _ group: UInt64, elapsed: Int32) -> Vector {
    if !paddlesKnown { computePaddles() }
    let needed = scratch.paddles + index * 64
    let resistances = inputs.resistances[index].pointer
    let clock = state[.clock]
    let start = state[.frameStart]
    let lifted = state[.dumpLifted]
    let value = scratch.value
    for lane in 0..<64 {
      let cycles = UInt32(bitPattern: clock[lane] &+ elapsed &- start[lane])
      let charged = cycles > UInt32(bitPattern: lifted[lane]) &+ needed[lane]
      value[lane] = charged ? 0x80 : 0
    }
    store(lanes_splat(0), value, where: dumping)
    for lane in 0..<64 {
      value[lane] = resistances[lane] < 0 ? 0 : resistances[lane] == 0 ? 0x80 : value[lane]
    }
    return load(value)
  }

  private func computePaddles() {
    paddlesKnown = true
    for index in 0..<4 {
      let resistances = inputs.resistances[index].pointer
      let needed = scratch.paddles + index * 64
      for lane in 0..<64 {
        let seconds = 1.6 * Double(max(resistances[lane], 0)) * 0.01E-6
        needed[lane] = UInt32(seconds * 1.19E6)
      }
    }
  }
}
