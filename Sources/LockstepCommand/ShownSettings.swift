import Environment
import Lanes
import Nets
import Records
import Training

/// Every setting of a run: value, range, meaning, and who has said so.
struct ShownSettings {
  private let plan: Plan

  init(_ plan: Plan) { self.plan = plan }

  /// - Throws: what is wrong with the settings: it is refused here as it is when the run is made.
  func text() throws -> String {
    let run = plan.settings
    let spec = try Run(run, Workshop(pool: ThreadPool(threads: 1))).environment.spec
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
    lines += try agentRows(spec)
    return lines.joined(separator: "\n")
  }

  private func agentRows(_ spec: EnvironmentSpec) throws -> [String] {
    let standard = Dictionary(
      plan.agentRow.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    return try plan.agentRow.settings(for: spec, given: plan.settings.agentSettings).map {
      setting in
      let usual =
        setting.value == standard[setting.name] ? "default" : "standard of such environments"
      return Self.text(setting, plan.sources.agent[setting.name] ?? usual)
    }
  }

  /// - Parameter source: nil: the value is the default.
  static func text(_ setting: SettingDescription, _ source: String? = nil) -> String {
    let name = setting.name.padding(
      toLength: max(26, setting.name.count), withPad: " ", startingAt: 0)
    let from = source.map { "  [\($0)]" } ?? ""
    return
      "  \(name) \(setting.value)\(from)\n      \(setting.kind.allowed). \(sentence(setting.help))"
  }

  private static func sentence(_ text: String) -> String {
    let capital = text.prefix(1).uppercased() + text.dropFirst()
    return capital.hasSuffix(".") ? capital : capital + "."
  }
}
