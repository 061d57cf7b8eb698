import Environment
import Lanes
import Records
import Testing

@testable import Atari

@Suite("Snapshots") struct SnapshotTests {
  private static let sticky: [String: SettingValue] = [
    "sticky": "0.25", "frame-limit": "600", "noop-max": "9", "sound": "true",
  ]

  private func player(
    _ lanes: Int, _ values: [String: SettingValue] = sticky, threads: Int = 1,
    from first: UInt64 = 1,
    game: Game = .courier
  ) throws -> Player {
    try Player(
      game, names: (0..<UInt64(lanes)).map { $0 + first }, settings: .init(values),
      threads: threads)
  }

  private func all(_ player: Player) -> [Int] { Array(0..<player.batch.lanes) }

  /// What a lane is, pictures and generators included.
  private func states(_ batch: AtariBatch, pictures: Bool = true) throws -> [[UInt8]] {
    try (0..<batch.lanes).map { try batch.state(lane: $0, generators: true, pictures: pictures) }
  }

  @Test(
    "A thousand forks of one lane go on alike under equal actions, and apart under others",
    arguments: ["ale-vector", "raw"])
  func forks(preset: String) throws {
    var values: [String: SettingValue] = Self.sticky
    values["preset"] = .text(preset)
    if preset == "raw" { values["noop-max"] = nil }
    let player = try player(1000, values, threads: 2)
    try player.play(steps: 30)
    try player.batch.fork(7, to: all(player), into: player.buffers)
    let forked = try states(player.batch)
    #expect(forked.allSatisfy { $0 == forked[7] })

    player.generatorStates = [SplitMix64](repeating: SplitMix64(seed: 5), count: 1000)
    player.forgetJournal()
    try player.play(steps: 20)
    #expect(player.journal.lanes.allSatisfy { $0 == player.journal.lanes[0] })
    let after = try states(player.batch)
    #expect(after.allSatisfy { $0 == after[0] })

    player.generatorStates = (0..<1000).map { SplitMix64(seed: UInt64($0)) }
    player.forgetJournal()
    try player.play(steps: 20)
    #expect(Set(player.journal.lanes).count > 900)
  }

  @Test("A fork does what the lane itself does", arguments: ["same-step", "next-step"])
  func original(autoreset: String) throws {
    var values: [String: SettingValue] = Self.sticky
    values["autoreset"] = .text(autoreset)
    values["frame-limit"] = "200"
    let player = try player(130, values, threads: 2)
    try player.play(steps: 21)
    let store = try player.batch.makeSnapshots(capacity: 200, parts: .all)
    let slots = all(player).map { 199 - $0 }
    try player.batch.save(all(player), in: store, slots: slots)
    let generators = player.generatorStates
    player.forgetJournal()
    try player.play(steps: 70)
    let (journal, end) = (player.journal, try states(player.batch))

    try player.batch.restore(all(player), from: store, slots: slots)
    player.generatorStates = generators
    player.forgetJournal()
    try player.play(steps: 70)
    #expect(player.journal == journal)
    #expect(try states(player.batch) == end)
  }

  @Test(
    "So it does under every preset, and as bytes", arguments: AtariBatch.Preset.allCases,
    ["grey", "rgb"])
  func presets(preset: AtariBatch.Preset, observation: String) throws {
    var settings = AtariBatch.Settings(preset: preset)
    if observation == "rgb" { settings.observation = .rgb }
    settings.frameLimit = 150
    settings.episodicLife = true
    settings.autoreset = .sameStep
    let names = (0..<9 as Range<UInt64>).map { $0 + 2 }
    guard let player = try? Player(.courier, names: names, settings: settings) else { return }
    for steps in [4, 9, 21] {
      try player.play(steps: steps)
      let store = try player.batch.makeSnapshots(capacity: 9, parts: .all)
      try player.batch.save(all(player), in: store, slots: all(player))
      let bytes = try states(player.batch)
      let generators = player.generatorStates
      player.forgetJournal()
      try player.play(steps: 40)
      let (journal, end) = (player.journal, try states(player.batch))
      for asBytes in [false, true] {
        if asBytes {
          for lane in 0..<9 { try player.batch.setState(lane: lane, bytes[lane]) }
        } else {
          try player.batch.restore(all(player), from: store, slots: all(player))
        }
        #expect(try states(player.batch) == bytes)
        player.generatorStates = generators
        player.forgetJournal()
        try player.play(steps: 40)
        #expect(player.journal == journal)
        #expect(try states(player.batch) == end)
      }
    }
  }

