import Environment
import Examples
import TestSupport
import Testing

struct GroupTests {
  /// Lanes of one world in two groups, the first larger by one where they are odd.
  private static let row = {
    var row = Corridor.row
    row.make = { lanes, values, workers in
      guard lanes > 1 else { return try Corridor.row.make(lanes, values, workers) }
      return try GroupedBatch(
        [lanes - lanes / 2, lanes / 2].map { try Corridor.row.make($0, values, workers) })
    }
    return row
  }()

  @Test("Lanes in groups keep every rule, and see what they would see together")
  func conformance() {
    // A group's states hold its generators; steps of all lanes at once aim its buffers anew.
    let rules = Rule.allCases.filter { $0 != .generators && $0 != .allocation }
    #expect(checkConformance(Self.row, rules: rules) == [])
  }

  @Test("A group that steps by itself leaves the others alone")
  func alone() throws {
    let (whole, grouped) = (
      try Corridor.row.make(5, [:], 1), try #require(Self.row.make(5, [:], 1) as? GroupedBatch)
    )
    let buffers = [whole, grouped].map { StepBuffers(spec: $0.spec, lanes: 5) }
    try whole.reset(seeds: [1, 2, 3, 4, 5], buffers[0])
    try grouped.reset(seeds: [1, 2, 3, 4, 5], buffers[1])
    let parts = grouped.groups.map { StepBuffers(spec: whole.spec, lanes: $0.batch.lanes) }
    for (part, group) in zip(parts, grouped.groups) { part.aim(at: buffers[1], from: group.first) }
    for step in 0..<30 {
      for lane in 0..<5 {
        let action = Int32((step * 7 + lane * 3) % 2)
        for each in buffers { each.actions.writable(Int32.self)[lane] = action }
      }
      try whole.step(buffers[0])
      // The second group first.
      for place in [1, 0] { try grouped.groups[place].batch.step(parts[place]) }
      for lane in 0..<5 {
        #expect(
          Array(buffers[0].observations[0].row(lane)) == Array(buffers[1].observations[0].row(lane))
        )
        #expect(try whole.state(lane: lane) == grouped.state(lane: lane))
      }
    }
    #expect(throws: EnvironmentError.self) {
      try GroupedBatch([whole, Corridor.row.make(2, ["cells": 3], 1)])
    }
  }
}
