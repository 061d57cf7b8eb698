import CLanes

/// One frame of one lane as a list: what was visible at its start, and every change of that.
///
/// Changes before a line's first pixel all count from that pixel: when exactly they came cannot be
/// seen, and frames that look alike should have equal lists.
struct LaneFrame {
  /// Clock << 16 | component << 8 | value, oldest first, then `end`.
  private(set) var records: UnsafeMutablePointer<UInt32>
  private(set) var count: Int
  private var capacity: Int
  /// [Visible.count], padded to 32.
  let initial: UnsafeMutablePointer<UInt8>
  /// Colour clocks between which the frame draws.
  var from: UInt16 = 0
  var until: UInt16 = 0
  /// Whether the list says what its picture holds.
  var isKnown = false

  static let end = UInt32.max

  init() {
    count = 0
    capacity = 64
    records = .allocate(capacity: capacity)
    records[0] = Self.end
    initial = UnsafeMutableRawPointer.allocate(byteCount: 32, alignment: 32)
      .bindMemory(to: UInt8.self, capacity: 32)
    initial.initialize(repeating: 0, count: 32)
  }

  func deallocate() {
    records.deallocate()
    initial.deallocate()
  }

  /// Takes over a list without its end mark.
  mutating func assign(_ list: UnsafePointer<UInt32>, count: Int) {
    if count >= capacity {
      records.deallocate()
      capacity = count + count / 4 + 1
      records = .allocate(capacity: capacity)
    }
    records.update(from: list, count: count)
    records[count] = Self.end
    self.count = count
  }
}

/// The lists of a frame's lanes, from the log that has them all.
final class FrameLists {
  private var capacity = 0
  private var records = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  private let counts: UnsafeMutablePointer<Int32> = LaneLog.rows(1)

  deinit {
    records.deallocate()
    counts.deallocate()
  }

  /// Sorts the log by lane. - Parameter lanes: those whose lists are wanted.
  func sort(_ log: UnsafeMutablePointer<LaneLog>, lanes: UInt64) {
    let log = log.pointee
    if log.count >= capacity {
      records.deallocate()
      // An odd number of cache lines a lane keeps the lanes' lists in different sets.
      capacity = (log.count / 16 + 1) / 2 * 32 + 48
      records = .allocate(capacity: 64 * capacity)
    }
    lanes_sort_by_lane(
      records, Int64(capacity), counts, log.kinds, log.lanes, log.clocks, log.values,
      Int64(log.count), lanes)
  }

  /// The list of one lane.
  func fill(_ frame: inout LaneFrame, lane: Int, from log: FrameLog) {
    frame.assign(records + lane * capacity, count: Int(counts[lane]))
    for component in 0..<Visible.count {
      frame.initial[component] = log.initial[component * 64 + lane]
    }
    frame.from = log.from[lane]
    frame.until = log.until[lane]
  }
}
