import Catalog
import Environment
import Records
import Testing

@testable import Window

struct KeysTests {
  private func keys(_ id: String, _ settings: [String: String] = [:]) throws -> ActionKeys {
    let values = settings.mapValues { SettingText($0) }.mapValues(\.value)
    return ActionKeys(try Catalog.row(id).make(1, values, 1).spec)
  }

  private func action(_ keys: ActionKeys, _ held: String...) -> Int? {
    var hand = Hand()
    for key in held { hand.press(key) }
    return keys.action(hand, ActionKeys.contacts(hand))
  }

  @Test("All of ALE's actions can be pressed, and pressing them gives these")
  func joystick() throws {
    let spec = try Catalog.row(Catalog.standard).make(
      1, ["preset": "raw", "full-actions": "true"], 1
    ).spec
    #expect(spec.actionNames.count == 18)
    let keys = ActionKeys(spec)
    #expect(keys.idle == 0)
    for (number, name) in spec.actionNames.enumerated() {
      let contacts = try #require(Contacts(name: name))
      let held = Contacts.words.filter { contacts.contains($0.contacts) }.map {
        $0.word == "fire" ? "space" : $0.word
      }
      var hand = Hand()
      for key in held { hand.press(key) }
      #expect(keys.action(hand, ActionKeys.contacts(hand)) == number, "\(name)")
    }
  }

  @Test("What the game does not have is left out, and the newer of two opposite keys counts")
  func nearest() {
    let keys = ActionKeys(
      EnvironmentSpec(
        id: "x", observation: [], action: .discrete(4),
        actionNames: ["NOOP", "FIRE", "RIGHT", "LEFT"]))
    #expect(action(keys, "up") == 0 && action(keys, "up", "left") == 3)
    #expect(action(keys, "left", "right") == 2 && action(keys, "right", "left") == 3)
    #expect(action(keys, "right", "space") == 1 || action(keys, "right", "space") == 2)
    #expect(action(keys) == 0 && action(keys, "pad left") == 3)
  }

  @Test("Other families' names mean keys, too")
  func families() throws {
    let grid = try keys("MiniGrid-DoorKey-5x5-v0")
    #expect(
      ["left", "right", "up", "tab", "left shift", "space", "return"].map { grid.action(of: $0) }
        == [0, 1, 2, 3, 4, 5, 6])
    #expect(grid.action(of: "down") == nil && grid.idle == nil)
    let lander = try keys("LunarLander-v3")
    #expect(action(lander, "up") == 2 && action(lander, "left") == 1 && action(lander) == 0)
    let cart = try keys("CartPole-v1")
    #expect(action(cart, "right") == 1 && action(cart, "left") == 0 && action(cart) == nil)
    let asterix = try keys("MinAtar/Asterix-v0")
    #expect(action(asterix, "up") == 2 && action(asterix, "space") == 5)
    let nameless = ActionKeys(EnvironmentSpec(id: "x", observation: [], action: .discrete(3)))
    #expect(nameless.action(of: "3") == 2)
  }

  @Test("A box's numbers go to their ends, a polar stick's to its rim")
  func boxes() throws {
    let pendulum = try keys("Pendulum-v1")
    #expect(pendulum.numbers(direction: [1, 0], isFiring: false) == [2])
    #expect(pendulum.numbers(direction: [-0.5, 1], isFiring: false) == [-1])
    let lander = try keys("LunarLanderContinuous-v3")
    #expect(lander.numbers(direction: [-1, 1], isFiring: false) == [1, -1])
    let stick = try keys(Catalog.standard, ["continuous": "true"])
    #expect(stick.isPolar)
    #expect(stick.numbers(direction: [0, 0], isFiring: true) == [0, 0, 1])
    let up = stick.numbers(direction: [0, 1], isFiring: false)
    #expect(up[0] == 1 && abs(up[1] - .pi / 2) < 1e-9 && up[2] == 0)
    let corner = stick.numbers(direction: [-1, -1], isFiring: false)
    #expect(corner[0] == 1 && abs(corner[1] + 0.75 * .pi) < 1e-9)
  }

  @Test("Every command has a key of its own that no joystick has")
  func commands() throws {
    let rows = Command.allCases.map(\.row)
    #expect(Set(rows.map(\.key)).count == rows.count)
    for command in Command.allCases {
      #expect(Command(key: command.row.key) == command)
      #expect(try keys(Catalog.standard).player(of: command.row.key, players: 2) == nil)
    }
    #expect(Command(key: "pad start") == .pause && Command(key: "pad") == nil)
  }
}

private struct SettingText {
  let value: SettingValue
  init(_ text: String) { value = .text(text) }
}
