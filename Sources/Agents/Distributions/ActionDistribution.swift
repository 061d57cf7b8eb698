import Environment
import Lanes

/// Random actions that a row of a network's outputs stands for. Actions are floats here, [width].
///
/// `allowed`, [outputs], has 0 where a choice is not to be had; nil, or nothing but 0: all are.
protocol ActionDistribution: Sendable {
  /// Outputs that it reads.
  var outputs: Int { get }
  /// Numbers of an action.
  var width: Int { get }

  func sample(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>, using generator: inout SplitMix64)
  /// The most probable action.
  func mode(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>)
  /// Natural logarithm; of the density where actions are real numbers.
  func logProbability(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?, of action: UnsafePointer<Float>
  ) -> Float
  /// In nats.
  func entropy(_ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?) -> Float
  /// Writes the slope of `a log p(action) + b entropy` with respect to the outputs.
  /// - Returns: the entropy.
  @discardableResult
  func writeSlopes(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    of action: UnsafePointer<Float>, logProbability a: Float, entropy b: Float,
    into slopes: UnsafeMutablePointer<Float>
  ) -> Float
}

/// Where everything is allowed.
extension ActionDistribution {
  func sample(
    _ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>,
    using generator: inout SplitMix64
  ) {
    sample(row, allowed: nil, into: action, using: &generator)
  }

  func mode(_ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>) {
    mode(row, allowed: nil, into: action)
  }

  func logProbability(_ row: UnsafePointer<Float>, of action: UnsafePointer<Float>) -> Float {
    logProbability(row, allowed: nil, of: action)
  }

  func entropy(_ row: UnsafePointer<Float>) -> Float { entropy(row, allowed: nil) }

  @discardableResult
  func writeSlopes(
    _ row: UnsafePointer<Float>, of action: UnsafePointer<Float>, logProbability a: Float,
    entropy b: Float, into slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    writeSlopes(row, allowed: nil, of: action, logProbability: a, entropy: b, into: slopes)
  }
}

extension ActionSpace {
  var distribution: any ActionDistribution {
    switch self {
    case .discrete(let count): Categorical(counts: [count])
    case .multiDiscrete(let counts): Categorical(counts: counts)
    case .box(let low, _): DiagonalGaussian(width: low.count)
    }
  }

  /// Writes an action, [width], where the environment reads it; a box's numbers are clipped.
  func write(_ action: UnsafePointer<Float>, lane: Int, to column: Column) {
    let first = lane * width
    switch self {
    case .discrete, .multiDiscrete:
      let target = column.writable(Int32.self) + first
      for index in 0..<width { target[index] = Int32(action[index]) }
    case .box(let low, let high):
      let target = column.writable(Float.self) + first
      for index in 0..<width {
        // What is not a number becomes the lower end.
        let number = action[index] >= low[index] ? action[index] : low[index]
        target[index] = number > high[index] ? high[index] : number
      }
    }
  }
}
