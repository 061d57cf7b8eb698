import Catalog
import Environment
import Records
import TestSupport
import Testing

struct RuleTests {
  @Test("Every environment of the catalogue keeps every rule", arguments: Catalog.rows.map(\.id))
  func rules(id: String) throws {
    let row = try Catalog.row(id)
    if row.missing() != nil { return }
    // Atari's games are cut off after frames, four a step.
    let isAtari = row.settings().contains { $0.name == "frame-limit" }
    #expect(checkConformance(row, settings: isAtari ? ["frame-limit": 24] : [:]) == [])
  }
}
