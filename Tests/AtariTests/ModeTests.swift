import Environment
import Foundation
import Lanes
import Records
import Testing

@testable import Atari

@Suite("Modes and difficulties") struct ModeTests {
  /// What ale-py does in every mode with every difficulty: `Tools/oracle/record-modes`.
  private static let recorded: [(game: String, pairs: Int, every: Int, checksum: String)] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Golden/modes.txt")
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let words = line.split(separator: " ").map(String.init)
      return (words[0], Int(words[1])!, Int(words[2])!, words[3])
    }
  }()

  @Test("All 1,090 pairs are known") func completeness() {
    #expect(Self.recorded.reduce(0) { $0 + $1.pairs } == 1090)
    #expect(Self.recorded.count == 104)
  }

  @Test(
    "Each lane in another mode and difficulty: as ale-py", enabledByROMs,
    arguments: present.map(\.rom))
  func pairs(rom: String) throws {
    let game = try Game.named(rom)
    guard let golden = Self.recorded.first(where: { $0.game == rom }) else {
      #expect(!game.id.hasPrefix("ALE/"))
      return
    }
    let all = game.modes.all.flatMap { mode in game.difficulties.map { (mode, $0) } }
    #expect(all.count == golden.pairs)
    let pairs = stride(from: 0, to: all.count, by: golden.every).map { all[$0] }
    var settings = AtariBatch.Settings(preset: .raw)
    settings.fullActions = true
    settings.frameLimit = 0
    settings.autoreset = .disabled
    let batch = try AtariBatch(game, lanes: pairs.count, settings: settings)
    for (lane, pair) in pairs.enumerated() {
      try batch.set(mode: pair.0, difficulty: pair.1, lane: lane)
    }
    let buffers = StepBuffers(spec: batch.spec, lanes: pairs.count)
    try batch.reset(seeds: pairs.map { _ in 20 }, buffers)
    var states = [[UInt8]](repeating: [], count: pairs.count)
    var generator = SplitMix64(seed: 20)
    for _ in 0..<20 {
      // ALE plays no-op for what a game does not have.
      let number = AtariAction(rawValue: UInt8(generator.next(below: 18)))!
      let action = Int32(batch.actions.firstIndex(of: number) ?? 0)
      try batch.step([Int32](repeating: action, count: pairs.count), buffers)
      for lane in 0..<pairs.count {
        states[lane] += batch.memory(lane: lane)
        states[lane] += UnsafeBufferPointer(
          start: buffers.observation(lane: lane), count: buffers.observationBytes)
        states[lane] += withUnsafeBytes(of: Int32(batch.lives(lane: lane))) { Array($0) }
      }
    }
    var sum = CRC32()
    for state in states { state.withUnsafeBytes { sum.add($0) } }
    #expect(sum.hex == golden.checksum)
  }

  @Test("A mode or difficulty that a game does not have is refused", enabledByROMs)
  func refusal() throws {
    let batch = try AtariBatch(present[0], lanes: 2)
    #expect(throws: SettingError.self) { try batch.set(mode: 12345, lane: 1) }
    #expect(throws: SettingError.self) { try batch.set(difficulty: 9, lane: 1) }
  }
}
