import Environment
import Foundation
import Lanes
import Nets
import Records
import Replay

/// Soft actor-critic: off-policy, the policy's entropy is part of the return, the temperature follows
/// a target entropy.
///
/// Sources: Haarnoja et al. 2018, arXiv:1812.05905; discrete actions: Christodoulou 2019,
/// arXiv:1910.07207; details as CleanRL's `sac_continuous_action.py` and `sac_atari.py`.
public final class SAC: ActorCriticAgent {
  public let settings: Settings
  let spec: EnvironmentSpec
  let lanes: Int
  public let experience: Experience
  let policy: SoftPolicy
  let actor: Learner
  let critic: TwinCritic
  /// One weight: the logarithm of the temperature.
  let temperature: Learner
  var generator: SplitMix64
  var opening: OpeningActions
  var averages = Averages(["critic_loss", "actor_loss", "value", "entropy", "temperature"])

  var senses: Senses
  private let workshop: Workshop
  private(set) lazy var glance = Glance(
    Self.network(senses.senses, settings, policy, on: actor.layout, isSeen: true), workshop)
  private(set) lazy var watch = Watch(
    Self.network(senses.senses, settings, policy, on: actor.layout, isSeen: true), workshop,
    rows: experience.settings.watched, name: "actor_")
  /// Of discrete actions.
  private let allowed: AllowedActions
  private let acted: HostRows
  let policies, values: HostRows
  private let criticValues: HostRows
  let targets: AlignedBuffer<Float>
  /// [batch, width]: actions of the policy, and the noise that made them.
  let actions, noise: AlignedBuffer<Float>
  let logProbabilities: AlignedBuffer<Float>
  /// Where a device computes losses; nil: they are computed here.
  var actorLoss, temperatureLoss: RowLoss?

  /// - Throws: `AgentError`, `SettingError`, `ReplayError` where environment or settings do not suit;
  ///   `ForeignError`.
  public init(
    spec: EnvironmentSpec, lanes: Int, settings: Settings = Settings(), seed: UInt64,
    workshop: Workshop
  ) throws {
    if let refusal = Self.refusal(spec) { throw AgentError.environment(refusal) }
    try settings.checkRanges()
    try settings.check()
    (self.settings, self.spec, self.lanes, self.workshop) = (settings, spec, lanes, workshop)
    senses = Senses(spec, normalizes: false)
    try settings.network.check(senses.senses)
    policy = SoftPolicy(spec.action, settings.deviation)
    allowed = AllowedActions(spec, actions: policy.outputs)
    generator = SplitMix64(seed: seed)
    opening = OpeningActions(hold: settings.openingHold)
    let graph = Self.network(senses.senses, settings, policy)
    actor = Learner(graph, settings.learner(settings.actorRate), workshop, using: &generator)
    critic = TwinCritic(
      senses.senses, actionWidth: policy.isContinuous ? policy.width : nil,
      outputs: policy.isContinuous ? 1 : policy.outputs, settings.network,
      settings.learner(settings.criticRate), watched: settings.replay.watched, workshop,
      using: &generator)
    temperature = settings.makeTemperature(workshop, &generator)
    experience = try Experience(
      spec, lanes: lanes, settings.replay, device: workshop.backend.device)
    let count = settings.replay.batch
    acted = HostRows(actor.plan, rows: lanes)
    policies = HostRows(actor.plan, rows: count)
    values = HostRows(critic.learner.plan, rows: count)
    criticValues = HostRows(critic.learner.plan, rows: count)
    targets = AlignedBuffer(count: count)
    actions = AlignedBuffer(count: count * policy.width)
    noise = AlignedBuffer(count: count * policy.width)
    logProbabilities = AlignedBuffer(count: count)
  }

  private static func network(
    _ senses: [Sense], _ settings: Settings, _ policy: SoftPolicy, on layout: Layout = Layout(),
    isSeen: Bool = false
  ) -> Graph {
    let graph = Graph(layout, weights: .torch, biases: .torch)
    let network = Network(settings.network, graph, senses, graph.inputs(senses))
    let outputs = network.read { network.last($0, "policy", policy.outputs) }
    graph.output("policy", policy.isContinuous ? outputs : network.masked(outputs))
    if isSeen { network.giveOut() }
    return graph
  }

