import Environment
import Lanes
import Records
import Testing

@testable import Atari

@Suite("Resets and ends") struct ResetTests {
  private func player(
    _ lanes: Int, _ values: [String: SettingValue], game: Game = .courier, threads: Int = 1
  ) throws -> Player {
    try Player(
      game, names: (0..<UInt64(lanes)).map { $0 + 3 }, settings: .init(values), threads: threads)
  }

  private func observation(_ buffers: StepBuffers, _ lane: Int) -> [UInt8] {
    [UInt8](
      UnsafeBufferPointer(start: buffers.observation(lane: lane), count: buffers.observationBytes))
  }

  @Test("Some lanes start anew, the others do not notice")
  func some() throws {
    let values: [String: SettingValue] = ["sticky": "0.25", "noop-max": "6"]
    let (whole, part) = (try player(140, values), try player(140, values, threads: 2))
    try whole.play(steps: 12)
    try part.play(steps: 12)
    let chosen = [3, 64, 70, 139]
    try part.batch.reset(chosen, seeds: [900, 901, 902, 903], part.buffers)
    for lane in chosen {
      #expect(
        part.buffers.episodeLengths.of(Int32.self)[lane] == 0
          && part.batch.frameNumbers(lane: lane).episode < 80)
    }
    whole.forgetJournal()
    part.forgetJournal()
    var streams = part.generatorStates
    for (index, lane) in chosen.enumerated() { streams[lane] = SplitMix64(seed: UInt64(index)) }
    part.generatorStates = streams
    try whole.play(steps: 20)
    try part.play(steps: 20)
    for lane in 0..<140 where !chosen.contains(lane) {
      #expect(whole.journal.lanes[lane] == part.journal.lanes[lane])
    }
    // A seeded lane is the same wherever it starts.
    let fresh = try Player(.courier, names: [900, 901, 902, 903], settings: .init(values))
    fresh.generatorStates = (0..<4).map { SplitMix64(seed: UInt64($0)) }
    fresh.forgetJournal()
    try fresh.play(steps: 20)
    #expect(fresh.journal.lanes == chosen.map { part.journal.lanes[$0] })
  }

  @Test(
    "Lanes that end stay as they are until the caller resets them",
    arguments: ["ale-vector", "raw"])
  func disabled(preset: String) throws {
    let player = try player(
      66, ["preset": .text(preset), "autoreset": "disabled", "frame-limit": "90", "sticky": "0.25"])
    let (batch, buffers) = (player.batch, player.buffers)
    while !(0..<66).allSatisfy({
      buffers.terminated.of(UInt8.self)[$0] | buffers.truncated.of(UInt8.self)[$0] == 1
    }) {
      try player.play(steps: 1)
    }
    let before = (0..<66).map { (observation(buffers, $0), batch.memory(lane: $0)) }
    let (flags, lengths) = (
      buffers.truncated.array(UInt8.self), buffers.episodeLengths.array(Int32.self)
    )
    let frames = (0..<66).map { batch.frameNumbers(lane: $0).total }
    try player.play(steps: 3)
    for lane in 0..<66 {
      #expect(
        buffers.rewards.of(Double.self)[lane] == 0 && observation(buffers, lane) == before[lane].0)
      #expect(batch.memory(lane: lane) == before[lane].1)
      #expect(batch.frameNumbers(lane: lane).total == frames[lane])
    }
    #expect(
      buffers.truncated.array(UInt8.self) == flags
        && buffers.episodeLengths.array(Int32.self) == lengths)
    try batch.reset([5, 65], buffers)
    try player.play(steps: 1)
    for lane in 0..<66 {
      #expect(
        (buffers.truncated.of(UInt8.self)[lane] | buffers.terminated.of(UInt8.self)[lane] == 0)
          == [5, 65].contains(lane))
    }
  }

  @Test("Lanes and seeds that do not fit are refused")
  func refusals() throws {
    let player = try player(3, [:])
    func refuses(_ reason: String, _ body: () throws -> Void) {
      #expect(performing: body, throws: { "\($0)".contains(reason) })
    }
    let (batch, buffers) = (player.batch, player.buffers)
    refuses("lane 3 of 3") { try batch.reset([3], buffers) }
    refuses("named twice") { try batch.reset([1, 1], buffers) }
    refuses("1 seeds for 2 lanes") { try batch.reset([0, 1], seeds: [1], buffers) }
    let fresh = try AtariBatch(.courier, lanes: 3)
    refuses("not been reset") { try fresh.reset([0], buffers) }
  }

  /// The frame limit ends an episode in any frame of a step. Then the true last picture is that of a
  /// batch with such steps that the frame is their last.
  @Test("The last observation shows the last frames when asked to", arguments: 1...4)
  func terminalPicture(last: Int) throws {
    var values: [String: SettingValue] = [
      "autoreset": "same-step", "frame-limit": "\(80 + last)", "noop-max": "1",
      "true-terminal-picture": "true",
    ]
    let ending = try player(3, values)
    let actions = [Int32](repeating: 2, count: 3)
    func step(_ player: Player) throws {
      try player.batch.step(actions, player.buffers)
    }
    for _ in 0..<21 { try step(ending) }
    #expect(ending.buffers.truncated.of(UInt8.self)[0] == 1)

    // The same frames, pooled two by two at the end.
    values["frame-limit"] = "0"
    values["frame-skip"] = "1"
    values["max-pool"] = "false"
    let single = try player(3, values)
    for _ in 0..<(80 + last - 1) { try step(single) }
    let earlier = raw(single.batch)
    try step(single)
    let newest = raw(single.batch)
    let table = single.batch.plan.tables
    let pooled = AlignedBuffer<UInt8>(count: newest.count)
    for pixel in 0..<newest.count {
      pooled[pixel] = max(table[Int(newest[pixel])], table[Int(earlier[pixel])])
    }
    let small = single.batch.plan.smallBytes
    let expected = AlignedBuffer<UInt8>(count: small)
    single.batch.plan.resizer.resize(
      pooled.pointer, into: expected.pointer, scratch: single.batch.scratch[0].resize)
    let final = ending.buffers.finalObservation(lane: 0) + 3 * small
    #expect((0..<small).allSatisfy { final[$0] == expected[$0] })
  }

  private func raw(_ batch: AtariBatch) -> [UInt8] {
    let (block, lane) = batch.place(0)
    return [UInt8](
      UnsafeBufferPointer(start: block.console.picture(lane: lane), count: batch.plan.pictureBytes))
  }

  /// Every frame of an episode under scripted actions: memory and picture.
  private func episode(_ player: Player, frames: Int) throws -> CRC32 {
    var sum = CRC32()
    let count = UInt64(player.batch.actions.count)
    var generator = SplitMix64(seed: 4)
    for _ in 0..<frames {
      let action = (0..<player.batch.spec.players).map { _ in Int32(generator.next() % count) }
      try player.batch.step(action, player.buffers)
      sum.add(player.batch.memory(lane: 0))
      sum.add(observation(player.buffers, 0))
      sum.add([
        player.buffers.terminated.of(UInt8.self)[0],
        UInt8(truncatingIfNeeded: Int(player.buffers.rewards.of(Double.self)[0])),
      ])
    }
    return sum
  }

  private func episodes(_ rom: String, replay: Bool) throws -> Set<String> {
    let player = try player(
      1, ["preset": "raw", "autoreset": "disabled", "replay-identical": "\(replay)"],
      game: .named(rom))
    var sums = Set<String>()
    for _ in 0..<3 {
      sums.insert(try episode(player, frames: 240).hex)
      try player.batch.reset(player.buffers)
    }
    return sums
  }

  /// They read the timer at power-on.
  private static let drifting = ["kaboom", "freeway", "assault", "boxing", "demon_attack"]
    .filter { rom in present.contains { $0.rom == rom } }

  @Test(
    "Without that, some games' episodes differ, as in ALE",
    .enabled(if: drifting.count > 2, "no ROMs"))
  func drift() throws {
    let differing = try Self.drifting.filter { try episodes($0, replay: false).count > 1 }
    #expect(differing.count > 2)
  }

  @Test(
    "Episodes with the same actions are the same when asked to", enabledByROMs,
    arguments: present.map(\.rom))
  func replay(rom: String) throws {
    #expect(try episodes(rom, replay: true).count == 1)
  }
}
