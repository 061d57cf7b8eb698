import Environment
import Foundation
import Lanes
import Synchronization
import Testing

@testable import MinAtar

/// Comparison with MinAtar by recorded checksums; `Tools/oracle/record-minatar` makes the files.
@Suite struct GoldenTests {
  private static let steps = 2000

  /// The lines of a kind, without it, by seed.
  private func recording(_ game: String, _ kind: String) throws -> [UInt64: [String]] {
    let name = game == "SpaceInvaders" ? "space_invaders" : game.lowercased()
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Golden/minatar-\(name).steps").standardized
    var lines: [UInt64: [String]] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] != kind { continue }
      lines[UInt64(words[1])!, default: []].append(words[2...].joined(separator: " "))
    }
    return lines
  }

  private func actions(_ seed: UInt64, _ choices: UInt32) -> [Double] {
    var generator = SplitMix64(seed: seed)
    return (0..<Self.steps).map { _ in Double(generator.next(below: choices)) }
  }

  /// What a recording has of a trace.
  private func sums(
    _ seed: UInt64, _ actions: [Double], _ trace: (TraceRequest) throws -> Void
  ) throws -> [String] {
    let lines = Mutex<[String]>([])
    try trace(
      TraceRequest(id: "", seed: seed, actions: [actions]) { line in
        lines.withLock { $0.append(line) }
      })
    var sum = CRC32()
    return lines.withLock { $0 }.enumerated().compactMap { index, line in
      sum.add(Array("\(line)\n".utf8))
      return index % 100 == 99 ? "\(index) \(sum.hex)" : nil
    }
  }

  @Test("Every step equals MinAtar, under all six actions whatever the id's are", arguments: games)
  func sixActions(game: String) throws {
    let recording = try recording(game, "v0")
    #expect(recording.count == 2)
    for (seed, expected) in recording {
      #expect(expected.count == Self.steps / 100)
      #expect(try sums(seed, actions(seed, 6), row(game, "v0").trace) == expected)
      #expect(try sums(seed, actions(seed, 6), row(game, "v1").trace) == expected)
    }
  }

  @Test("Every step equals MinAtar under the game's own actions", arguments: games)
  func minimalActions(game: String) throws {
    let row = row(game, "v1")
    let spec = try row.make(1, [:], 1).spec
    guard case .discrete(let choices) = spec.action else { fatalError() }
    let recording = try recording(game, "v1")
    #expect(recording.count == 2 && spec.actionNames.count == choices)
    for (seed, expected) in recording {
      let ours = try sums(seed, actions(seed, UInt32(choices))) {
        try traceSteps($0, make: row.make, line: MinAtarFamily.line)
      }
      #expect(ours == expected)
    }
  }

  @Test("Every step of a skilled player's games equals MinAtar", arguments: games)
  func played(game: String) throws {
    let recording = try recording(game, "played")
    #expect(recording.count == 1)
    for (seed, expected) in recording {
      let digits = try #require(try self.recording(game, "actions")[seed]?.first)
      let actions = digits.map { Double($0.wholeNumberValue!) }
      #expect(actions.count == 100 * expected.count)
      #expect(try sums(seed, actions, row(game).trace) == expected)
    }
  }
}
