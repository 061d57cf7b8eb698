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

  /// Plays episodes, each of them to its end. Lane i plays episodes i, i + lanes, and so on: short
  /// episodes count no more than long ones.
  /// - Parameters:
  ///   - episodes: nil: one in every lane.
  ///   - seeds: of the episodes; nil: drawn from `seed`.
  ///   - most: steps after which an episode is cut off.
  ///   - watch: is asked before every step whether to go on; sees what the step before has led to.
  ///   - begin: may change the lanes before their first step.
  public static func play(
    _ environment: any EnvironmentBatch, _ policy: Policy, episodes: Int? = nil, seed: UInt64,
    seeds: [UInt64]? = nil, most: Int = .max, on pool: ThreadPool? = nil,
    watch: (_ step: Int, StepBuffers, PolicyMemory) throws -> Bool = { _, _, _ in true },
    begin: (StepBuffers) throws -> Void = { _ in },
    report: (_ ended: Int) -> Void = { _ in }
  ) throws -> Evaluation {
    let buffers = StepBuffers(spec: environment.spec, lanes: environment.lanes)
    var generator = SplitMix64(seed: seed)
    var course = Course(environment, episodes ?? environment.lanes, most: most)
    let memory = PolicyMemory(
      environment.spec, width: policy.memoryWidth, lanes: environment.lanes)
    let seeds = seeds ?? Trainer.seeds(seed, max(course.episodes, environment.lanes))
    try environment.reset(seeds: Array(seeds.prefix(environment.lanes)), buffers, on: pool)
    try begin(buffers)
    var step = 0
    while !course.isOver, try watch(step, buffers, memory) {
      choose(policy, environment.spec, buffers, memory, &generator)
      try environment.step(buffers, on: pool)
      memory.observe(buffers)
      step += 1
      let next = course.close(buffers, at: step)
      if !next.isEmpty {
        try environment.reset(next, seeds: course.seeds(of: next, seeds), buffers, on: pool)
        memory.begin(next)
      }
      try goOn(environment, buffers, pool)
      report(course.ended)
    }
    var result = course.result
    result.tasks = tasks(environment, buffers, result.returns)
    return result
  }

  private static func tasks(
    _ environment: any EnvironmentBatch, _ buffers: StepBuffers, _ returns: [Double]
  ) -> [Evaluation.Task]? {
    let spec = environment.spec
    guard spec.tasks.count > 1, let field = spec.observation("task") else { return nil }
    let numbers = buffers.observations[field.index].of(Int32.self)
    return spec.tasks.enumerated().map { task, name in
      let own = returns.indices.filter { numbers[$0 % environment.lanes] == task }
      return Evaluation.Task(
        name: name, mean: own.reduce(0) { $0 + returns[$1] } / Double(max(own.count, 1)))
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

/// Which lane plays which episode, and what came of those that have ended.
private struct Course {
  let episodes: Int
  private let lanes, most: Int
  private(set) var result: Evaluation
  private(set) var ended = 0
  /// By lane: its episode, and the step at which it began.
  private var playing: [Int]
  private var began: [Int]
  /// Lanes that play one.
  private var open: [Int]

  init(_ environment: any EnvironmentBatch, _ episodes: Int, most: Int) {
    (self.episodes, self.most, lanes) = (episodes, most, environment.lanes)
    result = Evaluation(
      returns: [Double](repeating: 0, count: episodes),
      lengths: [Int](repeating: 0, count: episodes))
    playing = Array(0..<lanes)
    began = [Int](repeating: 0, count: lanes)
    open = Array(0..<min(lanes, episodes))
  }

  var isOver: Bool { open.isEmpty }

  /// - Returns: lanes that begin another episode.
  mutating func close(_ buffers: StepBuffers, at step: Int) -> [Int] {
    let (ends, terminated) = (buffers.ended.of(UInt8.self), buffers.terminated.of(UInt8.self))
    var next: [Int] = []
    for lane in open where ends[lane] == 1 || step - began[lane] >= most {
      let isStopped = ends[lane] != 1
      result.returns[playing[lane]] = buffers.episodeReturns.of(Double.self)[lane]
      result.lengths[playing[lane]] = Int(buffers.episodeLengths.of(Int32.self)[lane])
      if isStopped || terminated[lane] == 0 { result.cut += 1 }
      if isStopped { result.stopped += 1 }
      ended += 1
      playing[lane] += lanes
      began[lane] = step
      if playing[lane] < episodes { next.append(lane) }
    }
    open.removeAll { playing[$0] >= episodes }
    return next
  }

  func seeds(of lanes: [Int], _ all: [UInt64]) -> [UInt64] { lanes.map { all[playing[$0]] } }
}
