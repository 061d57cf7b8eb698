import Lanes

/// Rows of one field, one a lane (or one a player and lane), row-major.
///
/// Whoever may write to a column between steps is said by `isShared`: a batch goes on from what
/// it wrote last only where nobody else can have changed it.
public struct Column: @unchecked Sendable {
  public let field: Field
  public let rows: Int
  /// Others than the batch may write here: memory of the caller's own.
  public private(set) var isShared: Bool
  package private(set) var base: UnsafeMutableRawPointer
  /// Keeps the memory alive; nil: the caller does.
  private var owner: AlignedBuffer<UInt8>?

  /// Zeroed memory of its own, on a 64-byte line.
  public init(_ field: Field, rows: Int, isShared: Bool = false) {
    let owner = AlignedBuffer<UInt8>(count: rows * field.bytes)
    self.init(field, rows, isShared, UnsafeMutableRawPointer(owner.pointer), owner)
  }

  /// The caller's memory.
  /// - Parameters:
  ///   - memory: `rows * field.bytes` bytes that outlive every use of the column, aligned for the
  ///     element.
  ///   - isShared: false: the caller promises not to write there.
  public init(
    _ field: Field, rows: Int, memory: UnsafeMutableRawPointer, isShared: Bool = true
  ) {
    self.init(field, rows, isShared, memory, nil)
  }

  private init(
    _ field: Field, _ rows: Int, _ isShared: Bool, _ base: UnsafeMutableRawPointer,
    _ owner: AlignedBuffer<UInt8>?
  ) {
    self.field = field
    self.rows = rows
    self.isShared = isShared
    self.base = base
    self.owner = owner
  }

  /// The same rows in memory of the caller's, as `init(_:rows:memory:)` takes it.
  package mutating func move(to memory: UnsafeMutableRawPointer) {
    (base, isShared, owner) = (memory, true, nil)
  }

  /// Some of the rows.
  package func slice(_ first: Int, _ count: Int) -> Column {
    Column(field, count, isShared, base + first * field.bytes, owner)
  }

  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: rows * field.bytes)
  }

  /// One row's bytes.
  public func row(_ row: Int) -> UnsafeRawBufferPointer {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows) of \(field.name)")
    return UnsafeRawBufferPointer(start: base + row * field.bytes, count: field.bytes)
  }

  /// The numbers, [rows, shape], to be read.
  public func of<Number: BitwiseCopyable>(_: Number.Type) -> UnsafePointer<Number> {
    precondition(field.element.holds(Number.self), "\(field.name) has \(field.element) elements")
    return UnsafePointer(base.assumingMemoryBound(to: Number.self))
  }

  /// The numbers, to be written by the caller: actions, and columns that are shared.
  public func writable<Number: BitwiseCopyable>(
    _: Number.Type
  ) -> UnsafeMutablePointer<Number> {
    precondition(isShared, "only the batch writes to \(field.name)")
    return written(Number.self)
  }

  /// As `writable`, for batches.
  package func written<Number: BitwiseCopyable>(
    _: Number.Type
  ) -> UnsafeMutablePointer<Number> {
    precondition(field.element.holds(Number.self), "\(field.name) has \(field.element) elements")
    return base.assumingMemoryBound(to: Number.self)
  }

  /// Whether both have room for the same.
  func suits(_ other: Column) -> Bool {
    rows == other.rows && field.shape == other.field.shape && field.element == other.field.element
  }
}
