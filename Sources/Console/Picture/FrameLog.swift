import CLanes

/// One frame of the block as the beam saw it: what was visible at its start and every change.
final class FrameLog {
  let changes = LaneLog.make()
  /// [Visible.count][64].
  let initial: UnsafeMutablePointer<UInt8> = LaneLog.rows(Visible.count)
  /// Colour clocks between which the frame draws, [64] each.
  let from: UnsafeMutablePointer<UInt16> = LaneLog.rows(1)
  let until: UnsafeMutablePointer<UInt16> = LaneLog.rows(1)

  deinit {
    LaneLog.free(changes)
    initial.deallocate()
    from.deallocate()
    until.deallocate()
  }

  func begin(_ state: ConsoleState, from drawn: UnsafeMutablePointer<UInt16>) {
    initial.update(from: state[.visible], count: Visible.count * 64)
    from.update(from: drawn, count: 64)
  }
}

/// The changes of a frame by rows of the picture, in the order in which they came.
///
/// A change at the clock that ends a line belongs to that line.
struct RowChanges {
  struct Part {
    let entry: Int
    var next: Int32
    let lanes: UInt64
    /// Lanes in which the change comes before the row's first pixel.
    let early: UInt64
  }

  private let height: Int
  private(set) var parts: UnsafeMutablePointer<Part>
  private var capacity = 1024
  /// First and last part of each row; -1: none.
  let first: UnsafeMutablePointer<Int32>
  private let last: UnsafeMutablePointer<Int32>

  init(height: Int) {
    self.height = height
    parts = .allocate(capacity: capacity)
    first = .allocate(capacity: height)
    last = .allocate(capacity: height)
    first.initialize(repeating: -1, count: height)
    last.initialize(repeating: -1, count: height)
  }

  func deallocate() {
    parts.deallocate()
    first.deallocate()
    last.deallocate()
  }

  /// - Parameter start: clock of the first row's line.
  mutating func sort(_ log: LaneLog, lanes: UInt64, start: Int) {
    first.update(repeating: -1, count: height)
    var count = 0
    for entry in 0..<log.count {
      var rest = log.lanes[entry] & lanes
      let clocks = log.clocks + entry * 64
      while rest != 0 {
        let clock = Int(clocks[rest.trailingZeroBitCount])
        let row = max(clock - start - 1, 0) / 228
        // The very first clock belongs to the first row too.
        let own = row == 0 ? 1 : 0
        let begin = UInt16(start + 228 * row + 1 - own)
        let here = lanes_within_u16(clocks, begin, UInt16(228 + own)) & rest
        rest &= ~here
        let early = lanes_within_u16(clocks, begin, UInt16(68 + own)) & here
        if count == capacity { grow() }
        (parts + count).initialize(to: Part(entry: entry, next: -1, lanes: here, early: early))
        link(Int32(count), row)
        count += 1
      }
    }
  }

  private func link(_ part: Int32, _ row: Int) {
    if first[row] < 0 { first[row] = part } else { parts[Int(last[row])].next = part }
    last[row] = part
  }

  private mutating func grow() {
    let new = UnsafeMutablePointer<Part>.allocate(capacity: 2 * capacity)
    new.update(from: parts, count: capacity)
    parts.deallocate()
    parts = new
    capacity *= 2
  }
}
