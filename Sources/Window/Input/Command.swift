import Foundation

/// What keys do beside the game's own.
enum Command: String, CaseIterable {
  case help, pause, step, slower, faster, rewind, back, beginning, restart
  case save, load, slot, picture, mode, difficulty, choose, take, pointer, panel, sound
  case nextLane, lastLane, screen, quit

  /// Key, and what it does.
  var row: (key: String, help: String) {
    switch self {
    case .help: ("f1", "this page")
    case .pause: ("p", "pause, go on")
    case .step: ("n", "pause, then a single step")
    case .slower: ("-", "slower, down to an eighth")
    case .faster: ("=", "faster, up to 16 times")
    case .rewind: ("backspace", "back in time, as long as it is held")
    case .back: ("pageup", "back by ten seconds")
    case .beginning: ("home", "back to the oldest moment that is kept")
    case .restart: ("f2", "a new episode: the console's reset switch")
    case .mode: ("f3", "the game's next mode, and reset: the select switch")
    case .difficulty: ("f4", "the difficulty switches' next position")
    case .choose: ("g", "choose mode and difficulty from a list")
    case .save: ("f5", "save a state in the slot")
    case .slot: ("f6", "the next slot")
    case .load: ("f8", "load the slot's state")
    case .take: ("t", "take over from the agent, give back")
    case .pointer: ("m", "the mouse plays, or not")
    case .panel: ("i", "the panel beside the picture")
    case .sound: ("k", "sound on, off")
    case .lastLane: ("[", "the lane before")
    case .nextLane: ("]", "the next lane")
    case .screen: ("f11", "the whole screen")
    case .picture: ("f12", "a screenshot as PNG")
    case .quit: ("escape", "leave")
    }
  }

  /// Those of a controller.
  private static let padKeys: [String: Command] = [
    "start": .pause, "back": .restart, "leftshoulder": .rewind, "rightshoulder": .faster,
  ]

  init?(key: String) {
    let pad = key.hasPrefix("pad") ? key.split(separator: " ").last.map(String.init) : nil
    if let pad, let command = Self.padKeys[pad] {
      self = command
    } else if let command = Self.allCases.first(where: { $0.row.key == key }) {
      self = command
    } else {
      return nil
    }
  }

  /// As it is written on the key.
  static func shown(_ key: String) -> String {
    switch key {
    case "=": "+"
    case "pageup": "Page Up"
    default: key.capitalized
    }
  }
}
