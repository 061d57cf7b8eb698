import Lanes

/// A task's own kind of object.
public struct NewKind: Sendable {
  /// As missions and pictures' legends say it.
  public var name: String
  /// Number in observations; from 11 on none is taken.
  public var object: UInt8
  /// Number of its state in observations, 0...3.
  public var state: UInt8 = 0
  public var isOpaque = false
  /// Whether an agent can walk onto it.
  public var isWalkable = false
  public var canBePickedUp = false
  /// What stands there after a toggle; nil: nothing happens.
  public var toggled: (@Sendable (Cell, _ carried: Cell) -> Cell)?
  /// What an agent gets that walks onto it.
  public var entered: Entered?

  /// Ends the episode, with the success's reward or with this one.
  public enum Entered: Equatable, Sendable {
    case success
    case end(reward: Double)
  }

  public init(_ name: String, object: UInt8) {
    self.name = name
    self.object = object
  }
}

/// By kind: what it shows and what can be done with it.
final class KindTable: @unchecked Sendable {
  struct Traits: OptionSet {
    let rawValue: UInt8
    static let walkable = Traits(rawValue: 1)
    static let portable = Traits(rawValue: 2)
    /// Walking onto it means something.
    static let telling = Traits(rawValue: 4)
    static let toggles = Traits(rawValue: 8)
    /// Something can be put there.
    static let bare = Traits(rawValue: 16)
  }

  /// [16] each.
  let objects, states, traits: UnsafeMutablePointer<UInt8>
  private let memory = AlignedBuffer<UInt8>(count: 48)
  let own: [NewKind]
  /// Above every number that an observation shows.
  let objectBound: Int
  let stateBound: Int

  init(_ own: [NewKind]) {
    self.own = own
    (objects, states) = (memory.pointer, memory.pointer + 16)
    traits = memory.pointer + 32
    for number in 0..<11 { objects[number] = UInt8(number) }
    (objects[11], objects[12], states[11], states[12]) = (4, 4, 1, 2)
    let standard: [(Kind, Traits)] = [
      (.empty, [.walkable, .bare]), (.floor, .walkable), (.openDoor, [.walkable, .toggles]),
      (.key, .portable), (.ball, .portable), (.box, [.portable, .toggles]),
      (.goal, [.walkable, .telling]), (.lava, [.walkable, .telling]), (.closedDoor, .toggles),
      (.lockedDoor, .toggles),
    ]
    for (kind, set) in standard { traits[Int(kind.number)] = set.rawValue }
    for (kind, new) in zip(Kind.own, own) {
      objects[Int(kind.number)] = new.object
      states[Int(kind.number)] = new.state
      var set: Traits = new.isWalkable ? .walkable : []
      if new.canBePickedUp { set.insert(.portable) }
      if new.entered != nil { set.insert(.telling) }
      if new.toggled != nil { set.insert(.toggles) }
      traits[Int(kind.number)] = set.rawValue
    }
    objectBound = max(11, Int(own.map(\.object).max() ?? 0) + 1)
    stateBound = max(4, Int(own.map(\.state).max() ?? 0) + 1)
  }

  @inline(__always) func has(_ trait: Traits, _ cell: Cell) -> Bool {
    traits[Int(cell.code & 15)] & trait.rawValue != 0
  }

  /// Writes the three numbers of a cell: object, colour, state.
  @inline(__always) func show(_ code: UInt8, _ triple: UnsafeMutablePointer<UInt8>) {
    triple[0] = objects[Int(code & 15)]
    triple[1] = code >> 4 & 7
    triple[2] = states[Int(code & 15)]
  }

  /// The task's own kind that stands there.
  func own(_ kind: Kind) -> NewKind? {
    let index = Int(kind.number) - 13
    return own.indices.contains(index) ? own[index] : nil
  }
}
