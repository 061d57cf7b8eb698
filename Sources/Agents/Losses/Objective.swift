import Foundation

/// PPO's losses of one sample with their slopes. Source: Schulman et al. 2017, arXiv:1707.06347.
enum Objective {
  struct Policy {
    /// -min(ratio A, clip(ratio) A)
    var loss: Float
    /// With respect to the logarithm of the new probability; 0 where the clipped branch holds.
    var slope: Float
    /// An estimate of the divergence from the old policy: ratio - 1 - log ratio.
    var divergence: Float
    var isClipped: Bool
  }

  /// Eq. 7.
  /// - Parameter logRatio: of the new to the old probability of the action that was taken.
  static func policy(logRatio: Float, advantage: Float, clip: Float) -> Policy {
    let ratio = exp(logRatio)
    let clipped = min(max(ratio, 1 - clip), 1 + clip)
    let (free, bounded) = (-advantage * ratio, -advantage * clipped)
    return Policy(
      loss: max(free, bounded), slope: free >= bounded ? free : 0,
      divergence: ratio - 1 - logRatio, isClipped: abs(ratio - 1) > clip)
  }

  /// Half the squared error; with `clip` the larger of that and of the error that a change of at
  /// most `clip` would leave.
  static func value(
    _ value: Float, old: Float, target: Float, clip: Float?
  ) -> (loss: Float, slope: Float) {
    let error = value - target
    guard let clip else { return (0.5 * error * error, error) }
    let bounded = old + min(max(value - old, -clip), clip) - target
    if error * error >= bounded * bounded { return (0.5 * error * error, error) }
    return (0.5 * bounded * bounded, abs(value - old) < clip ? bounded : 0)
  }

  /// Mean 0, deviation 1.
  static func normalized(_ advantages: [Float]) -> [Float] {
    guard advantages.count > 1 else { return advantages }
    let count = Double(advantages.count)
    let mean = advantages.reduce(0.0) { $0 + Double($1) } / count
    let squares = advantages.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    return advantages.map { Float((Double($0) - mean) / (deviation + 1e-8)) }
  }
}

/// Sums over samples.
struct Losses: Equatable {
  var policy = 0.0
  var value = 0.0
  var entropy = 0.0
  var divergence = 0.0
  var clipped = 0.0
  var samples = 0.0
  /// Sum over updates.
  var gradientNorm = 0.0
  var updates = 0.0

  static func += (total: inout Losses, part: Losses) {
    total.policy += part.policy
    total.value += part.value
    total.entropy += part.entropy
    total.divergence += part.divergence
    total.clipped += part.clipped
    total.samples += part.samples
    total.gradientNorm += part.gradientNorm
    total.updates += part.updates
  }

  func report(explained: Double, learningRate: Float) -> Report {
    let count = max(samples, 1)
    var report = Report()
    report.set("policy_loss", policy / count)
    report.set("value_loss", value / count)
    report.set("entropy", entropy / count)
    report.set("approximate_kl", divergence / count)
    report.set("clip_fraction", clipped / count)
    report.set("gradient_norm", gradientNorm / max(updates, 1))
    report.set("explained_variance", explained)
    report.set("learning_rate", Double(learningRate))
    report.headline = [
      ("policy", "policy_loss"), ("value", "value_loss"), ("entropy", "entropy"),
    ]
    return report
  }
}
