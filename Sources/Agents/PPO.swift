import Environment
import Lanes
import Nets

/// Proximal policy optimisation, clipped objective.
///
/// Source: Schulman et al. 2017, arXiv:1707.06347; details as CleanRL. One thing is done better: an
/// episode that was cut off is bootstrapped from its last observation's value.
public final class PPO: GroupedAgent {
  public let settings: Settings
  let spec: EnvironmentSpec
  let lanes: Int
  let learner: Learner
  /// Is being filled.
  var rollout: Rollout
  /// Is learned from: the same, or the one before where learning goes on beside the simulation.
  var studied: Rollout
  /// nil: it learns while nobody acts.
  let study: Study?
  var senses: Senses
  var rewardScale: RewardScale?
  var generator: SplitMix64
  /// By lane: the next step only begins a new episode, under autoreset next-step.
  var isOver: [Bool]
  let distribution: any ActionDistribution
  /// Of one step.
  let acting: Plan
  /// With which it acts: the learner's, or what they were before the rollout that is learned from.
  let policyWeights: Buffer
  /// [lanes] rows of outputs: [value, policy], and the memory.
  let outputs: HostRows
  private let output: OutputShape
  /// Of minibatches, where a device computes their loss.
  var rowLoss: RowLoss?
  /// nil: the policy remembers nothing.
  var memory: PolicyMemory?
  private(set) lazy var glance = Glance(
    Self.network(senses.senses, distribution, settings, on: learner.layout, isSeen: true), workshop)
  /// Of some of the last minibatch.
  private(set) lazy var watch = Watch(
    Self.network(
      senses.senses, distribution, settings, on: learner.layout, steps: settings.sequence,
      isSeen: true), study?.workshop ?? workshop, rows: max(1, 256 / settings.sequence))
  private let workshop: Workshop

  /// - Throws: `AgentError` and `SettingError` where environment or settings do not suit,
  ///   `ForeignError`.
  public init(
    spec: EnvironmentSpec, lanes: Int, settings: Settings = Settings(), seed: UInt64,
    workshop: Workshop
  ) throws {
    if let refusal = Self.refusal(spec) { throw AgentError.environment(refusal) }
    try settings.checkRanges()
    senses = Senses(spec, normalizes: settings.normalizeObservations)
    try settings.network.check(senses.senses)
    try settings.check(lanes: lanes, senses.kept, actionWidth: spec.action.width)
    self.settings = settings
    self.workshop = workshop
    self.spec = spec
    self.lanes = lanes
    generator = SplitMix64(seed: seed)
    distribution = spec.action.distribution
    let graph = Self.network(senses.senses, distribution, settings, steps: settings.sequence)
    study = settings.policyLag > 0 ? Study(workshop) : nil
    learner = Learner(graph, settings.learner, study?.workshop ?? workshop, using: &generator)
    var player = workshop
    if study != nil { player.backend = try workshop.backend.forAnotherThread() }
    acting = Plan(
      Self.network(senses.senses, distribution, settings, on: graph.layout), player,
      outputs: ["value and policy"] + (settings.memory == .none ? [] : ["memory"]))
    policyWeights =
      study == nil ? learner.weights : graph.layout.makeBuffer(workshop.backend)
    output = acting.output("value and policy")
    let width = settings.memory == .none ? 0 : acting.output("memory").count
    if width > 0 { memory = PolicyMemory(spec, width: width, lanes: lanes) }
    let rollouts = (0...settings.policyLag).map { [senses, distribution] _ in
      Rollout(
        senses.kept, actionWidth: distribution.width, steps: settings.rolloutSteps, lanes: lanes,
        sequence: settings.sequence, memoryWidth: width, device: player.backend.device)
    }
    (rollout, studied) = (rollouts[0], rollouts.last!)
    if settings.normalizeRewards {
      rewardScale = RewardScale(spec, lanes: lanes, discount: Double(settings.discount))
    }
    isOver = [Bool](repeating: false, count: lanes)
    outputs = HostRows(acting, rows: lanes)
    followLearner()
  }

  public var stepsPerUpdate: Int { lanes * settings.rolloutSteps }

  // MARK: Acting

  /// - Precondition: no update is due.
  public func act(_ buffers: StepBuffers) throws { try act(buffers, from: 0) }

  public func act(_ buffers: StepBuffers, from lane: Int) throws {
    let (step, count) = (rollout.step(of: lane), buffers.lanes)
    precondition(step < rollout.steps && lane + count <= lanes)
    let first = step * lanes + lane
    senses.keep(buffers.observations, in: rollout.columns(step, from: lane, count))
    try buffers.aim(
      at: senses.targets(buffers.observations, rollout.columns(step + 1, from: lane, count)))
    if let memory { rollout.keep(memory) }
    rollout.bring(step, from: lane, count)
    look(rollout.rows(first: first) + (memory?.rows() ?? []), count)
    try checkOutputs()
    keepMemory(memory, from: 0, count)
    for row in 0..<count {
      let (place, action) = (first + row, rollout.action(first + row))
      choose(policy(row), into: action, greedy: false, &generator)
      rollout.logProbabilities[place] = distribution.logProbability(policy(row), of: action)
      rollout.values[place] = value(row)
      spec.action.write(action, lane: row, to: buffers.actions)
    }
  }

