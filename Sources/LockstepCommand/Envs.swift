import ArgumentParser
import Atari
import Catalog
import Foundation

struct Envs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Every environment: whether it can run here, what has been compared with the original.")

  @Flag(help: "JSON, an object a line.")
  var json = false

  func run() throws {
    for entry in Catalog.entries() {
      print(json ? try jsonLine(entry) : line(entry))
    }
  }

  private func line(_ entry: Catalog.Entry) -> String {
    let id = entry.id.padding(toLength: 28, withPad: " ", startingAt: 0)
    let state = entry.missing == nil ? "ready" : "no ROM: run Tools/import-roms"
    guard let seen = entry.verification else { return "\(id)\(state); not compared" }
    let frames = "\(id)\(state); equal to \(seen.oracle) over \(seen.frames) frames"
    if seen.pairs == 0 { return frames + " of two players (\(seen.date))" }
    return frames + ", "
      + "\(seen.pairs) modes x difficulties, \(seen.steps) steps (\(seen.date))"
  }

  private func jsonLine(_ entry: Catalog.Entry) throws -> String {
    var row: [String: Any] = ["id": entry.id, "missing": entry.missing ?? NSNull()]
    if let seen = entry.verification {
      row["verified"] = [
        "oracle": seen.oracle, "frames": seen.frames, "pairs": seen.pairs,
        "steps": seen.steps, "date": seen.date,
      ]
    } else {
      row["verified"] = NSNull()
    }
    let data = try JSONSerialization.data(
      withJSONObject: row, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data, as: UTF8.self)
  }
}
