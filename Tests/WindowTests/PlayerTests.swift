import Catalog
import Environment
import Foundation
import Testing

@testable import Window

struct PlayerTests {
  @Test(
    "Going back shows the exact picture, and the same keys lead to the same future",
    arguments: [
      Catalog.standard, "MinAtar/Breakout-v1", "CartPole-v1", "LunarLander-v3",
    ])
  func rewind(id: String) throws {
    let player = try makePlayer(id)
    try player.tick(40, holding: "right")
    let before = try player.sight
    try player.tick(25, holding: "left", "space")
    let after = try player.sight
    let gone = player.depth
    try player.back(.max)
    #expect(player.depth == 0)
    try player.tick(40, holding: "right")
    #expect(try player.sight == before, "from the beginning")
    try player.tick(25, holding: "left", "space")
    #expect(try player.sight == after && player.depth == gone)
  }

  @Test("A key that is held goes back a step a tick")
  func held() throws {
    let player = try makePlayer(Catalog.standard)
    var sights = [try player.sight]
    for _ in 0..<30 {
      try player.tick(1, holding: "left")
      sights.append(try player.sight)
    }
    try player.handle(.press("backspace"))
    for step in (10..<30).reversed() {
      try player.tick()
      #expect(try player.sight == sights[step], "step \(step)")
    }
    try player.handle(.release("backspace"))
    #expect(player.depth == 10)
  }

  @Test("Only as much is kept as was asked for")
  func oldest() throws {
    let player = try makePlayer("MountainCar-v0") { $0.rewindSeconds = 0.5 }
    try player.tick(100)
    #expect(player.steps == 50 && player.depth == 15)
    try player.back(10)
    #expect(player.depth == 5)
    try player.tick(10)
    #expect(player.depth == 10)
    try player.back(.max)
    #expect(player.depth == 0)
  }

  @Test("A saved state is the exact picture again, in another game, too")
  func states() throws {
    let folder = try Folder()
    let player = try makePlayer(Catalog.standard) { $0.folder = folder.path + "/deep" }
    try player.tick(50, holding: "right")
    try player.tap("f5")
    let saved = try player.sight
    try player.tick(30, holding: "left")
    let later = try player.sight
    #expect(later != saved)
    try player.tap("f8")
    #expect(try player.sight == saved)
    try player.tick(30, holding: "left")
    #expect(try player.sight == later)
    let other = try makePlayer(Catalog.standard) { $0.folder = folder.path + "/deep" }
    try other.tap("f8")
    #expect(try other.sight == saved)
    try other.back(1)
    #expect(try other.sight != saved, "loading can be taken back")
    try other.tap("f6")
    try other.tap("f8")
    #expect(other.barText.left.contains("there is no"))
    let file = folder.path + "/deep/Lockstep-Courier-v0-1.state"
    var bytes = try #require(FileManager.default.contents(atPath: file))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file))
    let now = try other.sight
    other.slot = 1
    try other.tap("f8")
    #expect(try other.sight == now && other.barText.left.contains("refused"))
  }

  @Test("Pause, single steps, slow and fast")
  func speed() throws {
    let player = try makePlayer("CartPole-v1")
    #expect(player.ticksPerSecond == 50)
    try player.tap("p")
    try player.tick(10)
    #expect(player.steps == 0)
    try player.tap("n")
    #expect(player.steps == 1 && player.isPaused)
    try player.tap("p")
    for _ in 0..<2 { try player.tap("-") }
    try player.tick(8)
    #expect(player.steps == 3)
    for _ in 0..<9 { try player.tap("=") }
    #expect(player.factor == 16)
    try player.tick(2)
    #expect(player.steps == 3 + 32 || player.barText.right.contains("over"))
  }