  public var groupsRefusal: String? {
    if memory != nil { return "its policy remembers" }
    let isNormalized = settings.normalizeObservations || settings.normalizeRewards
    return isNormalized ? "normalised numbers depend on the lanes before" : nil
  }

  public var memoryWidth: Int { memory?.width ?? 0 }

  /// As if every lane had just begun.
  public func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64) {
    let memory = PolicyMemory(spec, width: memoryWidth, lanes: buffers.lanes)
    choose(buffers, memory, greedy: greedy, using: &generator)
  }

  public func choose(
    _ buffers: StepBuffers, _ memory: PolicyMemory, greedy: Bool,
    using generator: inout SplitMix64
  ) {
    precondition(memory.lanes == buffers.lanes && memory.width == memoryWidth)
    let action = AlignedBuffer<Float>(count: distribution.width)
    study?.wait()
    for first in stride(from: 0, to: buffers.lanes, by: lanes) {
      let count = min(lanes, buffers.lanes - first)
      let rows = senses.rows(buffers.observations, first: first)
      look(
        rows + (memory.width > 0 ? memory.rows(from: first) : []), count, with: learner.weights)
      keepMemory(memory, from: first, count)
      for lane in 0..<count {
        choose(policy(lane), into: action.pointer, greedy: greedy, &generator)
        spec.action.write(action.pointer, lane: first + lane, to: buffers.actions)
      }
    }
  }

  /// Fills `outputs`.
  /// - Parameter weights: nil: those with which it acts.
  private func look(_ inputs: Inputs, _ count: Int, with weights: Buffer? = nil) {
    acting.forward(weights ?? policyWeights, inputs, count: count, into: outputs)
  }

  /// Lanes from `first` on remember what `outputs` say.
  private func keepMemory(_ memory: PolicyMemory?, from first: Int, _ count: Int) {
    guard let memory, memory.width > 0 else { return }
    (memory.states.pointer + first * memory.width).update(
      from: outputs[acting.output("memory")], count: count * memory.width)
  }

  private func choose(
    _ row: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>, greedy: Bool,
    _ generator: inout SplitMix64
  ) {
    if greedy {
      distribution.mode(row, into: action)
    } else {
      distribution.sample(row, into: action, using: &generator)
    }
  }

  private func value(_ row: Int) -> Float { outputs[output][row * output.count] }

  private func policy(_ row: Int) -> UnsafePointer<Float> {
    UnsafePointer(outputs[output] + row * output.count + 1)
  }

  private func checkOutputs() throws {
    if outputs.areFinite { return }
    throw AgentError.diverged(layer: learner.notFinite ?? "the observation")
  }

  // MARK: Observing

  public func observe(_ buffers: StepBuffers) { observe(buffers, from: 0) }

  public func observe(_ buffers: StepBuffers, from lane: Int) {
    let (step, count) = (rollout.step(of: lane), buffers.lanes)
    let first = step * lanes + lane
    let rewards = buffers.rewards.of(Double.self)
    rewardScale?.add(buffers, skipping: isOver)
    for row in 0..<count {
      rollout.rewards[first + row] =
        rewardScale?.scaled(rewards[row], lane: row) ?? Float(rewards[row])
    }
    bootstrap(buffers, into: rollout.cutValues.pointer + first)
    rollout.finishStep(buffers, from: lane, skipping: isOver)
    memory?.observe(buffers)
    let ended = buffers.ended.of(UInt8.self)
    for row in 0..<count { isOver[lane + row] = spec.autoreset == .nextStep && ended[row] != 0 }
    guard step + 1 == rollout.steps else { return }
    rollout.bring(rollout.steps, from: lane, count)
    look(senses.rows(buffers.observations) + (memory?.rows() ?? []), count)
    for row in 0..<count { rollout.lastValues[lane + row] = value(row) }
  }

  /// Values of the last observations of episodes that were cut off and did not end by themselves.
  func bootstrap(_ buffers: StepBuffers, into values: UnsafeMutablePointer<Float>) {
    values.update(repeating: 0, count: buffers.lanes)
    let (terminated, truncated) = (
      buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self)
    )
    let cut = (0..<buffers.lanes).filter { truncated[$0] != 0 && terminated[$0] == 0 }
    if cut.isEmpty { return }
    let isGone = spec.autoreset == .sameStep
    let columns = isGone ? buffers.finalObservations : buffers.observations
    cut.map(Int32.init).withUnsafeBufferPointer { lanes in
      let numbers = lanes.baseAddress!
      look(senses.rows(columns, numbers: numbers) + (memory?.rows(of: numbers) ?? []), cut.count)
    }
    for (index, lane) in cut.enumerated() { values[lane] = value(index) }
  }
}
