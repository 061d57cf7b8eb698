/// A piece of memory for each of some lanes, which can change hands without being copied.
///
/// Pieces start out as this shelf's own memory. Shelves that exchange pieces must live equally long.
public final class Shelf: @unchecked Sendable {
  public let bytes: Int
  private let memory: AlignedBuffer<UInt8>
  public let items: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

  /// - Parameter bytes: of one piece; zeroed.
  public init(count: Int, bytes: Int) {
    self.bytes = bytes
    memory = AlignedBuffer(count: count * bytes)
    items = .allocate(capacity: max(count, 1))
    for item in 0..<count { (items + item).initialize(to: memory.pointer + item * bytes) }
  }

  deinit { items.deallocate() }

  @inlinable public subscript(item: Int) -> UnsafeMutablePointer<UInt8> {
    @inline(__always) get { items[item].unsafelyUnwrapped }
  }

  public func exchange(_ item: Int, with other: Shelf, _ otherItem: Int) {
    let mine = items[item]
    items[item] = other.items[otherItem]
    other.items[otherItem] = mine
  }
}
