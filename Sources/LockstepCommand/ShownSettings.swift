import Environment
import Lanes
import Records
import Training

/// Every setting of a run: value, range, meaning, and who has said so.
struct ShownSettings {
  private let plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  func text() throws -> String {
    try refuse()
    let run = plan.settings
    var lines = [
      "\(plan.row.id), \(run.lanes) lanes, \(run.steps) agent steps, seed \(run.seed)",
      "Settings of \(plan.row.id):",
    ]
    let preset = run.environmentSettings["preset"].map { "preset \($0)" }
    for setting in try plan.row.settings(given: run.environmentSettings) {
      let source = plan.sources.environment[setting.name] ?? preset ?? "default"
      lines.append(Self.text(setting, source))
    }
    lines.append("Settings of \(plan.agentRow.name):")
    let values = plan.agentRow.settings.typed(run.agentSettings)
    for setting in plan.agentRow.settings {
      let shown = SettingDescription(
        name: setting.name, kind: setting.kind, help: setting.help,
        value: values[setting.name] ?? setting.value)
      lines.append(Self.text(shown, plan.sources.agent[setting.name] ?? "default"))
    }
    return lines.joined(separator: "\n")
  }

  /// What would be refused when the run is made is refused here.
  private func refuse() throws {
    var settings = plan.settings
    settings.lanes = 1
    _ = try Run(settings, pool: ThreadPool(threads: 1))
  }

  /// - Parameter source: nil: the value is the default.
  static func text(_ setting: SettingDescription, _ source: String? = nil) -> String {
    let name = setting.name.padding(toLength: max(26, setting.name.count), withPad: " ", startingAt: 0)
    let from = source.map { "  [\($0)]" } ?? ""
    return "  \(name) \(setting.value)\(from)\n      \(setting.kind.allowed). \(sentence(setting.help))"
  }

  private static func sentence(_ text: String) -> String {
    let capital = text.prefix(1).uppercased() + text.dropFirst()
    return capital.hasSuffix(".") ? capital : capital + "."
  }
}
