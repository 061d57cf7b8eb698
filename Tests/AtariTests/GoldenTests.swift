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

  /// Index and checksum of every recorded line.
  private func golden(_ name: String) throws -> [(index: Int, checksum: String)] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: folder.appending(path: "Golden/\(name)"), encoding: .utf8)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let parts = line.split(separator: " ")
      return (Int(parts[0])!, String(parts[1]))
    }
  }

  @Test("Every frame equals ALE", enabled, arguments: games)
  func trace(rom: String) throws {
    let lines = try golden("\(rom).trace")
    let console = try RawAtari(.named(rom), seed: Self.seed, sticky: 0.25)
    var generator = SplitMix64(seed: Self.seed)
    var checksum = CRC32()
    var next = 0
    for frame in 0...lines.last!.index {
      if console.isOver { console.reset() }
      let action = Int(generator.next(below: 18))
      let result = try console.act(action)
      var (memory, picture) = (CRC32(), CRC32())
      memory.add(console.memory)
      picture.add(console.picture)
      let line =
        "\(frame) \(action) \(result.reward) \(result.lives) \(result.over ? 1 : 0) "
        + "\(memory.hex) \(picture.hex)\n"
      checksum.add(Array(line.utf8))
      guard frame == lines[next].index else { continue }
      try #require(checksum.hex == lines[next].checksum, "differs within 100 frames of \(frame)")
      next += 1
    }
  }

  @Test("Every step of ale-vector equals AtariVectorEnv", enabled, arguments: games)
  func vector(rom: String) throws {
    let lines = try golden("\(rom).vector")
    var settings = AtariBatch.Settings()
    settings.noopMax = 12
    settings.frameLimit = 400
    let batch = try AtariBatch(.named(rom), count: 2, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, count: 2)
    var generator = SplitMix64(seed: Self.seed)
    var checksum = CRC32()
    var next = 0
    for step in 0...lines.last!.index {
      if step == 0 {
        try batch.reset(seeds: [Self.seed, Self.seed + 1], into: buffers)
      } else {
        let limit = UInt32(batch.actions.count)
        let actions = (0..<2).map { _ in Int32(generator.next(below: limit)) }
        try actions.withUnsafeBufferPointer { try batch.step($0, into: buffers) }
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
    withUnsafeBytes(of: Int32(buffers.rewards[lane]).littleEndian) { checksum.add($0) }
    checksum.add([buffers.terminated[lane], buffers.truncated[lane]])
    withUnsafeBytes(of: Int32(batch.lives(lane: lane)).littleEndian) { checksum.add($0) }
  }
}
