import Environment
import Foundation
import Lanes
import Nets
import TestSupport
import Testing

@testable import Agents

/// Losses and slopes against the same formulas written down once more in double precision, and
/// against values that follow by hand.
struct ObjectiveTests {
  /// One transition and the outputs of the network that learns from it.
  private struct Case {
    var value: Double
    /// What the distribution reads.
    var policy: [Double]
    var action: [Double]
    var oldLogProbability, oldValue, advantage, normalized: Double

    init(_ taken: Halves.Taken, using generator: inout SplitMix64) {
      func normal() -> Double { Double(Float(gaussian(using: &generator))) }
      value = normal()
      switch taken {
      case .discrete:
        policy = [normal(), normal()]
        action = [Double(generator.next(below: 2))]
      case .pair:
        policy = (0..<5).map { _ in normal() }
        action = [Double(generator.next(below: 3)), Double(generator.next(below: 2))]
      case .box:
        policy = [normal(), Double(Float(0.3 * normal()))]
        action = [Double(Float(policy[0] + normal()))]
      }
      oldLogProbability = 0
      oldValue = Double(Float(value + 0.3 * normal()))
      advantage = normal()
      normalized = normal()
      oldLogProbability = Double(Float(logProbability(taken, policy) + 0.2 * normal()))
    }

    func logProbability(_ taken: Halves.Taken, _ policy: [Double]) -> Double {
      switch taken {
      case .discrete: return log(softmax(policy)[Int(action[0])])
      case .pair:
        return log(softmax(Array(policy[..<3]))[Int(action[0])])
          + log(softmax(Array(policy[3...]))[Int(action[1])])
      case .box:
        let deviation = exp(policy[1])
        let density =
          exp(-pow(action[0] - policy[0], 2) / (2 * deviation * deviation))
          / (deviation * (2 * Double.pi).squareRoot())
        return log(density)
      }
    }

    func entropy(_ taken: Halves.Taken, _ policy: [Double]) -> Double {
      func spread(_ logits: [Double]) -> Double {
        softmax(logits).reduce(0) { $0 - $1 * log($1) }
      }
      switch taken {
      case .discrete: return spread(policy)
      case .pair: return spread(Array(policy[..<3])) + spread(Array(policy[3...]))
      case .box: return 0.5 * log(2 * Double.pi * M_E * exp(2 * policy[1]))
      }
    }

    private func softmax(_ logits: [Double]) -> [Double] {
      let powers = logits.map { exp($0) }
      return powers.map { $0 / powers.reduce(0, +) }
    }

    func ratio(_ taken: Halves.Taken, _ policy: [Double]) -> Double {
      exp(logProbability(taken, policy) - oldLogProbability)
    }

    /// The paper's objective, to be made small.
    func loss(_ taken: Halves.Taken, _ row: [Double], _ settings: PPO.Settings) -> Double {
      let (clip, policy) = (Double(settings.clip), Array(row[1...]))
      let ratio = ratio(taken, policy)
      let bounded = ratio < 1 - clip ? 1 - clip : ratio > 1 + clip ? 1 + clip : ratio
      let gain = min(ratio * normalized, bounded * normalized)
      let target = oldValue + advantage
      var error = pow(row[0] - target, 2)
      if settings.clipValueLoss {
        let near = oldValue + min(clip, max(-clip, row[0] - oldValue))
        error = max(error, pow(near - target, 2))
      }
      return -gain + Double(settings.valueCoefficient) * error / 2
        - Double(settings.entropyCoefficient) * entropy(taken, policy)
    }

    /// Whether the loss has a kink close by.
    func isNearKink(_ taken: Halves.Taken, _ clip: Double) -> Bool {
      let target = oldValue + advantage
      let near = oldValue + min(clip, max(-clip, value - oldValue))
      return [
        abs(ratio(taken, policy) - 1) - clip, abs(value - oldValue) - clip,
        abs(value - target) - abs(near - target),
      ].contains { abs($0) > 0 && abs($0) < 1e-3 }
    }
  }

