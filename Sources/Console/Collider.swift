import CLanes

/// The TIA's fifteen collision latches.
///
/// Pairs are tested 64 lanes at a time over the stretch since the last test, and only where both
/// objects are on and the latch is still open. ALE collides inside the visible window and outside
/// VBLANK alone.
final class Collider {
  private let state: ConsoleState
  private let start: UInt16
  /// Clock up to which collisions are known, [64].
  let tested: UnsafeMutablePointer<UInt16>
  /// Lanes whose last test ended exactly at a line's end, which has yet to take effect.
  private var atLineEnd: UInt64 = 0
  /// Lane masks of the latches.
  private(set) var latches = [UInt64](repeating: 0, count: pairs.count)

  /// [6 objects][3 words][64 lanes], and the range of pixels under test.
  private let bits: UnsafeMutablePointer<UInt64>
  private let range: UnsafeMutablePointer<UInt64>
  private var stale = [Bool](repeating: true, count: Object.allCases.count)

  enum Object: Int, CaseIterable { case player0, player1, missile0, missile1, ball, playfield }

  /// In the order of ALE's collision bits.
  static let pairs: [(Object, Object)] = [
    (.missile0, .player1), (.missile0, .player0), (.missile1, .player0), (.missile1, .player1),
    (.player0, .playfield), (.player0, .ball), (.player1, .playfield), (.player1, .ball),
    (.missile0, .playfield), (.missile0, .ball), (.missile1, .playfield), (.missile1, .ball),
    (.ball, .playfield), (.player0, .player1), (.missile0, .missile1),
  ]

  init(state: ConsoleState, start: UInt16) {
    self.state = state
    self.start = start
    tested = LaneLog.rows(1)
    bits = LaneLog.rows(Object.allCases.count * 3)
    range = LaneLog.rows(3)
    tested.update(repeating: start, count: 64)
  }

  deinit {
    tested.deallocate()
    bits.deallocate()
    range.deallocate()
  }

  func reset(_ lane: Int) {
    tested[lane] = start
    clear(laneBit(lane))
    invalidate()
  }

  func clear(_ lanes: UInt64) {
    for pair in latches.indices { latches[pair] &= ~lanes }
  }

  /// CXM0P...CXPPMM: bits 7 and 6.
  func read(_ register: Int) -> Vector {
    let first = register == 7 ? 13 : register * 2
    let high = lanes_and(lanes_expand(latches[first]), lanes_splat(0x80))
    if register == 6 { return high }
    return lanes_or(high, lanes_and(lanes_expand(latches[first + 1]), lanes_splat(0x40)))
  }

  func invalidate(_ component: Visible) {
    switch component {
    case .pf0, .pf1, .pf2, .reflect: stale[Object.playfield.rawValue] = true
    case .grp0, .p0x, .p0mode: stale[Object.player0.rawValue] = true
    case .grp1, .p1x, .p1mode: stale[Object.player1.rawValue] = true
    case .m0x, .m0shape: stale[Object.missile0.rawValue] = true
    case .m1x, .m1shape: stale[Object.missile1.rawValue] = true
    case .blx, .blshape: stale[Object.ball.rawValue] = true
    default: break
    }
  }

  func invalidate() {
    for object in stale.indices { stale[object] = true }
  }

  // MARK: Tests

  func beginFrame(_ lanes: UInt64) {
    atLineEnd &= ~lanes
    forEachLane(lanes) { tested[$0] = start }
  }

  /// The end of the line in which the lane's last test ended.
  @inline(__always)
  private func lineEnd(_ lane: Int) -> UInt16 {
    let waits = atLineEnd >> UInt64(lane) & 1 == 1
    return waits ? tested[lane] : (tested[lane] / 228 + 1) * 228
  }

  /// Lanes of the mask whose line ends before the target.
  func crossing(_ lanes: UInt64, before targets: UnsafeMutablePointer<UInt16>) -> UInt64 {
    var crossing: UInt64 = 0
    forEachLane(lanes) { if lineEnd($0) < targets[$0] { crossing |= laneBit($0) } }
    return crossing
  }

  private let ends = LaneLog.rows(1) as UnsafeMutablePointer<UInt16>

  func testToLineEnd(_ lanes: UInt64) {
    for lane in 0..<64 { ends[lane] = lineEnd(lane) }
    test(lanes, until: ends)
    atLineEnd &= ~lanes
  }

  /// Tests from where the last test ended to the target, in the lanes of the mask.
  func test(_ lanes: UInt64, until targets: UnsafeMutablePointer<UInt16>) {
    var ahead: UInt64 = 0
    for lane in 0..<64 { ahead |= targets[lane] > tested[lane] ? laneBit(lane) : 0 }
    let moving = lanes & ahead
    if moving == 0 { return }
    let active = moving & ~lanes_nonzero(load(state.visible(.vblank)))
    if active != 0 { testPairs(active, until: targets) }
    let mask = lanes_expand(moving)
    var ended: UInt64 = 0
    for lane in 0..<64 {
      tested[lane] = mask[lane] != 0 ? targets[lane] : tested[lane]
      ended |= tested[lane] % 228 == 0 ? laneBit(lane) : 0
    }
    atLineEnd = ended & moving | atLineEnd & ~moving
  }

