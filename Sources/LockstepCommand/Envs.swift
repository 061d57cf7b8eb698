import ArgumentParser
import Catalog
import Environment
import Foundation
import Records
import Training

struct Envs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Every environment: whether it can run here, what has been compared with the original.")

  @Argument(
    help: "Environment id: all that there is to know of it.", completion: .environments)
  var id: String?

  @Flag(help: "JSON, an object a line.")
  var json = false

  func run() throws {
    if let id {
      let entry = EnvironmentEntry(try Catalog.row(id))
      return print(json ? try JSON.line(entry) : entry.text)
    }
    for row in Catalog.rows {
      print(json ? try JSON.line(EnvironmentEntry(row)) : EnvironmentEntry.line(row))
    }
    if !json, let note = Self.missing { print("\n" + note) }
  }

  /// Of environments that cannot run here, what the first one lacks; nil: all can.
  private static var missing: String? {
    let reasons = Catalog.rows.compactMap { $0.missing() }
    guard let first = reasons.first else { return nil }
    return "\(reasons.count) cannot run here. The first: \(first)"
  }
}

extension EnvironmentEntry {
  static func line(_ row: EnvironmentRow) -> String {
    let id = row.id.padding(toLength: max(28, row.id.count + 2), withPad: " ", startingAt: 0)
    return id + (row.missing() == nil ? "ready" : "missing") + "; " + compared(row)
  }

  private static func compared(_ row: EnvironmentRow) -> String {
    guard let seen = row.verified else { return "not compared" }
    return "equal to \(seen.oracle) over \(seen.extent) (\(seen.date))"
  }

  var text: String {
    var lines = ["\(row.id) (\(row.family))", "  \(missing ?? "ready"); \(Self.compared(row))"]
    if let spec {
      lines += spec.observation.map { "  observation \(Self.text($0))" }
      lines += spec.info.map { "  info \(Self.text($0))" }
      lines.append("  action \(Self.text(spec.action))")
      lines += spec.actionNames.enumerated().map { "    \($0) \($1)" }
      lines.append("  \(spec.players) player\(spec.players == 1 ? "" : "s"), " + frames(spec))
      lines.append("  autoreset \(spec.autoreset.rawValue)")
    }
    lines.append("Settings:")
    return (lines + row.settings().map { ShownSettings.text($0) }).joined(separator: "\n")
  }

  private func frames(_ spec: EnvironmentSpec) -> String {
    let limit = spec.stepLimit.map { "cut off after \($0) steps" } ?? "no step limit"
    return "\(spec.framesPerStep) frame\(spec.framesPerStep == 1 ? "" : "s") a step, \(limit)"
  }

  private static func text(_ field: Field) -> String {
    let shape = field.shape.map(String.init).joined(separator: " x ")
    return "\(field.name): [\(shape)] \(field.element.rawValue), \(RoleView(field.role).text)"
  }

  private static func text(_ action: ActionSpace) -> String {
    switch action {
    case .discrete(let count): "discrete, 0 to \(count - 1)"
    case .multiDiscrete(let counts):
      "discrete, below " + counts.map(String.init).joined(separator: ", ")
    case .box(let low, let high):
      "box, " + zip(low, high).map { "\($0) to \($1)" }.joined(separator: ", ")
    }
  }
}
