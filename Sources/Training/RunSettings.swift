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
