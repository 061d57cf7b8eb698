// TD3. Source: Fujimoto et al. 2018, arXiv:1802.09477.

/// reward + discount min(first, second). Section 4.2.
/// - Parameter discount: 0 where the step has no future.
public func twinTarget(reward: Float, discount: Float, _ first: Float, _ second: Float) -> Float {
  reward + discount * min(first, second)
}

/// Adds normal noise of that deviation, cut at `bound`, to an action; all in halves of the action's
/// range, and the result stays within it. Section 5.3.
/// - Parameter noise: standard normal numbers, one each.
public func smoothed(
  _ action: inout MutableSpan<Float>, noise: Span<Float>, deviation: Float, bound: Float,
  low: [Float], high: [Float]
) {
  for index in action.indices {
    let half = 0.5 * high[index] - 0.5 * low[index]
    let shift = min(max(deviation * noise[index], -bound), bound)
    action[index] = min(max(action[index] + half * shift, low[index]), high[index])
  }
}
