/// Tasks in RoomGrid's rooms.
enum RoomTasks {
  static let all: [GridTask] = Array([unlocks, corridors, mazes, fullMazes].joined())

  /// - Parameters:
  ///   - size: of a room with its walls.
  static func task(
    _ id: String, size: Int, rows: Int, columns: Int, limit: Int, letters: Int, _ rule: GridRule,
    generate: @escaping GridTask.Generator
  ) -> GridTask {
    GridTask(
      "MiniGrid-\(id)", width: (size - 1) * columns + 1, height: (size - 1) * rows + 1,
      limit: limit, letters: letters
    ) { level throws(Rejected) in
      level.layRooms(size: size, rows: rows, columns: columns)
      try generate(level)
    }.with { $0.rules = [rule] }
  }

  private static let unlocks: [GridTask] = [
    task(
      "Unlock-v0", size: 6, rows: 1, columns: 2, limit: 288, letters: 13, .opensTarget
    ) { level throws(Rejected) in
      let door = level.addDoor(0, 0, 0, isLocked: true)
      try level.addObject(0, 0, .key, level.cell(of: door)?.colour)
      try level.placeAgentInRoom(0, 0)
      level.mark(0, door)
      level.say("open the door")
    },
    unlockPickup("UnlockPickup-v0", limit: 288, isBlocked: false),
    unlockPickup("BlockedUnlockPickup-v0", limit: 576, isBlocked: true),
  ]

  private static func unlockPickup(_ id: String, limit: Int, isBlocked: Bool) -> GridTask {
    task(id, size: 6, rows: 1, columns: 2, limit: limit, letters: 24, .takesTarget) {
      level throws(Rejected) in
      let box = try level.addObject(1, 0, .box)
      let door = level.addDoor(0, 0, 0, isLocked: true)
      if isBlocked { level.put(.ball(level.drawColour()), level.place(of: door).moved(.left)) }
      try level.addObject(0, 0, .key, level.cell(of: door)?.colour)
      try level.placeAgentInRoom(0, 0)
      level.sayPickUp(box)
    }
  }

  private static let corridors: [GridTask] = [(3, 1), (3, 2), (3, 3), (4, 3), (5, 3), (6, 3)].map {
    size, rows in
    task(
      "KeyCorridorS\(size)R\(rows)-v0", size: size, rows: rows, columns: 3,
      limit: 30 * size * size, letters: 24, .takesTarget
    ) { level throws(Rejected) in
      level.sayPickUp(try level.layCorridor(.ball))
    }
  }

  // MARK: ObstructedMaze

  private static let mazes: [GridTask] =
    [("1Dl", false, false), ("1Dlh", true, false), ("1Dlhb", true, true)].map {
      name, isHidden, isBlocked in
      task(
        "ObstructedMaze-\(name)-v0", size: 6, rows: 1, columns: 2, limit: 288, letters: 24,
        .takesTarget
      ) { level throws(Rejected) in
        let colours = level.drawColours(6)
        level.obstruct(0, 0, 0, colours[0], isBlocked: isBlocked)
        try level.addKey(0, 0, colours[0], isHidden: isHidden)
        let ball = try level.addObject(1, 0, .ball, .blue)
        try level.placeAgentInRoom(0, 0)
        level.sayPickUp(ball)
      }
    }

  private static let fullMazes: [GridTask] = [
    ("2Dl-v0", (2, 1), false, false, 1, 4), ("2Dlh-v0", (2, 1), true, false, 1, 4),
    ("2Dlhb-v0", (2, 1), true, true, 1, 4), ("1Q-v0", (1, 1), true, true, 1, 5),
    ("2Q-v0", (2, 1), true, true, 2, 11), ("Full-v0", (1, 1), true, true, 4, 25),
    ("2Dlhb-v1", (2, 1), true, true, 1, 4), ("1Q-v1", (1, 1), true, true, 1, 5),
    ("2Q-v1", (2, 1), true, true, 2, 11), ("Full-v1", (1, 1), true, true, 4, 25),
  ].map {
    (name: String, room: (Int, Int), isHidden: Bool, isBlocked: Bool, quarters: Int, visits) in
    task(
      "ObstructedMaze-\(name)", size: 6, rows: 3, columns: 3, limit: 144 * visits, letters: 24,
      .takesTarget
    ) { level throws(Rejected) in
      let colours = level.drawColours(6)
      for side in 0..<quarters {
        try level.layQuarter(
          side, colours, isHidden: isHidden, isBlocked: isBlocked, keysLast: name.hasSuffix("v1"))
      }
      let corner = level.draw(0..<quarters)
      let ball = try level.addObject(
        [2, 2, 0, 0][corner], [0, 2, 2, 0][corner], .ball, .blue)
      try level.placeAgentInRoom(room.0, room.1)
      level.sayPickUp(ball)
    }
  }
}

extension Level {
  /// The object is the target.
  fileprivate func sayPickUp(_ number: Int) {
    mark(0, number)
    guard let cell = cell(of: number) else { return }
    say("pick up the").say(cell.colour).say(cell.kind)
  }

  /// KeyCorridor: a hallway in the middle column, an object behind a locked door on the right, the key
  /// on the left.
  /// - Returns: the object's number.
  func layCorridor(_ kind: Kind) throws(Rejected) -> Int {
    for row in stride(from: 1, to: rooms.rows, by: 1) { removeWall(1, row, 3) }
    let row = draw(0..<rooms.rows)
    let door = addDoor(2, row, 2, isLocked: true)
    let object = try addObject(2, row, kind)
    try addObject(0, draw(0..<rooms.rows), .key, cell(of: door)?.colour)
    try placeAgentInRoom(1, rooms.rows / 2)
    try connectAll()
    return object
  }

  /// A locked door, perhaps with a ball before it.
  fileprivate func obstruct(_ i: Int, _ j: Int, _ wall: Int, _ colour: Colour, isBlocked: Bool) {
    let door = addDoor(i, j, wall, colour, isLocked: true)
    if isBlocked { put(.ball(.green), place(of: door).moved(Direction(wall), by: -1)) }
  }

  /// - Parameter isHidden: in a box.
  fileprivate func addKey(_ i: Int, _ j: Int, _ colour: Colour, isHidden: Bool) throws(Rejected) {
    if !isHidden {
      try placeInRoom(i, j, .key(colour))
      return
    }
    hide(.key(colour), in: try placeInRoom(i, j, .box(.grey)))
  }

  /// A side room of the maze with doors to the middle and to two corners.
  fileprivate func layQuarter(
    _ side: Int, _ colours: Few<Colour>, isHidden: Bool, isBlocked: Bool, keysLast: Bool
  ) throws(Rejected) {
    let (i, j) = ([2, 1, 0, 1][side], [1, 2, 1, 0][side])
    addDoor(1, 1, side, colours[side], isLocked: false)
    for step in [5, 1] {
      let colour = colours[(side + step) % 6]
      // The wall before, the wall after.
      obstruct(i, j, (side + (step == 5 ? 3 : 1)) % 4, colour, isBlocked: isBlocked)
      if !keysLast { try addKey(i, j, colour, isHidden: isHidden) }
    }
    if !keysLast { return }
    for step in [5, 1] { try addKey(i, j, colours[(side + step) % 6], isHidden: isHidden) }
  }
}
