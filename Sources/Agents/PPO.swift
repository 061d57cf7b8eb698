import Environment
import Lanes
import Nets

/// Proximal policy optimisation, clipped objective.
///
/// Source: Schulman et al. 2017, arXiv:1707.06347; details as CleanRL. One thing is done better: an
/// episode that was cut off is bootstrapped from its last observation's value.
public final class PPO: Agent {
  public let settings: Settings
  let spec: EnvironmentSpec
  let lanes: Int
  let learner: Learner
  let rollout: Rollout
  var senses: Senses
  var rewardScale: RewardScale?
  var generator: SplitMix64
  /// By lane: the next step only begins a new episode, under autoreset next-step.
  var isOver: [Bool]
  private let distribution: any ActionDistribution
  /// Of one step, over the learner's weights.
  let acting: Plan
  /// [lanes] rows of outputs: [value, policy], and the memory.
  let outputs: HostRows
  private let output: OutputShape
  /// nil: there are no experts.
  private let watch: Watch?
  /// nil: the policy remembers nothing.
  var memory: PolicyMemory?

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
    self.spec = spec
    self.lanes = lanes
    generator = SplitMix64(seed: seed)
    distribution = spec.action.distribution
    let graph = Self.network(senses.senses, distribution, settings, steps: settings.sequence)
    learner = Learner(graph, settings.learner, workshop, using: &generator)
    watch = Watch(learner.plan, steps: settings.sequence)
    acting = Plan(
      Self.network(senses.senses, distribution, settings, on: graph.layout), workshop,
      outputs: ["value and policy"] + (settings.memory == .none ? [] : ["memory"]))
    output = acting.output("value and policy")
    let width = settings.memory == .none ? 0 : acting.output("memory").count
    if width > 0 { memory = PolicyMemory(spec, width: width, lanes: lanes) }
    rollout = Rollout(
      senses.kept, actionWidth: distribution.width, steps: settings.rolloutSteps, lanes: lanes,
      sequence: settings.sequence, memoryWidth: width, device: workshop.backend.device)
    if settings.normalizeRewards {
      rewardScale = RewardScale(spec, lanes: lanes, discount: Double(settings.discount))
    }
    isOver = [Bool](repeating: false, count: lanes)
    outputs = HostRows(acting, rows: lanes)
  }

  public var stepsPerUpdate: Int { lanes * settings.rolloutSteps }

  // MARK: Acting

  /// - Precondition: no update is due.
  public func act(_ buffers: StepBuffers) throws {
    precondition(!rollout.isFull && buffers.lanes == lanes)
    let (step, first) = (rollout.step, rollout.step * lanes)
    senses.keep(buffers.observations, in: rollout.columns(step))
    try buffers.aim(at: senses.targets(buffers.observations, rollout.columns(step + 1)))
    if let memory { rollout.keep(memory) }
    rollout.bring(step)
    look(rollout.rows(first: first) + (memory?.rows() ?? []), lanes)
    try checkOutputs()
    keepMemory(memory, from: 0, lanes)
    for lane in 0..<lanes {
      let (place, action) = (first + lane, rollout.action(first + lane))
      choose(policy(lane), into: action, greedy: false, &generator)
      rollout.logProbabilities[place] = distribution.logProbability(policy(lane), of: action)
      rollout.values[place] = value(lane)
      spec.action.write(action, lane: lane, to: buffers.actions)
    }
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
    for first in stride(from: 0, to: buffers.lanes, by: lanes) {
      let count = min(lanes, buffers.lanes - first)
      let rows = senses.rows(buffers.observations, first: first)
      look(rows + (memory.width > 0 ? memory.rows(from: first) : []), count)
      keepMemory(memory, from: first, count)
      for lane in 0..<count {
        choose(policy(lane), into: action.pointer, greedy: greedy, &generator)
        spec.action.write(action.pointer, lane: first + lane, to: buffers.actions)
      }
    }
  }

  /// Fills `outputs`.
  private func look(_ inputs: Inputs, _ count: Int) {
    acting.forward(learner.weights, inputs, count: count, into: outputs)
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

  public func observe(_ buffers: StepBuffers) {
    let first = rollout.step * lanes
    let rewards = buffers.rewards.of(Double.self)
    rewardScale?.add(buffers, skipping: isOver)
    for lane in 0..<lanes {
      rollout.rewards[first + lane] =
        rewardScale?.scaled(rewards[lane], lane: lane) ?? Float(rewards[lane])
    }
    bootstrap(buffers, into: rollout.cutValues.pointer + first)
    rollout.finishStep(buffers, skipping: isOver)
    memory?.observe(buffers)
    let ended = buffers.ended.of(UInt8.self)
    for lane in 0..<lanes { isOver[lane] = spec.autoreset == .nextStep && ended[lane] != 0 }
    guard rollout.isFull else { return }
    rollout.bring(rollout.steps)
    look(senses.rows(buffers.observations) + (memory?.rows() ?? []), lanes)
    for lane in 0..<lanes { rollout.lastValues[lane] = value(lane) }
  }

  /// Values of the last observations of episodes that were cut off and did not end by themselves.
  func bootstrap(_ buffers: StepBuffers, into values: UnsafeMutablePointer<Float>) {
    values.update(repeating: 0, count: lanes)
    let (terminated, truncated) = (
      buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self)
    )
    let cut = (0..<lanes).filter { truncated[$0] != 0 && terminated[$0] == 0 }
    if cut.isEmpty { return }
    let isGone = spec.autoreset == .sameStep
    let columns = isGone ? buffers.finalObservations : buffers.observations
    cut.map(Int32.init).withUnsafeBufferPointer { lanes in
      let numbers = lanes.baseAddress!
      look(senses.rows(columns, numbers: numbers) + (memory?.rows(of: numbers) ?? []), cut.count)
    }
    for (index, lane) in cut.enumerated() { values[lane] = value(index) }
  }

  // MARK: Learning

  public func learn(progress: Double) throws -> Report? {
    guard rollout.isFull else { return nil }
    rollout.estimateAdvantages(discount: settings.discount, lambda: settings.lambda)
    learner.optimiser.learningRate = settings.learningRate(at: progress)
    let explained = rollout.explainedVariance(rollout.learned)
    var samples = memory == nil ? rollout.learned : rollout.sequences
    var losses = Losses()
    for _ in 0..<settings.epochs {
      samples.shuffle(using: &generator)
      for part in 0..<settings.minibatches {
        let ends = (part...part + 1).map { $0 * samples.count / settings.minibatches }
        if ends[0] < ends[1] { losses += try update(Array(samples[ends[0]..<ends[1]])) }
      }
    }
    if let layer = learner.notFinite { throw AgentError.diverged(layer: layer) }
    rollout.clear()
    var report = losses.report(
      explained: explained, learningRate: learner.optimiser.learningRate)
    for figure in watch?.take() ?? [] { report.set(figure.name, figure.value) }
    return report
  }

  /// One step along the gradient of these samples: transitions, or sequences by their first.
  private func update(_ samples: [Int32]) throws -> Losses {
    var losses = gradient(samples)
    losses.gradientNorm = Double(try learner.step().gradientNorm)
    return losses
  }

  /// Fills the learner's gradients with those of the mean loss.
  func gradient(_ samples: [Int32]) -> Losses {
    let (steps, width) = (settings.sequence, 1 + distribution.outputs)
    let minibatch = Minibatch(
      rollout, samples, steps: steps, normalizes: settings.normalizeAdvantages)
    let output = learner.plan.output("value and policy")
    let shards = AlignedBuffer<Losses>(count: learner.plan.shards(samples.count))
    watch?.begin(shards: shards.count)
    rollout.withInputs(samples) { inputs in
      learner.slope(inputs, count: samples.count) { part in
        let (outputs, slopes) = (part.outputs(output), part.slopes(output))
        for row in 0..<part.rows.count * steps {
          let number = part.rows.lowerBound * steps + row
          guard let place = minibatch.places[number] else { continue }
          shards[part.shard] += objective(
            place, minibatch.advantages[number], outputs + row * width, slopes + row * width,
            scale: 1 / Float(minibatch.count))
        }
        watch?.add(part)
      }
    }
    watch?.end(samples.count)
    var losses = shards.span.reduce(into: Losses()) { $0 += $1 }
    losses.updates = 1
    return losses
  }

  /// Losses of one transition; writes the slopes of `scale` times
  /// policy loss + value coefficient * value loss - entropy coefficient * entropy.
  func objective(
    _ place: Int, _ advantage: Float, _ row: UnsafePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>, scale: Float
  ) -> Losses {
    let action = UnsafePointer(rollout.action(place))
    let logRatio =
      distribution.logProbability(row + 1, of: action) - rollout.logProbabilities[place]
    let policy = Objective.policy(logRatio: logRatio, advantage: advantage, clip: settings.clip)
    let old = rollout.values[place]
    let error = Objective.value(
      row[0], old: old, target: old + rollout.advantages[place],
      clip: settings.clipValueLoss ? settings.clip : nil)
    distribution.writeSlopes(
      row + 1, of: action, logProbability: scale * policy.slope,
      entropy: -scale * settings.entropyCoefficient, into: slopes + 1)
    slopes[0] = scale * settings.valueCoefficient * error.slope
    return Losses(
      policy: Double(policy.loss), value: Double(error.loss),
      entropy: Double(distribution.entropy(row + 1)), divergence: Double(policy.divergence),
      clipped: policy.isClipped ? 1 : 0, samples: 1)
  }
}
