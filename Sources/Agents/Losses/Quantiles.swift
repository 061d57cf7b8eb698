import Lanes

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
  let count = quantiles.count
  let sums = AlignedBuffer<Double>(count: 2 * count)
  quantiles.withUnsafeBufferPointer { quantiles in
    fractions.withUnsafeBufferPointer { fractions in
      for index in targets.indices {
        addErrors(
          quantiles, fractions.baseAddress!, from: targets[index], threshold,
          losses: sums.pointer, slopes: sums.pointer + count)
      }
    }
  }
  let share = Double(targets.count) * Double(threshold)
  var loss = 0.0
  for index in quantiles.indices {
    loss += sums[index] / share
    slopes[index] += scale * Float(sums[count + index] / share)
  }
  return Float(loss)
}

/// Adds each quantile's weighed error from one target, and its slope.
private func addErrors(
  _ quantiles: UnsafeBufferPointer<Float>, _ fractions: UnsafePointer<Float>,
  from target: Float, _ threshold: Float, losses: UnsafeMutablePointer<Double>,
  slopes: UnsafeMutablePointer<Double>
) {
  let first = quantiles.baseAddress!
  for index in 0..<quantiles.count {
    let part = huber(first[index], target, threshold: threshold)
    let fraction = Double(fractions[index])
    let weight = target < first[index] ? 1 - fraction : fraction
    losses[index] += weight * Double(part.loss)
    slopes[index] += weight * Double(part.slope)
  }
}

/// QR-DQN's fractions, (i + 1/2) / count.
public func midpoints(_ count: Int) -> [Float] {
  (0..<count).map { Float((Double($0) + 0.5) / Double(count)) }
}
