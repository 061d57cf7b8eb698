import ArgumentParser
import Catalog
import Foundation

struct Envs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every environment: its id, what it is checked against, whether it can run here.")

  @Flag(help: "JSON, an object a line.")
  var json = false

  func run() throws {
    for entry in Catalog.entries() {
      if json {
        let row: [String: Any] = [
          "id": entry.id, "checked_against": entry.checkedAgainst,
          "missing": entry.missing ?? NSNull(),
        ]
        let data = try JSONSerialization.data(
          withJSONObject: row, options: [.sortedKeys, .withoutEscapingSlashes])
        print(String(decoding: data, as: UTF8.self))
      } else {
        let id = entry.id.padding(toLength: 28, withPad: " ", startingAt: 0)
        let state = entry.missing == nil ? "ready" : "no ROM: run Tools/import-roms"
        print("\(id)checked against \(entry.checkedAgainst)  \(state)")
      }
    }
  }
}
