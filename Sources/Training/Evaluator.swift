import Agents
import Environment
import Lanes

public enum Evaluator {
  /// How actions are chosen.
  public enum Policy {
    case agent(any Agent, greedy: Bool)
    case random
    /// Made for the batch that is played.
    case scripted(any ScriptedPolicy)

    var memoryWidth: Int {
      if case .agent(let agent, _) = self { agent.memoryWidth } else { 0 }
    }
  }

  /// Plays one episode in every lane: short episodes count no more than long ones, and what a lane
  /// does after its first counts no more.
  /// - Parameters:
  ///   - environment: as many lanes as episodes are wanted.
  ///   - seeds: of the lanes; nil: drawn from `seed`.
  ///   - watch: is asked before every step whether to go on.
  public static func play(
    _ environment: any EnvironmentBatch, _ policy: Policy, seed: UInt64, seeds: [UInt64]? = nil,
    on pool: ThreadPool? = nil, watch: (_ step: Int) throws -> Bool = { _ in true }
  ) throws -> Evaluation {
    let lanes = environment.lanes
    let buffers = StepBuffers(spec: environment.spec, lanes: lanes)
    var generator = SplitMix64(seed: seed)
    var result = Evaluation(
      returns: [Double](repeating: 0, count: lanes), lengths: [Int](repeating: 0, count: lanes))
    var open = Array(0..<lanes)
    let memory = PolicyMemory(environment.spec, width: policy.memoryWidth, lanes: lanes)
    try environment.reset(seeds: seeds ?? Trainer.seeds(seed, lanes), buffers, on: pool)
    var step = 0
    while !open.isEmpty, try watch(step) {
      choose(policy, environment.spec, buffers, memory, &generator)
      try environment.step(buffers, on: pool)
      memory.observe(buffers)
      step += 1
      open.removeAll { result.close($0, buffers) }
      try goOn(environment, buffers, pool)
    }
    result.tasks = tasks(environment.spec, buffers, result.returns)
    return result
  }

  private static func tasks(
    _ spec: EnvironmentSpec, _ buffers: StepBuffers, _ returns: [Double]
  ) -> [Evaluation.Task]? {
    guard spec.tasks.count > 1, let field = spec.observation("task") else { return nil }
    let numbers = buffers.observations[field.index].of(Int32.self)
    return spec.tasks.enumerated().map { task, name in
      let own = returns.indices.filter { numbers[$0] == task }.map { returns[$0] }
      return Evaluation.Task(
        name: name, mean: own.reduce(0, +) / Double(max(own.count, 1)))
    }
  }

  /// Where a lost life ends an episode and nothing resets, the same game goes on.
  private static func goOn(
    _ environment: any EnvironmentBatch, _ buffers: StepBuffers, _ pool: ThreadPool?
  ) throws {
    guard environment.spec.autoreset == .disabled else { return }
    let ended = buffers.ended.of(UInt8.self)
    let lanes = (0..<buffers.lanes).filter { ended[$0] == 2 }
    if !lanes.isEmpty { try environment.reset(lanes, buffers, on: pool) }
  }

  private static func choose(
    _ policy: Policy, _ spec: EnvironmentSpec, _ buffers: StepBuffers, _ memory: PolicyMemory,
    _ generator: inout SplitMix64
  ) {
    switch policy {
    case .agent(let agent, let greedy):
      agent.choose(buffers, memory, greedy: greedy, using: &generator)
    case .random: buffers.actions.draw(spec.action, using: &generator)
    case .scripted(let player): player.act(buffers)
    }
  }
}

extension Evaluation {
  /// Takes in the lane's episode; false: it has not ended.
  fileprivate mutating func close(_ lane: Int, _ buffers: StepBuffers) -> Bool {
    guard buffers.ended.of(UInt8.self)[lane] == 1 else { return false }
    returns[lane] = buffers.episodeReturns.of(Double.self)[lane]
    lengths[lane] = Int(buffers.episodeLengths.of(Int32.self)[lane])
    if buffers.terminated.of(UInt8.self)[lane] == 0 { cut += 1 }
    return true
  }
}
