import Agents
import Catalog
import Environment
import Nets
import Records
import Training

/// What an environment's training begins with where nobody says anything else.
struct Standard {
  var lanes = 16
  var steps = 10_000_000
  /// By agent.
  var agentSettings: [String: [String: SettingValue]] = [:]

  static func of(_ row: EnvironmentRow) -> Standard {
    switch (row.id, row.family) {
    case (Catalog.standard, _):
      // Our own cartridge learns in a few minutes with these.
      Standard(
        lanes: 32, steps: 250_000,
        agentSettings: ["ppo": ["learning-rate": 5e-4, "minibatches": 16, "epochs": 3]])
    // CleanRL's `ppo.py`.
    case (_, "control"): Standard(lanes: 4, steps: 500_000)
    default: Standard()
    }
  }
}

/// Settings, and who has said so.
struct SourcedSettings {
  private(set) var values: [String: SettingValue] = [:]
  private(set) var sources: [String: String] = [:]

  /// These hold whatever was said before.
  mutating func add(_ more: [String: SettingValue], from source: String) {
    for (key, value) in more {
      values[key] = value
      sources[key] = source
    }
  }
}

/// A run before it is made.
struct Plan {
  let row: EnvironmentRow
  let agentRow: AgentRow
  var settings: RunSettings
  /// Of the environment's and the agent's settings.
  var sources: (environment: [String: String], agent: [String: String])
}

extension AgentRow {
  /// - Throws: `UsageError`.
  static func named(_ name: String) throws -> AgentRow {
    if let row = all.first(where: { $0.name == name }) { return row }
    throw UsageError("unknown agent '\(name)'; there is \(all.map(\.name).quotedList)")
  }
}

/// An environment and an agent made from a run's settings.
struct Run {
  let environment: any EnvironmentBatch
  let agent: any Agent

  /// - Parameters:
  ///   - lanes: of the environment; the agent always gets those of the run.
  ///   - groups: in which lanes go.
  /// - Throws: for what does not suit, with what to change; nothing has been written then.
  init(
    _ settings: RunSettings, _ workshop: Workshop, lanes: Int? = nil, groups: Int = 1
  ) throws {
    let row = try Catalog.row(settings.environment)
    let agentRow = try AgentRow.named(settings.agent)
    let all = lanes ?? settings.lanes
    func batch(_ lanes: Int) throws -> any EnvironmentBatch {
      try row.make(lanes, settings.environmentSettings, workshop.pool.threads)
    }
    if groups == 1 {
      environment = try batch(all)
    } else {
      guard settings.tasks == 1, all >= groups else {
        throw UsageError("--groups \(groups) needs one environment and \(groups) lanes or more")
      }
      environment = try GroupedBatch(
        (0..<groups).map { try batch((all + groups - 1 - $0) / groups) })
    }
    if let reason = agentRow.refuses(environment.spec) {
      throw UsageError("\(agentRow.name) cannot learn on \(row.id): \(reason)")
    }
    agent = try agentRow.make(
      environment.spec, settings.lanes, settings.agentSettings, settings.seed, workshop)
    if groups > 1 { try Trainer.grouped(agent) }
    // A card may have too little memory.
    try workshop.backend.device?.check()
  }
}
