import CLanes

/// Timed values for some of the 64 lanes, in the order in which they happened in each lane: the TIA
/// writes of a frame, or the changes of what is visible.
///
/// A plain value behind a pointer: hot loops must not count references.
typealias LaneLog = lanes_log

extension LaneLog {
  private static func make(capacity: Int) -> LaneLog {
    LaneLog(
      count: 0, capacity: capacity, kinds: .allocate(capacity: capacity),
      lanes: .allocate(capacity: capacity), clocks: rows(capacity), values: rows(capacity))
  }

  static func make() -> UnsafeMutablePointer<LaneLog> {
    let log = UnsafeMutablePointer<LaneLog>.allocate(capacity: 1)
    log.initialize(to: make(capacity: 2048))
    return log
  }

  static func free(_ log: UnsafeMutablePointer<LaneLog>) {
    log.pointee.kinds.deallocate()
    log.pointee.lanes.deallocate()
    log.pointee.clocks.deallocate()
    log.pointee.values.deallocate()
    log.deallocate()
  }

  static func rows<Element>(_ count: Int) -> UnsafeMutablePointer<Element> {
    let bytes = count * 64 * MemoryLayout<Element>.stride
    return UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Element.self, capacity: count * 64)
  }

  mutating func clear() { count = 0 }

  /// Makes room for an entry.
  @inline(__always)
  mutating func makeRoom() { if count == capacity { grow() } }

  @inline(__always)
  mutating func append(
    _ kind: Int, _ mask: UInt64, _ value: Vector, at times: UnsafeMutablePointer<UInt16>
  ) {
    makeRoom()
    lanes_log_append(&self, Int32(kind), mask, value).update(from: times, count: 64)
  }

  @inline(never)
  private mutating func grow() {
    func moved<Element>(
      _ old: UnsafeMutablePointer<Element>, _ each: Int
    ) -> UnsafeMutablePointer<Element> {
      let new: UnsafeMutablePointer<Element> = Self.rows(2 * capacity)
      new.update(from: old, count: capacity * each)
      old.deallocate()
      return new
    }
    kinds = moved(kinds, 1)
    lanes = moved(lanes, 1)
    clocks = moved(clocks, 64)
    values = moved(values, 64)
    capacity *= 2
  }
}
