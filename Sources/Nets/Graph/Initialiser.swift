import Foundation
import Lanes

/// What a stretch of weights begins with.
public enum Initialiser: Sendable, Equatable {
  public enum Fan: Sendable { case input, output, average }
  public enum Shape: Sendable { case normal, uniform, truncated }

  case constant(Float)
  /// Orthogonal rows or columns times the gain.
  case orthogonal(Double)
  /// Mean 0, variance scale / fan; a truncated normal is cut at two deviations, as in JAX.
  case variance(Double, Fan, Shape)
  /// Between -bound / sqrt(fan in) and bound / sqrt(fan in).
  case bounded(Double)
  /// The same absolute value everywhere, gain / sqrt(fan in): the deviations of noisy layers.
  case level(Double)
  /// Parts of the columns, each by its own.
  indirect case columns([Columns])

  public struct Columns: Sendable, Equatable {
    public let units: Int
    public let initialiser: Initialiser

    public init(_ units: Int, _ initialiser: Initialiser) {
      self.units = units
      self.initialiser = initialiser
    }
  }

  public static let zero = constant(0)
  /// Variance 1 / fan in. LeCun et al. 1998.
  public static let lecunNormal = variance(1, .input, .truncated)
  public static let lecunUniform = variance(1, .input, .uniform)
  /// Variance 2 / (fan in + fan out). Glorot and Bengio 2010.
  public static let xavierUniform = variance(1, .average, .uniform)
  public static let xavierNormal = variance(1, .average, .normal)
  /// Variance 2 / fan in. He et al. 2015, arXiv:1502.01852.
  public static let kaimingUniform = variance(2, .input, .uniform)
  public static let kaimingNormal = variance(2, .input, .normal)
  /// PyTorch's, for weights and biases of linear and convolutional layers.
  public static let torch = bounded(1)

  func fill(
    _ values: UnsafeMutablePointer<Float>, _ slice: Slice, using generator: inout SplitMix64
  ) {
    // Patches and inputs are the rows, units the columns; grouped layers have such a matrix each.
    let columns = slice.shape.last ?? 1
    let groups = slice.shape.count > 2 ? slice.shape.dropLast(2).reduce(1, *) : 1
    let rows = slice.count / max(columns * groups, 1)
    for group in 0..<groups {
      fill(
        Matrix(first: values + group * rows * columns, rows: rows, columns: columns, line: columns),
        fanIn: slice.fanIn, fanOut: slice.fanOut, using: &generator)
    }
  }

  private struct Matrix {
    let first: UnsafeMutablePointer<Float>
    let rows, columns, line: Int

    func set(_ number: () -> Double) {
      for row in 0..<rows {
        for column in 0..<columns { first[row * line + column] = Float(number()) }
      }
    }
  }

  private func fill(
    _ matrix: Matrix, fanIn: Int, fanOut: Int, using generator: inout SplitMix64
  ) {
    switch self {
    case .constant(let value): matrix.set { Double(value) }
    case .level(let gain): matrix.set { gain / Double(fanIn).squareRoot() }
    case .bounded(let bound):
      let bound = bound / Double(fanIn).squareRoot()
      matrix.set { evenly(bound, using: &generator) }
    case .variance(let scale, let fan, let shape):
      let numbers = [Fan.input: Double(fanIn), .output: Double(fanOut)]
      let count = numbers[fan] ?? Double(fanIn + fanOut) / 2
      let variance = scale / max(count, 1)
      matrix.set { shape.draw(variance: variance, using: &generator) }
    case .orthogonal(let gain):
      let block = Nets.orthogonal(
        rows: matrix.rows, columns: matrix.columns, gain: gain, using: &generator)
      var place = 0
      matrix.set {
        defer { place += 1 }
        return Double(block[place])
      }
    case .columns(let parts):
      var first = 0
      for part in parts {
        let columns = Matrix(
          first: matrix.first + first, rows: matrix.rows, columns: part.units, line: matrix.line)
        part.initialiser.fill(columns, fanIn: fanIn, fanOut: part.units, using: &generator)
        first += part.units
      }
      precondition(first == matrix.columns, "parts of \(first) of \(matrix.columns) units")
    }
  }
}

extension Initialiser.Shape {
  func draw(variance: Double, using generator: inout SplitMix64) -> Double {
    switch self {
    case .normal: return variance.squareRoot() * gaussian(using: &generator)
    case .uniform: return evenly((3 * variance).squareRoot(), using: &generator)
    case .truncated:
      var number = gaussian(using: &generator)
      while abs(number) > 2 { number = gaussian(using: &generator) }
      // The deviation of a normal that is cut at 2.
      return number * variance.squareRoot() / 0.879_625_661_034_239_78
    }
  }
}

/// Between -bound and bound.
private func evenly(_ bound: Double, using generator: inout SplitMix64) -> Double {
  (Double(generator.next() >> 11) * 0x1p-52 - 1) * bound
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
