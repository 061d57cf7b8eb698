import CLanes

/// The processor's side of the TIA: what a write does to time and frames, and what reads return.
///
/// Writes that can change the picture go into the log, which the beam follows later.
/// Source: ALE `emucore/TIA.cxx`, `peek` and `poke`.
extension ConsoleBlock {
  @inline(never)
  func writeTIA(
    _ register: Int, _ group: UInt64, _ value: Vector, elapsed: Int32, afterWrite: Bool = false
  ) {
    touch(group, elapsed: elapsed)
    let clock = state[.clock]
    let late = lanes_at_least_i32(clock, clockLimit &- elapsed) & group
    if late != 0 { endFrames(late) }
    switch register {
    case 0x00: writeVSYNC(group, value, elapsed: elapsed)
    case 0x01:
      writeDump(group, value, elapsed: elapsed)
      record(register, group, value, elapsed: elapsed, isLate: late != 0)
    case 0x02:
      if afterWrite { return }
      if late == 0 { return lanes_wait_for_line(clock, elapsed, group) }
      forEachLane(group) { lane in
        let now = clock[lane] &+ elapsed
        clock[lane] = (now &+ 75) / 76 &* 76 &- elapsed
      }
    case 0x04...0x14, 0x1B...0x2C:
      record(register, group, value, elapsed: elapsed, isLate: late != 0)
    case 0x15...0x1A: if hearsSound { hear(register, group, value) }
    default: break
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
    _ register: Int, _ group: UInt64, _ value: Vector, elapsed: Int32, isLate: Bool
  ) {
    var lanes = group
    let shadow = state.shadow(register)
    if lanes_ignores_repeats(Int32(register)) != 0 {
      lanes &= ~lanes_equal(load(shadow), value)
      if lanes == 0 { return }
    }
    if register == 0x2B {
      for motion in 0x20...0x24 { store(lanes_splat(0), state.shadow(motion), where: group) }
    }
    store(value, shadow, where: lanes)
    log.pointee.append(register, lanes, value, clock: state[.clock], elapsed, isLate: isLate)
  }

  // MARK: Reads

  /// - Parameters:
  ///   - register: address bits 0-3.
  ///   - bus: last value on the data bus; its low six bits show where nothing drives them.
  func readTIA(_ register: Int, _ group: UInt64, elapsed: Int32, bus: UInt8) -> Vector {
    touch(group, elapsed: elapsed)
    let noise = lanes_splat(bus & 0x3F)
    switch register {
    case 0...7:
      let began = lanes_ticks()
      beam.follow(log)
      beam.catchUp(group, clock: state[.clock], elapsed: elapsed)
      counters.following &+= lanes_ticks() &- began
      return lanes_or(beam.collisions(register), noise)
    case 8...11: return lanes_or(readPaddle(register - 8, group, elapsed: elapsed), noise)
    case 12, 13:
      let released = ~lanes_nonzero(load(inputs.triggers[register - 12].pointer))
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