  @Test("Steps of several frames come at their own rate")
  func rate() throws {
    let player = try makePlayer(Catalog.standard, ["preset": "ale-vector"])
    #expect(player.stepsPerSecond == 15 && player.ticksPerSecond == 60)
    try player.tick(60)
    #expect(player.steps == 15 && player.samplesPerSecond == nil)
  }

  @Test("A grid world waits for keys, and begins again after its end")
  func turns() throws {
    let player = try makePlayer("MiniGrid-Empty-5x5-v0")
    try player.tick(100)
    #expect(player.steps == 0)
    #expect(player.barText.left == "get to the green goal square")
    for key in ["up", "up", "right", "up", "up"] {
      try player.tap(key)
      try player.tick()
    }
    #expect(player.steps == 5 && player.returns[0] > 0.9)
    #expect(player.barText.right.contains("over"))
    let end = try player.sight
    try player.tick(500)
    #expect(try player.sight == end, "it can be looked at")
    try player.tap("left")
    try player.tick(100)
    #expect(player.returns[0] == 0 && player.steps == 5)
  }

  @Test("What is recorded can be played again, without what was taken back")
  func recording() throws {
    let player = try makePlayer(Catalog.standard, isRecorded: true)
    try player.tick(30, holding: "right")
    try player.tick(20, holding: "left")
    try player.back(15)
    try player.tick(40, holding: "space")
    for key in ["f2", "f4", "f8"] {
      try player.tap(key)
      #expect(player.barText.left == "not while play is recorded")
    }
    let recording = try #require(player.recording)
    #expect(recording.steps.count == 75)
    let last = try player.sight
    let batch = try Catalog.row(recording.id).make(1, recording.settings, 1)
    var calls = 0
    var end: [[UInt8]] = []
    try recording.replay(batch) { buffers, isStep in
      calls += 1
      #expect(isStep == (calls > 1))
      end = buffers.observations.map { Array($0.bytes) }
    }
    #expect(calls == 76 && end == last.observation)
    let lines = recording.text(file: "a.txt").split(separator: "\n")
    #expect(
      lines.count == 77 && lines[1].hasPrefix("# lockstep trace Lockstep/Courier-v0 --seed 1"))
  }

  @Test("Two players have keys of their own")
  func two() throws {
    let spec = EnvironmentSpec(
      id: "x", observation: [], action: .discrete(4),
      actionNames: ["NOOP", "FIRE", "RIGHT", "LEFT"],
      players: 2)
    let keys = ActionKeys(spec)
    #expect(keys.player(of: "left", players: 2) == 0 && keys.player(of: "a", players: 2) == 1)
    #expect(keys.player(of: "a", players: 1) == 0 && keys.player(of: "pad2 a", players: 2) == 1)
    #expect(keys.player(of: "p", players: 2) == nil)
  }

  @Test("The mouse turns a paddle to where it points")
  func paddle() throws {
    let player = try makePlayer(Catalog.standard) { $0.viewing.paddleSteps = 20 }
    player.point(at: [1, 0.5])
    try player.tick()
    let right = player.spec.actionNames.firstIndex(of: "RIGHT")
    #expect(Int(player.chosen[0][0]) == right)
    try player.tick(30)
    #expect(abs(player.paddle - 1) < 0.06 && Int(player.chosen[0][0]) == player.keys.idle)
    player.point(at: [0.5, 0.5])
    try player.tick(9)
    #expect(Int(player.chosen[0][0]) == player.spec.actionNames.firstIndex(of: "LEFT"))
    try player.tick(9)
    #expect(abs(player.paddle - 0.5) < 0.06)
    try player.tap("m")
    player.point(at: [0, 0.5])
    try player.tick()
    #expect(Int(player.chosen[0][0]) == player.keys.idle)
  }

  @Test("Sound is the game's samples, and none while time goes otherwise")
  func sound() throws {
    let player = try makePlayer(Catalog.standard)
    #expect(player.samplesPerSecond == 30_720.0)
    var heard: [UInt8] = []
    let place = try #require(player.spec.info("sound"))
    for _ in 0..<50 {
      try player.tick(1, holding: "up")
      heard += player.buffers.info[place].row(0)
    }
    #expect(player.takeSamples() == heard && player.takeSamples().isEmpty)
    #expect(Set(heard).count > 1)
    try player.tap("=")
    try player.tick(5)
    #expect(player.takeSamples().isEmpty)
    try player.tap("-")
    try player.tap("k")
    try player.tick(5)
    #expect(player.takeSamples().isEmpty)
  }

  @Test(
    "The console's switches turn",
    .enabled(if: (try? Catalog.row("ALE/Breakout-v5"))?.missing() == nil))
  func switches() throws {
    let player = try makePlayer("ALE/Breakout-v5")
    let console = try #require(player.batch as? any SwitchedBatch)
    let modes = try #require(player.settings.choices["mode"])
    for next in modes.dropFirst() + [modes[0]] {
      try player.tap("f3")
      #expect(console.mode(lane: 0) == next)
    }
    try player.tap("f4")
    #expect(console.difficulty(lane: 0) == player.settings.choices["difficulty"]?[1])
    let cart = try makePlayer("CartPole-v1")
    try cart.tap("f3")
    #expect(cart.barText.left == "it has no such switch")
  }

  @Test("A person plays one lane of many; the others play on, and none goes back in time")
  func lanes() throws {
    let player = try makePlayer("CartPole-v1", lanes: 6)
    try player.tap("]")
    try player.tap("]")
    for _ in 0..<20 {
      try player.tick(1, holding: "right")
      #expect(player.chosen[0] == [1] && player.lane == 2)
    }
    #expect(player.steps == 20)
    try player.tap("backspace")
    #expect(player.barText.left == "many lanes cannot go back in time")
    try player.tap("t")
    #expect(!player.isHuman)
    try player.tick(300)
  }

  @Test("Keys are let go with the keyboard")
  func leave() throws {
    let player = try makePlayer(Catalog.standard)
    try player.handle(.press("right"))
    try player.handle(.press("backspace"))
    try player.handle(.leave)
    try player.tick()
    #expect(player.steps == 1 && Int(player.chosen[0][0]) == player.keys.idle)
  }
}

