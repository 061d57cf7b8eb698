/// (value - target)^2, without a half, as Dopamine and PyTorch's `mse_loss` have it.
/// - Returns: the slope is with respect to the value.
public func squaredError(_ value: Float, _ target: Float) -> (loss: Float, slope: Float) {
  let error = value - target
  return (error * error, 2 * error)
}

/// Half the squared error up to `threshold`, straight beyond.
///
/// Source: Huber 1964; with threshold 1 Mnih et al. 2015, doi:10.1038/nature14236.
public func huber(
  _ value: Float, _ target: Float, threshold: Float = 1
) -> (loss: Float, slope: Float) {
  let error = value - target
  let isNear = abs(error) <= threshold
  // Chosen, not branched to: loops over many errors go in vectors.
  return (
    isNear ? 0.5 * error * error : threshold * (abs(error) - 0.5 * threshold),
    isNear ? error : error < 0 ? -threshold : threshold
  )
}