  // MARK: Acting

  public func act(_ buffers: StepBuffers) throws {
    experience.begin(buffers)
    if experience.isWarming {
      return opening.draw(step: steps / lanes, using: &generator) { generator in
        policy.isContinuous
          ? buffers.actions.draw(spec.action, using: &generator)
          : allowed.draw(buffers, using: &generator)
      }
    }
    choose(buffers, greedy: false, using: &generator)
    if acted.areFinite { return }
    throw AgentError.diverged(layer: actor.notFinite ?? "the observation")
  }

  public func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64) {
    let output = actor.plan.outputs[0]
    let (action, noise) = (
      AlignedBuffer<Float>(count: policy.width), AlignedBuffer<Float>(count: policy.width)
    )
    for first in stride(from: 0, to: buffers.lanes, by: lanes) {
      let count = min(lanes, buffers.lanes - first)
      actor.values(
        senses.rows(buffers.observations, first: first), count: count, into: acted)
      for lane in 0..<count {
        policy.choose(
          acted[output] + lane * output.count, greedy: greedy, noise: noise.pointer,
          into: action.pointer, using: &generator)
        spec.action.write(action.pointer, lane: first + lane, to: buffers.actions)
      }
    }
  }

  // MARK: Learning

  public func learn(progress: Double) throws -> Report? {
    try experience.catchUp(update)
    return try report([("critic", "critic_loss"), ("value", "value"), ("entropy", "entropy")])
  }

  /// - Returns: false where the replay has nothing to draw yet.
  private func update() throws -> Bool {
    let sampling = settings.replay.sampling
    guard experience.replay.sample(sampling, using: &generator, into: batch) else { return false }
    try updateCritic()
    if updates % settings.policyPeriod == 0 {
      // As many as were left out.
      for _ in 0..<settings.policyPeriod { try updateActor() }
    }
    if updates % settings.targetPeriod == 0 {
      critic.followTarget(share: settings.targetShare, workshop)
    }
    return true
  }

  var alpha: Float { settings.alpha(temperature) }

  /// r + discount (min Q'(s', a') - alpha log pi(a')), a' of today's policy.
  func updateCritic() throws {
    let next = experience.rows(of: &senses, isNext: true)
    actor.values(Inputs(next), count: batch.count, into: policies)
    draw()
    critic.learner.values(
      Inputs(criticRows(next)), count: batch.count, with: critic.target, into: values)
    let output = actor.plan.outputs[0]
    for row in 0..<batch.count {
      let (first, second) = (values[critic.first], values[critic.second])
      let future: Float
      if policy.isContinuous {
        future = min(first[row], second[row]) - alpha * logProbabilities[row]
      } else {
        let (count, start) = (policy.outputs, row * policy.outputs)
        future = softStateValue(
          logits: floats(policies[output] + start, count).span, floats(first + start, count).span,
          floats(second + start, count).span, temperature: alpha)
      }
      targets[row] = settings.rewardScale * batch.rewards[row] + batch.discounts[row] * future
    }
    let observations = experience.rows(of: &senses, isNext: false)
    let taken = Rows(UnsafeRawPointer(batch.actions.base))
    let numbers = batch.actions
    let result = try critic.update(
      Inputs(observations + (policy.isContinuous ? [taken] : [])), count: batch.count,
      targets: targets.pointer
    ) { policy.isContinuous ? 0 : Int(numbers.of(Int32.self)[$0]) }
    averages.add("critic_loss", result.loss)
    averages.add("value", result.value)
  }

  /// alpha log pi(a) - min Q(s, a), then the temperature by the new log pi.
  private func updateActor() throws {
    let observations = experience.rows(of: &senses, isNext: false)
    let inputs = Inputs(observations)
    actor.values(inputs, count: batch.count, into: policies)
    draw()
    let loss =
      policy.isContinuous
      ? try descend(inputs, observations) : try descendDiscrete(inputs, observations)
    averages.add("actor_loss", loss)
    try updateTemperature()
  }

  private func descend(_ inputs: Inputs, _ observations: [Rows]) throws -> Double {
    let slopes = critic.actionSlopes(
      Inputs(criticRows(observations)), count: batch.count)
    let (output, width, scale) = (actor.plan.outputs[0], policy.width, 1 / Float(batch.count))
    let squashed = policy.squashed!
    if let loss = rowLoss(squashed, slopes, scale: scale) {
      _ = try actor.update(inputs, count: batch.count, loss)
      return entropyLoss
    }
    _ = try actor.update(inputs, count: batch.count) { part in
      let scaled = AlignedBuffer<Float>(count: width)
      for (index, row) in part.rows.enumerated() {
        for place in 0..<width { scaled[place] = scale * slopes[row * width + place] }
        squashed.addPathSlopes(
          part.outputs(output) + index * output.count, noise: noise.pointer + row * width,
          logProbability: scale * alpha, action: scaled.pointer,
          into: part.slopes(output) + index * output.count)
      }
    }
    return entropyLoss
  }

  /// The critic's values are not computed twice for the report alone.
  private var entropyLoss: Double {
    Double(alpha) * logProbabilities.span.reduce(0) { $0 + Double($1) }
      / Double(batch.count)
  }

  private func descendDiscrete(
    _ inputs: Inputs, _ observations: [Rows]
  ) throws -> Double {
    critic.learner.values(Inputs(observations), count: batch.count, into: criticValues)
    let (first, second) = (criticValues[critic.first], criticValues[critic.second])
    let (output, count, scale) = (actor.plan.outputs[0], policy.outputs, 1 / Float(batch.count))
    if let loss = rowLoss(first, second, scale: scale) {
      _ = try actor.update(inputs, count: batch.count, loss)
      return (0..<batch.count).reduce(0) {
        $0 + Double(loss.figures($1)[0]) / Double(batch.count)
      }
    }
    var sums = [Double](repeating: 0, count: actor.plan.shards(batch.count))
    _ = try sums.withUnsafeMutableBufferPointer { sums in
      try actor.update(inputs, count: batch.count) { part in
        for (index, row) in part.rows.enumerated() {
          let (place, start) = (index * count, row * count)
          let slopes = UnsafeMutableBufferPointer(start: part.slopes(output) + place, count: count)
          var span = slopes.mutableSpan
          let loss = discreteActorLoss(
            logits: floats(part.outputs(output) + place, count).span,
            floats(first + start, count).span, floats(second + start, count).span,
            temperature: alpha, scale: scale, slopes: &span)
          sums[part.shard] += Double(loss) / Double(batch.count)
        }
      }
    }
    return sums.reduce(0, +)
  }

  private func updateTemperature() throws {
    let count = Double(batch.count)
    let mean = logProbabilities.span.reduce(0) { $0 + Double($1) } / count
    averages.add("entropy", -mean)
    averages.add("temperature", Double(alpha))
    if !settings.automatic { return }
    let slope = Agents.temperatureLoss(
      logTemperature: temperature.weights[0], logProbability: Float(mean),
      targetEntropy: targetEntropy, form: settings.temperatureForm
    ).slope
    _ = try temperature.update(Inputs([]), slopes: [slope], &temperatureLoss)
  }

  /// Of a box less a share of its numbers; of discrete actions a share of the most that those that are
  /// allowed can have, its mean over the batch.
  var targetEntropy: Float {
    if policy.isContinuous { return -settings.entropyShare * Float(policy.width) }
    let most = (0..<batch.count).reduce(0.0) { sum, row in
      sum + log(Double(allowed.count(batch.observations, row)))
    }
    return settings.entropyShare * Float(most / Double(batch.count))
  }

  /// Actions of the policy's outputs for the whole batch, and the logarithms of their probabilities;
  /// of discrete actions the logarithms' means.
  private func draw() {
    let output = actor.plan.outputs[0]
    for row in 0..<batch.count {
      let outputs = policies[output] + row * output.count
      guard let squashed = policy.squashed else {
        logProbabilities[row] = meanLogProbability(logits: floats(outputs, output.count).span)
        continue
      }
      let noise = noise.pointer + row * policy.width
      squashed.draw(noise, using: &generator)
      logProbabilities[row] = squashed.act(
        outputs, noise: noise, into: actions.pointer + row * policy.width)
    }
  }

  /// What the critic reads: observations, and the policy's actions where it reads actions.
  private func criticRows(_ observations: [Rows]) -> [Rows] {
    observations + (policy.isContinuous ? [Rows(UnsafeRawPointer(actions.pointer))] : [])
  }
}
