import CLanes
import Lanes

/// The TIA's fifteen collision latches.
///
/// Pairs are tested 64 lanes at a time over the stretch since the last test, and only where both
/// objects are on and the latch is still open. ALE collides inside the visible window and outside
/// VBLANK alone.
final class Collider {
  private let state: ConsoleState
  private let storage = Storage()
  private let start: UInt16
  /// Clock up to which collisions are known, [64].
  let tested: UnsafeMutablePointer<UInt16>
  /// Lanes whose last test ended exactly at a line's end, which has taken effect already.
  private var ended: UInt64 = 0
  /// Lane masks of the latches, [15].
  private let latches: UnsafeMutablePointer<UInt64>
  /// Lanes in which both of a pair share a pixel somewhere on the line, [15].
  private let meeting: UnsafeMutablePointer<UInt64>
  /// Lanes in which an object is on, [6].
  private let on: UnsafeMutablePointer<UInt64>

  /// [6 objects][3 words][64 lanes], and the range of pixels under test.
  private let bits: UnsafeMutablePointer<UInt64>
  private let range: UnsafeMutablePointer<UInt64>
  private let ends: UnsafeMutablePointer<UInt16>
  // What has to be found anew: bits of objects and of pairs.
  private var staleOn: UInt32 = 0x3F
  private var staleBits: UInt32 = 0x3F
  private var stalePairs: UInt32 = 0x7FFF

  /// In the order of ALE's collision bits.
  static let pairs: [(Object, Object)] = [
    (.missile0, .player1), (.missile0, .player0), (.missile1, .player0), (.missile1, .player1),
    (.player0, .playfield), (.player0, .ball), (.player1, .playfield), (.player1, .ball),
    (.missile0, .playfield), (.missile0, .ball), (.missile1, .playfield), (.missile1, .ball),
    (.ball, .playfield), (.player0, .player1), (.missile0, .missile1),
  ]

  /// The two objects of each pair, and the pairs of each object as bits.
  private let firsts, seconds: UnsafeMutablePointer<Int>
  private let pairsOf: UnsafeMutablePointer<UInt32>

  init(state: ConsoleState, start: UInt16) {
    self.state = state
    self.start = start
    let (pairs, objects) = (Self.pairs.count, Object.allCases.count)
    tested = storage.rows(1)
    tested.update(repeating: start, count: 64)
    latches = storage.make(pairs)
    meeting = storage.make(pairs)
    on = storage.make(objects)
    bits = storage.rows(objects * 3)
    range = storage.rows(3)
    ends = storage.rows(1)
    firsts = storage.make(pairs)
    seconds = storage.make(pairs)
    pairsOf = storage.make(objects)
    for (index, pair) in Self.pairs.enumerated() {
      firsts[index] = pair.0.rawValue
      seconds[index] = pair.1.rawValue
      pairsOf[pair.0.rawValue] |= 1 << UInt32(index)
      pairsOf[pair.1.rawValue] |= 1 << UInt32(index)
    }
  }

  func reset(_ lane: Int) {
    tested[lane] = start
    clear(laneBit(lane))
    invalidate()
  }

  func clear(_ lanes: UInt64) {
    for pair in 0..<pairCount { latches[pair] &= ~lanes }
  }

  private let pairCount = pairs.count

  /// CXM0P...CXPPMM: bits 7 and 6.
  func read(_ register: Int) -> Vector {
    let first = register == 7 ? 13 : register * 2
    let high = lanes_and(lanes_expand(latches[first]), lanes_splat(0x80))
    if register == 6 { return high }
    return lanes_or(high, lanes_and(lanes_expand(latches[first + 1]), lanes_splat(0x40)))
  }

  @inline(__always)
  func invalidate(_ component: Visible) {
    if let object = component.object { invalidate(object) }
  }

  @inline(__always)
  private func invalidate(_ object: Object) {
    let bit: UInt32 = 1 << UInt32(object.rawValue)
    staleOn |= bit
    staleBits |= bit
    stalePairs |= pairsOf[object.rawValue]
  }

