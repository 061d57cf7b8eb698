import Environment
import Lanes
import Testing

@testable import GridWorld

/// Comparison with MiniGrid by recorded checksums; `Tools/oracle/record-grid` makes the file.
@Suite struct GoldenTests {
  private static let recording = Dictionary(grouping: recorded("steps")) { $0[0] }

  @Test("Every step equals MiniGrid", arguments: GridFamily.tasks.map(\.id))
  func steps(id: String) throws {
    let rows = try #require(Self.recording[id])
    // The original hangs from some seeds.
    #expect(rows.count >= 2)
    for words in rows {
      #expect(try traceSum(gridRow(id), UInt64(words[1])!, steps: 300) == words[2])
    }
  }

  @Test("NAVIX's names bring its rules along")
  func navix() throws {
    let rows = GridFamily.rows.filter { $0.id.hasPrefix("Navix-") }
    #expect(Set(rows.map(\.id)) == Set(Self.navixRows.dropFirst().map { $0[0] }))
    #expect(rows.count == 41)
    let obstacles = try play("Navix-Dynamic-Obstacles-5x5-Random-v0")
    #expect(obstacles.rewards == [0, 1] && obstacles.shape == [5, 5, 3])
    #expect(try play("Navix-DoorKey-16x16-v0").longest == 100)
  }

  /// The first line names the observations.
  private static let navixRows = recorded("navix")

  @Test("Every step equals NAVIX on MiniGrid's levels", arguments: navixRows.dropFirst())
  func navixSteps(words: [String]) throws {
    let names = Self.navixRows[0].dropFirst(2)
    let seed = try #require(UInt64(words[1]))
    #expect(names.count == 6 && words.count >= 8)
    // As Tools/oracle/record-navix draws actions, where it does not name them.
    let actions =
      words.count == 8
      ? drawn(7, seed - 1000, steps: 200) : words[8].compactMap(\.wholeNumberValue).map(Double.init)
    for (name, sum) in zip(names, words.dropFirst(2)) {
      let ours = try traceSum(gridRow(words[0]), seed, actions, ["observation": .text(name)])
      #expect(ours == sum, "\(name)")
    }
  }

  @Test("MiniGrid's names take NAVIX's rules and observations by its preset")
  func preset() throws {
    let names = Self.navixRows[0].dropFirst(2)
    let words = try #require(Self.navixRows.first { $0[0] == "Navix-Dynamic-Obstacles-6x6-v0" })
    for (name, sum) in zip(names, words.dropFirst(2)) {
      let seed = try #require(UInt64(words[1]))
      let ours = try traceSum(
        gridRow("MiniGrid-Dynamic-Obstacles-6x6-v0"), seed, drawn(7, seed - 1000, steps: 200),
        ["preset": "navix", "observation": .text(name)])
      #expect(ours == sum, "\(name)")
    }
  }

  private func play(_ id: String) throws -> (rewards: Set<Double>, longest: Int32, shape: [Int]) {
    let batch = try gridRow(id).make(64, [:], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 64)
    var (generator, rewards, longest) = (SplitMix64(seed: 1), Set<Double>(), Int32(0))
    try batch.reset(seeds: (0..<64).map { $0 }, buffers)
    for _ in 0..<400 {
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
      for lane in 0..<64 where buffers.ended.of(UInt8.self)[lane] == 1 {
        rewards.insert(buffers.rewards.of(Double.self)[lane])
        longest = max(longest, buffers.episodeLengths.of(Int32.self)[lane])
      }
    }
    return (rewards, longest, batch.spec.observation[0].shape)
  }

  @Test("All ids are there but those whose patterns the package lacks")
  func ids() {
    let made = GridFamily.tasks.map(\.id)
    #expect(made.count == 172 && Set(made) == Set(Self.recording.keys))
    let lacking = GridFamily.rows.filter { $0.missing() != nil }
    #expect(lacking.count == 6)
    for row in lacking {
      #expect(row.id.contains("WFC"))
      #expect(throws: EnvironmentError.self) { try row.make(1, [:], 1) }
    }
  }
}
