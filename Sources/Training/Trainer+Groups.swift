import Agents
import Environment
import Lanes

extension Trainer {
  /// - Throws: `AgentError` for an agent that acts for all lanes at once.
  @discardableResult public static func grouped(_ agent: any Agent) throws -> any GroupedAgent {
    let grouped = agent as? any GroupedAgent
    if let grouped, grouped.groupsRefusal == nil { return grouped }
    let reason = grouped?.groupsRefusal ?? "its agent acts at once"
    throw AgentError.environment("lanes cannot go in groups: \(reason)")
  }
}

/// Two groups of lanes: the agent acts for one while the other is simulated. Each lane sees what it
/// would see otherwise.
final class LaneGroups {
  private let batch: GroupedBatch
  private let agent: any GroupedAgent
  /// By group: its lanes of the run's buffers.
  private let buffers: [StepBuffers]
  private let pool: ThreadPool
  /// The two that work beside each other.
  private let pair = ThreadPool(threads: 2)
  private var failures: [(any Error)?] = [nil, nil]
  /// Seconds of the last collection: simulating, and the agent's, which go on beside each other.
  private(set) var simulating = 0.0
  private(set) var acting = 0.0

  /// - Returns: nil: lanes go together.
  /// - Throws: `AgentError` for an agent that acts for all lanes at once.
  init?(_ environment: any EnvironmentBatch, _ agent: any Agent, _ all: StepBuffers) throws {
    guard let batch = environment as? GroupedBatch else { return nil }
    let grouped = try Trainer.grouped(agent)
    guard batch.groups.count == 2 else { return nil }
    (self.batch, self.agent) = (batch, grouped)
    // The agent's own pool is in use meanwhile.
    pool = ThreadPool(threads: batch.workers)
    buffers = batch.groups.map { StepBuffers(spec: batch.spec, lanes: $0.batch.lanes) }
    for (buffers, group) in zip(buffers, batch.groups) { buffers.aim(at: all, from: group.first) }
  }

  /// Steps of all lanes until the agent has learned all that it wants to see first.
  /// - Parameter add: takes in what a group's step showed.
  func collect(_ steps: Int, add: (StepBuffers) -> Void) throws {
    (simulating, acting) = (0, 0)
    let watch = Stopwatch()
    try agent.act(buffers[0], from: 0)
    acting += watch.seconds
    for step in 0..<steps {
      try both {
        try simulate(0)
      } and: {
        if step > 0 { try observe(1, add) }
        try agent.act(buffers[1], from: batch.groups[1].first)
      }
      try both {
        try simulate(1)
      } and: {
        try observe(0, add)
        if step + 1 < steps { try agent.act(buffers[0], from: 0) }
      }
    }
    try observe(1, add)
  }

  private func simulate(_ group: Int) throws {
    try batch.groups[group].batch.step(buffers[group], on: pool)
  }

  private func observe(_ group: Int, _ add: (StepBuffers) -> Void) throws {
    agent.observe(buffers[group], from: batch.groups[group].first)
    add(buffers[group])
    if batch.spec.autoreset == .disabled {
      try batch.groups[group].batch.resetEnded(buffers[group])
    }
  }

  private func both(_ first: () throws -> Void, and second: () throws -> Void) throws {
    failures = [nil, nil]
    withoutActuallyEscaping(first) { first in
      withoutActuallyEscaping(second) { second in
        pair.forEach(2) { item, _ in
          let watch = Stopwatch()
          do { try item == 0 ? first() : second() } catch { failures[item] = error }
          // Nobody else changes it.
          if item == 0 { simulating += watch.seconds } else { acting += watch.seconds }
        }
      }
    }
    for failure in failures { if let failure { throw failure } }
  }
}
