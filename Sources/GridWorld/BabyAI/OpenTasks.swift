/// BabyAI's levels that ask to open doors.
enum OpenTasks {
  static let all: [GridTask] = Array([opens, orders, unlocks].joined())

  private static let opens: [GridTask] = [
    BabyTask("Open-v0").asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      try level.connectAll()
      try level.addDistractors(nil, nil, 18, areUnique: false)
      try level.requireReach()
      return Clause(.open, level.description(level.draw(level.doors)))
    }),
    BabyTask.pair("OpenRedDoor-v0", 5).asks(one: { level throws(Rejected) in
      level.addDoor(0, 0, 0, .red, isLocked: false)
      try level.placeAgentInRoom(0, 0)
      return Clause(.open, Description(.openDoor, .red))
    }),
    openDoor("OpenDoor-v0"), openDoor("OpenDoorDebug-v0", isStrict: true),
    openDoor("OpenDoorColor-v0", bySide: false), openDoor("OpenDoorLoc-v0", bySide: true),
  ]

  /// - Parameter bySide: nil: colour or side is drawn.
  private static func openDoor(
    _ id: String, bySide: Bool? = nil, isStrict: Bool = false
  ) -> GridTask {
    BabyTask(id).asks(one: { level throws(Rejected) in
      let colours = level.drawColours(4)
      for wall in 0..<4 { level.addDoor(1, 1, wall, colours[wall], isLocked: false) }
      let bySide = bySide ?? level.draw(false, true)
      let door =
        bySide
        ? Description(.openDoor, nil, level.drawSide()) : Description(.openDoor, colours[0])
      try level.placeAgentInRoom(1, 1)
      return Clause(.open, door, isStrict: isStrict)
    })
  }

  private static let orders: [GridTask] = [
    twoDoors("OpenTwoDoors-v0"), twoDoors("OpenRedBlueDoors-v0", .red, .blue),
    twoDoors("OpenRedBlueDoorsDebug-v0", .red, .blue, isStrict: true),
    doorsInOrder("OpenDoorsOrderN2-v0", 2), doorsInOrder("OpenDoorsOrderN4-v0", 4),
    doorsInOrder("OpenDoorsOrderN2Debug-v0", 2, isStrict: true),
    doorsInOrder("OpenDoorsOrderN4Debug-v0", 4, isStrict: true),
  ]

  private static func twoDoors(
    _ id: String, _ first: Colour? = nil, _ second: Colour? = nil, isStrict: Bool = false
  ) -> GridTask {
    BabyTask(id, size: 6, limit: 720).asks { level throws(Rejected) in
      let colours = level.drawColours(2)
      let (first, second) = (first ?? colours[0], second ?? colours[1])
      level.addDoor(1, 1, 2, first, isLocked: false)
      level.addDoor(1, 1, 0, second, isLocked: false)
      try level.placeAgentInRoom(1, 1)
      return Program(
        Program(Clause(.open, Description(.openDoor, first), isStrict: isStrict)), .before,
        Program(Clause(.open, Description(.openDoor, second))))
    }
  }

  private static func doorsInOrder(
    _ id: String, _ count: Int, isStrict: Bool = false
  ) -> GridTask {
    BabyTask(id, size: 6, limit: 720).with { $0.letters = 56 }.asks { level throws(Rejected) in
      let colours = level.drawColours(count)
      var doors = Few(0)
      for index in 0..<count {
        doors.append(level.addDoor(1, 1, nil, colours[index], isLocked: false))
      }
      try level.placeAgentInRoom(1, 1)
      let chosen = level.draw(2, of: doors)
      let first = Program(Clause(.open, level.description(chosen[0]), isStrict: isStrict))
      let second = Program(Clause(.open, level.description(chosen[1]), isStrict: isStrict))
      switch level.draw(0..<3) {
      case 0: return first
      case 1: return Program(first, .before, second)
      default: return Program(first, .after, second)
      }
    }
  }

  // MARK: Locked doors

  private static let unlocks: [GridTask] = [
    BabyTask("Unlock-v0").asks(one: { level throws(Rejected) in
      let (i, j) = (level.draw(0..<3), level.draw(0..<3))
      let door = level.addDoor(i, j, isLocked: true)
      // Any room, the locked one too: as in the original.
      let (keyColumn, keyRow) = (level.draw(0..<3), level.draw(0..<3))
      let colour = level.cell(of: door)?.colour
      try level.addObject(keyColumn, keyRow, .key, colour)
      try level.connectAll(but: level.flip() ? colour : nil)
      try level.fillRooms(3)
      try level.placeAgentOutside(level.rooms.index(i, j))
      try level.requireReach()
      return Clause(.open, level.description(door))
    }),
    unlockLocal("UnlockLocal-v0", others: 0), unlockLocal("UnlockLocalDist-v0", others: 3),
    BabyTask("KeyInBox-v0").asks(one: { level throws(Rejected) in
      let door = level.addDoor(1, 1, isLocked: true)
      let box = try level.placeInRoom(1, 1, .box(level.drawColour()))
      level.hide(.key(level.cell(of: door)?.colour ?? .red), in: box)
      try level.placeAgentInRoom(1, 1)
      return Clause(.open, Description(.openDoor))
    }),
  ]

  private static func unlockLocal(_ id: String, others: Int) -> GridTask {
    BabyTask(id).asks(one: { level throws(Rejected) in
      let door = level.addDoor(1, 1, isLocked: true)
      try level.addObject(1, 1, .key, level.cell(of: door)?.colour)
      if others > 0 { try level.addDistractors(1, 1, others) }
      try level.placeAgentInRoom(1, 1)
      return Clause(.open, Description(.openDoor))
    })
  }
}

extension Level {
  /// Every door twice: as the rooms on its sides name it, column by column.
  fileprivate var doors: Few<Int> {
    var doors = Few(0)
    for i in 0..<rooms.columns {
      for j in 0..<rooms.rows {
        for wall in 0..<4 {
          let door = rooms.door(rooms.index(i, j), wall)
          if door != 0 && door != Rooms.opening { doors.append(Int(door)) }
        }
      }
    }
    return doors
  }

  func drawSide() -> Side {
    switch draw(0..<4) {
    case 0: .left
    case 1: .right
    case 2: .front
    default: .behind
    }
  }
}
