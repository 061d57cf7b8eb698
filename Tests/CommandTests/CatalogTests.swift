import Catalog
import Environment
import Foundation
import Testing
import Training

@testable import LockstepCommand
import Records

struct CatalogTests {
  @Test("Every id is there once, and finds its row; so do other names")
  func ids() throws {
    let ids = Catalog.rows.map(\.id)
    #expect(Set(ids).count == ids.count)
    for row in Catalog.rows { #expect(try Catalog.row(row.id).id == row.id) }
    #expect(try Catalog.row("pong").id == "ALE/Pong-v5")
    #expect(try Catalog.row("montezuma_revenge").id == "ALE/MontezumaRevenge-v5")
    #expect(try Catalog.row(Catalog.standard).missing() == nil)
  }

  @Test(
    "Unknown names come back with what was near",
    arguments: [
      ("ALE/Pomg-v5", "ALE/Pong-v5"), ("Pong", "ALE/Pong-v5"), ("PONG-v5", "ALE/Pong-v5"),
      ("space-invaders", "ALE/SpaceInvaders-v5"), ("Curier", "Lockstep/Courier-v0"),
    ])
  func near(wrong: String, right: String) {
    #expect(complaint("bench", wrong).contains("'\(right)'"))
    #expect(complaint("bench", wrong).hasPrefix("2: "))
  }

  @Test("Nothing near is said so")
  func far() {
    #expect(complaint("bench", "Quux-v7").contains("'lockstep envs' lists them all"))
  }

  @Test("What envs says of an environment is JSON with everything in it", arguments: Catalog.rows)
  func entries(row: EnvironmentRow) throws {
    let entry = EnvironmentEntry(row)
    let text = try JSON.line(entry)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(json["id"] as? String == row.id)
    let settings = try #require(json["settings"] as? [[String: Any]])
    #expect(settings.count == row.settings().count)
    #expect(settings.allSatisfy { $0["name"] is String && $0["help"] is String })
    guard row.missing() == nil else { return #expect(json["missing"] is String) }
    #expect(json["missing"] is NSNull)
    let spec = try #require(json["spec"] as? [String: Any])
    let fields = try #require(spec["observation"] as? [[String: Any]])
    #expect(fields.map { $0["name"] as? String } == entry.spec?.observation.map(\.name))
    #expect(fields.allSatisfy { $0["shape"] is [Int] && $0["low"] is [Any] })
    #expect((spec["action"] as? [String: Any])?["kind"] is String)
    #expect((spec["action_names"] as? [String]) == entry.spec?.actionNames)
    for name in entry.spec?.actionNames ?? [] { #expect(entry.text.contains(name)) }
    for setting in row.settings() { #expect(entry.text.contains(setting.name)) }
  }

  @Test("An environment that cannot be made says why")
  func missing() {
    var row = Catalog.rows[0]
    row.make = { _, _, _ in throw EnvironmentError.settings("no such file") }
    row.missing = { "no such file" }
    #expect(EnvironmentEntry(row).missing == "no such file")
    #expect(EnvironmentEntry.line(row).contains("missing"))
  }
}
