import Environment
import Lanes
import Nets
import TestSupport
import Testing

@testable import Agents

struct LearnerTests {
  @Test(
    "Longer gradients are scaled down to the bound, shorter ones are not", arguments: [0.5, 50])
  func clipping(bound: Float) throws {
    let graph = Graph()
    graph.output("y", graph.input("x", Input(vector: 3, .float32)).dense(2))
    var settings = Learner.Settings()
    settings.rule = .sgd()
    settings.learningRate = 0.5
    settings.maxGradientNorm = bound
    var generator = SplitMix64(seed: 1)
    let learner = Learner(
      graph, settings, try Workshop(pool: ThreadPool(threads: 1)), using: &generator)
    let before = Array(learner.weights.span)
    let input: [Float] = [1, -2, 3]
    let update = try input.withUnsafeBytes { bytes in
      try learner.update(Inputs([bytes.baseAddress!]), count: 1) { part in
        let output = learner.plan.outputs[0]
        part.slopes(output)[0] = 2
        part.slopes(output)[1] = -1
      }
    }
    // Slopes of weights are inputs times 2 and -1, those of biases 2 and -1: 5 (1 + 4 + 9 + 1).
    let norm = Float(75).squareRoot()
    #expect(abs(update.gradientNorm - norm) < 1e-5)
    let moved = zip(before, learner.weights.span).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(abs(moved.squareRoot() - 0.5 * min(norm, bound)) < 1e-5)
  }

  @Test("Samples come in an order of their own in every update")
  func order() throws {
    func weights(_ seed: UInt64) throws -> SafeTensors {
      let agent = try agent(4) {
        $0.epochs = 1
        $0.minibatches = 64
      }
      let play = try Play(agent, Halves.batch(4, .vector))
      try play.collect()
      agent.generator = SplitMix64(seed: seed)
      _ = try agent.learn(progress: 0)
      return try saved(agent)
    }
    let (one, same, other) = (try weights(1), try weights(1), try weights(2))
    #expect(one.tensors == same.tensors)
    let names = one.tensors.keys.filter { $0.hasSuffix(".weight") && !$0.hasPrefix("adam") }
    #expect(!names.isEmpty && names.allSatisfy { one.tensors[$0] != other.tensors[$0] })
  }
}
