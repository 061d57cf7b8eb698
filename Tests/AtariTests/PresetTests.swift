import Environment
import Foundation
import Lanes
import Records
import Testing

@testable import Atari

/// Comparison with the presets' originals by recorded checksums; `Tools/oracle/record-presets`
/// makes the file.
@Suite("Presets") struct PresetTests {
  struct Run: CustomTestStringConvertible {
    var game: String
    var settings: [String: SettingValue]
    /// After every 50 steps.
    var checksums: [String]

    var testDescription: String {
      ([game] + settings.map { "\($0)=\($1)" }.sorted()).joined(separator: " ")
    }
  }

  static let runs: [Run] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/presets.txt")
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
      let sides = line.split(separator: ":")
      let words = sides[0].split(separator: " ").map(String.init)
      let pairs = words.dropFirst().map { $0.split(separator: "=").map(String.init) }
      return Run(
        game: words[0],
        settings: Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], SettingValue.text($0[1])) }),
        checksums: sides[1].split(separator: " ").map(String.init))
    }
  }()

  private static let seed: UInt64 = 20

  private func make(_ run: Run) throws -> AtariBatch {
    var settings = run.settings
    settings["autoreset"] = settings["preset"] == "envpool" ? "next-step" : "same-step"
    return try AtariBatch(.named(run.game), lanes: 2, settings: .init(settings))
  }

  @Test("Every step equals the original", GoldenTests.enabled, arguments: runs)
  func replay(_ run: Run) throws {
    if !present.contains(where: { $0.rom == run.game }) { return }
    let batch = try make(run)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    var generator = SplitMix64(seed: Self.seed)
    var checksum = CRC32()
    try batch.reset(seeds: [Self.seed, Self.seed + 1], buffers)
    buffers.add(to: &checksum, batch)
    for step in 1...50 * run.checksums.count {
      let limit = UInt32(batch.actions.count)
      let actions = (0..<2).map { _ in Int32(generator.next(below: limit)) }
      try batch.step(actions, buffers)
      buffers.add(to: &checksum, batch)
      guard step % 50 == 0 else { continue }
      try #require(
        checksum.hex == run.checksums[step / 50 - 1], "differs within 50 steps of \(step)")
    }
  }

  /// Lives, limits and fires that end in an opening: what a lane carries must come along.
  @Test(
    "A restored batch goes on as the saved one did, whatever the preset", GoldenTests.enabled,
    arguments: AtariBatch.Preset.allCases)
  func saving(preset: AtariBatch.Preset) throws {
    var settings = AtariBatch.Settings(preset: preset)
    settings.stickyProbability = 0.25
    settings.episodicLife = preset != .raw
    settings.frameLimit = 80
    let first = try Player(.named("breakout"), names: [3, 4, 5], settings: settings)
    try first.play(steps: 27)
    let second = try Player(.named("breakout"), names: [8, 9, 10], settings: settings)
    try second.play(steps: 5)
    try expectResumption(of: first, in: second) { try $0.play(steps: 40) }
  }

  @Test(
    "Neighbours, blocks and copied beginnings do not matter", GoldenTests.enabled,
    arguments: AtariBatch.Preset.allCases)
  func independence(preset: AtariBatch.Preset) throws {
    var settings = AtariBatch.Settings(preset: preset)
    settings.episodicLife = preset != .raw
    settings.stickyProbability = 0.25
    settings.frameLimit = 120
    let names = (0..<UInt64(66)).map { $0 * 3 + 1 }
    let whole = try Player(.named("breakout"), names: names, settings: settings, threads: 2)
    try whole.play(steps: 40)
    let chosen = [0, 63, 65]
    let few = try Player(.named("breakout"), names: chosen.map { names[$0] }, settings: settings)
    few.batch.plan.copiesStarts = false
    try few.play(steps: 40)
    #expect(few.journal.lanes == chosen.map { whole.journal.lanes[$0] })
  }

  @Test("A range of frame skips is told as it was given")
  func skips() throws {
    let settings = try AtariBatch.Settings(["preset": "raw", "frame-skip": "2-4"])
    #expect(settings.values["frame-skip"] == "2-4")
    #expect(try AtariBatch.Settings(settings.values) == settings)
  }

  @Test("A preset refuses what its original has not")
  func refusals() {
    func message(_ values: [String: SettingValue]) -> String {
      do {
        try AtariBatch.Settings(values).check(for: .pong)
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(
      message(["preset": "gymnasium", "fire-reset": "true"])
        == "preset gymnasium has no setting 'fire-reset'")
    #expect(
      message(["preset": "dqn2015", "observation": "rgb"])
        == "preset dqn2015 has no observation rgb; it has grey")
    #expect(message(["preset": "machado2018", "frame-skip": "1"]).contains("2 or more"))
    #expect(message(["frame-skip": "2-4"]).contains("preset raw only"))
    #expect(message(["preset": "raw", "frame-skip": "4-2"]).contains("LOW-HIGH"))
    #expect(
      message(["image-size": "84"])
        == "atari: image-size must be WIDTHxHEIGHT, at most 160 by the game's lines, not '84'")
    #expect(message(["image-size": "200x84"]).contains("at most 160 wide"))
    #expect(message(["stack": "0"]).contains("1 to 64"))
    #expect(message(["preset": "atari"]).contains("'ale-vector', 'gymnasium', 'machado2018'"))
  }
}

extension StepBuffers {
  /// What `record-presets` sums up of a step of two lanes.
  fileprivate func add(to checksum: inout CRC32, _ batch: AtariBatch) {
    for lane in 0..<2 {
      checksum.add(
        UnsafeRawBufferPointer(start: observation(lane: lane), count: observationBytes))
      withUnsafeBytes(of: Int32(rewards.of(Double.self)[lane]).littleEndian) { checksum.add($0) }
      checksum.add([terminated.of(UInt8.self)[lane], truncated.of(UInt8.self)[lane]])
      withUnsafeBytes(of: Int32(batch.lives(lane: lane)).littleEndian) { checksum.add($0) }
    }
  }
}
