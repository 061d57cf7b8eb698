import Console
import Environment
import Foundation
import Lanes
import Testing

@testable import Atari

@Suite("Sound") struct SoundTests {
  private static let seed: UInt64 = 20
  private static let games = ["berzerk", "pong", "seaquest", "space_invaders"].filter { rom in
    present.contains { $0.rom == rom }
  }

  /// Plays as `Tools/oracle/record-golden` does.
  private func batch(_ rom: String, _ skip: String) throws -> AtariBatch {
    var settings = AtariBatch.Settings(preset: .raw)
    settings.stickyProbability = 0.25
    settings.autoreset = .nextStep
    settings.frameSkip = skip == "frame" ? 1 : 4
    settings.sound = skip == "core" ? .everyStep : .everyFrame
    return try AtariBatch(.named(rom), lanes: 1, settings: settings)
  }

  /// Steps with random actions; `look` after each.
  private func play(
    _ batch: AtariBatch, steps: Int, look: (_ step: Int) throws -> Void = { _ in }
  ) throws {
    let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    var generator = SplitMix64(seed: Self.seed)
    if !batch.hasStarted {
      try batch.reset(seeds: (0..<batch.lanes).map { Self.seed + UInt64($0) }, buffers)
    }
    let limit = UInt32(batch.actions.count)
    for step in 0..<steps {
      let actions = (0..<batch.lanes).map { _ in Int32(generator.next(below: limit)) }
      try batch.step(actions, buffers)
      try look(step)
    }
  }

