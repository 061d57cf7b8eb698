import Foundation
import Lanes

/// What a stretch of weights begins with.
enum Initialiser: Sendable {
  case zero
  /// Parts of the columns, each orthogonal and scaled by its own gain.
  case orthogonal([(units: Int, gain: Double)])

  func fill(
    _ values: UnsafeMutablePointer<Float>, _ shape: [Int], using generator: inout SplitMix64
  ) {
    guard case .orthogonal(let parts) = self else { return }
    let (rows, columns) = (shape[0], shape[1])
    var first = 0
    for part in parts {
      let block = Nets.orthogonal(
        rows: rows, columns: part.units, gain: part.gain, using: &generator)
      for row in 0..<rows {
        for column in 0..<part.units {
          values[row * columns + first + column] = block[row * part.units + column]
        }
      }
      first += part.units
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
public func gaussian(using generator: inout SplitMix64) -> Double {
  let first = (Double(generator.next() >> 11) + 1) * 0x1p-53
  let second = Double(generator.next() >> 11) * 0x1p-53
  return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
}
