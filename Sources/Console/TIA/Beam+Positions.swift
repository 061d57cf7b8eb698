import CLanes
import Lanes

/// Where the objects stand: position resets and HMOVE.
extension Beam {
  /// Horizontal positions in cycles, 0...75.
  private func findColumns(_ clocks: UnsafeMutablePointer<UInt16>) {
    lanes_columns_of(columns, clocks)
  }

  private static func position(_ column: UInt8, delay: Int, blank: UInt8) -> UInt8 {
    let clock = Int(column) * 3
    return clock < 68 ? blank : UInt8((clock - 68 + delay) % 160)
  }

  /// A player reset while one of its copies is being shown takes effect eleven clocks later.
  func delayReset(
    _ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>, _ x: Visible,
    _ size: ConsoleState.Byte
  ) {
    findColumns(clocks)
    let (position, nusiz) = (state.visible(x), state[size])
    forEachLane(lanes) { lane in
      let new = Self.position(columns[lane], delay: 5, blank: 3)
      let when = Motion.resetWhen(mode: nusiz[lane], old: position[lane], new: new)
      scratch[lane] = when < 0 ? 0 : 8
      if when == 1 {
        let target = min(max((Int32(clocks[lane]) - origin) * 3 + 11, start), stop)
        targets[lane] = UInt16(target)
      }
    }
  }

  func resetPlayer(
    _ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>, _ x: Visible, _ mode: Visible,
    _ nusiz: ConsoleState.Byte
  ) {
    let modes = lanes_or(lanes_and(load(state[nusiz]), lanes_splat(7)), load(scratch))
    for lane in 0..<64 { scratch[lane] = Self.position(columns[lane], delay: 5, blank: 3) }
    propose(x, lanes, load(scratch))
    propose(mode, lanes, modes)
  }

  private func reset(
    _ component: Visible, _ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>,
    _ special: (_ sinceHmove: Int32, _ clock: Int) -> UInt8?
  ) {
    findColumns(clocks)
    for lane in 0..<64 { scratch[lane] = Self.position(columns[lane], delay: 4, blank: 2) }
    forEachLane(lanes) { lane in
      let since = Int32(clocks[lane]) &- state[.lastHmove][lane]
      if let position = special(since, Int(columns[lane]) * 3) { scratch[lane] = position }
    }
    propose(component, lanes, load(scratch))
  }

  // ALE's special cases, each for the game that shows what the silicon does there.

  func resetMissile0(_ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>) {
    distorted &= ~lanes
    reset(.m0x, lanes, clocks) { since, clock in
      since == 20 && clock == 69 ? 8 : nil  // Dolphin
    }
    proposeMissiles(lanes)
  }

  func resetMissile1(_ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>) {
    reset(.m1x, lanes, clocks) { since, clock in
      since == 3 && clock == 18 ? 3 : nil  // Pitfall II
    }
  }

  func resetBall(_ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>) {
    reset(.blx, lanes, clocks) { since, clock in
      switch (since, clock) {
      case (18, 60), (18, 69): 10  // Escape from the Mindmaster
      case (3, 18): 3  // Decathlon
      case (7, 30): 6  // Robot Tank
      case (6, 27): 5  // Hole Hunter
      default: nil
      }
    }
  }

  /// HMOVE.
  func moveObjects(_ lanes: UInt64, _ clocks: UnsafeMutablePointer<UInt16>) {
    findColumns(clocks)
    var rest = lanes
    while rest != 0 {
      let column = columns[rest.trailingZeroBitCount]
      let same = lanes_equal(load(columns), lanes_splat(column)) & rest
      rest &= ~same
      move(.p0x, .hmp0, same, column)
      move(.p1x, .hmp1, same, column)
      move(.m0x, .hmm0, same, column)
      move(.m1x, .hmm1, same, column)
      move(.blx, .hmbl, same, column)
      propose(.p0mode, same, lanes_and(load(state.visible(.p0mode)), lanes_splat(7)))
      propose(.p1mode, same, lanes_and(load(state.visible(.p1mode)), lanes_splat(7)))
      if cosmic & same != 0 {
        cosmic &= ~same
        distorted &= ~same
        proposeMissiles(same)
      }
      if hmoveBlanks && (column <= 20 || column == 75) { blank(same) }
      if rest != 0 { commit(same) }
    }
    forEachLane(lanes) { state[.lastHmove][$0] = Int32(clocks[$0]) }
  }

  private func move(
    _ component: Visible, _ motion: ConsoleState.Byte, _ lanes: UInt64, _ column: UInt8
  ) {
    let index = lanes_shr(load(state[motion]), 4)
    let step = lanes_lookup16(motionTable + Int(column) * 16, index)
    let sum = lanes_add(load(state.visible(component)), step)
    let below = ~lanes_below(sum, lanes_splat(241))
    let above = ~lanes_below(sum, lanes_splat(160)) & ~below
    let up = lanes_select(below, lanes_add(sum, lanes_splat(160)), sum)
    propose(component, lanes, lanes_select(above, lanes_sub(sum, lanes_splat(160)), up))
  }

  /// The first eight pixels of the next line that begins stay black.
  private func blank(_ lanes: UInt64) {
    propose(.hmoveBlank, lanes, lanes_splat(1), always: true)
    lanes_blank_ends(state[.hmoveBlankEnd], targets, drawn, lanes)
  }
}
