import Records

/// A known code's or paper's settings by name: an agent, its settings, how the environment is shown,
/// and for how long.
public struct AgentPreset: Sendable {
  public let name: String
  public let agent: String
  /// Where the numbers stand.
  public let source: String
  public let settings: [String: SettingValue]
  /// Of the environment, by its family.
  public let environment: [String: [String: SettingValue]]
  public let lanes: Int?
  /// Of all lanes.
  public let steps: Int?

  init(
    _ name: String, _ agent: String, _ source: String,
    environment: [String: [String: SettingValue]] = [:], lanes: Int, steps: Int? = nil,
    _ settings: [String: SettingValue]
  ) {
    (self.name, self.agent, self.source) = (name, agent, source)
    (self.environment, self.lanes, self.steps) = (environment, lanes, steps)
    self.settings = settings
  }

  public static let all: [AgentPreset] = dopamine + cleanRL + others

  /// - Throws: `AgentError.preset`, with near names.
  public static func named(_ name: String) throws -> AgentPreset {
    if let preset = all.first(where: { $0.name == name }) { return preset }
    let near = nearest(to: name, among: all.map(\.name))
    throw AgentError.preset(name, near: near.isEmpty ? all.map(\.name) : near)
  }
}

extension [String: SettingValue] {
  /// These, with some of them changed.
  func with(_ changes: [String: SettingValue]) -> Self { merging(changes) { $1 } }
}
