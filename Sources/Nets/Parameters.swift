import Foundation
import Lanes

/// A named stretch of the flat parameter buffer.
public struct ParameterSlice: Sendable {
  public let name: String
  /// Row-major; the last axis is the neurons.
  public let shape: [Int]
  public let offset: Int
  public var count: Int { shape.reduce(1, *) }
}

/// All weights of a network in one buffer, with gradients and Adam's moments at the same offsets.
public final class Parameters: @unchecked Sendable {
  public private(set) var slices: [ParameterSlice] = []
  public private(set) var values = AlignedBuffer<Float>(count: 0)
  public private(set) var gradients = AlignedBuffer<Float>(count: 0)
  public private(set) var firstMoments = AlignedBuffer<Float>(count: 0)
  public private(set) var secondMoments = AlignedBuffer<Float>(count: 0)
  /// Adam steps taken.
  public var updates = 0

  public var count: Int { slices.last.map { $0.offset + $0.count } ?? 0 }

  /// Plans a slice; call before `allocate`.
  func reserve(_ name: String, _ shape: [Int]) -> ParameterSlice {
    // Every slice begins on a 64-byte line.
    let offset = (count + 15) / 16 * 16
    let slice = ParameterSlice(name: name, shape: shape, offset: offset)
    slices.append(slice)
    return slice
  }

  func allocate() {
    values = AlignedBuffer(count: count)
    gradients = AlignedBuffer(count: count)
    firstMoments = AlignedBuffer(count: count)
    secondMoments = AlignedBuffer(count: count)
  }

  @inline(__always) func value(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    values.pointer + slice.offset
  }
}

/// Adam with bias correction. Source: Kingma and Ba 2015, arXiv:1412.6980.
public struct Adam: Codable, Equatable, Sendable {
  public var learningRate: Float
  public var beta1: Float = 0.9
  public var beta2: Float = 0.999
  public var epsilon: Float = 1e-5

  public init(learningRate: Float, epsilon: Float = 1e-5) {
    self.learningRate = learningRate
    self.epsilon = epsilon
  }

  /// One step along `parameters.gradients`, scaled by `scale`.
  public func update(_ parameters: Parameters, scale: Float, pool: ThreadPool) {
    parameters.updates += 1
    let correction1 = 1 - pow(beta1, Float(parameters.updates))
    let correction2 = 1 - pow(beta2, Float(parameters.updates))
    let step = learningRate / correction1
    let rootCorrection = 1 / correction2.squareRoot()
    let (beta1, beta2, epsilon) = (self.beta1, self.beta2, self.epsilon)
    let count = parameters.count
    let part = 1 << 16
    pool.forEach((count + part - 1) / part) { item, _ in
      let values = parameters.values.pointer
      let gradients = parameters.gradients.pointer
      let first = parameters.firstMoments.pointer
      let second = parameters.secondMoments.pointer
      for index in (item * part)..<min(count, (item + 1) * part) {
        let gradient = gradients[index] * scale
        let m = beta1 * first[index] + (1 - beta1) * gradient
        let v = beta2 * second[index] + (1 - beta2) * gradient * gradient
        first[index] = m
        second[index] = v
        values[index] -= step * m / (v.squareRoot() * rootCorrection + epsilon)
      }
    }
  }
}

/// Orthogonal rows or columns, scaled by `gain`; [rows, columns] row-major.
/// Source: Saxe et al. 2014, arXiv:1312.6120; Gram-Schmidt in double precision.
func orthogonal(
  rows: Int, columns: Int, gain: Double, using generator: inout SplitMix64
) -> [Float] {
  let long = max(rows, columns)
  let short = min(rows, columns)
  var basis: [[Double]] = []
  while basis.count < short {
    var vector = (0..<long).map { _ in gaussian(using: &generator) }
    // Twice is enough to be orthogonal to working precision.
    for _ in 0..<2 {
      for other in basis {
        var dot = 0.0
        for index in 0..<long { dot += vector[index] * other[index] }
        for index in 0..<long { vector[index] -= dot * other[index] }
      }
    }
    var square = 0.0
    for value in vector { square += value * value }
    let scale = 1 / square.squareRoot()
    basis.append(vector.map { $0 * scale })
  }
  var result = [Float](repeating: 0, count: rows * columns)
  for (index, vector) in basis.enumerated() {
    for (place, value) in vector.enumerated() {
      let position = columns <= rows ? place * columns + index : index * columns + place
      result[position] = Float(value * gain)
    }
  }
  return result
}

/// Standard normal by Box and Muller.
func gaussian(using generator: inout SplitMix64) -> Double {
  let first = (Double(generator.next() >> 11) + 1) * 0x1p-53
  let second = Double(generator.next() >> 11) * 0x1p-53
  return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
}
