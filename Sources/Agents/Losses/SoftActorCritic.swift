import Foundation

// Losses of soft actor-critic. Sources: Haarnoja et al. 2018, arXiv:1812.05905; discrete actions:
// Christodoulou 2019, arXiv:1910.07207.

/// reward + discount (min(first, second) - temperature log pi), all of the next state's action.
/// - Parameter discount: 0 where the step has no future.
public func softTarget(
  reward: Float, discount: Float, _ first: Float, _ second: Float, logProbability: Float,
  temperature: Float
) -> Float {
  reward + discount * (min(first, second) - temperature * logProbability)
}

/// sum of pi (min(first, second) - temperature log pi): the value of a state with discrete actions.
public func softStateValue(
  logits: Span<Float>, _ first: Span<Float>, _ second: Span<Float>, temperature: Float
) -> Float {
  let total = logits.logSumExp()
  var sum = 0.0
  for index in logits.indices {
    let logarithm = Double(logits[index]) - total
    let value = Double(min(first[index], second[index]))
    sum += mass(logarithm) * (value - Double(temperature) * bounded(logarithm))
  }
  return Float(sum)
}

/// sum of pi (temperature log pi - min(first, second)).
///
/// The slope of a logit is pi (f - sum of pi f), f being the bracket: those of log pi cancel.
/// - Parameter slopes: get `scale` times the slopes with respect to the logits added.
public func discreteActorLoss(
  logits: Span<Float>, _ first: Span<Float>, _ second: Span<Float>, temperature: Float,
  scale: Float, slopes: inout MutableSpan<Float>
) -> Float {
  let total = logits.logSumExp()
  let loss = -Double(softStateValue(logits: logits, first, second, temperature: temperature))
  for index in logits.indices {
    let logarithm = Double(logits[index]) - total
    let value = Double(min(first[index], second[index]))
    let bracket = Double(temperature) * bounded(logarithm) - value
    slopes[index] += scale * Float(mass(logarithm) * (bracket - loss))
  }
  return Float(loss)
}

/// Mean of log pi under pi: less the entropy.
public func meanLogProbability(logits: Span<Float>) -> Float {
  let total = logits.logSumExp()
  var sum = 0.0
  for index in logits.indices {
    let logarithm = Double(logits[index]) - total
    sum += mass(logarithm) * bounded(logarithm)
  }
  return Float(sum)
}

/// What the temperature's loss is multiplied with.
public enum TemperatureForm: String, Sendable, CaseIterable {
  /// log temperature: the first author's code, Dopamine.
  case logarithm
  /// The temperature: the paper, CleanRL.
  case temperature
}

/// -(log temperature or temperature) (log pi + target entropy), and its slope with respect to the
/// logarithm of the temperature.
/// - Parameter logProbability: of the action; for discrete actions its mean under pi.
public func temperatureLoss(
  logTemperature: Float, logProbability: Float, targetEntropy: Float, form: TemperatureForm
) -> (loss: Float, slope: Float) {
  let lack = logProbability + targetEntropy
  switch form {
  case .logarithm: return (-logTemperature * lack, -lack)
  case .temperature:
    let temperature = exp(logTemperature)
    return (-temperature * lack, -temperature * lack)
  }
}

private func mass(_ logarithm: Double) -> Double { exp(logarithm) }

/// An action that is never taken counts for nothing: 0 log 0 is 0.
private func bounded(_ logarithm: Double) -> Double { max(logarithm, -1e30) }
