/// Quantile regression with Huber's loss: the mean over targets of the sum over quantiles.
///
/// Source: Dabney et al. 2018, arXiv:1710.10044, eq. 10 (QR-DQN, at `midpoints`), and
/// arXiv:1806.06923, eq. 3 (IQN, at fractions that were drawn).
/// - Parameters:
///   - fractions: what each quantile estimates, 0...1.
///   - slopes: get `scale` times the loss's slopes added.
public func quantileHuber(
  _ quantiles: Span<Float>, at fractions: Span<Float>, targets: Span<Float>,
  threshold: Float = 1, scale: Float, slopes: inout MutableSpan<Float>
) -> Float {
  var loss = 0.0
  for index in quantiles.indices {
    let fraction = Double(fractions[index])
    var (sum, slope) = (0.0, 0.0)
    for other in targets.indices {
      let part = huber(quantiles[index], targets[other], threshold: threshold)
      let weight = targets[other] < quantiles[index] ? 1 - fraction : fraction
      sum += weight * Double(part.loss)
      slope += weight * Double(part.slope)
    }
    let share = Double(targets.count) * Double(threshold)
    loss += sum / share
    slopes[index] += scale * Float(slope / share)
  }
  return Float(loss)
}

/// QR-DQN's fractions, (i + 1/2) / count.
public func midpoints(_ count: Int) -> [Float] {
  (0..<count).map { Float((Double($0) + 0.5) / Double(count)) }
}
