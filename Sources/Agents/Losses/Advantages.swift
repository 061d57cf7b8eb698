/// Generalised advantage estimates over [steps, lanes].
///
/// A step with an end has no future but its cut value: 0 where the episode ended by itself, the last
/// observation's value where it was cut off.
///
/// Source: Schulman et al. 2016, arXiv:1506.02438, eq. 16.
/// - Parameters:
///   - ends: other than 0 where the step is an episode's last.
///   - lastValues: [lanes], of the observations after the last step.
///   - advantages: are written.
public func estimateAdvantages(
  rewards: Span<Float>, values: Span<Float>, ends: Span<UInt8>, cutValues: Span<Float>,
  lastValues: Span<Float>, discount: Float, lambda: Float,
  into advantages: inout MutableSpan<Float>
) {
  let lanes = lastValues.count
  var following = [Double](repeating: 0, count: lanes)
  var next = lastValues.indices.map { Double(lastValues[$0]) }
  for first in stride(from: rewards.count - lanes, through: 0, by: -lanes) {
    for lane in 0..<lanes {
      let place = first + lane
      let goesOn = ends[place] == 0 ? 1.0 : 0.0
      let future = goesOn * next[lane] + Double(cutValues[place])
      let error = Double(rewards[place]) + Double(discount) * future - Double(values[place])
      following[lane] = error + Double(discount) * Double(lambda) * goesOn * following[lane]
      advantages[place] = Float(following[lane])
      next[lane] = Double(values[place])
    }
  }
}
