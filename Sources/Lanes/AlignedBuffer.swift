import Glibc

/// Zeroed memory on a 64-byte boundary, so that a row of 64 lanes is one aligned vector.
///
/// A reference: copies share the memory. Elements are plain values.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>
  public let count: Int

  private let memory: UnsafeMutableRawPointer

  public init(count: Int) {
    // Large pieces come from the system as pages that take no memory until they are touched.
    let bytes = count * MemoryLayout<Element>.stride + 64
    guard let memory = calloc(bytes, 1) else { fatalError("out of memory: \(bytes) bytes") }
    Memory.held.add(bytes, ordering: .relaxed)
    self.memory = memory
    self.count = count
    pointer = memory.alignedUp(toMultipleOf: 64).bindMemory(
      to: Element.self, capacity: max(count, 1))
  }

  deinit {
    Memory.held.subtract(count * MemoryLayout<Element>.stride + 64, ordering: .relaxed)
    free(memory)
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
