/// The 18 things a player can do with a joystick and its button, with ALE's numbers.
///
/// - Source: ALE `common/Constants.h`.
public enum AtariAction: UInt8, CaseIterable, Sendable {
  case noop, fire, up, right, left, down
  case upRight, upLeft, downRight, downLeft
  case upFire, rightFire, leftFire, downFire
  case upRightFire, upLeftFire, downRightFire, downLeftFire

  /// Gymnasium's name: `NOOP`, `UPRIGHTFIRE`.
  public var name: String { "\(self)".uppercased() }

  var presses: Presses { Presses.table[Int(rawValue)] }
}

/// Which of the five contacts an action closes.
struct Presses: OptionSet, Sendable {
  let rawValue: UInt8
  static let up = Presses(rawValue: 1)
  static let down = Presses(rawValue: 2)
  static let left = Presses(rawValue: 4)
  static let right = Presses(rawValue: 8)
  static let fire = Presses(rawValue: 16)

  /// One entry an action, in the order of their numbers.
  static let table: [Presses] = [
    [], .fire, .up, .right, .left, .down,
    [.up, .right], [.up, .left], [.down, .right], [.down, .left],
    [.up, .fire], [.right, .fire], [.left, .fire], [.down, .fire],
    [.up, .right, .fire], [.up, .left, .fire], [.down, .right, .fire], [.down, .left, .fire],
  ]

  /// The action that closes these contacts, never two opposite ones.
  var action: AtariAction { Self.actions[Int(rawValue)] }

  private static let actions: [AtariAction] = (0..<32).map { contacts in
    AtariAction.allCases.first { $0.presses.rawValue == contacts } ?? .noop
  }

  /// The four directions as a nibble of port A: 0 = pressed; up is the low bit, right the high.
  var directions: UInt8 { ~rawValue & 0x0F }
}

extension [AtariAction] {
  public static var all: [AtariAction] { AtariAction.allCases }

  static var withoutFire: [AtariAction] {
    AtariAction.allCases.filter { !$0.presses.contains(.fire) }
  }
}
