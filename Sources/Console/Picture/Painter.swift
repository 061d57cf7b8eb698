import CLanes
import Lanes

/// Draws frames of 64 lanes row by row, and only the rows that differ from what the pictures show.
///
/// A row of pixels follows from what is visible when the row begins and from the changes inside it.
/// So where both equal what the picture was drawn from, the row stays.
final class Painter {
  private let start, height: Int
  private let storage = Storage()
  /// What is visible now, and the part of it that can be seen: [Visible.count][64].
  let values: UnsafeMutablePointer<UInt8>
  private let seen: UnsafeMutablePointer<UInt8>
  /// The same of the frame that the pictures show, and of what they will show.
  private let old, written: UnsafeMutablePointer<UInt8>
  /// Lanes in which `seen` and `old` differ, [Visible.count], and in any of them.
  private let differing: UnsafeMutablePointer<UInt64>
  private var differs: UInt64 = 0
  /// What the pictures will show, and where the description of what they show goes on.
  private var new: ShownRows
  private var next: UnsafeMutablePointer<UInt8>
  private let zeros: UnsafeMutablePointer<UInt8>
  var rowChanges: RowChanges
  let layers = Layers()
  /// Components of `seen` that have to be found anew, as bits.
  var stale: UInt32 = everything
  static let everything: UInt32 = 1 << UInt32(Visible.count) - 1

  /// For each component the bits of `Visible.dependents`.
  let dependents: UnsafeMutablePointer<UInt32>

  // The row in hand.
  var row = 0
  var lineStart: UInt16 = 0
  /// Lanes in which something changes inside the row, all of them and by what may turn up.
  var busy: UInt64 = 0
  let changing: UnsafeMutablePointer<UInt64>
  static let changingCount = 8
  static let eventRoom = 128
  private static let rowBytes = Visible.count * 64
  /// Changes of the lanes inside the row, see `lanes_add_event`, and the largest count.
  let events: UnsafeMutablePointer<UInt8>
  let counts: UnsafeMutablePointer<UInt8>
  var mostEvents = 0
  /// Lanes whose first eight pixels are black.
  var blank: UInt64 = 0
  /// Lanes with more changes than there is room for.
  var crowded: UInt64 = 0
  /// Pixels from which and up to which a lane is to be painted.
  let lower, upper: UnsafeMutablePointer<Int>

  /// Rows painted by the last call: lanes of each row.
  let painted: UnsafeMutablePointer<UInt64>

  /// Every second is a lane's.
  typealias Pictures = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

  init(display: Display) {
    start = display.window.lowerBound
    height = display.height
    values = storage.rows(4 * Visible.count)
    seen = values + Self.rowBytes
    old = values + 2 * Self.rowBytes
    written = values + 3 * Self.rowBytes
    new = ShownRows(height: height)
    next = new.memory
    zeros = storage.rows(1)
    differing = storage.make(Visible.count)
    dependents = storage.make(Visible.count)
    changing = storage.make(Self.changingCount)
    events = storage.rows(Self.eventRoom * 3)
    counts = storage.rows(1)
    lower = storage.rows(1)
    upper = storage.rows(1)
    painted = storage.make(height)
    rowChanges = RowChanges(height: height)
    for component in Visible.allCases {
      for dependent in component.dependents {
        dependents[component.rawValue] |= 1 << UInt32(dependent.rawValue)
      }
    }
  }

  deinit { new.deallocate() }

  // MARK: Rows

  /// Draws the frame in the lanes of the mask into pictures that show `shown`.
  func paint(
    _ frame: FrameLog, _ lanes: UInt64, over shown: inout ShownRows, into pictures: Pictures
  ) {
    values.update(from: frame.initial, count: Self.rowBytes)
    old.update(repeating: 0, count: 2 * Self.rowBytes)
    new.clear()
    next = shown.memory
    var lastTaken: UInt64?
    stale = Self.everything
    layers.invalidate()
    rowChanges.sort(frame.changes.pointee, lanes: lanes, start: start)
    let odd = lanes & ~regular(frame)
    for row in 0..<height {
      self.row = row
      lineStart = UInt16(start + 228 * row)
      if row > 0 { endLine(~(odd & Self.atOrAfter(frame.from, lineStart + 1))) }
      applyEarly(frame.changes.pointee)
      gatherEvents(frame.changes.pointee)
      var whole = lanes
      var part: UInt64 = 0
      if odd != 0 { findParts(frame, odd, &whole, &part) }
      let taken = whole | ~shown.known[row]
      compare(taken, with: shown, anew: taken != lastTaken)
      lastTaken = taken
      let differing = (differs | compareEvents(taken, with: shown)) & whole
      let stepwise = paintRow(whole, part, differing, over: shown, into: pictures)
      // Mostly the next row's lanes are the same.
      if row + 1 < height { lanes_prefetch_rows(pictures, Int64((row + 1) * 160), painted[row]) }
      let late = applyEvents(stepwise, part, frame.changes.pointee, pictures)
      settleBlank(late | odd & Self.atOrAfter(frame.from, lineStart + 76))
    }
    swap(&new, &shown)
  }

