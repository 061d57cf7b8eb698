import Environment
import Foundation
import Lanes
import Testing

@testable import Atari

@Suite("Two players") struct PlayersTests {
  static let recorded = [
    "boxing", "combat", "joust", "maze_craze", "pong", "space_invaders", "surround", "warlords",
  ].filter { name in present.contains { $0.rom == name } }
  static let enabled = ConditionTrait.enabled(
    if: !recorded.isEmpty, "no ROMs; Tools/import-roms fetches them")

  private func settings(_ change: (inout AtariBatch.Settings) -> Void = { _ in })
    -> AtariBatch.Settings
  {
    var settings = AtariBatch.Settings()
    settings.players = 2
    settings.stickyProbability = 0.25
    settings.noopMax = 5
    settings.frameLimit = 120
    change(&settings)
    return settings
  }

  @Test("Every frame equals ALE's core under both players", enabled, arguments: recorded)
  func trace(rom: String) throws {
    let console = try RawAtari(.named(rom), seed: 20, sticky: 0.25, players: 2)
    try expectFrames(of: "\(rom).players", console) { console, generator in
      let (a, b) = (Int(generator.next(below: 18)), Int(generator.next(below: 18)))
      let result = try console.act(a, actionOfB: b)
      return "\(a) \(b) \(result.reward) \(console.rewardOfB) \(result.over ? 1 : 0)"
    }
  }

  @Test(
    "With B at rest a game for both plays as for one", enabledByROMs,
    arguments: ["freeway"].filter { name in present.contains { $0.rom == name } })
  func atRest(rom: String) throws {
    let game = try Game.named(rom)
    var observations: [[UInt8]] = []
    for players in 1...2 {
      let batch = try AtariBatch(game, lanes: 2, settings: settings { $0.players = players })
      let buffers = StepBuffers(spec: batch.spec, lanes: 2)
      try batch.reset(seeds: [1, 2], buffers)
      var seen: [UInt8] = []
      for step in 0..<60 {
        let actions = [Int32(step % 3), Int32(step % 2)] + (players == 2 ? [0, 0] : [])
        try batch.step(actions, buffers)
        seen += (0..<2).map { UInt8(truncatingIfNeeded: Int(buffers.rewards.of(Double.self)[$0])) }
        seen += buffers.terminated.array(UInt8.self) + buffers.truncated.array(UInt8.self)
        seen += buffers.observations[0].bytes
      }
      observations.append(seen)
    }
    #expect(observations[0] == observations[1])
  }

  @Test("B's moves and rewards are the lane's own", enabled, arguments: recorded)
  func independence(rom: String) throws {
    let game = try Game.named(rom)
    let names = (0..<UInt64(66)).map { $0 * 3 + 1 }
    let whole = try Player(game, names: names, settings: settings(), threads: 2)
    try whole.play(steps: 40)
    let few = try Player(game, names: [names[0], names[65]], settings: settings())
    try few.play(steps: 40)
    #expect(few.journal.lanes == [whole.journal.lanes[0], whole.journal.lanes[65]])
  }

  @Test(
    "B wins what A loses, clipped each", enabled,
    arguments: ["pong"].filter { Self.recorded.contains($0) })
  func zeroSum(rom: String) throws {
    let batch = try AtariBatch(
      .named(rom), lanes: 4, settings: settings { $0.frameLimit = 0 })
    let buffers = StepBuffers(spec: batch.spec, lanes: 4)
    try batch.reset(seeds: [1, 2, 3, 4], buffers)
    var points = 0.0
    for step in 0..<300 {
      // B serves and stays away.
      let actions = (0..<4).map { Int32(($0 + step) % 6) } + Array(repeating: Int32(1), count: 4)
      try batch.step(actions, buffers)
      for lane in 0..<4 {
        #expect(buffers.rewards.of(Double.self)[lane] == -buffers.rewards.of(Double.self)[4 + lane])
        #expect(
          buffers.episodeReturns.of(Double.self)[lane] == -buffers.episodeReturns.of(Double.self)[
            4 + lane])
        points += abs(buffers.rewards.of(Double.self)[lane])
      }
    }
    #expect(points > 0)
  }

  @Test("A restored batch goes on, B's sticky moves included", enabled, arguments: recorded)
  func saving(rom: String) throws {
    let game = try Game.named(rom)
    let settings = settings { $0.stickyProbability = 0.9 }
    let first = try Player(game, names: [3, 4], settings: settings)
    try first.play(steps: 7)
    let second = try Player(game, names: [8, 9], settings: settings)
    try expectResumption(of: first, in: second) { try $0.play(steps: 40) }
  }

  @Test("Copied beginnings equal emulated ones", enabled, arguments: ["pong", "space_invaders"])
  func restarts(rom: String) throws {
    guard Self.recorded.contains(rom) else { return }
    let copying = try Player(.named(rom), names: [11, 12, 13], settings: settings())
    try copying.play(steps: 80)
    let emulating = try Player(.named(rom), names: [11, 12, 13], settings: settings())
    emulating.batch.plan.copiesStarts = false
    try emulating.play(steps: 80)
    #expect(copying.journal == emulating.journal)
  }

  @Test("Both players may act continuously", enabled)
  func continuous() throws {
    let game = try Game.named(Self.recorded.contains("pong") ? "pong" : Self.recorded[0])
    let settings = settings { $0.continuous = true }
    let whole = try Player(game, names: [1, 2, 3], settings: settings)
    try whole.playContinuously(steps: 30)
    let alone = try Player(game, names: [2], settings: settings)
    try alone.playContinuously(steps: 30)
    #expect(alone.journal.lanes == [whole.journal.lanes[1]])
  }

  @Test("Shapes and numbers of players that do not fit are refused")
  func refusal() throws {
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "none"
      } catch { return "\(error)" }
    }
    let rom = [UInt8](repeating: 0, count: 2048)
    func make(_ game: Game, _ players: Int?) -> String {
      message {
        _ = try AtariBatch(
          game, rom: rom, lanes: 1, settings: settings { $0.players = players }, workers: 1)
      }
    }
    #expect(make(.breakout, 2) == "players=2: ALE/Breakout-v5 is for one player")
    #expect(
      make(.pong, 3) == "atari: players must be a whole number, 1 to 2, or 'default', not '3'")
    #expect(make(.combat, 1) == "players=1: MALE/Combat-v0 is for two players")
    #expect(Game.combat.players == 2...2 && Game.pong.players == 1...2)
    #expect(
      message {
        _ = try AtariBatch(
          .boxing, rom: rom, lanes: 1, settings: settings { $0.mode = 0 }, workers: 1)
      } == "ALE/Boxing-v5 has no mode 0; its modes are 2")
    guard let name = Self.recorded.first else { return }
    let batch = try AtariBatch(.named(name), lanes: 2, settings: settings())
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    try batch.reset(seeds: [1, 2], buffers)
    #expect(batch.spec.players == 2 && buffers.rewards.rows == 4)
    let wrong: [Int32] = [0, 0, 0, 99]
    #expect(
      message { try batch.step(wrong, buffers) }
        .hasPrefix("action 99 in lane 1 is out of range"))
  }
}
