import Environment

/// A BabyAI level: rooms, and what its generator puts there and asks for.
struct BabyTask {
  typealias Mission = @Sendable (Level) throws(Rejected) -> Program

  var id: String
  /// Of a room with its walls.
  var size = 8
  var rows = 3
  var columns = 3
  /// nil: as many steps as the instruction's ways take.
  var limit: Int?
  /// Bytes of the longest instruction.
  var letters = 48
  /// Instructions are not about keys that fit a locked door.
  var sparesKeys = false
  /// The agent holds the first object that is asked for.
  var startsCarrying = false

  init(_ id: String, size: Int = 8, rows: Int = 3, columns: Int = 3, limit: Int? = nil) {
    (self.id, self.size, self.rows) = ("BabyAI-\(id)", size, rows)
    (self.columns, self.limit) = (columns, limit)
  }

  /// One room.
  static func room(_ id: String, _ size: Int = 8) -> BabyTask {
    BabyTask(id, size: size, rows: 1, columns: 1)
  }

  /// Two rooms side by side.
  static func pair(_ id: String, _ size: Int, limit: Int? = nil) -> BabyTask {
    BabyTask(id, size: size, rows: 1, columns: 2, limit: limit)
  }

  func with(_ change: (inout BabyTask) -> Void) -> BabyTask {
    var task = self
    change(&task)
    return task
  }

  /// - Parameter mission: fills the rooms; what it throws is drawn again from the first wall.
  func asks(_ mission: @escaping Mission) -> GridTask {
    let task = self
    return GridTask(
      id, width: (size - 1) * columns + 1, height: (size - 1) * rows + 1,
      limit: limit ?? size * size * rows * columns, letters: letters
    ) { level throws(Rejected) in
      level.layRooms(size: task.size, rows: task.rows, columns: task.columns)
      var program = try mission(level)
      try level.check(program, sparesKeys: task.sparesKeys)
      level.say(&program)
      level.begin(program, isCarried: task.startsCarrying)
      if task.limit == nil { level.limit *= program.ways }
    }.with { $0.rules = [.followsInstruction] }
  }

  func asks(one clause: @escaping @Sendable (Level) throws(Rejected) -> Clause) -> GridTask {
    asks { level throws(Rejected) in Program(try clause(level)) }
  }
}

extension Program {
  /// How often one has to go somewhere.
  var ways: Int { (0..<count).reduce(0) { $0 + (clauses[$1].verb == .putNext ? 2 : 1) } }
}

extension Level {
  /// The verifier starts.
  fileprivate func begin(_ program: Program, isCarried: Bool) {
    slot.head.pointee.program = program
    for number in 1..<GridShape.mostObjects {
      slot.things[number].known = slot.things[number].at
    }
    guard isCarried else { return }
    let number = program.clauses[0].object.set.trailingZeroBitCount
    guard let cell = cell(of: number) else { return }
    put(.empty, 0, row: Int(slot.things[number].at))
    slot.head.pointee.carried = cell.code
    slot.head.pointee.carriedNumber = UInt8(number)
  }

  /// Of an object that has just been put somewhere.
  func description(_ number: Int) -> Description {
    Description(cell(of: number) ?? .empty)
  }
}