  private static func atOrAfter(_ clocks: UnsafeMutablePointer<UInt16>, _ clock: UInt16) -> UInt64 {
    lanes_within_u16(clocks, clock, 0 &- clock)
  }

  /// Lanes whose frame covers the picture.
  private func regular(_ frame: FrameLog) -> UInt64 {
    let stop = UInt16(start + 228 * height)
    return lanes_within_u16(frame.from, UInt16(start), 1) & lanes_within_u16(frame.until, stop, 1)
  }

  /// Rows that a frame begins or ends in.
  private func findParts(
    _ frame: FrameLog, _ odd: UInt64, _ whole: inout UInt64, _ part: inout UInt64
  ) {
    let origin = Int(lineStart) + 68
    forEachLane(odd) { lane in
      lower[lane] = min(max(Int(frame.from[lane]) - origin, 0), 160)
      upper[lane] = min(max(Int(frame.until[lane]) - origin, 0), 160)
      if lower[lane] == 0 && upper[lane] == 160 { return }
      whole &= ~laneBit(lane)
      if lower[lane] < upper[lane] { part |= laneBit(lane) }
    }
  }

  /// Compares what is visible with what was, and writes down what the lanes of `taken` show now.
  private func compare(_ taken: UInt64, with shown: ShownRows, anew: Bool) {
    var touched = shown.components[row]
    readRows(touched)
    if stale != 0 { touched |= lanes_seen(seen, values, changing, stale) }
    stale = 0
    if anew { touched = Self.everything }
    if touched == 0 {
      new.components[row] = 0
      return
    }
    var end: UnsafeMutablePointer<UInt8>? = new.end(room: Visible.count)
    new.components[row] = lanes_compare_rows(
      seen, old, differing, written, touched, taken, &end)
    new.take(upTo: end.unsafelyUnwrapped)
    differs = lanes_in_any(differing, Int32(Visible.count))
  }

  /// Reads what has changed in the row of the frame that the pictures show.
  @inline(__always)
  private func readRows(_ components: UInt32) {
    var rest = components
    while rest != 0 {
      (old + rest.trailingZeroBitCount * 64).update(from: next, count: 64)
      next += 64
      rest &= rest &- 1
    }
  }

  /// Lanes whose changes inside the row differ; writes down those of `taken`.
  private func compareEvents(_ taken: UInt64, with shown: ShownRows) -> UInt64 {
    let oldMost = Int(shown.most[row])
    if mostEvents == 0 && oldMost == 0 {
      new.most[row] = 0
      return 0
    }
    let oldCounts = oldMost == 0 ? zeros : next
    let oldEvents = next + 64
    if oldMost != 0 { next += (1 + 3 * oldMost) * 64 }
    let differ = lanes_events_differ(events, counts, oldEvents, oldCounts, Int32(mostEvents))
    let most = taken == .max ? mostEvents : max(mostEvents, oldMost)
    new.most[row] = UInt8(most)
    if most == 0 { return differ }
    let out = new.end(room: 1 + 3 * most)
    lanes_mix_rows(out, counts, oldCounts, 1, taken)
    for event in 0..<most {
      let (mine, its) = (events + event * 192, oldEvents + event * 192)
      let mask = event >= oldMost ? .max : event >= mostEvents ? 0 : taken
      lanes_mix_rows(
        out + 64 + event * 192, mask == 0 ? its : mine, mask == .max ? mine : its, 3, mask)
    }
    new.take(upTo: out + (1 + 3 * most) * 64)
    return differ
  }

  /// Paints what is new and does not change inside the row.
  /// - Parameters:
  ///   - part: lanes in which the row begins at `lower` or ends at `upper`.
  ///   - differing: lanes of `whole` that do not look as in the frame shown.
  /// - Returns: lanes that have to be painted change by change.
  private func paintRow(
    _ whole: UInt64, _ part: UInt64, _ differing: UInt64, over shown: ShownRows,
    into pictures: Pictures
  ) -> UInt64 {
    let known = shown.known[row]
    let fresh = differing | (~known | crowded) & whole
    new.known[row] = (known | whole) & ~crowded & ~part
    let blank = lanes_nonzero(load(values + Visible.hmoveBlank.rawValue * 64))
    let changed = paintWhole(fresh & ~busy, blank, pictures, unsure: ~known)
    painted[row] = changed | fresh & busy | part
    if fresh & busy | part == 0 { return 0 }
    forEachLane(fresh & busy) { lane in
      lower[lane] = 0
      upper[lane] = 160
    }
    return fresh & busy | part
  }

  /// Paints rows from end to end.
  /// - Parameters:
  ///   - blank: lanes whose first eight pixels are black.
  ///   - unsure: lanes whose pixels may be what they were.
  /// - Returns: lanes whose pixels have changed.
  @discardableResult
  func paintWhole(
    _ lanes: UInt64, _ blank: UInt64, _ pictures: Pictures, unsure: UInt64 = 0
  ) -> UInt64 {
    if lanes == 0 { return 0 }
    layers.arrange(values)
    return lanes_paint(
      pictures, Int64(row * 160), lanes, layers.pixels, layers.colours, blank, unsure)
  }
}