  @Test("Losses and slopes are the paper's", arguments: Halves.Taken.allCases, [true, false])
  func slopes(taken: Halves.Taken, clipsValue: Bool) throws {
    let agent = try agent(1, .vector, taken) {
      $0.rolloutSteps = 1
      $0.minibatches = 1
      $0.clip = 0.2
      $0.clipValueLoss = clipsValue
      $0.entropyCoefficient = 0.3
      $0.valueCoefficient = 0.7
    }
    var generator = SplitMix64(seed: 21)
    var branches = Set<String>()
    for number in 0..<400 {
      let sample = Case(taken, using: &generator)
      if sample.isNearKink(taken, 0.2) { continue }
      let ratio = sample.ratio(taken, sample.policy)
      branches.insert("\(ratio < 0.8), \(ratio > 1.2), \(sample.normalized > 0)")
      let rollout = agent.rollout
      for (index, number) in sample.action.enumerated() { rollout.action(0)[index] = Float(number) }
      rollout.logProbabilities[0] = Float(sample.oldLogProbability)
      rollout.values[0] = Float(sample.oldValue)
      rollout.advantages[0] = Float(sample.advantage)
      let row = [sample.value] + sample.policy
      var slopes = [Float](repeating: 0, count: row.count)
      let losses = agent.objective(
        0, Float(sample.normalized), row.map { Float($0) }, &slopes, scale: 0.5)
      let whole = losses.policy + 0.7 * losses.value - Double(Float(0.3)) * losses.entropy
      let exact = sample.loss(taken, row, agent.settings)
      #expect(abs(whole - exact) < 2e-5 * max(1, abs(exact)), "case \(number): \(whole), \(exact)")
      for index in row.indices {
        func loss(_ step: Double) -> Double {
          var row = row
          row[index] += step
          return sample.loss(taken, row, agent.settings)
        }
        let slope = 0.5 * (loss(1e-5) - loss(-1e-5)) / 2e-5
        #expect(
          abs(Double(slopes[index]) - slope) < 1e-4 * max(0.1, abs(slope)),
          "case \(number), output \(index): \(slopes[index]) for \(slope)")
      }
    }
    // Both signs of the advantage within the bounds and on either side of them.
    #expect(branches.count == 6)
  }

  @Test("The policy's loss by hand")
  func policyLoss() {
    func of(_ ratio: Float, _ advantage: Float) -> Objective.Policy {
      Objective.policy(logRatio: log(ratio), advantage: advantage, clip: 0.2)
    }
    // A gain beyond the bound is not counted and not sought; a loss beyond it is.
    #expect(abs(of(1.5, 2).loss - -2.4) < 1e-6 && of(1.5, 2).slope == 0)
    #expect(abs(of(1.5, -2).loss - 3) < 1e-6 && abs(of(1.5, -2).slope - 3) < 1e-6)
    #expect(abs(of(0.5, -2).loss - 1.6) < 1e-6 && of(0.5, -2).slope == 0)
    #expect(abs(of(0.5, 2).loss - -1) < 1e-6 && abs(of(0.5, 2).slope - -1) < 1e-6)
    #expect(of(1, 3).loss == -3 && of(1, 3).slope == -3)
    #expect(of(1.5, 1).isClipped && !of(1.1, 1).isClipped && of(0.5, 1).isClipped)
    #expect(abs(of(2, 1).divergence - (1 - log(2))) < 1e-6)
  }

  @Test("The value's loss by hand")
  func valueLoss() {
    func of(_ value: Float, _ old: Float, _ target: Float, _ clip: Float?) -> [Float] {
      let (loss, slope) = Objective.value(value, old: old, target: target, clip: clip)
      return [loss, slope]
    }
    #expect(of(1.5, 1, 2, nil) == [0.125, -0.5])
    // Too far towards the target: the bounded value's error is larger, and nothing moves it.
    #expect(of(1.5, 1, 2, 0.25) == [0.28125, 0])
    // Away from the target: the free error is larger.
    #expect(of(0.5, 1, 2, 0.25) == [1.125, -1.5])
    // Within the bound both are the same.
    #expect(of(1.125, 1, 2, 0.25) == [0.3828125, -0.875])
  }

  @Test("Probabilities and entropies by hand")
  func distributions() {
    let choice = Categorical(counts: [4])
    #expect(abs(choice.entropy([3, 3, 3, 3]) - log(4)) < 1e-6)
    #expect(abs(choice.logProbability([0, log(3), -100, -100], of: [1]) - log(0.75)) < 1e-6)
    let pair = Categorical(counts: [2, 2])
    #expect(abs(pair.logProbability([0, 0, 0, log(3)], of: [0, 1]) - log(0.375)) < 1e-6)
    let normal = DiagonalGaussian(width: 2)
    let density = -log(Float.pi * 2) - log(2)
    #expect(abs(normal.logProbability([1, 5, 0, log(2)], of: [1, 5]) - density) < 1e-6)
    #expect(abs(normal.logProbability([0, 5, 0, log(2)], of: [2, 3]) - (density - 2.5)) < 1e-6)
    #expect(abs(normal.entropy([0, 0, 0, log(2)]) - (1 + log(2 * .pi) + log(2))) < 1e-6)
  }

  @Test("Samples come as often as they are probable; the mode is the most probable")
  func samples() {
    var generator = SplitMix64(seed: 6)
    var action: [Float] = [0, 0]
    var counts: [Double] = [0, 0, 0]
    let pair = Categorical(counts: [2, 3])
    let logits: [Float] = [0, 0, log(0.2), log(0.5), log(0.3)]
    for _ in 0..<20_000 {
      pair.sample(logits, into: &action, using: &generator)
      counts[Int(action[1])] += 1 / 20_000
    }
    for (count, probability) in zip(counts, [0.2, 0.5, 0.3]) {
      #expect(abs(count - probability) < 0.02)
    }
    pair.mode(logits, into: &action)
    #expect(action == [0, 1])

    let normal = DiagonalGaussian(width: 1)
    var (sum, squares) = (0.0, 0.0)
    for _ in 0..<20_000 {
      normal.sample([3, log(0.5)], into: &action, using: &generator)
      sum += Double(action[0]) / 20_000
      squares += pow(Double(action[0]) - 3, 2) / 20_000
    }
    #expect(abs(sum - 3) < 0.02 && abs(squares - 0.25) < 0.02)
    normal.mode([3, log(0.5)], into: &action)
    #expect(action[0] == 3)
  }

  @Test("A box's numbers are clipped where they are written, and only there")
  func clipping() {
    let space = ActionSpace.box(low: [-1, -2, 0], high: [1, 2, .infinity])
    let column = Column(Field("actions", [3], .float32), rows: 2, isShared: true)
    space.write([5, -3, 7], lane: 1, to: column)
    space.write([.nan, 0.5, -.infinity], lane: 0, to: column)
    let numbers = UnsafeBufferPointer(start: column.of(Float.self), count: 6)
    #expect(Array(numbers) == [-1, 0.5, 0, 1, -2, 7])
  }

  @Test("Normalised advantages have mean 0 and deviation 1")
  func normalisation() {
    #expect(Objective.normalized([1, 2, 3]).map { ($0 * 1e4).rounded() } == [-1e4, 0, 1e4])
    #expect(Objective.normalized([5]) == [5])
    #expect(Objective.normalized([2, 2]) == [0, 0])
  }
}
