import Foundation
import Pixels
import Records
import Training

@testable import Report

/// Run folders that are gone with the test.
final class Runs {
  let path = FileManager.default.temporaryDirectory.path + "/report-\(UUID().uuidString)"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func folder(_ name: String) -> RunFolder { RunFolder(path: "\(path)/\(name)") }

  /// A run whose return at update u is `value(u)`, a hundred steps each.
  @discardableResult
  func add(
    _ name: String, environment: String = "CartPole-v1", seed: UInt64 = 1,
    settings: [String: SettingValue] = [:], updates: Int = 30,
    more: (Int) -> [String: Double] = { _ in [:] }, value: (Int) -> Double = { Double($0) }
  ) throws -> RunFolder {
    var settings = RunSettings(
      environment: environment, agent: "ppo", agentSettings: settings, lanes: 4, steps: 10_000,
      seed: seed)
    settings.steps += Int(seed)  // which makes no arm of its own
    let folder = folder(name)
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: true)
    try folder.write(settings)
    let lines = (1...updates).map { update -> String in
      var line: [String: Double] = [
        "update": Double(update), "step": Double(100 * update), "return_mean": value(update),
        "steps_per_s": 1000, "seconds": Double(update) / 10, "episodes": Double(update),
        "policy_loss": 1 / Double(update),
      ]
      line.merge(more(update)) { $1 }
      return "{" + line.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}\n"
    }
    try write(lines.joined(), folder, RunFolder.updatesName)
    return folder
  }

  func write(_ text: String, _ folder: RunFolder, _ name: String) throws {
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
  }

  func evaluate(_ folder: RunFolder, trained: Double, random: Double) throws {
    func scores(_ mean: Double) -> String {
      "{\"episodes\":20,\"mean\":\(mean),\"iqm\":\(mean),\"returns\":[],\"lengths\":[]}"
    }
    try write(
      "{\"trained\":\(scores(trained)),\"random\":\(scores(random))}", folder, "evaluation.json")
  }

  func page(_ names: [String]) throws -> String {
    ReportPage(try RunRecord.read(names.map { folder($0).path })).html()
  }
}

/// The page's tables as a reader sees them: by id, rows of cells without the head.
func table(_ id: String, in page: String) -> [[String]] {
  guard let start = page.range(of: "<table id=\"\(id)\">"),
    let end = page[start.upperBound...].range(of: "</table>")
  else { return [] }
  let body = page[start.upperBound..<end.lowerBound].components(separatedBy: "<tr>").dropFirst(2)
  return body.map { row in
    row.components(separatedBy: "</td>").flatMap { $0.components(separatedBy: "</th>") }
      .dropLast().map { $0.replacing(/<[^>]*>/, with: "") }
  }
}

/// What a cell says, as a number.
func number(_ cell: String) -> Double? {
  Double(cell.replacing(",", with: "").replacing("−", with: "-"))
}
