import Agents
import Environment
import Foundation
import Lanes

/// What a policy scores: unclipped returns of whole episodes.
public struct Evaluation: Codable, Equatable, Sendable {
  public var returns: [Double]
  /// Agent steps.
  public var lengths: [Int]

  public init(returns: [Double], lengths: [Int]) {
    self.returns = returns
    self.lengths = lengths
  }

  public var mean: Double { returns.reduce(0, +) / Double(max(returns.count, 1)) }
  public var meanLength: Double { Double(lengths.reduce(0, +)) / Double(max(lengths.count, 1)) }

  /// Mean of the middle half: a quarter of the episodes, weighted by parts, is cut from either end.
  /// Source: Agarwal et al. 2021, arXiv:2108.13264.
  public var interquartileMean: Double {
    let sorted = returns.sorted()
    let cut = Double(sorted.count) / 4
    var (sum, weight) = (0.0, 0.0)
    for (index, value) in sorted.enumerated() {
      let inside = min(Double(index + 1), Double(sorted.count) - cut) - max(Double(index), cut)
      let share = max(0, inside)
      sum += share * value
      weight += share
    }
    return weight > 0 ? sum / weight : 0
  }

  /// One JSON object.
  public var summary: [String: Any] {
    [
      "episodes": returns.count, "mean": mean, "iqm": interquartileMean,
      "min": returns.min() ?? 0, "max": returns.max() ?? 0, "mean_length": meanLength,
      "returns": returns, "lengths": lengths,
    ]
  }
}

public enum Evaluator {
  /// How actions are chosen.
  public enum Policy {
    case agent(any Agent, greedy: Bool)
    case random
  }

  /// Plays one episode in every lane: short episodes count no more than long ones.
  /// - Parameter environment: as many lanes as episodes are wanted.
  public static func play(
    _ environment: any EnvironmentBatch<Int32>, _ policy: Policy, seed: UInt64,
    watch: (_ step: Int) -> Void = { _ in }
  ) throws -> Evaluation {
    let count = environment.count
    let buffers = StepBuffers(spec: environment.spec, count: count)
    let actions = AlignedBuffer<Int32>(count: count)
    var generator = SplitMix64(seed: seed)
    var result = Evaluation(
      returns: [Double](repeating: 0, count: count), lengths: [Int](repeating: 0, count: count))
    var open = Set(0..<count)
    try environment.reset(seeds: Trainer.seeds(seed, count), into: buffers)
    var step = 0
    while !open.isEmpty {
      watch(step)
      choose(policy, environment.spec, buffers, actions, &generator)
      try environment.step(UnsafeBufferPointer(actions.span), into: buffers)
      step += 1
      for lane in open where buffers.terminated[lane] | buffers.truncated[lane] != 0 {
        result.returns[lane] = buffers.episodeReturns[lane]
        result.lengths[lane] = Int(buffers.episodeLengths[lane])
        open.remove(lane)
      }
    }
    return result
  }

  static func choose(
    _ policy: Policy, _ spec: EnvironmentSpec, _ buffers: StepBuffers,
    _ actions: AlignedBuffer<Int32>, _ generator: inout SplitMix64
  ) {
    switch policy {
    case .agent(let agent, let greedy):
      agent.choose(
        UnsafePointer(buffers.observations.pointer), count: actions.count, into: actions.pointer,
        greedy: greedy, using: &generator)
    case .random:
      guard case .discrete(let count) = spec.actions else { return }
      for lane in 0..<actions.count {
        actions[lane] = Int32(generator.next(below: UInt32(count)))
      }
    }
  }
}
