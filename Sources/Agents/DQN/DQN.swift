import Environment
import Lanes
import Nets
import Records
import Replay

/// Deep Q-learning and its descendants: what outputs mean is the `ValueHead`'s, what a step makes of
/// them the `Backup`'s, which transitions are learned from the replay's; the rest is here.
///
/// Source: Mnih et al. 2015, doi:10.1038/nature14236; details as Dopamine. `DQN+Rows` names the
/// descendants.
public final class DQN: OffPolicyAgent {
  public let settings: Settings
  let spec: EnvironmentSpec
  let lanes, actions: Int
  public let experience: Experience
  let head: ValueHead
  let learner: Learner
  /// Weights of the target network.
  let target: Buffer
  var generator: SplitMix64
  var averages = Averages(["loss", "value", "gradient_norm", "conservatism"])

  var senses: Senses
  private let backup: Backup
  /// nil: it learns from pictures as they are.
  let augmentation: Augmentation?
  /// Plan and outputs for acting, by row.
  let acting: Plan
  private let acted: HostRows
  /// Of the target network in the next states and in those before, and the online network's next.
  private let next, before, chosen: HostRows
  let targets, losses: AlignedBuffer<Float>
  /// [rows, numbers]: of implicit quantiles those of the last call, of others the midpoints.
  let fractions: AlignedBuffer<Float>
  /// The batch's loss where a device computes it; nil: it is computed here.
  private var rowLoss: RowLoss?
  private var aiming: Aiming?
  /// Learns there from what it draws; nil: samples are drawn here.
  private(set) var there: There?
  let allowed: AllowedActions
  private let workshop: Workshop
  private(set) lazy var glance = Glance(
    Self.network(
      senses.senses, settings, settings.actingHead, actions: actions, on: learner.layout,
      isSeen: true), workshop)
  private(set) lazy var watch = Watch(
    Self.network(
      senses.senses, settings, head, actions: actions, on: learner.layout, isSeen: true),
    workshop, rows: experience.settings.watched)

  /// - Throws: `AgentError`, `SettingError`, `ReplayError` where environment or settings do not suit;
  ///   `ForeignError`.
  public init(
    spec: EnvironmentSpec, lanes: Int, settings: Settings = Settings(), seed: UInt64,
    workshop: Workshop
  ) throws {
    if let refusal = Self.refusal(spec) { throw AgentError.environment(refusal) }
    guard case .discrete(let actions) = spec.action else { fatalError("refused") }
    try settings.checkRanges()
    try settings.check()
    (self.settings, self.spec, self.lanes, self.actions) = (settings, spec, lanes, actions)
    self.workshop = workshop
    senses = Senses(spec, normalizes: false)
    try settings.network.check(senses.senses)
    try settings.check(senses.senses)
    allowed = AllowedActions(spec, actions: actions)
    head = settings.head
    backup = Backup(head: head, actions: actions, munchausen: settings.munchausenSettings)
    generator = SplitMix64(seed: seed)
    let count = settings.replay.batch
    augmentation = Augmentation(
      senses.senses, shift: settings.shift, intensity: settings.intensity, count: count)
    let learned =
      augmentation == nil ? senses.senses : Augmentation.senses(senses.senses)
    let graph = Self.network(learned, settings, head, actions: actions)
    learner = Learner(graph, settings.learner, workshop, using: &generator)
    target = graph.layout.makeBuffer(workshop.backend)
    target.copy(from: learner.weights)
    experience = try Experience(
      spec, lanes: lanes, settings.replay, settings.priorities,
      namesPictures: augmentation == nil, device: workshop.backend.device)
    acting = Plan(
      Self.network(
        senses.senses, settings, settings.actingHead, actions: actions, on: graph.layout),
      workshop, outputs: ["values"])
    acted = HostRows(acting, rows: lanes)
    (next, before, chosen) = (
      HostRows(learner.plan, rows: count), HostRows(learner.plan, rows: count),
      HostRows(learner.plan, rows: count)
    )
    targets = AlignedBuffer(count: count * head.numbers)
    losses = AlignedBuffer(count: count)
    fractions = AlignedBuffer(count: max(count * head.numbers, lanes * settings.actingQuantiles))
    let points = midpoints(head.numbers)
    for index in 0..<count * head.numbers {
      fractions[index] = points[index % points.count]
    }
    let rule = head.rowRule(actions: actions, conservatism: settings.conservatism)
    if learner.plan.takes(rule) {
      rowLoss = RowLoss(
        rule, of: [learner.plan.output("values")], rows: count)
      aiming = Aiming(
        learner.plan, learner.plan.output("values"),
        Self.aim(settings, head: head, actions: actions), rows: count)
      experience.drawsThere = aiming != nil
    }
  }

