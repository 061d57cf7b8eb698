import Foundation
import Lanes
import Nets

/// Independent normal numbers; outputs are [means, logarithms of deviations].
struct DiagonalGaussian: ActionDistribution {
  let width: Int
  var outputs: Int { 2 * width }

  func sample(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>, using generator: inout SplitMix64
  ) {
    for index in 0..<width {
      action[index] = row[index] + exp(row[width + index]) * Float(gaussian(using: &generator))
    }
  }

  func mode(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>
  ) {
    action.update(from: row, count: width)
  }

  func logProbability(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?, of action: UnsafePointer<Float>
  ) -> Float {
    var sum: Float = 0
    for index in 0..<width {
      let distance = distance(row, action, index)
      sum -= 0.5 * distance * distance + row[width + index] + Self.halfLogTwoPi
    }
    return sum
  }

  func entropy(_ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?) -> Float {
    var sum: Float = 0
    for index in 0..<width { sum += 0.5 + Self.halfLogTwoPi + row[width + index] }
    return sum
  }

  /// With z = (action - mean) / deviation: d log p / d mean = z / deviation,
  /// d log p / d log deviation = z^2 - 1; d entropy / d log deviation = 1.
  func writeSlopes(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    of action: UnsafePointer<Float>, logProbability a: Float, entropy b: Float,
    into slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    for index in 0..<width {
      let distance = distance(row, action, index)
      slopes[index] = a * distance * exp(-row[width + index])
      slopes[width + index] = a * (distance * distance - 1) + b
    }
    return entropy(row, allowed: allowed)
  }

  /// In deviations.
  private func distance(
    _ row: UnsafePointer<Float>, _ action: UnsafePointer<Float>, _ index: Int
  ) -> Float {
    (action[index] - row[index]) * exp(-row[width + index])
  }

  private static let halfLogTwoPi: Float = 0.918_938_533
}
