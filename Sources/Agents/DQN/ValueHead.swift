import Foundation
import Lanes
import Nets

/// What a network's outputs say about the values of actions, and the loss that follows.
///
/// Outputs of a row are [actions, numbers]; those of implicit quantiles [samples, actions].
enum ValueHead: Equatable, Sendable {
  /// A number. `threshold`: of Huber's loss; nil: the squared error.
  case scalar(threshold: Float?)
  /// Logits of masses on a support.
  case categorical(Support, Target)
  /// QR-DQN: quantiles at the midpoints.
  case quantile(Int)
  /// IQN: quantiles at as many fractions that are drawn.
  case implicit(Int)

  /// Of categorical outputs.
  enum Target: Equatable, Sendable {
    /// C51: the masses of the next state.
    case projection
    case twoHot
    /// HL-Gauss, with this deviation.
    case gaussian(Float)
  }

  /// Numbers of an action's outputs, and of a target.
  var numbers: Int {
    switch self {
    case .scalar: 1
    case .categorical(let support, _): support.count
    case .quantile(let count), .implicit(let count): count
    }
  }

  /// Whether a target is made of one number.
  var isOfNumber: Bool {
    switch self {
    case .scalar, .categorical(_, .twoHot), .categorical(_, .gaussian): true
    case .categorical(_, .projection), .quantile, .implicit: false
    }
  }

  /// Expected values of all actions.
  func values(
    _ row: UnsafePointer<Float>, actions: Int, into values: UnsafeMutablePointer<Float>
  ) {
    for action in 0..<actions {
      if case .implicit(let count) = self {
        var sum = 0.0
        for index in 0..<count { sum += Double(row[index * actions + action]) }
        values[action] = Float(sum / Double(count))
      } else {
        values[action] = value(floats(row + action * numbers, numbers).span)
      }
    }
  }

  /// Expected value of one action's outputs.
  func value(_ part: Span<Float>) -> Float {
    switch self {
    case .scalar: part[0]
    case .categorical(let support, _): expectation(ofLogits: part, on: support)
    case .quantile, .implicit: part.mean
    }
  }

  /// The outputs of one action side by side.
  func part(
    _ row: UnsafePointer<Float>, _ action: Int, actions: Int,
    into part: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<numbers { part[index] = row[place(index, action, actions)] }
  }

  func place(_ index: Int, _ action: Int, _ actions: Int) -> Int {
    if case .implicit = self { return index * actions + action }
    return action * numbers + index
  }

  /// Of one action's outputs.
  /// - Parameters:
  ///   - target: [numbers].
  ///   - fractions: of implicit quantiles, [numbers].
  ///   - slopes: [numbers], get `scale` times the slopes added.
  func loss(
    _ part: Span<Float>, _ target: Span<Float>, fractions: Span<Float>, scale: Float,
    slopes: inout MutableSpan<Float>
  ) -> Float {
    switch self {
    case .scalar(let threshold):
      let error =
        threshold.map { huber(part[0], target[0], threshold: $0) }
        ?? squaredError(part[0], target[0])
      slopes[0] += scale * error.slope
      return error.loss
    case .categorical: return crossEntropy(part, target, scale: scale, slopes: &slopes)
    case .quantile, .implicit:
      return quantileHuber(part, at: fractions, targets: target, scale: scale, slopes: &slopes)
    }
  }

  /// The same loss where outputs lie elsewhere.
  func rowRule(actions: Int, conservatism: Float = 0) -> RowLoss.Rule {
    let values: RowLoss.Values =
      switch self {
      case .scalar(let threshold): .number(threshold: threshold)
      case .categorical(let support, _):
        .masses(low: Float(support.low), spacing: Float(support.spacing))
      case .quantile, .implicit: .quantiles
      }
    var isTurned = false
    if case .implicit = self { isTurned = true }
    return .action(
      values, actions: actions, numbers: numbers, isTurned: isTurned, conservatism: conservatism)
  }

  /// Adds what slopes of the expected values mean for the outputs.
  /// - Parameter values: of the outputs.
  func addSlopes(
    _ row: UnsafePointer<Float>, values: UnsafePointer<Float>,
    _ valueSlopes: UnsafePointer<Float>, actions: Int, into slopes: UnsafeMutablePointer<Float>
  ) {
    for action in 0..<actions {
      let total: Double
      if case .categorical(let support, _) = self {
        total = floats(row + action * support.count, support.count).span.logSumExp()
      } else {
        total = 0
      }
      for index in 0..<numbers {
        let place = place(index, action, actions)
        switch self {
        case .scalar: slopes[place] += valueSlopes[action]
        case .categorical(let support, _):
          let mass = exponential(Double(row[place]) - total)
          let lead = support.atom(index) - Double(values[action])
          slopes[place] += valueSlopes[action] * Float(mass * lead)
        case .quantile(let count), .implicit(let count):
          slopes[place] += valueSlopes[action] / Float(count)
        }
      }
    }
  }
}

func floats(_ start: UnsafePointer<Float>, _ count: Int) -> UnsafeBufferPointer<Float> {
  UnsafeBufferPointer(start: start, count: count)
}
