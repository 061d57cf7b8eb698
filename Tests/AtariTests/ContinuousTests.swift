import Environment
import Lanes
import Testing

@testable import Atari

@Suite("Continuous actions") struct ContinuousTests {
  /// Needs no ROM of others.
  private static let courier = "Lockstep/Courier-v0"
  private var courier: String { Self.courier }

  private var settings: AtariBatch.Settings {
    var settings = AtariBatch.Settings()
    settings.continuous = true
    settings.stickyProbability = 0.25
    settings.noopMax = 5
    settings.frameLimit = 40
    return settings
  }

  @Test("Sticks choose ALE's actions, on the brink of a direction too")
  func decisions() throws {
    for (name, checksum) in try golden("stick.decisions") {
      let threshold = Float(Double(name)!)
      var generator = SplitMix64(seed: 20)
      var chosen: [UInt8] = []
      for index in 0..<30_000 {
        var action = ContinuousAction(uniform: &generator)
        if index % 3 == 1 {
          let (sine, cosine) = numpySineCosine(action.angle)
          let part = generator.next(below: 2) == 0 ? cosine : sine
          action.radius = min(threshold / abs(part), 1)
        }
        if index % 3 == 2 {
          action.radius = generator.next(below: 2) == 0 ? 1 : threshold
          action.angle = Float(Int(generator.next(below: 9)) - 4) * (ContinuousAction.pi / 4)
          action.fire = threshold
        }
        chosen.append(action.action(threshold: threshold).rawValue)
      }
      var sum = CRC32()
      sum.add(chosen)
      #expect(sum.hex == checksum, "threshold \(name)")
    }
  }

  @Test("A paddle turns by the whole ohms of its strength, and the strength sticks")
  func strength() {
    #expect(Move().turn == 23_000)
    #expect(Move(strength: 0.5).turn == 11_500 && Move(strength: -0.5).turn == 11_500)
    // In 32-bit arithmetic this product would be 12,345.
    #expect((0.5367391 as Float) * 23_000 == 12_345 && Move(strength: 0.5367391).turn == 12_344)
    #expect(Move(strength: Move.strongest).turn > 0)
  }

  @Test(
    "Both kinds of actions step the same lanes", arguments: [Self.courier, "breakout", "seaquest"])
  func mixed(rom: String) throws {
    let game = try Game.named(rom)
    guard ROMStore.standard.has(game) else { return }
    var discrete = settings
    discrete.continuous = false
    discrete.fullActions = true
    let buffers = try [discrete, settings].map { try play(game, $0) }
    #expect(buffers[0] == buffers[1])
  }

  /// 30 steps, continuous where the settings say so.
  private func play(_ game: Game, _ settings: AtariBatch.Settings) throws -> Journal {
    let batch = try AtariBatch(game, lanes: 2, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    var journal = Journal(count: 2)
    try batch.reset(seeds: [4, 5], buffers)
    for step in 0..<30 {
      let actions = (0..<2).map { Int32((step * 5 + $0 * 3) % batch.actions.count) }
      if settings.continuous {
        let sticks = actions.flatMap { fullStick(batch.actions[Int($0)]) }
        try batch.step(sticks, buffers)
      } else {
        try batch.step(actions, buffers)
      }
      journal.add(buffers, sounds: batch.sounds)
    }
    return journal
  }

  private func fullStick(_ action: AtariAction) -> [Float] {
    let presses = action.presses
    let x: Float = presses.contains(.right) ? 1 : presses.contains(.left) ? -1 : 0
    let y: Float = presses.contains(.up) ? 1 : presses.contains(.down) ? -1 : 0
    let angles: [[Float]] = [[-135, 180, 135], [-90, 0, 90], [-45, 0, 45]]
    let angle = angles[Int(x) + 1][Int(y) + 1] / 180 * ContinuousAction.pi
    return [x == 0 && y == 0 ? 0 : 1, angle, presses.contains(.fire) ? 1 : 0]
  }

  @Test("Lanes do not see each other", arguments: [Self.courier, "breakout", "pong"])
  func independence(rom: String) throws {
    let game = try Game.named(rom)
    guard ROMStore.standard.has(game) else { return }
    let names = (0..<UInt64(70)).map { $0 * 3 + 1 }
    let whole = try Player(game, names: names, settings: settings, threads: 2)
    try whole.playContinuously(steps: 14)
    let few = try Player(game, names: [names[0], names[65]], settings: settings)
    try few.playContinuously(steps: 14)
    #expect(few.journal.lanes == [whole.journal.lanes[0], whole.journal.lanes[65]])
    #expect(Set(whole.journal.lanes).count > 1)
  }

  @Test("A restored batch goes on, strengths that stick included", arguments: ["breakout"])
  func saving(rom: String) throws {
    let game = try Game.named(rom)
    guard ROMStore.standard.has(game) else { return }
    var settings = settings
    settings.stickyProbability = 0.9
    settings.frameLimit = 0
    let first = try Player(game, names: [3, 4], settings: settings)
    try first.playContinuously(steps: 7)
    let second = try Player(game, names: [8, 9], settings: settings)
    try expectResumption(of: first, in: second) { try $0.playContinuously(steps: 9) }
  }

  @Test("What is no action is refused by lane, and no lane moves")
  func refusal() throws {
    let game = try Game.named(courier)
    let batch = try AtariBatch(game, lanes: 2, settings: settings)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    func error(_ actions: [Float], _ batch: AtariBatch) -> String {
      do {
        try batch.step(actions, buffers)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(error([0, 0, 0, 0, 0, 0], batch) == "step before the first reset")
    try batch.reset(seeds: [1, 2], buffers)
    let before = try batch.checkpoint()
    let pi = ContinuousAction.pi
    for bad in [
      [.nan, 0, 0], [0, .nan, 0], [0, 0, .nan], [1.01, 0, 0], [-0.1, 0, 0], [1, pi.nextUp, 0],
      [1, -.infinity, 0], [1, 0, 2],
    ] as [[Float]] {
      let message = error([0, 0, 0] + bad, batch)
      #expect(message.contains("in lane 1 is out of range"))
    }
    #expect(try batch.checkpoint() == before)
    #expect(error([1, pi, 1, 0, -pi, 0], batch) == "none")
    #expect(batch.spec.action == .box(low: [0, -pi, 0], high: [1, pi, 1]))
  }

  @Test("Settings come by name and are checked")
  func settingsByName() throws {
    let settings = try AtariBatch.Settings(["continuous": "true", "continuous-threshold": "0.25"])
    #expect(settings.continuous && settings.continuousThreshold == 0.25)
    #expect {
      try AtariBatch(.named(courier), lanes: 1, settings: .init(["continuous-threshold": "nan"]))
    } throws: { "\($0)".contains("continuous-threshold must be a number, 0 to 1") }
  }
}
