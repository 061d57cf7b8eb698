import Environment
import Foundation
import Lanes
import Testing

@testable import Atari

/// Comparison with ale-py by recorded checksums; `Tools/oracle/record-golden` makes the files.
@Suite("Golden") struct GoldenTests {
  private static let seed: UInt64 = 20
  /// Games with recordings: all but our own.
  static let games = present.filter { $0.id.hasPrefix("ALE/") }.map(\.rom)
  static let enabled = ConditionTrait.enabled(
    if: !games.isEmpty, "no ROMs; Tools/import-roms fetches them")

  @Test("Every frame equals ALE", enabled, arguments: games)
  func trace(rom: String) throws {
    let console = try RawAtari(.named(rom), seed: Self.seed, sticky: 0.25)
    try expectFrames(of: "\(rom).trace", console) { console, generator in
      let action = Int(generator.next(below: 18))
      return line(action, try console.act(action))
    }
  }

  @Test(
    "Every frame under continuous actions equals ALE", enabled,
    arguments: games.filter { ["boxing", "breakout", "kaboom", "pong"].contains($0) })
  func continuous(rom: String) throws {
    let console = try RawAtari(.named(rom), seed: Self.seed, sticky: 0.25)
    try expectFrames(of: "\(rom).continuous", console) { console, generator in
      let action = ContinuousAction(uniform: &generator)
      let number = Int(action.action(threshold: 0.3).rawValue)
      return line(number, try console.act(action, threshold: 0.3))
    }
  }

  private func line(_ action: Int, _ result: (reward: Int, lives: Int, over: Bool)) -> String {
    "\(action) \(result.reward) \(result.lives) \(result.over ? 1 : 0)"
  }

  @Test("Every step of ale-vector equals AtariVectorEnv", enabled, arguments: games)
  func vector(rom: String) throws {
    let lines = try goldenLines("\(rom).vector")
    var settings = AtariBatch.Settings()
    settings.noopMax = 12
    settings.frameLimit = 400
    let batch = try AtariBatch(.named(rom), lanes: 2, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    var generator = SplitMix64(seed: Self.seed)
    var checksum = CRC32()
    var next = 0
    for step in 0...lines.last!.index {
      if step == 0 {
        try batch.reset(seeds: [Self.seed, Self.seed + 1], buffers)
      } else {
        let limit = UInt32(batch.actions.count)
        let actions = (0..<2).map { _ in Int32(generator.next(below: limit)) }
        try batch.step(actions, buffers)
      }
      for lane in 0..<2 { add(batch, buffers, lane, to: &checksum) }
      guard step == lines[next].index else { continue }
      try #require(checksum.hex == lines[next].checksum, "differs within 10 steps of \(step)")
      next += 1
    }
  }

  private func add(
    _ batch: AtariBatch, _ buffers: StepBuffers, _ lane: Int, to checksum: inout CRC32
  ) {
    checksum.add(
      UnsafeRawBufferPointer(
        start: buffers.observation(lane: lane), count: buffers.observationBytes))
    withUnsafeBytes(of: Int32(buffers.rewards.of(Double.self)[lane]).littleEndian) {
      checksum.add($0)
    }
    checksum.add([buffers.terminated.of(UInt8.self)[lane], buffers.truncated.of(UInt8.self)[lane]])
    withUnsafeBytes(of: Int32(batch.lives(lane: lane)).littleEndian) { checksum.add($0) }
  }
}
