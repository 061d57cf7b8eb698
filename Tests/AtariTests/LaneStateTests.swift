import Environment
import Lanes
import Records
import Testing

@testable import Atari

@Suite("States as bytes") struct LaneStateTests {
  private func player(_ lanes: Int, preset: String = "ale-vector") throws -> Player {
    let player = try Player(
      .courier, names: (0..<UInt64(lanes)).map { $0 + 3 },
      settings: .init(["preset": .text(preset), "sticky": "0.25"]))
    try player.play(steps: 17)
    return player
  }

  private func reason(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "taken"
    } catch { return "\(error)" }
  }

  /// With a checksum that agrees.
  private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.bytes = [UInt8](bytes.dropLast(8))
    writer.add(fnv1a(writer.bytes))
    return writer.bytes
  }

  @Test("A state read back is the same lane", arguments: ["ale-vector", "raw"])
  func roundTrip(preset: String) throws {
    let player = try player(2, preset: preset)
    let saved = try player.batch.state(lane: 0)
    try player.batch.setState(lane: 1, saved, into: player.buffers)
    #expect(try player.batch.state(lane: 1) == saved)
    player.generatorStates = [SplitMix64](repeating: SplitMix64(seed: 2), count: 2)
    player.forgetJournal()
    try player.play(steps: 30)
    #expect(player.journal.lanes[0] == player.journal.lanes[1])
  }

  @Test("Without generators the lane keeps its own; without pictures they are black")
  func parts() throws {
    let player = try player(2)
    let whole = try player.batch.state(lane: 0)
    let bare = try player.batch.state(lane: 0, generators: false, pictures: false)
    #expect(bare.count < 700 && whole.count > bare.count + 3 * 2512)
    let generators = try player.batch.state(lane: 1, generators: true, pictures: false)
    try player.batch.setState(lane: 1, bare, into: player.buffers)
    #expect(try player.batch.state(lane: 1, generators: false, pictures: false) == bare)
    let after = try player.batch.state(lane: 1, generators: true, pictures: false)
    let size = 3 * 2512
    #expect(after.dropLast(8).suffix(size) == generators.dropLast(8).suffix(size))
    let observation = player.buffers.observation(lane: 1)
    #expect((0..<player.buffers.observationBytes).allSatisfy { observation[$0] == 0 })
  }

  @Test("Every field of a lane is saved")
  func fields() throws {
    #expect(
      MemoryLayout<AtariLane>.size == 324,
      "a field has changed: see AtariLane.visit, LaneState's table and its version")
    var lane = AtariLane(mode: 0, difficulty: 0)
    var writer = ByteWriter()
    lane.visit(&writer)
    #expect(writer.bytes.count == 215)
  }

  @Test("Damaged, foreign and impossible states are refused and change nothing")
  func refusals() throws {
    let batch = try player(2).batch
    let saved = try batch.state(lane: 0)
    let before = try batch.state(lane: 1)
    func reason(_ change: (inout [UInt8]) -> Void, seals: Bool = true) -> String {
      var bytes = saved
      change(&bytes)
      if seals && bytes.count > 8 { bytes = sealed(bytes) }
      return self.reason { try batch.setState(lane: 1, bytes) }
    }
    #expect(reason({ $0[300] ^= 1 }, seals: false).contains("damaged (checksum)"))
    #expect(reason({ $0[0] ^= 1 }).contains("not an Atari lane"))
    #expect(reason({ $0[8] = 99 }).contains("version 99"))
    #expect(reason({ $0[20] ^= 1 }).contains("another game"))
    #expect(reason({ $0[33] ^= 1 }).contains("another preset"))
    #expect(reason({ $0 = [1, 2] }).contains("only 2 bytes"))
    #expect(reason({ $0.removeSubrange(400..<500) }).contains("other sizes"))
    #expect(reason({ $0[12] = 1 }).contains("too long"))
    let words = 48 + ConsoleOffsets.words
    #expect(reason({ $0[words + 3] = 0x7F }).contains("clock"))
    #expect(reason({ $0[words + 10 * 4 + 3] = 9 }).contains("beam"))
    #expect(try batch.state(lane: 1) == before)
    let raw = try player(1, preset: "raw").batch
    #expect(
      self.reason { try raw.setState(lane: 0, saved) }.contains("another preset"))
  }

  private func damaged(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.next(below: 6) {
      let end = generator.next(below: 2) == 0 ? 600 : bytes.count - 8
      bytes[48 + Int(generator.next(below: UInt32(end - 48)))] = UInt8(generator.next(below: 256))
    }
    return sealed(bytes)
  }

  /// Bank states, cartridge memory and chips, with random programs in place of the games'.
  @Test(
    "Nor in cartridges with banks, memory or chips",
    arguments: ["beam_rider", "montezuma_revenge", "klax", "pitfall2", "elevator_action"])
  func banks(rom: String) throws {
    let game = try Game.named(rom)
    var generator = SplitMix64(seed: 12)
    let bytes = (0..<game.size).map { _ in UInt8(generator.next(below: 256)) }
    let batch = try AtariBatch(
      game, rom: bytes, lanes: 2, settings: .init(["preset": "raw"]), workers: 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    try batch.reset(buffers)
    let saved = try batch.state(lane: 0)
    var reasons = Set<String>()
    let actions: [Int32] = [1, 0]
    for _ in 0..<60 {
      reasons.insert(reason { try batch.setState(lane: 0, damaged(saved, &generator)) })
      try batch.step(actions, buffers)
    }
    #expect(reasons.contains("taken"))
    var impossible = saved
    impossible[48 + ConsoleOffsets.words + 2 * 4 + 3] = 0x80
    #expect(reason { try batch.setState(lane: 0, sealed(impossible)) }.contains("banks"))
  }

  /// Bytes that pass the checksum may hold anything: the lane must stay inside its memory and its
  /// frames must end. Run with AddressSanitizer by `Tools/fuzz`.
  @Test("No state that is taken breaks the machine", arguments: ["ale-vector", "raw"])
  func corruption(preset: String) throws {
    let player = try player(4, preset: preset)
    let saved = try (0..<4).map { try player.batch.state(lane: $0) }
    var generator = SplitMix64(seed: 11)
    var taken = 0
    for round in 0..<400 {
      let bytes = damaged(saved[round % 4], &generator)
      if (try? player.batch.setState(lane: round % 4, bytes)) != nil { taken += 1 }
      try player.play(steps: 1)
      if round % 50 == 49 {
        for lane in 0..<4 { try player.batch.setState(lane: lane, saved[lane]) }
      }
    }
    #expect(taken > 100)
  }
}

/// Where a machine's words begin.
private enum ConsoleOffsets {
  static let words = 260
}
