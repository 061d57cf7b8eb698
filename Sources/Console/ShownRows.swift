import CLanes

/// What one picture of each lane shows, row by row: what was visible when the row began, and what
/// changed inside it.
final class ShownRows {
  static let rowBytes = Visible.count * 64
  private let height: Int
  /// [height][Visible.count][64], without what could not be seen.
  let seen: UnsafeMutablePointer<UInt8>
  /// Lanes whose row is as described, [height].
  let known: UnsafeMutablePointer<UInt64>
  /// Number of changes, [height][64].
  let counts: UnsafeMutablePointer<UInt8>
  /// Changes of each row, see `lanes_add_event`, and how many there is room for.
  private let events: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
  private let capacities: UnsafeMutablePointer<Int>

  init(height: Int) {
    self.height = height
    seen = LaneLog.rows(height * Visible.count)
    known = .allocate(capacity: height)
    counts = LaneLog.rows(height)
    events = .allocate(capacity: height)
    capacities = .allocate(capacity: height)
    known.initialize(repeating: 0, count: height)
    counts.initialize(repeating: 0, count: height * 64)
    events.initialize(repeating: nil, count: height)
    capacities.initialize(repeating: 0, count: height)
  }

  deinit {
    for row in 0..<height { events[row]?.deallocate() }
    for pointer in [seen, counts] { pointer.deallocate() }
    known.deallocate()
    events.deallocate()
    capacities.deallocate()
  }

  /// The pictures of the lanes show something else now.
  func forget(_ lanes: UInt64) {
    for row in 0..<height { known[row] &= ~lanes }
  }

  /// The row's changes, with room for `count` a lane.
  func events(_ row: Int, room count: Int) -> UnsafeMutablePointer<UInt8> {
    if let events = events[row], count <= capacities[row] { return events }
    let capacity = max(count, 2 * capacities[row], 4)
    let new: UnsafeMutablePointer<UInt8> = LaneLog.rows(capacity * 3)
    if let old = events[row] {
      new.update(from: old, count: capacities[row] * 192)
      old.deallocate()
    }
    events[row] = new
    capacities[row] = capacity
    return new
  }
}
