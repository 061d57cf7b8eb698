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
  for lane in 0..<lanes {
    var (advantage, next) = (0.0, Double(lastValues[lane]))
    for place in stride(from: rewards.count - lanes + lane, through: 0, by: -lanes) {
      let goesOn = ends[place] == 0 ? 1.0 : 0.0
      let future = goesOn * next + Double(cutValues[place])
      let error = Double(rewards[place]) + Double(discount) * future - Double(values[place])
      advantage = error + Double(discount) * Double(lambda) * goesOn * advantage
      advantages[place] = Float(advantage)
      next = Double(values[place])
    }
  }
}
