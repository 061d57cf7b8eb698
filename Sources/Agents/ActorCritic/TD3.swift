import Environment
import Lanes
import Nets
import Records
import Replay

/// Twin delayed deep deterministic policy gradient.
///
/// Source: Fujimoto et al. 2018, arXiv:1802.09477; details as CleanRL's
/// `td3_continuous_action.py`.
public final class TD3: ActorCriticAgent {
  public let settings: Settings
  let spec: EnvironmentSpec
  let lanes: Int
  public let experience: Experience
  let actor: Learner
  /// Weights of the target policy.
  let target: Buffer
  let critic: TwinCritic
  var generator: SplitMix64
  var opening: OpeningActions
  var averages = Averages(["critic_loss", "value", "actor_gradient_norm"])

  var senses: Senses
  private let workshop: Workshop
  private(set) lazy var glance = Glance(
    Self.network(senses.senses, settings, width: width, on: actor.layout, isSeen: true), workshop)
  private(set) lazy var watch = Watch(
    Self.network(senses.senses, settings, width: width, on: actor.layout, isSeen: true), workshop,
    rows: experience.settings.watched, name: "actor_")
  private let low, high: [Float]
  private let acted, policies: HostRows
  let values: HostRows
  let targets, actions: AlignedBuffer<Float>
  /// Of the actor, where a device has its outputs.
  private var actorLoss: RowLoss?
  var width: Int { low.count }

  /// - Throws: `AgentError`, `SettingError`, `ReplayError` where environment or settings do not suit;
  ///   `ForeignError`.
  public init(
    spec: EnvironmentSpec, lanes: Int, settings: Settings = Settings(), seed: UInt64,
    workshop: Workshop
  ) throws {
    if let refusal = Self.refusal(spec) { throw AgentError.environment(refusal) }
    guard case .box(let low, let high) = spec.action else { fatalError("refused") }
    try settings.checkRanges()
    try settings.check()
    (self.settings, self.spec, self.lanes, self.workshop) = (settings, spec, lanes, workshop)
    (self.low, self.high) = (low, high)
    senses = Senses(spec, normalizes: false)
    try settings.network.check(senses.senses)
    generator = SplitMix64(seed: seed)
    opening = OpeningActions(hold: settings.openingHold)
    let graph = Self.network(senses.senses, settings, width: low.count)
    let learning = settings.learner
    actor = Learner(graph, learning, workshop, using: &generator)
    target = graph.layout.makeBuffer(workshop.backend)
    target.copy(from: actor.weights)
    critic = TwinCritic(
      senses.senses, actionWidth: low.count, outputs: 1, followsSmaller: false,
      settings.network, learning, watched: settings.replay.watched, workshop, using: &generator)
    experience = try Experience(
      spec, lanes: lanes, settings.replay, device: workshop.backend.device)
    let count = settings.replay.batch
    acted = HostRows(actor.plan, rows: lanes)
    policies = HostRows(actor.plan, rows: count)
    values = HostRows(critic.learner.plan, rows: count)
    targets = AlignedBuffer(count: count)
    actions = AlignedBuffer(count: count * low.count)
  }

  private static func network(
    _ senses: [Sense], _ settings: Settings, width: Int, on layout: Layout = Layout(),
    isSeen: Bool = false
  ) -> Graph {
    let graph = Graph(layout, weights: .torch, biases: .torch)
    let network = Network(settings.network, graph, senses, graph.inputs(senses))
    graph.output("action", network.read { network.last($0, "action", width).tanh() })
    if isSeen { network.giveOut() }
    return graph
  }

  // MARK: Acting

  public func act(_ buffers: StepBuffers) throws {
    experience.begin(buffers)
    if experience.isWarming {
      return opening.draw(step: steps / lanes, using: &generator) {
        buffers.actions.draw(spec.action, using: &$0)
      }
    }
    choose(buffers, noise: settings.explorationNoise, using: &generator)
    if acted.areFinite { return }
    throw AgentError.diverged(layer: actor.notFinite ?? "the observation")
  }

