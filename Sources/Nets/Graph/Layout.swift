import Lanes

/// A named stretch of the flat weights.
public struct Slice: Sendable, Equatable {
  /// The layer's, then `.weight` or `.bias`.
  public let name: String
  /// Row-major; the last axis is the neurons.
  public let shape: [Int]
  public internal(set) var offset: Int
  /// Path of the group that it belongs to; empty: none.
  public let group: String
  public let initialiser: Initialiser
  /// Numbers that a unit of its layer reads, and units that read one number.
  public let fanIn, fanOut: Int

  public var count: Int { shape.reduce(1, *) }
  public var range: Range<Int> { offset..<offset + count }
  public var layer: String { String(name[..<(name.lastIndex(of: ".") ?? name.endIndex)]) }

  func isIn(_ groups: [String]) -> Bool {
    groups.contains { group == $0 || group.hasPrefix($0 + "/") }
  }
}

/// Where each layer's weights lie in a flat buffer; filled while graphs are written down.
///
/// Weights, gradients, moments, targets and masks are buffers of `count` floats.
public final class Layout: @unchecked Sendable {
  public private(set) var slices: [Slice] = []

  public init() {}

  public var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  public subscript(name: String) -> Slice? { slices.first { $0.name == name } }

  /// The slice of that name, made if there is none.
  func reserve(_ slice: Slice) -> Slice {
    if let old = self[slice.name] {
      precondition(old.shape == slice.shape, "\(slice.name) has two shapes")
      return old
    }
    var slice = slice
    // Every slice begins on a 64-byte line.
    slice.offset = (count + 15) / 16 * 16
    slices.append(slice)
    return slice
  }

  public func makeBuffer() -> Buffer { Buffer(count: count) }

  /// New weights by each slice's initialiser, in the order of the slices.
  public func fill(_ weights: Buffer, using generator: inout SplitMix64) {
    for slice in slices { fill(slice, of: weights, using: &generator) }
  }

  public func fill(_ slice: Slice, of weights: Buffer, using generator: inout SplitMix64) {
    slice.initialiser.fill(weights.pointer + slice.offset, slice, using: &generator)
  }

  /// Stretches of the groups' slices, adjoining ones joined; nil: all.
  public func ranges(of groups: [String]?) -> [Range<Int>] {
    guard let groups else { return [0..<count] }
    var ranges: [Range<Int>] = []
    var isOpen = false
    for slice in slices {
      defer { isOpen = slice.isIn(groups) }
      guard slice.isIn(groups) else { continue }
      if isOpen, let last = ranges.popLast() {
        ranges.append(last.lowerBound..<slice.range.upperBound)
      } else {
        ranges.append(slice.range)
      }
    }
    return ranges
  }

  /// The first layer that holds a number in one of the buffers that is not finite.
  public func firstNotFinite(_ buffers: [Buffer]) -> String? {
    for buffer in buffers {
      for slice in slices {
        let numbers = buffer.pointer + slice.offset
        // A product with zero is zero for finite numbers alone.
        var sum: Float = 0
        for index in 0..<slice.count { sum += numbers[index] * 0 }
        if sum != 0 { return slice.layer }
      }
    }
    return nil
  }
}

/// Floats of a backend: weights, or what has their offsets.
public final class Buffer: @unchecked Sendable {
  private let memory: AlignedBuffer<Float>

  public init(count: Int) { memory = AlignedBuffer(count: count) }

  public var count: Int { memory.count }
  public var pointer: UnsafeMutablePointer<Float> { memory.pointer }
  public var span: UnsafeMutableBufferPointer<Float> { memory.span }

  public subscript(index: Int) -> Float {
    get { memory[index] }
    set { memory[index] = newValue }
  }

  public func copy(from other: Buffer) {
    precondition(other.count == count)
    pointer.update(from: other.pointer, count: count)
  }

  /// Moves by `share` towards another buffer: Polyak's average; 1 makes it a copy.
  public func mix(_ other: Buffer, share: Float, pool: ThreadPool) {
    precondition(other.count == count)
    if share == 1 { return copy(from: other) }
    let (mine, others) = (pointer, other.pointer)
    pool.forEachPart(of: 0..<count) { range in
      for index in range { mine[index] += share * (others[index] - mine[index]) }
    }
  }
}

extension ThreadPool {
  /// Long loops over floats in parts of one size, whatever the number of threads.
  func forEachPart(of range: Range<Int>, size: Int = 1 << 16, _ body: (Range<Int>) -> Void) {
    forEach((range.count + size - 1) / size) { item, _ in
      let first = range.lowerBound + item * size
      body(first..<min(first + size, range.upperBound))
    }
  }
}
