import Environment
import Examples
import TestSupport
import Testing

struct ConformanceTests {
  @Test("The example world keeps every rule", arguments: [2, 9, 64])
  func example(cells: Int) {
    #expect(checkConformance(Corridor.row, settings: ["cells": .whole(cells)]) == [])
    #expect(checkConformance(Corridor.row, settings: ["step-limit": "none"], seed: 9) == [])
  }

  @Test("A world that breaks one rule is caught by that rule", arguments: Rule.allCases)
  func mutants(rule: Rule) {
    let found = checkConformance(MutantBatch.row(rule))
    #expect(found.map(\.rule) == [rule], "\(found)")
  }

  @Test("Errors of the environment's own are reported, too")
  func errors() {
    var row = Corridor.row
    row.make = { _, _, _ in throw EnvironmentError.settings("no") }
    #expect(checkConformance(row).map(\.description) == ["spec: no"])
  }
}
