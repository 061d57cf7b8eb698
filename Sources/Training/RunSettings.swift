import Foundation
import Records

/// What a run is, enough to make its environment and agent again.
public struct RunSettings: Codable, Equatable, Sendable {
  public var environment: String
  public var environmentSettings: [String: SettingValue]
  public var agent: String
  public var agentSettings: [String: SettingValue]
  public var lanes: Int
  /// Agent steps over all lanes, as asked for.
  public var steps: Int
  public var seed: UInt64
  /// Whose weights the run began with; nil: its own.
  public var from: String?

  /// Environments that step together: their ids are one text, with commas.
  public var tasks: Int { environment.split(separator: ",").count }

  public init(
    environment: String, environmentSettings: [String: SettingValue] = [:], agent: String,
    agentSettings: [String: SettingValue] = [:], lanes: Int, steps: Int, seed: UInt64
  ) {
    self.environment = environment
    self.environmentSettings = environmentSettings
    self.agent = agent
    self.agentSettings = agentSettings
    self.lanes = lanes
    self.steps = steps
    self.seed = seed
  }

  /// What makes a run this one, as text: all but its length.
  var identity: String {
    var settings = self
    settings.steps = 0
    // Numbers, flags and texts are what JSON can hold.
    return (try? JSON.line(settings)) ?? ""
  }

  /// The first thing in which the run of that identity is another; nil: in none.
  func difference(from identity: String) -> String? {
    if identity == self.identity { return nil }
    guard let other = try? JSONDecoder().decode(RunSettings.self, from: Data(identity.utf8)) else {
      return "it does not say of which"
    }
    var pairs: [(name: String, theirs: String, ours: String)] = [
      ("environment", other.environment, environment), ("agent", other.agent, agent),
      ("seed", String(other.seed), String(seed)),
      ("number of lanes", String(other.lanes), String(lanes)),
    ]
    pairs += Self.pairs(other.environmentSettings, environmentSettings)
    pairs += Self.pairs(other.agentSettings, agentSettings)
    pairs.append(("origin", other.from ?? "none", from ?? "none"))
    for (name, theirs, ours) in pairs where theirs != ours {
      return "its \(name) is \(theirs), not \(ours)"
    }
    return "its settings differ"
  }

  private static func pairs(
    _ theirs: [String: SettingValue], _ ours: [String: SettingValue]
  ) -> [(String, String, String)] {
    Set(theirs.keys).union(ours.keys).sorted().map { key in
      (key, theirs[key]?.description ?? "unset", ours[key]?.description ?? "unset")
    }
  }

  /// Runs of earlier versions spell the agent's settings `learningRate`.
  func withTodaysNames() -> RunSettings {
    var settings = self
    let pairs = agentSettings.map { (Self.hyphenated($0.key), $0.value) }
    settings.agentSettings = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    return settings
  }

  private static func hyphenated(_ name: String) -> String {
    name.map { $0.isUppercase ? "-" + $0.lowercased() : String($0) }.joined()
  }
}
