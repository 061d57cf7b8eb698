import Foundation

// What follows from the values of all actions in one state.

/// Value of acting by softmax(values / temperature), entropy included:
/// sum of pi (Q - temperature log pi), which is temperature * log sum exp(Q / temperature).
///
/// Source: Vieillard et al. 2020, arXiv:2007.14430, eq. 1.
public func softValue(_ values: Span<Float>, temperature: Float) -> Float {
  Float(Double(temperature) * values.logSumExp(temperature: Double(temperature)))
}

/// What Munchausen adds to a reward: `share` times temperature * log pi(action), at least `floor`.
///
/// Source: Vieillard et al. 2020, arXiv:2007.14430, section 3.
/// - Parameter values: of the target network in the state that was left.
public func munchausenBonus(
  _ values: Span<Float>, action: Int, temperature: Float, share: Float = 0.9, floor: Float = -1
) -> Float {
  let logarithm =
    Double(values[action]) - Double(temperature)
    * values.logSumExp(temperature: Double(temperature))
  return share * min(max(Float(logarithm), floor), 0)
}

/// Conservative Q-learning's penalty: log sum exp of all actions' values less the value of the one
/// in the data.
///
/// Source: Kumar et al. 2020, arXiv:2006.04779, eq. 4, CQL(H).
/// - Parameter slopes: get `scale` times the penalty's slopes added.
public func conservatism(
  _ values: Span<Float>, action: Int, scale: Float, slopes: inout MutableSpan<Float>
) -> Float {
  let total = values.logSumExp()
  for index in values.indices {
    let mass = Float(exp(Double(values[index]) - total))
    slopes[index] += scale * (mass - (index == action ? 1 : 0))
  }
  return Float(total - Double(values[action]))
}
