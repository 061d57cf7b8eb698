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
    var rules = Set(Rule.allCases)
    var settings: [String: SettingValue] = [:]
    if row.family == "atari" {
      // Its games are cut off after frames, four a step.
      settings["frame-limit"] = 24
      // A game finds in memory what the one before has left there.
      rules.remove(.generators)
      // Returns are sums of rewards that have not been clipped.
      settings["clip-rewards"] = false
      // Code is decoded, and an episode's beginning kept, when it is met first, and logs grow to
      // the longest frame: memory is asked for then.
      rules.remove(.allocation)
    }
    // Box2D makes its bodies anew for every episode.
    if row.id.hasPrefix("LunarLander") { rules.remove(.allocation) }
    let order = Rule.allCases.filter(rules.contains)
    let steps = row.family == "atari" ? 8 : 14
    #expect(checkConformance(row, settings: settings, steps: steps, rules: order) == [])
  }
}
