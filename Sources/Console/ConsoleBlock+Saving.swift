/// State as bytes: a lane is a machine, which is a column of `ConsoleState`, and two pictures.
extension ConsoleBlock {
  /// Bytes of one lane without its pictures, and with them.
  public var machineBytes: Int { program.machineBytes }
  public var laneBytes: Int { machineBytes + 2 * frames.pictureBytes }

  /// Writes the lane's state but for its pictures, `machineBytes` long.
  public func saveMachine(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    pack(lane)
    state.copyColumn(lane, into: bytes)
  }

  /// Takes over a machine from any lane of any block with the same program. Both pictures become
  /// black.
  public func loadMachine(_ lane: Int, from bytes: UnsafeRawPointer) {
    state.loadColumn(lane, from: bytes)
    unpack(lane)
    frames.clear(lane)
  }

  /// Whether the lane's last frame has run out of instructions: the next one then goes on with it. No
  /// machine reset clears that, nor is it a part of ALE's saved states.
  public func isFrameUnfinished(_ lane: Int) -> Bool { partial & laneBit(lane) != 0 }

  public func setFrameUnfinished(_ lane: Int, _ isUnfinished: Bool) {
    partial = isUnfinished ? partial | laneBit(lane) : partial & ~laneBit(lane)
  }

  /// The lane's newest picture and its other one, which the next frame is going to be drawn over;
  /// [height, 160] each.
  public func drawnPictures(_ lane: Int) -> (newest: UnsafePointer<UInt8>, UnsafePointer<UInt8>) {
    frames.drawn(lane)
  }

  /// The same to be filled in, from end to end.
  public func newPictures(
    _ lane: Int
  ) -> (newest: UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>) { frames.replace(lane) }

  /// Writes the lane's state, `laneBytes` long.
  public func saveLane(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    saveMachine(lane, into: bytes)
    let (newest, other) = drawnPictures(lane)
    let pictures = (bytes + machineBytes).assumingMemoryBound(to: UInt8.self)
    pictures.update(from: newest, count: frames.pictureBytes)
    (pictures + frames.pictureBytes).update(from: other, count: frames.pictureBytes)
  }

  /// Takes over a state from any lane of any block with the same program.
  public func loadLane(_ lane: Int, from bytes: UnsafeRawPointer) {
    loadMachine(lane, from: bytes)
    let (newest, other) = newPictures(lane)
    let pictures = (bytes + machineBytes).assumingMemoryBound(to: UInt8.self)
    newest.update(from: pictures, count: frames.pictureBytes)
    other.update(from: pictures + frames.pictureBytes, count: frames.pictureBytes)
  }

  /// What is wrong with a machine's bytes, which come from anywhere: nil if no frame that starts from
  /// them reads or writes outside its memory.
  public static func flaw(
    ofMachine bytes: UnsafeRawPointer, for program: Program
  ) -> String? {
    ConsoleState.flaw(ofColumn: bytes, for: program)
  }

  /// Swaps a lane with one of another block with the same program.
  public func exchange(_ lane: Int, with other: ConsoleBlock, _ otherLane: Int) {
    pack(lane)
    other.pack(otherLane)
    withUnsafeTemporaryAllocation(byteCount: 2 * machineBytes, alignment: 8) { bytes in
      let mine = bytes.baseAddress.unsafelyUnwrapped
      let its = mine + machineBytes
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
