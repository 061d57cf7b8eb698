import Catalog
import Environment
import Testing

@testable import Window

struct ChooserTests {
  private func chooser() throws -> Chooser {
    try #require(
      Chooser(modes: Array(1...19), difficulties: [0, 1, 2], mode: 10))
  }

  @Test("It begins at the mode that is set, and every value can be reached")
  func moves() throws {
    var chooser = try chooser()
    #expect(chooser.name == "mode" && chooser.value == 10)
    #expect(chooser.lines == [0..<8, 8..<16, 16..<19, 19..<22])
    chooser.move(right: 0, down: -1)
    #expect(chooser.value == 2)
    chooser.move(right: 0, down: -1)
    #expect(chooser.value == 2, "there is nothing above")
    chooser.move(right: -5, down: 0)
    #expect(chooser.value == 1, "nor to the left")
    var seen: [String] = []
    for _ in 0..<22 {
      seen.append("\(chooser.name) \(chooser.value)")
      chooser.move(right: 1, down: 0)
    }
    #expect(Set(seen).count == 22 && seen.last == "difficulty 2")
    #expect(chooser.value == 2, "it ends there")
  }

  @Test("A shorter line below or above is entered at its end")
  func short() throws {
    var chooser = try chooser()
    for _ in 0..<6 { chooser.move(right: 1, down: 0) }
    #expect(chooser.value == 16)
    chooser.move(right: 0, down: 1)
    #expect(chooser.value == 19)
    chooser.move(right: 0, down: 1)
    #expect(chooser.name == "difficulty" && chooser.value == 2)
  }

  @Test("One value of each is nothing to choose from")
  func single() {
    #expect(Chooser(modes: [4], difficulties: [0], mode: 4) == nil)
    #expect(Chooser(modes: [], difficulties: [], mode: 0) == nil)
    #expect(Chooser(modes: [4], difficulties: [0, 1], mode: 4)?.lines == [0..<1, 1..<3])
  }

  @Test(
    "The console's mode and difficulty become what is chosen, and play waits meanwhile",
    .enabled(if: (try? Catalog.row("ALE/SpaceInvaders-v5"))?.missing() == nil, "no ROMs"))
  func console() throws {
    let player = try makePlayer("ALE/SpaceInvaders-v5")
    let console = try #require(player.batch as? any SwitchedBatch)
    let modes = try #require(player.settings.choices["mode"])
    try player.tick(20)
    let canvas = Canvas(width: 900, height: 700)
    let scene = Scene(player)
    _ = try scene.draw(on: canvas, density: 1)
    let before = canvas.picture
    try player.tap("g")
    _ = try scene.draw(on: canvas, density: 1)
    let first = canvas.picture
    #expect(first != before)
    for key in ["down", "right", "right"] { try player.tap(key) }
    try player.tick(50)
    #expect(player.steps == 20 && player.chosen[0] == [0], "keys do not play")
    _ = try scene.draw(on: canvas, density: 1)
    #expect(canvas.picture != first)
    try player.tap("return")
    #expect(console.mode(lane: 0) == modes[10])
    try player.tick(5)
    #expect(player.steps == 25)
    try player.tap("g")
    for _ in 0..<3 { try player.tap("down") }
    try player.tap("right")
    try player.tap("space")
    #expect(console.difficulty(lane: 0) == player.settings.choices["difficulty"]?[1])
    #expect(console.mode(lane: 0) == modes[10])
    try player.tap("g")
    try player.tap("escape")
    #expect(player.takeRequests().isEmpty && player.chooser == nil, "the window stays")
    let cart = try makePlayer("CartPole-v1")
    try cart.tap("g")
    #expect(cart.barText.left == "there is nothing to choose from")
  }
}
