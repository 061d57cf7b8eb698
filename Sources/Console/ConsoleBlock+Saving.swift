/// State as bytes: a lane is a column of `ConsoleState` and two pictures.
extension ConsoleBlock {
  /// Bytes of one lane's state, its pictures included.
  public var laneBytes: Int { state.columnBytes + 2 * frames.pictureBytes }

  /// Writes the lane's state, `laneBytes` long.
  public func saveLane(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    pack(lane)
    state.copyColumn(lane, into: bytes)
    frames.save(lane, into: bytes + state.columnBytes)
  }

  /// Takes over a state from any lane of any block with the same program.
  public func loadLane(_ lane: Int, from bytes: UnsafeRawPointer) {
    state.loadColumn(lane, from: bytes)
    frames.load(lane, from: bytes + state.columnBytes)
    unpack(lane)
  }

  /// Swaps a lane with one of another block with the same program.
  public func exchange(_ lane: Int, with other: ConsoleBlock, _ otherLane: Int) {
    pack(lane)
    other.pack(otherLane)
    withUnsafeTemporaryAllocation(byteCount: 2 * state.columnBytes, alignment: 8) { bytes in
      let mine = bytes.baseAddress.unsafelyUnwrapped
      let its = mine + state.columnBytes
      state.copyColumn(lane, into: mine)
      other.state.copyColumn(otherLane, into: its)
      state.loadColumn(lane, from: its)
      other.state.loadColumn(otherLane, from: mine)
    }
    frames.exchange(lane, with: other.frames, otherLane)
    unpack(lane)
    other.unpack(otherLane)
  }

  private func pack(_ lane: Int) {
    func bit(_ mask: UInt64, _ value: UInt8) -> UInt8 {
      mask >> UInt64(lane) & 1 == 1 ? value : 0
    }
    state[.flags][lane] = bit(carry, 1) | bit(interrupt, 4) | bit(decimal, 8) | bit(overflow, 64)
    state[.marks][lane] =
      bit(partial, ConsoleState.Mark.partial) | bit(jammed, ConsoleState.Mark.jammed)
      | bit(readAfterInterrupt, ConsoleState.Mark.readAfterInterrupt)
      | bit(dumping, ConsoleState.Mark.dumping) | bit(beam.cosmic, ConsoleState.Mark.cosmic)
      | bit(beam.distorted, ConsoleState.Mark.distorted)
    let latches = beam.collider.packed(lane)
    state[.collisionsLow][lane] = UInt8(truncatingIfNeeded: latches)
    state[.collisionsHigh][lane] = UInt8(latches >> 8)
    state[.drawn][lane] = Int32(beam.drawn[lane])
  }

  private func unpack(_ lane: Int) {
    let bit: UInt64 = laneBit(lane)
    func set(_ mask: inout UInt64, _ on: Bool) { mask = on ? mask | bit : mask & ~bit }
    let flags = state[.flags][lane]
    set(&carry, flags & 1 != 0)
    set(&interrupt, flags & 4 != 0)
    set(&decimal, flags & 8 != 0)
    set(&overflow, flags & 64 != 0)
    let marks = state[.marks][lane]
    set(&partial, marks & ConsoleState.Mark.partial != 0)
    set(&jammed, marks & ConsoleState.Mark.jammed != 0)
    set(&readAfterInterrupt, marks & ConsoleState.Mark.readAfterInterrupt != 0)
    set(&dumping, marks & ConsoleState.Mark.dumping != 0)
    set(&beam.cosmic, marks & ConsoleState.Mark.cosmic != 0)
    set(&beam.distorted, marks & ConsoleState.Mark.distorted != 0)
    let high = UInt16(state[.collisionsHigh][lane]) << 8
    beam.collider.unpack(UInt16(state[.collisionsLow][lane]) | high, lane: lane)
    beam.drawn[lane] = UInt16(truncatingIfNeeded: state[.drawn][lane])
    beam.collider.tested[lane] = beam.drawn[lane]
  }
}
