import Glibc

/// Zeroed memory on a 64-byte boundary, so that a row of 64 lanes is one aligned vector.
///
/// A reference: copies share the memory. Elements are plain values; 64 bytes behind them can be read.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  private let memory: UnsafeMutableRawPointer
  private let bytes: Int

  /// Where memory does not suffice, `Memory` ends the process.
  public init(count: Int) {
    // Large pieces come from the system as pages that take no memory until they are touched.
    let (size, isMore) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    if isMore || size > Int.max - 2 * 64 { Memory.refuse(.max) }
    bytes = size + 2 * 64
    Memory.claim(bytes)
    guard let memory = calloc(bytes, 1) else { Memory.refuse(bytes) }
    Memory.useLargePages(memory, bytes)
    self.memory = memory
    self.count = count
    pointer = memory.alignedUp(toMultipleOf: 64).bindMemory(
      to: Element.self, capacity: max(count, 1))
  }

  deinit {
    free(memory)
    Memory.release(bytes)
  }

  @inlinable public subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return pointer[index]
    }
    set {
      assert(index >= 0 && index < count)
      pointer[index] = newValue
    }
  }

  @inlinable public var span: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}
