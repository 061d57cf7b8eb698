import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

/// SAC's and TD3's losses and targets.
struct ActorLossTests {
  @Test("Targets by hand")
  func targets() {
    #expect(
      softTarget(reward: 1, discount: 0.5, 4, 6, logProbability: -2, temperature: 0.25) == 3.25)
    #expect(softTarget(reward: 1, discount: 0, 4, 6, logProbability: -2, temperature: 1) == 1)
    #expect(twinTarget(reward: 1, discount: 0.5, 6, 4) == 3)
    #expect(twinTarget(reward: 1, discount: 0, 6, 4) == 1)
  }

  @Test("A temperature's loss by hand")
  func temperatures() {
    // Too little entropy, a probability too high: the temperature rises.
    let (loss, slope) = temperatureLoss(
      logTemperature: 2, logProbability: 3, targetEntropy: -1, form: .logarithm)
    #expect(loss == -4 && slope == -2)
    let other = temperatureLoss(
      logTemperature: log(2), logProbability: -3, targetEntropy: 2, form: .temperature)
    #expect(isClose(other.loss, 2) && isClose(other.slope, 2))
  }

  @Test("Discrete actor: value, loss and slopes")
  func discrete() {
    var generator = SplitMix64(seed: 8)
    for temperature: Float in [0.01, 0.3, 2] {
      let (first, second) = (normals(4, &generator), normals(4, &generator))
      let logits = normals(4, &generator, scale: 2)
      func exact(_ logits: [Double]) -> Double {
        zip(softmax(logits), zip(first, second)).reduce(0) {
          $0 + $1.0 * (Double(temperature) * log($1.0) - Double(min($1.1.0, $1.1.1)))
        }
      }
      checkLoss(at: logits) {
        discreteActorLoss(
          logits: $0, first.span, second.span, temperature: temperature, scale: $1, slopes: &$2)
      } _: {
        exact($0)
      }
      #expect(
        isClose(
          softStateValue(
            logits: logits.span, first.span, second.span, temperature: temperature),
          -exact(doubles(logits))))
      let mean = softmax(doubles(logits)).reduce(0) { $0 + $1 * log($1) }
      #expect(isClose(meanLogProbability(logits: logits.span), mean))
    }
    // An action that is never taken counts for nothing.
    let sure: [Float] = [0, -.infinity]
    let values: [Float] = [3, 5]
    #expect(softStateValue(logits: sure.span, values.span, values.span, temperature: 1) == 3)
  }

  @Test("Smoothed actions: noise is cut, and the action stays in its box")
  func smoothing() {
    var action: [Float] = [0, 0, 1.9, -3]
    let noise: [Float] = [1, -9, 9, 0.5]
    var span = action.mutableSpan
    smoothed(
      &span, noise: noise.span, deviation: 0.2, bound: 0.5, low: [-1, -2, -2, -4],
      high: [1, 2, 2, 0])
    for (number, wanted) in zip(action, [0.2, -1, 2, -2.8]) {
      #expect(isClose(number, wanted))
    }
  }
}
