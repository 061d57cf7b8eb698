import Environment
import Lanes
import Testing

@testable import Atari

@Suite("Batches") struct BatchTests {
  /// Short episodes, so that resets, no-ops and limits all happen; sticky actions draw. With sound.
  private var settings: AtariBatch.Settings {
    var settings = AtariBatch.Settings()
    settings.stickyProbability = 0.25
    settings.noopMax = 5
    settings.frameLimit = 40
    settings.sound = .everyFrame
    return settings
  }

  @Test("Lanes do not see each other", enabledByROMs, arguments: present.map(\.rom), [1, 63, 65])
  func independence(rom: String, count: Int) throws {
    let game = try Game.named(rom)
    let names = (0..<UInt64(count)).map { $0 * 3 + 1 }
    let whole = try Player(game, names: names, settings: settings, threads: count % 3 + 1)
    try whole.play(steps: 14)
    let chosen = Set([0, count / 2, count - 1]).sorted()
    let few = try Player(game, names: chosen.map { names[$0] }, settings: settings)
    try few.play(steps: 14)
    #expect(few.journal.lanes == chosen.map { whole.journal.lanes[$0] })
  }

  @Test("Thread counts do not matter", enabledByROMs)
  func threads() throws {
    let names = (0..<UInt64(130)).map { $0 + 9 }
    var journals: [Journal] = []
    for threads in 1...3 {
      let player = try Player(present[0], names: names, settings: settings, threads: threads)
      try player.play(steps: 6)
      journals.append(player.journal)
    }
    #expect(journals[0] == journals[1] && journals[1] == journals[2])
  }

  /// Guards `Game.survivors` too: were a byte missing there, the two would differ.
  @Test("Copied beginnings equal emulated ones", enabledByROMs, arguments: present.map(\.rom))
  func restarts(rom: String) throws {
    let game = try Game.named(rom)
    let names: [UInt64] = [11, 12, 13]
    let copying = try Player(game, names: names, settings: settings)
    try copying.play(steps: 50)
    let emulating = try Player(game, names: names, settings: settings)
    emulating.batch.plan.copiesStarts = false
    try emulating.play(steps: 50)
    #expect(copying.journal == emulating.journal)
  }

  /// In every mode, with and without sticky actions.
  @Test("Copied first episodes equal emulated ones", enabledByROMs, arguments: present.map(\.rom))
  func loading(rom: String) throws {
    let game = try Game.named(rom)
    var random = SystemRandomNumberGenerator()
    let names = (0..<6).map { _ in UInt64(UInt32.random(in: 0...UInt32.max, using: &random)) }
    for preset in [AtariBatch.Preset.aleVector, .envpool, .gymnasium] {
      var settings = AtariBatch.Settings(preset: preset)
      settings.stickyProbability = Bool.random(using: &random) ? 0 : 0.25
      let modes = game.players.lowerBound > 1 ? [] : game.modes.all
      settings.mode = modes.randomElement(using: &random)
      settings.difficulty = game.difficulties.randomElement(using: &random)
      settings.sound = .everyFrame
      let copying = try Player(game, names: names, settings: settings)
      let emulating = try Player(game, names: names, settings: settings)
      emulating.batch.plan.copiesStarts = false
      let said: Comment =
        "\(preset), seeds \(names), mode \(settings.mode ?? -1), \(settings.stickyProbability)"
      for player in [copying, emulating] {
        try player.batch.reset(seeds: names, player.buffers)
        try player.play(steps: 4)
      }
      #expect(copying.journal == emulating.journal, said)
      // Random bytes of a cartridge are drawn here, counted there.
      if copying.batch.plan.program.scheme.randomBytes > 0 { continue }
      #expect(try copying.batch.checkpoint() == emulating.batch.checkpoint(), said)
    }
  }

  @Test(
    "A restored batch goes on as the saved one did", enabledByROMs, arguments: present.map(\.rom))
  func saving(rom: String) throws {
    let game = try Game.named(rom)
    let first = try Player(game, names: [3, 4], settings: settings)
    try first.play(steps: 7)
    let second = try Player(game, names: [8, 9], settings: settings)
    try second.play(steps: 2)
    try expectResumption(of: first, in: second) { try $0.play(steps: 9) }
  }

  @Test("Damaged and foreign states are refused and change nothing", enabledByROMs)
  func refusal() throws {
    let player = try Player(present[0], names: [1, 2], settings: settings)
    let saved = try player.batch.checkpoint()
    for (change, reason) in [
      ({ (s: inout [UInt8]) in s[s.count / 2] ^= 1 }, "damaged"),
      ({ (s: inout [UInt8]) in s.removeLast(9) }, "damaged"),
      ({ (s: inout [UInt8]) in s[0] ^= 1 }, "no checkpoint of a batch"),
      ({ (s: inout [UInt8]) in s = [1, 2, 3] }, "no checkpoint"),
    ] as [((inout [UInt8]) -> Void, String)] {
      var bad = saved
      change(&bad)
      #expect { try player.batch.resume(bad, into: player.buffers) } throws: {
        "\($0)".contains(reason)
      }
    }
    let other = try Player(present[0], names: [1, 2, 3], settings: settings)
    #expect { try other.batch.resume(saved, into: other.buffers) } throws: {
      "\($0)".contains("other lanes")
    }
    #expect(try player.batch.checkpoint() == saved)
  }

  @Test("Actions out of range move no lane", enabledByROMs)
  func range() throws {
    let batch = try AtariBatch(present[0], lanes: 3, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 3)
    try batch.reset(seeds: [1, 2, 3], buffers)
    let before = try batch.checkpoint()
    for bad in [-1, Int32(batch.actions.count), .max] {
      let actions: [Int32] = [0, bad, 0]
      #expect(throws: EnvironmentError.self) {
        try batch.step(actions, buffers)
      }
    }
    #expect(try batch.checkpoint() == before)
  }
}