  @Test(
    "Every sound equals ale-py's, however frames are skipped",
    .enabled(if: !games.isEmpty, "no ROMs; Tools/import-roms fetches them"), arguments: games)
  func golden(rom: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden/\(rom).sound")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    for (skip, lines) in Dictionary(grouping: lines, by: \.[0]) {
      let batch = try batch(rom, String(skip))
      let checksums = Dictionary(uniqueKeysWithValues: lines.map { (Int($0[1])!, $0[2]) })
      var checksum = CRC32()
      try play(batch, steps: checksums.keys.max()! + 1) { step in
        checksum.add(batch.sound(lane: 0))
        guard let recorded = checksums[step] else { return }
        try #require(checksum.hex == recorded, "\(skip) differs within 25 steps of \(step)")
      }
    }
  }

  @Test("One console makes the sound of a batch", enabledByROMs)
  func raw() throws {
    let game = present[0]
    let batch = try batch(game.rom, "frame")
    let console = try RawAtari(game, seed: Self.seed, sticky: 0.25, sound: true)
    console.reset()
    var generator = SplitMix64(seed: Self.seed)
    try play(batch, steps: 200) { _ in
      let action = batch.actions[Int(generator.next(below: UInt32(batch.actions.count)))]
      if console.isOver { console.reset() } else { try console.act(Int(action.rawValue)) }
      #expect(console.sound == batch.sound(lane: 0))
    }
  }

  @Test("A reset leaves the last sound, loading the ROM makes it 0")
  func resets() throws {
    var settings = AtariBatch.Settings(preset: .raw)
    settings.sound = .everyFrame
    let batch = try AtariBatch(.courier, lanes: 2, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    try play(batch, steps: 20)
    let last = Array(batch.sounds.span)
    #expect(last.allSatisfy { $0 >= SoundGenerator.silence })
    try batch.reset(buffers)
    #expect(Array(batch.sounds.span) == last)
    try batch.reset(seeds: [1, 2], buffers)
    #expect(batch.sounds.span.allSatisfy { $0 == 0 })
  }

  @Test("A restored batch has the sound it was saved with")
  func saving() throws {
    let settings = try AtariBatch.Settings(["sound": "true", "preset": "raw"])
    let first = try AtariBatch(.courier, lanes: 3, settings: settings)
    try play(first, steps: 40)
    let second = try AtariBatch(.courier, lanes: 3, settings: settings)
    try second.resume(first.checkpoint(), into: StepBuffers(spec: second.spec, lanes: 3))
    #expect(Array(second.sounds.span) == Array(first.sounds.span))
    try play(first, steps: 10)
    try play(second, steps: 10)
    #expect(Array(second.sounds.span) == Array(first.sounds.span))
  }

  @Test("Lanes that change places in a batch keep their sound")
  func split() throws {
    let settings = try AtariBatch.Settings([
      "sound": "true", "autoreset": "same-step", "frame-limit": "120",
    ])
    let count = 200
    let many = try AtariBatch(.courier, lanes: count, settings: settings)
    var together = [CRC32](repeating: CRC32(), count: count)
    try play(many, ids: Array(0..<count)) { together[$0].add(many.sound(lane: $0)) }
    #expect((0..<count).contains { Int(many.grouping.places[$0]) != $0 }, "nothing was regrouped")
    #expect(Set(together.map(\.hex)).count > 10)
    for id in [0, 63, 64, 131, 199] {
      let one = try AtariBatch(.courier, lanes: 1, settings: settings)
      var alone = CRC32()
      try play(one, ids: [id]) { alone.add(one.sound(lane: $0)) }
      #expect(alone.hex == together[id].hex, "lane \(id)")
    }
  }

  /// 120 steps in which each lane's actions depend on its id alone.
  private func play(_ batch: AtariBatch, ids: [Int], look: (_ lane: Int) -> Void) throws {
    let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(seeds: ids.map { UInt64($0) }, buffers)
    for step in 0..<120 {
      let actions = ids.map { Int32(($0 * 7 + step * ($0 % 5 + 1)) % batch.actions.count) }
      try batch.step(actions, buffers)
      for lane in ids.indices { look(lane) }
    }
  }

  /// Most games write every register when they begin; this one writes AUDC0 and AUDV0.
  @Test("A copied beginning keeps the registers that it does not write, and their sound")
  func beginnings() throws {
    let plan = try AtariPlan(
      game: .courier, rom: ROMStore.standard.load(.courier), settings: .init(["sound": "true"]))
    let older = SoundRegisters([4, 1, 7, 9, 3, 11])
    let merged: [(mark: UInt8, [UInt8])] = [
      (0x80, [12, 1, 7, 9, 15, 11]), (0, [4, 1, 7, 9, 3, 11]),
    ]
    for (mark, merged) in merged {
      let block = AtariBlock(plan: plan, count: 1)
      block.console.setSoundRegisters(0, SoundRegisters([12 | mark, 0, 0, 0, 15 | mark, 0]))
      let registers = SoundRegisters(merged)
      var generator = SoundGenerator()
      var samples = [UInt8](repeating: 0, count: SoundGenerator.samples)
      generator.play(registers, into: &samples)
      block.takeOver([block.console.soundRegisters(0)], after: older, 0)
      #expect(block.console.soundRegisters(0).reset == registers)
      #expect(Array(block.sound.samples.span) == samples)
      #expect(block.sound.generators[0] == generator)
    }
  }

  @Test("Without the setting nothing is kept")
  func off() throws {
    let batch = try AtariBatch(.courier, lanes: 2)
    try play(batch, steps: 60)
    #expect(batch.sounds.count == 0 && batch.sound(lane: 1).isEmpty)
    #expect(batch.blocks[0].sound.generators.count == 0)
    #expect(batch.blocks[0].console.soundRegisters(0) == SoundRegisters())
    let settings = try AtariBatch.Settings(["sound": "every-step"])
    let heard = try AtariBatch(.courier, lanes: 2, settings: settings)
    try play(heard, steps: 60)
    #expect(heard.blocks[0].console.soundRegisters(0) != SoundRegisters())
    let (with, without) = (try heard.state(lane: 0), try batch.state(lane: 0))
    #expect(with.count >= without.count + SoundGenerator.samples)
  }

  @Test("An unknown kind of sound is refused")
  func settings() {
    #expect { try AtariBatch.Settings(["sound": "loud"]) } throws: {
      "\($0)" == "atari: sound must be 'false', 'true' or 'every-step', not 'loud'"
    }
  }
}
