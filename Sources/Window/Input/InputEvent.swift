/// What a person does, as the window reports it.
public enum InputEvent: Equatable, Sendable {
  /// Keys have SDL's names in small letters: "left", "space", "f1". A controller's are "pad up",
  /// "pad a", those of a second one "pad2 up".
  case press(String, isRepeat: Bool = false)
  case release(String)
  /// Pixels of the canvas.
  case pointer(x: Int, y: Int)
  case button(isDown: Bool)
  /// A controller's stick, -1...1 both, y upwards.
  case stick(player: Int, x: Double, y: Double)
  /// Nothing is held any more: the window has lost the keyboard.
  case leave
  case close
}

/// What a player's keys and sticks do at a moment.
struct Hand: Equatable {
  /// The one pressed last comes last.
  private(set) var held: [String] = []
  var stick = SIMD2<Double>()

  mutating func press(_ key: String) {
    release(key)
    held.append(key)
  }

  mutating func release(_ key: String) { held.removeAll { $0 == key } }

  mutating func releaseAll() {
    held = []
    stick = .zero
  }
}

/// Where a person points, in the picture of a lane: 0...1 both, y downwards.
struct Pointer: Equatable {
  var place: SIMD2<Double>
  var isDown = false
}

/// The directions and the button of a joystick.
struct Contacts: OptionSet, Hashable {
  let rawValue: UInt8
  static let up = Contacts(rawValue: 1)
  static let down = Contacts(rawValue: 2)
  static let left = Contacts(rawValue: 4)
  static let right = Contacts(rawValue: 8)
  static let fire = Contacts(rawValue: 16)

  static let words: [(word: String, contacts: Contacts)] = [
    ("up", .up), ("down", .down), ("left", .left), ("right", .right), ("fire", .fire),
  ]

  /// Of an action's name: `UPRIGHTFIRE`, `left-engine`; nil: it is no move of a stick.
  init?(name: String) {
    let name = name.lowercased()
    if let known = Self.known[name] {
      self = known
      return
    }
    var (contacts, rest) = (Contacts(), name[...])
    while let (word, contact) = Self.words.first(where: { rest.hasPrefix($0.word) }) {
      contacts.insert(contact)
      rest = rest.dropFirst(word.count)
    }
    guard rest.isEmpty, !contacts.isEmpty else { return nil }
    self = contacts
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Names of other families: doing nothing, Acrobot's torques, the lander's engines, grid worlds.
  private static let known: [String: Contacts] = [
    "noop": [], "none": [], "negative": .left, "positive": .right, "left-engine": .left,
    "right-engine": .right, "main-engine": .up, "forward": .up, "toggle": .fire,
  ]

  var count: Int { rawValue.nonzeroBitCount }

  /// -1, 0 or 1 each, y upwards.
  var direction: SIMD2<Double> {
    SIMD2(
      (contains(.right) ? 1 : 0) - (contains(.left) ? 1 : 0),
      (contains(.up) ? 1 : 0) - (contains(.down) ? 1 : 0))
  }
}
