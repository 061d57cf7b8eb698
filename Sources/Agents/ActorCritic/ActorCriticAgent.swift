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
  var generator: SplitMix64 { get }
}

extension ActorCriticAgent {
  /// Figures of both networks, of a batch that nothing is learned from.
  func watched() -> [(name: String, value: Double)] {
    var apart = generator
    let sampling = experience.settings.sampling
    guard updates > 0, experience.replay.sample(sampling, using: &apart, into: batch) else {
      return []
    }
    let (rows, count) = (experience.rows(of: &senses, isNext: false), experience.settings.watched)
    let taken = critic.readsActions ? [Rows(UnsafeRawPointer(batch.actions.base))] : []
    return (watch?.figures(actor.weights, Inputs(rows), count: count) ?? [])
      + (critic.watch?.figures(critic.learner.weights, Inputs(rows + taken), count: count) ?? [])
  }
}
