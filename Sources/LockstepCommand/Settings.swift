import Agents
import ArgumentParser
import Catalog
import Environment
import Records
import Training

struct Settings: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every setting of an environment, an agent or a preset: value, range, meaning.",
    discussion: "Also 'lockstep help settings NAME'.")

  @Argument(help: "Environment id, agent, or preset of an agent.")
  var name: String

  @Flag(help: "One JSON line.")
  var json = false

  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    let rows = try descriptions()
    if json { return print(try JSON.line(rows)) }
    for row in rows { print(ShownSettings.text(row)) }
    if rows.isEmpty { print("\(name) has no settings.") }
  }

  private func descriptions() throws -> [SettingDescription] {
    if let preset = AgentPreset.all.first(where: { $0.name == name }) {
      let agent = try AgentRow.named(preset.agent)
      return agent.settings.compactMap { setting in
        preset.settings[setting.name].map {
          SettingDescription(
            name: setting.name, kind: setting.kind, help: setting.help, value: $0)
        }
      }
    }
    if let agent = AgentRow.all.first(where: { $0.name == name }) {
      guard environment.texts.isEmpty else {
        throw UsageError("--env-set is for environments; \(name) is an agent")
      }
      return agent.settings
    }
    let given = try environment.values()
    let rows = try row().settings(given: given)
    let names = rows.map(\.name)
    for key in given.keys.sorted() where !names.contains(key) {
      throw UsageError("\(name) has no setting '\(key)'")
    }
    return rows
  }

  private func row() throws -> EnvironmentRow {
    do {
      return try Catalog.row(name)
    } catch CatalogError.unknown(let name, let near) {
      let agents = nearest(
        to: name, among: AgentRow.all.map(\.name) + AgentPreset.all.map(\.name))
      let hint = (near + agents).isEmpty ? "" : "; did you mean \((near + agents).quotedList)?"
      throw UsageError("no environment, agent or preset is called '\(name)'\(hint)")
    }
  }
}
