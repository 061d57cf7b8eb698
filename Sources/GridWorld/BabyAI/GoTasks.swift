/// BabyAI's levels that ask to go somewhere.
enum GoTasks {
  static let all: [GridTask] = Array([balls, objects, locals, mazes, others].joined())

  /// To any of them.
  @Sendable private static func goTo(_ level: Level, _ objects: Few<Int>) -> Clause {
    Clause(.goTo, level.description(level.draw(objects)))
  }

  private static let balls: [GridTask] = [
    redBall("GoToRedBallGrey-v0", 7, isGrey: true), redBall("GoToRedBall-v0", 7, isGrey: false),
    redBall("GoToRedBallNoDists-v0", 0, isGrey: false),
    BabyTask.room("GoToRedBlueBall-v0").asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      let others = try level.addDistractors(nil, nil, 7, areUnique: false)
      for index in 0..<others.count {
        let cell = level.cell(of: others[index])
        if cell == .ball(.blue) || cell == .ball(.red) { throw Rejected() }
      }
      let ball = try level.addObject(0, 0, .ball, level.draw(.red, .blue))
      try level.requireReach()
      return Clause(.goTo, level.description(ball))
    }),
  ]

  private static func redBall(_ id: String, _ others: Int, isGrey: Bool) -> GridTask {
    BabyTask.room(id).asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      let ball = try level.addObject(0, 0, .ball, .red)
      let others = try level.addDistractors(nil, nil, others, areUnique: false)
      if isGrey { level.paint(others, .grey) }
      try level.requireReach()
      return Clause(.goTo, level.description(ball))
    })
  }

  private static let objects: [GridTask] = [
    ("GoToObj-v0", 8), ("GoToObjS4-v0", 4), ("GoToObjS6-v1", 6),
  ].map { id, size in
    BabyTask.room(id, size).asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      return Clause(.goTo, level.description(try level.addDistractors(nil, nil, 1)[0]))
    })
  }

  private static let locals: [GridTask] = [
    ("", 8, 8), ("S5N2", 5, 2), ("S6N2", 6, 2), ("S6N3", 6, 3), ("S6N4", 6, 4), ("S7N4", 7, 4),
    ("S7N5", 7, 5), ("S8N2", 8, 2), ("S8N3", 8, 3), ("S8N4", 8, 4), ("S8N5", 8, 5), ("S8N6", 8, 6),
    ("S8N7", 8, 7),
  ].map { name, size, count in
    BabyTask.room("GoToLocal\(name)-v0", size).asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      let objects = try level.addDistractors(nil, nil, count, areUnique: false)
      try level.requireReach()
      return goTo(level, objects)
    })
  }

  private static let mazes: [GridTask] = [
    ("GoTo-v0", 8, 3, 18, false), ("GoToOpen-v0", 8, 3, 18, true),
    ("GoToObjMaze-v0", 8, 3, 1, false), ("GoToObjMazeOpen-v0", 8, 3, 1, true),
    ("GoToObjMazeS4R2-v0", 4, 2, 1, false), ("GoToObjMazeS4-v0", 4, 3, 1, false),
    ("GoToObjMazeS5-v0", 5, 3, 1, false), ("GoToObjMazeS6-v0", 6, 3, 1, false),
    ("GoToObjMazeS7-v0", 7, 3, 1, false),
  ].map { (id: String, size: Int, rooms: Int, count: Int, isOpen: Bool) in
    BabyTask(id, size: size, rows: rooms, columns: rooms).asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      try level.connectAll()
      let objects = try level.addDistractors(nil, nil, count, areUnique: false)
      try level.requireReach()
      let clause = goTo(level, objects)
      if isOpen { level.openDoors() }
      return clause
    })
  }

  private static let others: [GridTask] = [
    BabyTask("GoToImpUnlock-v0").asks(one: { level throws(Rejected) in
      let (i, j) = (level.draw(0..<3), level.draw(0..<3))
      let door = level.addDoor(i, j, isLocked: true)
      // The original means another room than the locked one, but never tells them apart.
      let (keyColumn, keyRow) = (level.draw(0..<3), level.draw(0..<3))
      try level.addObject(keyColumn, keyRow, .key, level.cell(of: door)?.colour)
      try level.connectAll()
      try level.fillRooms(2)
      try level.placeAgentOutside(level.rooms.index(i, j))
      try level.requireReach()
      return Clause(
        .goTo, level.description(try level.addDistractors(i, j, 1, areUnique: false)[0]))
    }),
    BabyTask("GoToDoor-v0", size: 7).asks(one: { level throws(Rejected) in
      var doors = Few(0)
      for _ in 0..<4 { doors.append(level.addDoor(1, 1)) }
      try level.placeAgentInRoom(1, 1)
      return goTo(level, doors)
    }),
    BabyTask("GoToObjDoor-v0").asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom(1, 1)
      var objects = try level.addDistractors(1, 1, 8, areUnique: false)
      for _ in 0..<4 { objects.append(level.addDoor(1, 1)) }
      try level.requireReach()
      return goTo(level, objects)
    }),
  ]
}

extension Level {
  /// Gives things another colour.
  fileprivate func paint(_ numbers: Few<Int>, _ colour: Colour) {
    for index in 0..<numbers.count {
      guard let cell = cell(of: numbers[index]) else { continue }
      put(.thing(cell.kind, colour), numbers[index], row: Int(slot.things[numbers[index]].at))
    }
  }

  fileprivate func openDoors() {
    for number in slot.numbers {
      guard let cell = cell(of: number), cell.kind.isDoor else { continue }
      put(.openDoor(cell.colour), number, row: Int(slot.things[number].at))
    }
  }

  /// Things in every room, column by column.
  func fillRooms(_ count: Int) throws(Rejected) {
    for i in 0..<rooms.columns {
      for j in 0..<rooms.rows { try addDistractors(i, j, count, areUnique: false) }
    }
  }

  /// In any room but this one.
  func placeAgentOutside(_ room: Int?) throws(Rejected) {
    for _ in 0..<Self.patience {
      try placeAgentInRoom()
      if rooms.room(at: agent) != room { return }
    }
    throw Rejected()
  }
}
