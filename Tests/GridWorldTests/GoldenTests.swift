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
    #expect(rows.count == 35)
    let obstacles = try play("Navix-Dynamic-Obstacles-5x5-Random-v0")
    #expect(obstacles.rewards == [0, 1] && obstacles.shape == [5, 5, 3])
    #expect(try play("Navix-DoorKey-16x16-v0").longest == 100)
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
