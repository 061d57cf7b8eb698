import Lanes

/// A named stretch of the flat weights.
public struct Slice: Sendable {
  /// The layer's, then `.weight` or `.bias`.
  public let name: String
  /// Row-major; the last axis is the neurons.
  public let shape: [Int]
  public let offset: Int
  let initialiser: Initialiser
  public var count: Int { shape.reduce(1, *) }

  public var layer: String { String(name.prefix { $0 != "." }) }
}

/// Where each layer's weights lie; filled while a graph is written down.
final class Layout {
  private(set) var slices: [Slice] = []

  var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  func reserve(_ name: String, _ shape: [Int], _ initialiser: Initialiser) -> Slice {
    // Every slice begins on a 64-byte line.
    let offset = (count + 15) / 16 * 16
    slices.append(Slice(name: name, shape: shape, offset: offset, initialiser: initialiser))
    return slices.last!
  }
}

/// All weights of a network in one buffer, and their gradients at the same offsets.
public final class Parameters: @unchecked Sendable {
  public let slices: [Slice]
  public let count: Int
  public let values: AlignedBuffer<Float>
  public let gradients: AlignedBuffer<Float>

  init(_ layout: Layout, using generator: inout SplitMix64) {
    slices = layout.slices
    count = layout.count
    values = AlignedBuffer(count: count)
    gradients = AlignedBuffer(count: count)
    for slice in slices {
      slice.initialiser.fill(values.pointer + slice.offset, slice.shape, using: &generator)
    }
  }

  /// The first layer with a weight or a gradient that is not finite.
  public var firstNotFinite: String? {
    for buffer in [values, gradients] {
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

  /// Euclidean length of all gradients; summed in a fixed order.
  public func gradientNorm() -> Float {
    let part = 1 << 14
    let gradients = gradients.pointer
    var total = 0.0
    for first in stride(from: 0, to: count, by: part) {
      var sums = SIMD16<Float>.zero
      var index = first
      let last = min(first + part, count)
      while index + 16 <= last {
        let values = UnsafeRawPointer(gradients + index).loadUnaligned(as: SIMD16<Float>.self)
        sums += values * values
        index += 16
      }
      while index < last {
        sums[0] += gradients[index] * gradients[index]
        index += 1
      }
      total += Double(sums.sum())
    }
    return Float(total.squareRoot())
  }
}