  public func keep(in folder: String) throws {
    try experience.keep(in: folder)
    there = aiming.flatMap { aiming in
      experience.replay.makeDraws(batch.count).map { There(draws: $0, aiming: aiming) }
    }
    // Those of implicit quantiles are drawn for every update.
    if let there { setFractions(there) }
  }

  // MARK: Acting

  public func act(_ buffers: StepBuffers) throws {
    experience.begin(buffers)
    explore(buffers, exploration, isNoisy: !experience.isOffline, &generator)
    if acted.areFinite { return }
    throw AgentError.diverged(layer: learner.notFinite ?? "the observation")
  }

  public func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64) {
    let epsilon = greedy ? 0 : settings.explorationEvaluation
    explore(buffers, epsilon, isNoisy: false, &generator)
  }

  /// The share of random actions now.
  private var exploration: Float {
    if experience.isOffline { return settings.explorationEvaluation }
    return experience.isWarming ? 1 : settings.exploration.epsilon(at: steps)
  }

  private func explore(
    _ buffers: StepBuffers, _ epsilon: Float, isNoisy: Bool, _ generator: inout SplitMix64
  ) {
    let memory = AlignedBuffer<Float>(count: actions)
    let output = acting.output("values")
    let noise = isNoisy && settings.noisyDeviation > 0 ? generator.next() : nil
    for first in stride(from: 0, to: buffers.lanes, by: lanes) {
      let count = min(lanes, buffers.lanes - first)
      if epsilon < 1 {
        let inputs = inputs(buffers.observations, first: first, count: count, &generator)
        acting.forward(learner.weights, inputs, count: count, into: acted, noise: noise)
      }
      for lane in 0..<count {
        let greedy = allowed.choice(buffers.observations, first + lane)
        let isRandom = epsilon > 0 && generator.nextFloat() < epsilon
        if !isRandom {
          settings.actingHead.values(
            acted[output] + lane * output.count, actions: actions, into: memory.pointer)
        }
        buffers.actions.writable(Int32.self)[first + lane] = Int32(
          isRandom ? greedy.any(using: &generator) : greedy.best(memory.pointer))
      }
    }
  }

  /// Rows of observations to act on.
  private func inputs(
    _ columns: [Column], first: Int, count: Int, _ generator: inout SplitMix64
  ) -> Inputs {
    let rows = senses.bases(columns).map { Rows($0, first: first) }
    return withFractions(rows, count: count, samples: settings.actingQuantiles, &generator)
  }

  /// The batch's observations, or those after them.
  private func inputs(isNext: Bool, _ generator: inout SplitMix64) -> Inputs {
    var rows = experience.rows(of: &senses, isNext: isNext)
    if let augmentation {
      rows = augmentation.move(
        rows.map(\.base), count: batch.count, using: &generator, workshop.pool
      ).map { Rows($0) }
    }
    return withFractions(rows, count: batch.count, samples: head.numbers, &generator)
  }

  /// With new fractions for each row where the network reads some.
  func withFractions(
    _ rows: [Rows], count: Int, samples: Int, _ generator: inout SplitMix64
  ) -> Inputs {
    var rows = rows
    if case .implicit = head {
      for index in 0..<count * samples { fractions[index] = generator.nextFloat() }
      rows.append(Rows(UnsafeRawPointer(fractions.pointer)))
    }
    return Inputs(rows)
  }

  // MARK: Learning

  /// All updates that are due; a report once a thousand steps.
  public func learn(progress: Double) throws -> Report? {
    let sampling = settings.sampling(at: progress)
    try experience.catchUp(times: settings.updates) { try update(sampling) }
    if experience.completes(settings.targetPeriod) {
      target.mix(learner.weights, share: settings.targetShare, workshop)
    }
    if !experience.isReportDue { return nil }
    if let layer = learner.notFinite { throw AgentError.diverged(layer: layer) }
    return report(sampling)
  }

  /// - Returns: false where the replay has nothing to draw yet.
  private func update(_ sampling: Sampling) throws -> Bool {
    if let there, let rowLoss { return try update(sampling, there, rowLoss) }
    guard experience.replay.sample(sampling, using: &generator, into: batch) else { return false }
    computeTargets()
    try descend()
    return true
  }

  /// One step along the gradient of the batch's mean loss, and new priorities.
  func descend() throws {
    if let rowLoss { return try descend(rowLoss) }
    let output = learner.plan.output("values")
    let inputs = inputs(isNext: false, &generator)
    var sums = [(value: Double, penalty: Double)](
      repeating: (0, 0), count: learner.plan.shards(batch.count))
    let update = try sums.withUnsafeMutableBufferPointer { sums in
      try learner.update(inputs, count: batch.count, noise: noise()) { part in
        for (index, row) in part.rows.enumerated() {
          let offset = index * output.count
          let (value, penalty) = learn(
            row, part.outputs(output) + offset, part.slopes(output) + offset)
          sums[part.shard].value += value
          sums[part.shard].penalty += penalty
        }
      }
    }
    note(
      update, value: sums.reduce(0) { $0 + $1.value }, penalty: sums.reduce(0) { $0 + $1.penalty })
    rank()
  }

  /// New priorities.
  private func rank() {
    let drawn = UnsafeBufferPointer(losses.span)
    experience.replay.update(batch, priorities: drawn.span)
  }

  /// Figures for the report; sums over the batch.
  private func note(_ update: Learner.Update, value: Double, penalty: Double) {
    let count = Double(batch.count)
    averages.add("loss", losses.span.reduce(0) { $0 + Double($1) } / count)
    averages.add("value", value / count)
    averages.add("gradient_norm", Double(update.gradientNorm))
    if settings.conservatism > 0 { averages.add("conservatism", penalty / count) }
  }

  /// The same where outputs lie elsewhere.
  private func descend(_ loss: RowLoss) throws {
    let inputs = inputs(isNext: false, &generator)
    let numbers = head.numbers
    for row in 0..<batch.count {
      let given = loss.given(row)
      given[0] = Float(batch.actions.of(Int32.self)[row])
      given[1] = batch.weights[row] / Float(batch.count)
      (given + 2).update(from: targets.pointer + row * numbers, count: numbers)
      (given + 2 + numbers).update(from: fractions.pointer + row * numbers, count: numbers)
    }
    let update = try learner.update(inputs, count: batch.count, noise: noise(), loss)
    note(update, loss)
    rank()
  }

  /// Figures of a loss that a device has computed.
  func note(_ update: Learner.Update, _ loss: RowLoss) {
    var (value, penalty) = (0.0, 0.0)
    for row in 0..<batch.count {
      let told = loss.figures(row)
      losses[row] = told[0]
      value += Double(told[1])
      penalty += Double(told[2])
    }
    note(update, value: value, penalty: penalty)
  }

  func noise() -> UInt64? { settings.noisyDeviation > 0 ? generator.next() : nil }

  /// Loss of one transition and the penalty; writes the slopes of its outputs.
  private func learn(
    _ row: Int, _ outputs: UnsafePointer<Float>, _ slopes: UnsafeMutablePointer<Float>
  ) -> (value: Double, penalty: Double) {
    let (numbers, action) = (head.numbers, Int(batch.actions.of(Int32.self)[row]))
    let memory = AlignedBuffer<Float>(count: 2 * numbers)
    let (part, slope) = (memory.pointer, memory.pointer + numbers)
    head.part(outputs, action, actions: actions, into: part)
    var written = UnsafeMutableBufferPointer(start: slope, count: numbers).mutableSpan
    let scale = batch.weights[row] / Float(batch.count)
    losses[row] = head.loss(
      floats(part, numbers).span, floats(targets.pointer + row * numbers, numbers).span,
      fractions: floats(fractions.pointer + row * numbers, numbers).span,
      scale: scale, slopes: &written)
    for index in 0..<numbers { slopes[head.place(index, action, actions)] += slope[index] }
    let value = Double(head.value(floats(part, numbers).span))
    guard settings.conservatism > 0 else { return (value, 0) }
    let values = AlignedBuffer<Float>(count: actions)
    head.values(outputs, actions: actions, into: values.pointer)
    let valueSlopes = AlignedBuffer<Float>(count: actions)
    var span = valueSlopes.span.mutableSpan
    let penalty = Agents.conservatism(
      floats(values.pointer, actions).span, action: action,
      scale: settings.conservatism * scale, slopes: &span)
    head.addSlopes(
      outputs, values: values.pointer, valueSlopes.pointer, actions: actions, into: slopes)
    return (value, Double(penalty))
  }

  /// What the outputs of the batch's actions are to become.
  func computeTargets() {
    let inputs = inputs(isNext: true, &generator)
    learner.values(inputs, count: batch.count, with: target, into: next, noise: noise())
    if settings.double {
      learner.values(inputs, count: batch.count, into: chosen, noise: noise())
    }
    if settings.munchausen {
      let inputs = self.inputs(isNext: false, &generator)
      learner.values(inputs, count: batch.count, with: target, into: before, noise: noise())
    }
    let output = learner.plan.output("values")
    let time = batch.count * (200 + 10 * head.numbers)
    workshop.pool.forEach(batch.count, nanoseconds: time) { row, _ in
      let offset = row * output.count
      let memory = AlignedBuffer<Float>(count: actions)
      head.values(
        (settings.double ? chosen : next)[output] + offset, actions: actions, into: memory.pointer)
      let greedy = allowed.choice(batch.nextObservations, row)
      var step = Backup.Step(
        reward: batch.rewards[row], discount: batch.discounts[row],
        action: Int(batch.actions.of(Int32.self)[row]),
        next: UnsafePointer(next[output] + offset), nextAction: greedy.best(memory.pointer))
      if settings.munchausen {
        head.values(before[output] + offset, actions: actions, into: memory.pointer)
        step.before = UnsafePointer(memory.pointer)
      }
      backup.target(step, into: targets.pointer + row * head.numbers)
    }
  }

  /// Of a batch that nothing is learned from.
  func watched(_ sampling: Sampling) -> [(name: String, value: Double)] {
    var apart = generator
    guard updates > 0, let watch, let rows = drawn(sampling, using: &apart) else { return [] }
    let inputs = withFractions(rows, count: watch.rows, samples: head.numbers, &apart)
    return watch.figures(learner.weights, inputs, count: watch.rows)
  }

  /// Observations of a new batch.
  private func drawn(_ sampling: Sampling, using generator: inout SplitMix64) -> [Rows]? {
    if let there { return drawn(sampling, there, using: &generator) }
    return experience.drawn(sampling, using: &generator, as: &senses)
  }

  private func report(_ sampling: Sampling) -> Report {
    var report = Report()
    for figure in averages.take() + watched(sampling) {
      report.set(figure.name, figure.value)
    }
    report.set("exploration", Double(exploration))
    report.set("updates", Double(updates))
    report.set("replay", Double(experience.replay.count))
    report.headline = [("loss", "loss"), ("value", "value"), ("exploration", "exploration")]
    return report
  }
}