  /// The policy has nothing random, greedy or not.
  public func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64) {
    choose(buffers, noise: 0, using: &generator)
  }

  /// - Parameter noise: deviation, in halves of the action's range.
  private func choose(
    _ buffers: StepBuffers, noise: Float, using generator: inout SplitMix64
  ) {
    let (output, action) = (actor.plan.outputs[0], AlignedBuffer<Float>(count: width))
    for first in stride(from: 0, to: buffers.lanes, by: lanes) {
      let count = min(lanes, buffers.lanes - first)
      actor.values(
        senses.rows(buffers.observations, first: first), count: count, into: acted)
      for lane in 0..<count {
        scale(acted[output] + lane * width, into: action.pointer)
        if noise > 0 { disturb(action.pointer, deviation: noise, bound: .infinity, &generator) }
        spec.action.write(action.pointer, lane: first + lane, to: buffers.actions)
      }
    }
  }

  /// From -1...1 to the action's range.
  func scale(_ output: UnsafePointer<Float>, into action: UnsafeMutablePointer<Float>) {
    for index in 0..<width {
      let (low, high) = (low[index], high[index])
      action[index] = min(max(low + (high - low) * (output[index] + 1) / 2, low), high)
    }
  }

  private func disturb(
    _ action: UnsafeMutablePointer<Float>, deviation: Float, bound: Float,
    _ generator: inout SplitMix64
  ) {
    let noise = (0..<width).map { _ in Float(gaussian(using: &generator)) }
    var span = UnsafeMutableBufferPointer(start: action, count: width).mutableSpan
    smoothed(
      &span, noise: noise.span, deviation: deviation, bound: bound, low: low, high: high)
  }

  // MARK: Learning

  public func learn(progress: Double) throws -> Report? {
    try experience.catchUp(update)
    return try report([("critic", "critic_loss"), ("value", "value")])
  }

  /// Algorithm 1.
  /// - Returns: false where the replay has nothing to draw yet.
  private func update() throws -> Bool {
    let sampling = settings.replay.sampling
    guard experience.replay.sample(sampling, using: &generator, into: batch) else { return false }
    try updateCritic()
    if updates % settings.policyPeriod == 0 {
      try updateActor()
      critic.followTarget(share: settings.targetShare, workshop)
      target.mix(actor.weights, share: settings.targetShare, workshop)
    }
    return true
  }

  /// r + discount min Q'(s', a'), a' of the target policy with cut noise.
  func updateCritic() throws {
    let (next, output) = (experience.rows(of: &senses, isNext: true), actor.plan.outputs[0])
    actor.values(Inputs(next), count: batch.count, with: target, into: policies)
    for row in 0..<batch.count {
      let action = actions.pointer + row * width
      scale(policies[output] + row * width, into: action)
      disturb(
        action, deviation: settings.targetNoise, bound: settings.targetNoiseBound, &generator)
    }
    critic.learner.values(
      Inputs(next + [Rows(UnsafeRawPointer(actions.pointer))]), count: batch.count,
      with: critic.target, into: values)
    for row in 0..<batch.count {
      targets[row] = twinTarget(
        reward: batch.rewards[row], discount: batch.discounts[row], values[critic.first][row],
        values[critic.second][row])
    }
    let taken =
      experience.rows(of: &senses, isNext: false) + [Rows(UnsafeRawPointer(batch.actions.base))]
    let result = try critic.update(
      Inputs(taken), count: batch.count, targets: targets.pointer
    ) { _ in 0 }
    averages.add("critic_loss", result.loss)
    averages.add("value", result.value)
  }

  /// Less the first value of the policy's own actions.
  private func updateActor() throws {
    let (observations, output) = (
      experience.rows(of: &senses, isNext: false), actor.plan.outputs[0]
    )
    actor.values(Inputs(observations), count: batch.count, into: policies)
    for row in 0..<batch.count {
      scale(policies[output] + row * width, into: actions.pointer + row * width)
    }
    let slopes = critic.actionSlopes(
      Inputs(observations + [Rows(UnsafeRawPointer(actions.pointer))]), count: batch.count)
    let share = 0.5 / Float(batch.count)
    let all = (0..<batch.count * width).map {
      share * (high[$0 % width] - low[$0 % width]) * slopes[$0]
    }
    let update = try actor.update(Inputs(observations), slopes: all, &actorLoss)
    averages.add("actor_gradient_norm", Double(update.gradientNorm))
  }

  // MARK: Saving

  public func save(into file: inout SafeTensors) throws {
    try saveShared(into: &file)
    actor.layout.save(target, "target.actor.", into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    try restoreShared(from: file)
    try actor.layout.restore(target, "target.actor.", from: file)
  }

  public func saveWeights(into file: inout SafeTensors) {
    actor.layout.save(actor.weights, "actor.", into: &file)
    critic.saveWeights(into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try actor.restoreWeights("actor.", from: file)
    try critic.restoreWeights(from: file)
    target.copy(from: actor.weights)
  }
}