  @Test("States move between batches of other sizes, threads and settings")
  func batches() throws {
    let first = try player(70)
    try first.play(steps: 15)
    let store = try first.batch.makeSnapshots(capacity: 3, parts: .all)
    try first.batch.save([69, 0, 33], in: store, slots: [0, 1, 2])
    var values: [String: SettingValue] = Self.sticky
    values["autoreset"] = "next-step"
    let second = try player(200, values, threads: 3, from: 900)
    try second.play(steps: 3)
    try second.batch.restore([1, 150, 64], from: store, slots: [0, 1, 2], into: second.buffers)
    for (lane, other) in zip([69, 0, 33], [1, 150, 64]) {
      #expect(try first.batch.state(lane: lane) == second.batch.state(lane: other))
      let bytes = first.buffers.observationBytes
      #expect(
        UnsafeBufferPointer(start: first.buffers.observation(lane: lane), count: bytes)
          .elementsEqual(
            UnsafeBufferPointer(start: second.buffers.observation(lane: other), count: bytes)))
      #expect(
        first.buffers.episodeReturns.of(Double.self)[lane]
          == second.buffers.episodeReturns.of(Double.self)[other])
      #expect(
        first.buffers.episodeLengths.of(Int32.self)[lane]
          == second.buffers.episodeLengths.of(Int32.self)[other])
    }
    let generators = first.generatorStates
    first.forgetJournal()
    second.forgetJournal()
    var others = second.generatorStates
    for (lane, other) in zip([69, 0, 33], [1, 150, 64]) { others[other] = generators[lane] }
    second.generatorStates = others
    try first.play(steps: 25)
    try second.play(steps: 25)
    for (lane, other) in zip([69, 0, 33], [1, 150, 64]) {
      #expect(first.journal.lanes[lane] == second.journal.lanes[other])
    }
  }

  @Test("Without pictures, the machine's future is the same and the stack fills up again")
  func withoutPictures() throws {
    let player = try player(90)
    try player.play(steps: 30)
    let store = try player.batch.makeSnapshots(capacity: 90, parts: .generators)
    try player.batch.save(all(player), in: store, slots: all(player))
    let generators = player.generatorStates
    try player.play(steps: 4)
    let machines = try states(player.batch, pictures: false)
    let observations = player.buffers.observations[0].array(UInt8.self)

    try player.play(steps: 9)
    try player.batch.restore(all(player), from: store, slots: all(player), into: player.buffers)
    #expect(player.buffers.observations[0].bytes.allSatisfy { $0 == 0 })
    player.generatorStates = generators
    try player.play(steps: 4)
    #expect(try states(player.batch, pictures: false) == machines)
    #expect(player.buffers.observations[0].array(UInt8.self) == observations)
  }

  @Test("Saving changes nothing, also between steps that stop early")
  func undisturbed() throws {
    let plain = try player(66, ["frame-limit": "37", "sticky": "0.25"])
    let saving = try player(66, ["frame-limit": "37", "sticky": "0.25"])
    let store = try saving.batch.makeSnapshots(capacity: 66, parts: .all)
    for _ in 0..<40 {
      try plain.play(steps: 1)
      try saving.play(steps: 1)
      try saving.batch.save(all(saving), in: store, slots: all(saving))
      try saving.batch.restore(all(saving), from: store, slots: all(saving))
    }
    #expect(plain.journal == saving.journal)
  }

  @Test("Restored lanes keep their own generators when asked to")
  func ownGenerators() throws {
    let player = try player(8)
    try player.play(steps: 20)
    let store = try player.batch.makeSnapshots(capacity: 1, parts: .all)
    try player.batch.save([0], in: store, slots: [0])
    try player.batch.restore(
      all(player), from: store, slots: [Int](repeating: 0, count: 8), parts: .pictures)
    let apart = try states(player.batch)
    #expect(Set(apart).count == 8)
    player.generatorStates = [SplitMix64](repeating: SplitMix64(seed: 1), count: 8)
    player.forgetJournal()
    try player.play(steps: 40)
    #expect(Set(player.journal.lanes).count == 8, "sticky draws are the lanes' own")
  }

  @Test("Lanes, slots and stores that do not fit are refused")
  func refusals() throws {
    let player = try player(3)
    let store = try player.batch.makeSnapshots(capacity: 2, parts: .generators)
    func refuses(_ reason: String, _ body: () throws -> Void) {
      #expect(performing: body, throws: { "\($0)".contains(reason) })
    }
    let batch = player.batch
    refuses("lane 3 of 3") { try batch.save([3], in: store, slots: [0]) }
    refuses("slot -1 of 2") { try batch.save([0], in: store, slots: [-1]) }
    refuses("named twice") { try batch.save([0, 1], in: store, slots: [1, 1]) }
    refuses("1 slots for 2 lanes") { try batch.save([0, 1], in: store, slots: [1]) }
    refuses("slot 1 is empty") { try batch.restore([0], from: store, slots: [1]) }
    refuses("needs 1 slot or more") { _ = try batch.makeSnapshots(capacity: 0, parts: .all) }
    let raw = try self.player(1, ["preset": "raw"])
    refuses("another game or preset") { try raw.batch.save([0], in: store, slots: [0]) }
    let fresh = try AtariBatch(.courier, lanes: 1)
    refuses("not been reset") { try fresh.save([0], in: store, slots: [0]) }
  }

  @Test(
    "Every game's lanes go on from a snapshot as they were", enabledByROMs,
    arguments: present.map(\.rom))
  func games(rom: String) throws {
    let player = try player(3, ["sticky": "0.25", "noop-max": "3"], game: .named(rom))
    try player.play(steps: 15)
    let store = try player.batch.makeSnapshots(capacity: 3, parts: .all)
    try player.batch.save([0, 1, 2], in: store, slots: [0, 1, 2])
    let generators = player.generatorStates
    player.forgetJournal()
    try player.play(steps: 12)
    let journal = player.journal
    try player.batch.restore([0, 1, 2], from: store, slots: [0, 1, 2])
    player.generatorStates = generators
    player.forgetJournal()
    try player.play(steps: 12)
    #expect(player.journal == journal)
  }
}
