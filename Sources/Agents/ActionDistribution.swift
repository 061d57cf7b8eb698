import Environment
import Foundation
import Lanes
import Nets

/// Random actions that a row of a network's outputs stands for. Actions are floats here, [width].
protocol ActionDistribution: Sendable {
  /// Outputs that it reads.
  var outputs: Int { get }
  /// Numbers of an action.
  var width: Int { get }

  func sample(
    _ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>,
    using generator: inout SplitMix64)
  /// The most probable action.
  func mode(_ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>)
  /// Natural logarithm; of the density where actions are real numbers.
  func logProbability(_ row: UnsafePointer<Float>, of action: UnsafePointer<Float>) -> Float
  /// In nats.
  func entropy(_ row: UnsafePointer<Float>) -> Float
  /// Writes the slope of `a log p(action) + b entropy` with respect to the outputs.
  func writeSlopes(
    _ row: UnsafePointer<Float>, of action: UnsafePointer<Float>, logProbability a: Float,
    entropy b: Float, into slopes: UnsafeMutablePointer<Float>)
}

/// Independent choices, each of 0..<count by its logits; outputs are [count, count, ...].
struct Categorical: ActionDistribution {
  let counts: [Int]
  var outputs: Int { counts.reduce(0, +) }
  var width: Int { counts.count }

  func sample(
    _ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>,
    using generator: inout SplitMix64
  ) {
    forEachChoice(row) { choice, logits, count in
      let total = logSumExp(logits, count)
      var rest = generator.nextFloat()
      action[choice] = Float(best(logits, count))
      for index in 0..<count {
        rest -= exp(logits[index] - total)
        if rest < 0 {
          action[choice] = Float(index)
          break
        }
      }
    }
  }

  func mode(_ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>) {
    forEachChoice(row) { choice, logits, count in action[choice] = Float(best(logits, count)) }
  }

  func logProbability(_ row: UnsafePointer<Float>, of action: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    forEachChoice(row) { choice, logits, count in
      sum += logits[Int(action[choice])] - logSumExp(logits, count)
    }
    return sum
  }

  func entropy(_ row: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    forEachChoice(row) { _, logits, count in sum += entropy(logits, count) }
    return sum
  }

  /// d log p / d logit = [chosen] - p; d entropy / d logit = -p (log p + entropy).
  func writeSlopes(
    _ row: UnsafePointer<Float>, of action: UnsafePointer<Float>, logProbability a: Float,
    entropy b: Float, into slopes: UnsafeMutablePointer<Float>
  ) {
    var place = 0
    forEachChoice(row) { choice, logits, count in
      let (total, entropy) = (logSumExp(logits, count), entropy(logits, count))
      let chosen = Int(action[choice])
      for index in 0..<count {
        let logProbability = logits[index] - total
        let probability = exp(logProbability)
        slopes[place + index] =
          a * ((index == chosen ? 1 : 0) - probability)
          - b * probability * (logProbability + entropy)
      }
      place += count
    }
  }

  @inline(__always) private func forEachChoice(
    _ row: UnsafePointer<Float>,
    _ body: (_ choice: Int, _ logits: UnsafePointer<Float>, _ count: Int) -> Void
  ) {
    var logits = row
    for (choice, count) in counts.enumerated() {
      body(choice, logits, count)
      logits += count
    }
  }

  private func best(_ logits: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where logits[index] > logits[best] { best = index }
    return best
  }

  private func logSumExp(_ logits: UnsafePointer<Float>, _ count: Int) -> Float {
    let most = logits[best(logits, count)]
    var sum: Float = 0
    for index in 0..<count { sum += exp(logits[index] - most) }
    return most + log(sum)
  }

  private func entropy(_ logits: UnsafePointer<Float>, _ count: Int) -> Float {
    let total = logSumExp(logits, count)
    var sum: Float = 0
    for index in 0..<count { sum -= exp(logits[index] - total) * (logits[index] - total) }
    return sum
  }
}

/// Independent normal numbers; outputs are [means, logarithms of deviations].
struct DiagonalGaussian: ActionDistribution {
  let width: Int
  var outputs: Int { 2 * width }

  func sample(
    _ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>,
    using generator: inout SplitMix64
  ) {
    for index in 0..<width {
      action[index] = row[index] + exp(row[width + index]) * Float(gaussian(using: &generator))
    }
  }

  func mode(_ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>) {
    action.update(from: row, count: width)
  }

  func logProbability(_ row: UnsafePointer<Float>, of action: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    for index in 0..<width {
      let distance = distance(row, action, index)
      sum -= 0.5 * distance * distance + row[width + index] + Self.halfLogTwoPi
    }
    return sum
  }

  func entropy(_ row: UnsafePointer<Float>) -> Float {
    var sum: Float = 0
    for index in 0..<width { sum += 0.5 + Self.halfLogTwoPi + row[width + index] }
    return sum
  }

  /// With z = (action - mean) / deviation: d log p / d mean = z / deviation,
  /// d log p / d log deviation = z^2 - 1; d entropy / d log deviation = 1.
  func writeSlopes(
    _ row: UnsafePointer<Float>, of action: UnsafePointer<Float>, logProbability a: Float,
    entropy b: Float, into slopes: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<width {
      let distance = distance(row, action, index)
      slopes[index] = a * distance * exp(-row[width + index])
      slopes[width + index] = a * (distance * distance - 1) + b
    }
  }

  /// In deviations.
  private func distance(
    _ row: UnsafePointer<Float>, _ action: UnsafePointer<Float>, _ index: Int
  ) -> Float {
    (action[index] - row[index]) * exp(-row[width + index])
  }

  private static let halfLogTwoPi: Float = 0.918_938_533
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