  private func enabled(_ object: Object) -> UInt64 {
    switch object {
    case .player0: lanes_nonzero(load(state.visible(.grp0)))
    case .player1: lanes_nonzero(load(state.visible(.grp1)))
    case .missile0: lanes_negative(load(state.visible(.m0shape)))
    case .missile1: lanes_negative(load(state.visible(.m1shape)))
    case .ball: lanes_negative(load(state.visible(.blshape)))
    case .playfield:
      lanes_nonzero(
        lanes_or(
          lanes_or(load(state.visible(.pf0)), load(state.visible(.pf1))),
          load(state.visible(.pf2))))
    }
  }

  private func testPairs(_ active: UInt64, until targets: UnsafeMutablePointer<UInt16>) {
    let on = (
      enabled(.player0), enabled(.player1), enabled(.missile0), enabled(.missile1),
      enabled(.ball), enabled(.playfield)
    )
    withUnsafeBytes(of: on) { on in
      let on = on.assumingMemoryBound(to: UInt64.self)
      var ranged = false
      for (index, pair) in Self.pairs.enumerated() {
        let open = active & ~latches[index]
        let lanes = open & on[pair.0.rawValue] & on[pair.1.rawValue]
        if lanes == 0 { continue }
        if !ranged { fillRange(until: targets) }
        ranged = true
        latches[index] |= overlap(row(pair.0), row(pair.1)) & lanes
      }
    }
  }

  private func overlap(_ a: UnsafeMutablePointer<UInt64>, _ b: UnsafeMutablePointer<UInt64>)
    -> UInt64
  {
    var hits: UInt64 = 0
    for lane in 0..<64 {
      let first = a[lane] & b[lane] & range[lane]
      let second = a[64 + lane] & b[64 + lane] & range[64 + lane]
      let third = a[128 + lane] & b[128 + lane] & range[128 + lane]
      hits |= first | second | third != 0 ? laneBit(lane) : 0
    }
    return hits
  }

  /// The pixels that lie between the last test and the target: both parts of a line that the
  /// stretch wraps round, all of them once it is a line long.
  private func fillRange(until targets: UnsafeMutablePointer<UInt16>) {
    for lane in 0..<64 {
      let from = Int(tested[lane])
      let to = Int(max(targets[lane], tested[lane]))
      let first = max(from % 228 - 68, 0)
      let last = max(to % 228 - 68, 0)
      let lines = to / 228 - from / 228
      var pixels = LineBits(from: first, to: lines == 0 ? last : 160)
      if lines > 0 { pixels = pixels | LineBits(from: 0, to: lines == 1 ? last : 160) }
      range[lane] = pixels.w0
      range[64 + lane] = pixels.w1
      range[128 + lane] = pixels.w2
    }
  }

  private func row(_ object: Object) -> UnsafeMutablePointer<UInt64> {
    let row = bits + object.rawValue * 192
    guard stale[object.rawValue] else { return row }
    stale[object.rawValue] = false
    switch object {
    case .player0: fill(row) { self.player($0, .grp0, .p0mode, .p0x) }
    case .player1: fill(row) { self.player($0, .grp1, .p1mode, .p1x) }
    case .missile0: fill(row) { self.missile($0, .m0shape, .m0x) }
    case .missile1: fill(row) { self.missile($0, .m1shape, .m1x) }
    case .ball: fill(row) { self.missile($0, .blshape, .blx) }
    case .playfield:
      let (pf0, pf1, pf2) = (state.visible(.pf0), state.visible(.pf1), state.visible(.pf2))
      let reflect = state.visible(.reflect)
      fill(row) {
        LineBits(pf0: pf0[$0], pf1: pf1[$0], pf2: pf2[$0], reflect: reflect[$0] != 0)
      }
    }
    return row
  }

  @inline(__always)
  private func fill(_ row: UnsafeMutablePointer<UInt64>, _ bits: (Int) -> LineBits) {
    for lane in 0..<64 {
      let line = bits(lane)
      row[lane] = line.w0
      row[64 + lane] = line.w1
      row[128 + lane] = line.w2
    }
  }

  @inline(__always)
  private func player(_ lane: Int, _ graphics: Visible, _ mode: Visible, _ x: Visible) -> LineBits {
    LineBits(
      player: state.visible(graphics)[lane], mode: Int(state.visible(mode)[lane]),
      at: Int(state.visible(x)[lane]))
  }

  @inline(__always)
  private func missile(_ lane: Int, _ shape: Visible, _ x: Visible) -> LineBits {
    LineBits(missile: Int(state.visible(shape)[lane]), at: Int(state.visible(x)[lane]))
  }

  // MARK: Saving

  func packed(_ lane: Int) -> UInt16 {
    var word: UInt16 = 0
    for pair in latches.indices {
      word |= UInt16(latches[pair] >> UInt64(lane) & 1) << UInt16(pair)
    }
    return word
  }

  func unpack(_ word: UInt16, lane: Int) {
    let bit: UInt64 = laneBit(lane)
    for pair in latches.indices {
      latches[pair] = word >> UInt16(pair) & 1 == 1 ? latches[pair] | bit : latches[pair] & ~bit
    }
    invalidate()
  }
}
