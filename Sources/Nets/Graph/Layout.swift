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

  /// - Parameter backend: whose kernels it is for; nil: the processor's.
  public func makeBuffer(_ backend: (any Backend)? = nil) -> Buffer {
    Buffer(count: count, backend)
  }

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
    for buffer in buffers where !buffer.areFinite {
      for slice in slices {
        let numbers = buffer.numbers + slice.offset
        // A product with zero is zero for finite numbers alone.
        var sum: Float = 0
        for index in 0..<slice.count { sum += numbers[index] * 0 }
        if sum != 0 { return slice.layer }
      }
    }
    return nil
  }
}
