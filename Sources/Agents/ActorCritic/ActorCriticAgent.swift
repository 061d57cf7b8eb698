import Lanes
import Nets
import Replay

/// An agent whose policy follows what two critics say.
protocol ActorCriticAgent: OffPolicyAgent {
  var actor: Learner { get }
  var critic: TwinCritic { get }
  /// Of the actor.
  var watch: Watch? { get }
  var senses: Senses { get set }
  var generator: SplitMix64 { get set }
  var opening: OpeningActions { get set }
  var averages: Averages { get set }
}

extension ActorCriticAgent {
  // MARK: Reports

  /// - Returns: nil: none is due.
  /// - Throws: `AgentError.diverged`.
  func report(_ headline: [(label: String, name: String)]) throws -> Report? {
    if !experience.isReportDue { return nil }
    if let layer = actor.notFinite ?? critic.learner.notFinite {
      throw AgentError.diverged(layer: layer)
    }
    var report = Report()
    for figure in averages.take() + watched() { report.set(figure.name, figure.value) }
    report.set("updates", Double(updates))
    report.headline = headline
    return report
  }

  /// Figures of both networks, of a batch that nothing is learned from.
  func watched() -> [(name: String, value: Double)] {
    var apart = generator
    let (sampling, count) = (experience.settings.sampling, experience.settings.watched)
    guard updates > 0, let rows = experience.drawn(sampling, using: &apart, as: &senses) else {
      return []
    }
    let taken = critic.readsActions ? [Rows(UnsafeRawPointer(batch.actions.base))] : []
    return (watch?.figures(actor.weights, Inputs(rows), count: count) ?? [])
      + (critic.watch?.figures(critic.learner.weights, Inputs(rows + taken), count: count) ?? [])
  }

  // MARK: Saving

  func saveShared(into file: inout SafeTensors) throws {
    actor.save("actor.", into: &file)
    critic.save(into: &file)
    averages.save("agent.averages", into: &file)
    try experience.save(into: &file)
    generator.save(into: &file)
    opening.save(into: &file)
  }

  /// - Throws: `CheckpointError`.
  func restoreShared(from file: SafeTensors) throws {
    try actor.restore("actor.", from: file)
    try critic.restore(from: file)
    try averages.restore("agent.averages", from: file)
    try experience.restore(from: file)
    try generator.restore(from: file)
    try opening.restore(from: file)
  }
}
