/// Numbered as in observations.
public enum Colour: UInt8, CaseIterable, BitwiseCopyable, Sendable {
  case red, green, blue, purple, yellow, grey

  /// The order in which random draws count them.
  static let alphabetical: [Colour] = [.blue, .green, .grey, .purple, .red, .yellow]

  var name: StaticString {
    switch self {
    case .red: "red"
    case .green: "green"
    case .blue: "blue"
    case .purple: "purple"
    case .yellow: "yellow"
    case .grey: "grey"
    }
  }
}

/// What stands in a cell. The first eleven are numbered as in observations.
public struct Kind: Equatable, Sendable {
  /// 0...15
  public let number: UInt8

  init(_ number: UInt8) { self.number = number & 15 }

  public static let unseen = Kind(0)
  public static let empty = Kind(1)
  public static let wall = Kind(2)
  public static let floor = Kind(3)
  public static let openDoor = Kind(4)
  public static let key = Kind(5)
  public static let ball = Kind(6)
  public static let box = Kind(7)
  public static let goal = Kind(8)
  public static let lava = Kind(9)
  public static let agent = Kind(10)
  public static let closedDoor = Kind(11)
  public static let lockedDoor = Kind(12)
  /// A task's own kinds, `NewKind`.
  public static let own = [Kind(13), Kind(14), Kind(15)]

  public var isDoor: Bool { self == .openDoor || number == 11 || number == 12 }

  /// As missions say it.
  var name: StaticString {
    switch number {
    case 4, 11, 12: "door"
    case 5: "key"
    case 6: "ball"
    case 7: "box"
    case 8: "goal"
    case 9: "lava"
    default: "object"
    }
  }
}

/// A kind and its colour in one byte: kind in bits 0-3, colour in bits 4-6, bit 7 set where nobody
/// sees past it.
public struct Cell: Equatable, BitwiseCopyable, Sendable {
  public let code: UInt8

  init(code: UInt8) { self.code = code }

  public init(_ kind: Kind, _ colour: Colour, isOpaque: Bool) {
    code = kind.number | colour.rawValue << 4 | (isOpaque ? 0x80 : 0)
  }

  public var kind: Kind { Kind(code) }
  public var colour: Colour { Colour(rawValue: min(code >> 4 & 7, 5)).unsafelyUnwrapped }
  public var isEmpty: Bool { self == .empty }

  public static let empty = Cell(.empty, .red, isOpaque: false)
  public static let wall = Cell(.wall, .grey, isOpaque: true)
  public static let goal = Cell(.goal, .green, isOpaque: false)
  public static let lava = Cell(.lava, .red, isOpaque: false)

  public static func key(_ colour: Colour) -> Cell { Cell(.key, colour, isOpaque: false) }
  public static func ball(_ colour: Colour) -> Cell { Cell(.ball, colour, isOpaque: false) }
  public static func box(_ colour: Colour) -> Cell { Cell(.box, colour, isOpaque: false) }
  public static func openDoor(_ colour: Colour) -> Cell {
    Cell(.openDoor, colour, isOpaque: false)
  }
  public static func door(_ colour: Colour, isLocked: Bool = false) -> Cell {
    Cell(isLocked ? .lockedDoor : .closedDoor, colour, isOpaque: true)
  }

  /// Key, ball or box.
  static func thing(_ kind: Kind, _ colour: Colour) -> Cell { Cell(kind, colour, isOpaque: false) }
}

/// A direction in which an agent looks.
public enum Direction: UInt8, CaseIterable, Sendable {
  case right, down, left, up

  init(_ number: Int) { self = Direction(rawValue: UInt8(number & 3)).unsafelyUnwrapped }

  var dx: Int { [1, 0, -1, 0][Int(rawValue)] }
  var dy: Int { [0, 1, 0, -1][Int(rawValue)] }
  var turnedRight: Direction { Direction(Int(rawValue) + 1) }
}

/// A cell's column and row, from the upper left corner.
public struct Place: Equatable, BitwiseCopyable, Sendable {
  public var x, y: Int

  public init(_ x: Int, _ y: Int) { (self.x, self.y) = (x, y) }

  static let nowhere = Place(-1, -1)

  func moved(_ direction: Direction, by steps: Int = 1) -> Place {
    Place(x + direction.dx * steps, y + direction.dy * steps)
  }

  /// Steps between them.
  func distance(to other: Place) -> Int { abs(x - other.x) + abs(y - other.y) }
}

/// Numbered as the original's.
public enum Action: UInt8, CaseIterable, Sendable {
  case left, right, forward, pickup, drop, toggle, done

  /// Numbers that are none are `done`.
  @inline(__always) init(_ number: Int32) {
    self = unsafeBitCast(UInt8(min(UInt32(bitPattern: number), 6)), to: Action.self)
  }
}
