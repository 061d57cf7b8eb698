import Records
import Training

/// Runs that differ in nothing but their seed, and how far they were meant to go.
public struct Arm: Sendable {
  public let environment: String
  public let agent: String
  /// The agent, and the settings by which this arm differs from its others in the environment.
  public internal(set) var label: String
  public internal(set) var runs: [RunRecord]

  /// In the order in which they are met.
  public static func arms(of runs: [RunRecord]) -> [Arm] {
    var arms: [Arm] = []
    var places: [[String: String]: Int] = [:]
    for run in runs {
      let key = RunFacts.facts(run.settings)
      if let place = places[key] {
        arms[place].runs.append(run)
        continue
      }
      places[key] = arms.count
      let settings = run.settings
      arms.append(
        Arm(
          environment: settings.environment, agent: settings.agent, label: settings.agent,
          runs: [run]))
    }
    label(&arms)
    return arms
  }

  private static func label(_ arms: inout [Arm]) {
    for index in arms.indices {
      let others = arms.filter {
        $0.environment == arms[index].environment && $0.agent == arms[index].agent
      }
      let facts = others.map { RunFacts.facts($0.runs[0].settings) }
      let own = RunFacts.facts(arms[index].runs[0].settings)
      let names = Set(facts.flatMap(\.keys)).subtracting(["agent", "environment"]).sorted()
      let telling = names.filter { name in Set(facts.map { $0[name] ?? "" }).count > 1 }
      let words = telling.map { "\($0) \(own[$0] ?? "default")" }
      arms[index].label = ([arms[index].agent] + words).joined(separator: ", ")
    }
  }
}

/// What a run was told to be, name by name.
enum RunFacts {
  /// Without seed and steps, which tell no arms apart.
  static func facts(_ settings: RunSettings) -> [String: String] {
    var facts = [
      "environment": settings.environment, "agent": settings.agent, "lanes": "\(settings.lanes)",
    ]
    if let from = settings.from { facts["from"] = from }
    for (name, value) in settings.environmentSettings { facts["env \(name)"] = value.description }
    for (name, value) in settings.agentSettings { facts[name] = value.description }
    return facts
  }

  static func all(_ settings: RunSettings) -> [String: String] {
    facts(settings).merging(["seed": "\(settings.seed)", "steps": "\(settings.steps)"]) { $1 }
  }
}
