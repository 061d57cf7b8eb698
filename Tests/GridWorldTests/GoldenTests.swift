import Environment
import Foundation
import Lanes
import Synchronization
import Testing

@testable import GridWorld

/// Comparison with MiniGrid by recorded checksums; `Tools/oracle/record-grid` makes the file.
@Suite struct GoldenTests {
  private static let steps = 300

  /// Seeds and checksums by id.
  private static let recording: [String: [(seed: UInt64, sum: String)]] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/grid.steps").standardized
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    var rows: [String: [(UInt64, String)]] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      rows[words[0], default: []].append((UInt64(words[1])!, words[2]))
    }
    return rows
  }()

  private func sum(_ row: EnvironmentRow, _ seed: UInt64) throws -> String {
    guard case .discrete(let choices) = try row.make(1, [:], 1).spec.action else { return "" }
    var generator = SplitMix64(seed: seed)
    let actions = (0..<Self.steps).map { _ in Double(generator.next(below: UInt32(choices))) }
    let sum = Mutex(CRC32())
    try row.trace(
      TraceRequest(id: row.id, seed: seed, actions: [actions]) { line in
        sum.withLock { $0.add(Array("\(line)\n".utf8)) }
      })
    return sum.withLock { $0.hex }
  }

  @Test("Every step equals MiniGrid", arguments: GridFamily.tasks.map(\.id))
  func steps(id: String) throws {
    let row = GridFamily.rows.first { $0.id == id }!
    let recorded = try #require(Self.recording[id])
    // The original hangs from some seeds.
    #expect(recorded.count >= 2)
    for (seed, expected) in recorded { #expect(try sum(row, seed) == expected) }
  }

  @Test("All ids are there but those whose patterns the package lacks")
  func ids() {
    let made = GridFamily.rows.filter { $0.missing() == nil }.map(\.id)
    #expect(made.count == 172 && Set(made) == Set(Self.recording.keys))
    #expect(GridFamily.rows.filter { $0.id.contains("WFC") && $0.missing() != nil }.count == 6)
  }
}