  func invalidate() {
    for object in Object.allCases { invalidate(object) }
  }

  // MARK: Tests

  func beginFrame(_ lanes: UInt64) {
    ended |= lanes
    forEachLane(lanes) { tested[$0] = start }
  }

  /// Lanes of the mask whose line ends before the target.
  func crossing(_ lanes: UInt64, before targets: UnsafeMutablePointer<UInt16>) -> UInt64 {
    findLineEnds()
    return lanes_above_u16(targets, ends) & lanes
  }

  func testToLineEnd(_ lanes: UInt64) {
    findLineEnds()
    test(lanes, until: ends)
    ended |= lanes
  }

  private func findLineEnds() {
    lanes_line_ends(ends, tested, lanes_at_line_start(tested) & ~ended)
  }

  /// Tests from where the last test ended to the target, in the lanes of the mask.
  func test(_ lanes: UInt64, until targets: UnsafeMutablePointer<UInt16>) {
    let moving = lanes & lanes_above_u16(targets, tested)
    if moving == 0 { return }
    let dark = lanes_nonzero(load(state.visible(.vblank)))
    let active = moving & ~dark & ~lanes_between_pixels(tested, targets)
    if active != 0 { testPairs(active, until: targets) }
    lanes_set_u16(tested, targets, moving)
    ended &= ~moving
  }

  private func testPairs(_ active: UInt64, until targets: UnsafeMutablePointer<UInt16>) {
    if staleOn != 0 { findEnabled() }
    var isRanged = false
    for pair in 0..<pairCount {
      var lanes = active & ~latches[pair] & on[firsts[pair]] & on[seconds[pair]]
      if lanes == 0 { continue }
      if stalePairs & 1 << UInt32(pair) != 0 { findMeeting(pair) }
      lanes &= meeting[pair]
      if lanes == 0 { continue }
      if !isRanged { lanes_ranges(range, tested, targets) }
      isRanged = true
      latches[pair] |= lanes_overlap_within(row(firsts[pair]), row(seconds[pair]), range) & lanes
    }
  }

  private func findEnabled() {
    on[0] = lanes_nonzero(load(state.visible(.grp0)))
    on[1] = lanes_nonzero(load(state.visible(.grp1)))
    on[2] = lanes_negative(load(state.visible(.m0shape)))
    on[3] = lanes_negative(load(state.visible(.m1shape)))
    on[4] = lanes_negative(load(state.visible(.blshape)))
    let field = lanes_or(load(state.visible(.pf0)), load(state.visible(.pf1)))
    on[5] = lanes_nonzero(lanes_or(field, load(state.visible(.pf2))))
    staleOn = 0
  }

  @inline(never)
  private func findMeeting(_ pair: Int) {
    meeting[pair] = lanes_overlap(row(firsts[pair]), row(seconds[pair]))
    stalePairs &= ~(1 << UInt32(pair))
  }

  private func row(_ object: Int) -> UnsafeMutablePointer<UInt64> {
    let row = bits + object * 192
    let bit: UInt32 = 1 << UInt32(object)
    if staleBits & bit != 0 {
      staleBits &= ~bit
      Object(rawValue: object)!.fill(row, state[.visible])
    }
    return row
  }

  // MARK: Saving

  func packed(_ lane: Int) -> UInt16 {
    var word: UInt16 = 0
    for pair in 0..<pairCount {
      word |= UInt16(latches[pair] >> UInt64(lane) & 1) << UInt16(pair)
    }
    return word
  }

  func unpack(_ word: UInt16, lane: Int) {
    let bit: UInt64 = laneBit(lane)
    for pair in 0..<pairCount {
      latches[pair] = word >> UInt16(pair) & 1 == 1 ? latches[pair] | bit : latches[pair] & ~bit
    }
    invalidate()
  }
}