struct ScriptTests {
  @Test("Lines are read in the order of their ticks")
  func lines() throws {
    var script = try Script("# play\n5 tap left ctrl\n\n2 press a\n5 point 0.5 1\n9 close\n")
    let taken = [1, 2, 5, 20, 30].map { script.take(tick: $0) }
    #expect(
      taken == [
        [], [.event(.press("a"))], [.event(.press("left ctrl")), .point(0.5, 1)],
        [.event(.release("left ctrl")), .event(.close)], [],
      ])
  }

  @Test(
    "Other lines are refused",
    arguments: [
      "x press a", "-1 close", "1", "1 press", "1 resize 0 5", "1 point 1", "1 close now",
    ])
  func wrong(line: String) {
    #expect(throws: ScriptError(line: 2, text: line)) { try Script("1 close\n" + line) }
  }
}

struct BudgetTests {
  @Test("Looking takes its share of the time and no more")
  func share() {
    var budget = LookingBudget(share: 0.025, pause: 0.03)
    var (now, looked, looks) = (100.0, 0.0, 0)
    while now < 160 {
      if budget.begin(now: now) {
        let cost = looks % 5 == 0 ? 0.05 : 0.01
        now += cost
        looked += cost
        looks += 1
        budget.end(now: now)
      }
      now += 0.002
    }
    #expect(looked / 60 < 0.026 && looked / 60 > 0.015)
    var quick = LookingBudget(share: 0.025, pause: 0.03)
    let first = quick.begin(now: 0)
    quick.end(now: 0.0001)
    let (early, second) = (quick.begin(now: 0.03), quick.begin(now: 0.031))
    #expect(first && !early && second)
  }
}
