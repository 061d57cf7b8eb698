import CLanes
import Lanes

/// One frame of the block as the beam saw it: what was visible at its start and every change.
final class FrameLog {
  let changes = LaneLog.make()
  /// [Visible.count][64].
  let initial: UnsafeMutablePointer<UInt8>
  /// Colour clocks between which the frame draws, [64] each.
  let from, until: UnsafeMutablePointer<UInt16>
  private let storage = Storage()

  init() {
    initial = storage.rows(Visible.count)
    from = storage.rows(1)
    until = storage.rows(1)
  }

  deinit { LaneLog.free(changes) }

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
  private var memory = AlignedBuffer<Part>(count: 1024)
  /// First and last part of each row; -1: none.
  let first: UnsafeMutablePointer<Int32>
  private let last: UnsafeMutablePointer<Int32>
  private let storage = Storage()

  init(height: Int) {
    self.height = height
    parts = memory.pointer
    first = storage.make(height)
    last = storage.make(height)
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
        if count == memory.count { grow() }
        parts[count] = Part(entry: entry, next: -1, lanes: here, early: early)
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
    let new = AlignedBuffer<Part>(count: 2 * memory.count)
    new.pointer.update(from: parts, count: memory.count)
    memory = new
    parts = new.pointer
  }
}
