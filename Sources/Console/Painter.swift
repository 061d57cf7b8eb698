import CLanes
import Lanes

/// Draws frames of 64 lanes row by row, and only the rows that differ from what the pictures show.
///
/// A row of pixels follows from what is visible when the row begins and from the changes inside it.
/// So where both equal what the picture was drawn from, the row stays.
final class Painter {
  private let start, height: Int
  /// What is visible now, and the part of it that can be seen: [Visible.count][64].
  let values: UnsafeMutablePointer<UInt8>
  private let seen: UnsafeMutablePointer<UInt8>
  var rowChanges: RowChanges
  let layers = Layers()
  /// Whether anything has changed since `seen` was found.
  var isStale = true

  // The row in hand.
  var row = 0
  var lineStart: UInt16 = 0
  /// Lanes in which something changes inside the row, all of them and by what may turn up.
  var busy: UInt64 = 0
  let changing = UnsafeMutablePointer<UInt64>.allocate(capacity: changingCount)
  static let changingCount = 7
  static let eventRoom = 128
  /// Changes of the lanes inside the row, see `lanes_add_event`, and the largest count.
  let events: UnsafeMutablePointer<UInt8> = LaneLog.rows(eventRoom * 3)
  let counts: UnsafeMutablePointer<UInt8> = LaneLog.rows(1)
  var mostEvents = 0
  /// Lanes with more changes than there is room for.
  var crowded: UInt64 = 0
  /// Pixels from which and up to which a lane is to be painted.
  let lower: UnsafeMutablePointer<Int> = .allocate(capacity: 64)
  let upper: UnsafeMutablePointer<Int> = .allocate(capacity: 64)

  /// Rows painted by the last call: lanes of each row.
  let painted: UnsafeMutablePointer<UInt64>

  /// Where the pictures are: row `r` of lane `l` at `first` + `stride` l + 160 r.
  struct Pictures {
    let first: UnsafeMutablePointer<UInt8>
    let stride: Int
  }

  init(display: Display) {
    start = 228 * display.firstLine
    height = display.height
    values = LaneLog.rows(2 * Visible.count)
    seen = values + Visible.count * 64
    rowChanges = RowChanges(height: height)
    painted = .allocate(capacity: height)
    painted.initialize(repeating: 0, count: height)
    changing.initialize(repeating: 0, count: Self.changingCount)
    counts.initialize(repeating: 0, count: 64)
  }

  deinit {
    for pointer in [values, events, counts] { pointer.deallocate() }
    for pointer in [changing, painted] { pointer.deallocate() }
    lower.deallocate()
    upper.deallocate()
    rowChanges.deallocate()
  }

  // MARK: Rows

  /// Draws the frame in the lanes of the mask into pictures that show `shown`.
  func paint(_ frame: FrameLog, _ lanes: UInt64, over shown: ShownRows, into pictures: Pictures) {
    values.update(from: frame.initial, count: ShownRows.rowBytes)
    isStale = true
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
      let stepwise = paintRow(whole, part, over: shown, into: pictures)
      let late = applyEvents(stepwise, frame.changes.pointee, pictures)
      settleBlank(late | odd & Self.atOrAfter(frame.from, lineStart + 76))
    }
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

  /// Paints what is new and does not change inside the row.
  /// - Parameter part: lanes in which the row begins at `lower` or ends at `upper`.
  /// - Returns: lanes that have to be painted change by change.
  private func paintRow(
    _ whole: UInt64, _ part: UInt64, over shown: ShownRows, into pictures: Pictures
  ) -> UInt64 {
    if isStale {
      lanes_seen(seen, values, changing)
      isStale = false
    }
    let rowSeen = shown.seen + row * ShownRows.rowBytes
    let rowCounts = shown.counts + row * 64
    let rowEvents = shown.events(row, room: mostEvents)
    var fresh = lanes_rows_differ(seen, rowSeen, Int32(Visible.count)) | ~shown.known[row] | crowded
    fresh |= lanes_events_differ(events, counts, rowEvents, rowCounts, Int32(mostEvents))
    fresh &= whole
    painted[row] = fresh | part
    if fresh | part == 0 { return 0 }
    lanes_copy_rows(rowSeen, seen, Int32(Visible.count), fresh)
    lanes_copy_rows(rowCounts, counts, 1, fresh)
    lanes_copy_rows(rowEvents, events, Int32(3 * mostEvents), fresh)
    shown.known[row] = (shown.known[row] | fresh) & ~crowded & ~part
    let still = fresh & ~busy
    if still != 0 { paintStill(still, pictures) }
    forEachLane(fresh & busy) { lane in
      lower[lane] = 0
      upper[lane] = 160
    }
    return fresh & busy | part
  }

  private func paintStill(_ lanes: UInt64, _ pictures: Pictures) {
    layers.arrange(values)
    let blank = lanes_nonzero(load(values + Visible.hmoveBlank.rawValue * 64))
    lanes_paint(
      pictures.first + row * 160, Int64(pictures.stride), lanes, layers.pixels, layers.colours,
      blank)
  }
}
