import CLanes

/// What one picture of each lane shows, row by row: what was visible when the row began, and what
/// changed inside it. Written and read from the first row to the last.
struct ShownRows {
  let height: Int
  /// Lanes whose row is as described, [height].
  let known: UnsafeMutablePointer<UInt64>
  /// Components that differ from the row above in some lane, as bits, and the largest number of
  /// changes inside the row: [height].
  let components: UnsafeMutablePointer<UInt32>
  let most: UnsafeMutablePointer<UInt8>
  /// Rows of 64 bytes: the components of a row, the lanes' numbers of changes if there are any, and
  /// the changes (see `lanes_add_event`); then the next row's.
  private(set) var memory: UnsafeMutablePointer<UInt8>
  private var capacity = 256
  /// Bytes of `memory` in use.
  private var count = 0

  init(height: Int) {
    self.height = height
    known = .allocate(capacity: height)
    components = .allocate(capacity: height)
    most = .allocate(capacity: height)
    memory = LaneLog.rows(capacity)
    known.initialize(repeating: 0, count: height)
    components.initialize(repeating: 0, count: height)
    most.initialize(repeating: 0, count: height)
  }

  func deallocate() {
    known.deallocate()
    components.deallocate()
    most.deallocate()
    memory.deallocate()
  }

  /// The pictures of the lanes show something else now.
  func forget(_ lanes: UInt64) {
    for row in 0..<height { known[row] &= ~lanes }
  }

  mutating func clear() { count = 0 }

  /// Where to write next, with room for some rows of 64 bytes.
  @inline(__always)
  mutating func end(room rows: Int) -> UnsafeMutablePointer<UInt8> {
    if count + rows * 64 > capacity * 64 { grow(rows) }
    return memory + count
  }

  /// Takes what has been written up to `end`.
  @inline(__always)
  mutating func take(upTo end: UnsafeMutablePointer<UInt8>) { count = end - memory }

  @inline(never)
  private mutating func grow(_ rows: Int) {
    capacity = 2 * capacity + rows
    let new: UnsafeMutablePointer<UInt8> = LaneLog.rows(capacity)
    new.update(from: memory, count: count)
    memory.deallocate()
    memory = new
  }
}
