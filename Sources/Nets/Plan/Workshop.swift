import Lanes

/// What plans are made with.
public struct Workshop: Sendable {
  public let pool: ThreadPool
  public var backend: any Backend

  public init(pool: ThreadPool, backend: any Backend) {
    self.pool = pool
    self.backend = backend
  }

  /// The processor's backend.
  /// - Throws: `ForeignError` where the library for matrix products is missing.
  public init(pool: ThreadPool) throws { self.init(pool: pool, backend: try CPU()) }

  /// Long loops over floats: on the processor in parts of one size, whatever the number of threads; a
  /// device takes all at once.
  /// - Parameter nanoseconds: about what all take; nil: two floats a nanosecond.
  func forEachPart(
    of range: Range<Int>, size: Int = 1 << 16, nanoseconds: Int? = nil, _ body: (Range<Int>) -> Void
  ) {
    if backend.device != nil { return range.isEmpty ? () : body(range) }
    let parts = (range.count + size - 1) / size
    pool.forEach(parts, nanoseconds: nanoseconds ?? range.count / 2) { item, _ in
      let first = range.lowerBound + item * size
      body(first..<min(first + size, range.upperBound))
    }
  }
}
