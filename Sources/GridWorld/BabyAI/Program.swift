/// What describes objects of an instruction: kind, colour, side of the agent's first place.
struct Description: BitwiseCopyable {
  /// As in observations; 0: any.
  var kind: UInt8 = 0
  /// 255: any.
  var colour: UInt8 = 255
  var side = Side.any
  /// The objects that it meant at the beginning, by number.
  var set: UInt64 = 0

  init() {}

  init(_ kind: Kind?, _ colour: Colour? = nil, _ side: Side = .any) {
    self.kind = kind?.number ?? 0
    self.colour = colour?.rawValue ?? 255
    self.side = side
  }

  /// Of the thing itself.
  init(_ cell: Cell) { self.init(cell.kind.isDoor ? .openDoor : cell.kind, cell.colour) }

  func contains(_ number: Int) -> Bool { number != 0 && set >> UInt64(number) & 1 == 1 }

  /// Whether kind and colour suit.
  func suits(_ cell: Cell) -> Bool {
    let seen = cell.kind.isDoor ? Kind.openDoor.number : cell.kind.number
    return (kind == 0 || kind == seen) && (colour == 255 || colour == cell.colour.rawValue)
      && !cell.isEmpty
  }
}

/// Where something lies, seen from the agent's first place.
enum Side: UInt8, BitwiseCopyable, CaseIterable {
  case any, left, right, front, behind
}

enum Verb: UInt8, BitwiseCopyable {
  case goTo, pickUp, open, putNext
}

/// One action that is asked for.
struct Clause: BitwiseCopyable {
  var verb = Verb.goTo
  /// The wrong object fails.
  var isStrict = false
  /// What the agent held when it was last asked, by number.
  var before: UInt8 = 0
  var object = Description()
  /// What it is put next to.
  var second = Description()

  init() {}

  init(_ verb: Verb, _ object: Description, isStrict: Bool = false) {
    (self.verb, self.object, self.isStrict) = (verb, object, isStrict)
  }

  init(_ object: Description, nextTo second: Description) {
    (verb, self.object, self.second) = (.putNext, object, second)
  }
}

/// An instruction: one or two groups of one or two actions.
struct Program: BitwiseCopyable {
  enum Order: UInt8, BitwiseCopyable { case alone, before, after }

  var clauses = InlineArray<4, Clause>(repeating: Clause())
  /// Of the groups.
  var first: UInt8 = 0
  var second: UInt8 = 0
  /// `after`: the second group comes first.
  var order = Order.alone
  /// A bit a clause; 16: the group that comes first.
  var done: UInt8 = 0

  var count: Int { Int(first + second) }

  init() {}

  init(_ clause: Clause) {
    clauses[0] = clause
    first = 1
  }

  /// Both, whichever comes first.
  init(_ one: Clause, and two: Clause) {
    self.init(one)
    clauses[1] = two
    first = 2
  }

  init(_ one: Program, _ order: Order, _ two: Program) {
    self = one
    self.order = order
    second = two.first
    for index in 0..<Int(two.first) { clauses[Int(first) + index] = two.clauses[index] }
  }
}
