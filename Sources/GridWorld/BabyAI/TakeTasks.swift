/// BabyAI's levels that ask to take things or to put them somewhere.
enum TakeTasks {
  static let all: [GridTask] = Array([takes, finds, puts, unlocks].joined())

  private static let takes: [GridTask] = [
    pickUp("Pickup-v0", 18) { level throws(Rejected) in try level.requireReach() },
    pickUp("UnblockPickup-v0", 20) { level throws(Rejected) in
      if level.reachesAll { throw Rejected() }
    },
    pickUpOne("PickupDist-v0", isStrict: false), pickUpOne("PickupDistDebug-v0", isStrict: true),
    BabyTask("PickupAbove-v0", size: 6, limit: 288).asks(one: { level throws(Rejected) in
      let object = try level.addObject(1, 0)
      level.addDoor(1, 1, 3, isLocked: false)
      try level.placeAgentInRoom(1, 1)
      try level.connectAll()
      return Clause(.pickUp, level.description(object))
    }),
    BabyTask("ActionObjDoor-v0", size: 7).asks(one: { level throws(Rejected) in
      var objects = try level.addDistractors(1, 1, 5)
      for _ in 0..<4 { objects.append(level.addDoor(1, 1, isLocked: false)) }
      try level.placeAgentInRoom(1, 1)
      let object = level.draw(objects)
      let verb: Verb = level.cell(of: object)?.kind.isDoor == true ? .open : .pickUp
      return Clause(level.flip() ? .goTo : verb, level.description(object))
    }),
  ]

  private static func pickUp(
    _ id: String, _ count: Int, _ check: @escaping @Sendable (Level) throws(Rejected) -> Void
  ) -> GridTask {
    BabyTask(id).asks(one: { level throws(Rejected) in
      try level.placeAgentInRoom()
      try level.connectAll()
      let objects = try level.addDistractors(nil, nil, count, areUnique: false)
      try check(level)
      return Clause(.pickUp, level.description(level.draw(objects)))
    })
  }

  private static func pickUpOne(_ id: String, isStrict: Bool) -> GridTask {
    BabyTask.room(id, 7).asks(one: { level throws(Rejected) in
      let objects = try level.addDistractors(nil, nil, 5)
      try level.placeAgentInRoom(0, 0)
      var object = level.description(level.draw(objects))
      switch level.draw(0..<3) {
      case 0: object.colour = 255
      case 1: object.kind = 0
      default: break
      }
      return Clause(.pickUp, object, isStrict: isStrict)
    })
  }

  private static let finds: [GridTask] =
    [5, 6, 7].map { size in
      BabyTask("FindObjS\(size)-v0", size: size, limit: 20 * size * size).asks(one: {
        level throws(Rejected) in
        let (i, j) = (level.draw(0..<3), level.draw(0..<3))
        let object = try level.addObject(i, j)
        try level.placeAgentInRoom(1, 1)
        try level.connectAll()
        return Clause(.pickUp, Description(level.cell(of: object)?.kind))
      })
    }
    + [
      ("", 6, 3), ("S3R1", 3, 1), ("S3R2", 3, 2), ("S3R3", 3, 3), ("S4R3", 4, 3), ("S5R3", 5, 3),
      ("S6R3", 6, 3),
    ].map { name, size, rows in
      BabyTask("KeyCorridor\(name)-v0", size: size, rows: rows, limit: 30 * size * size).asks(one: {
        level throws(Rejected) in
        _ = try level.layCorridor(.ball)
        return Clause(.pickUp, Description(.ball))
      })
    }
    + [8, 12, 16, 20].map { size in
      BabyTask.room("OneRoomS\(size)-v0", size).asks(one: { level throws(Rejected) in
        try level.addObject(0, 0, .ball)
        try level.placeAgentInRoom()
        return Clause(.pickUp, Description(.ball))
      })
    }

  // MARK: Putting

  private static let puts: [GridTask] =
    [("", 8, 8), ("S5N3", 5, 3), ("S6N4", 6, 4)].map { name, size, count in
      BabyTask.room("PutNextLocal\(name)-v0", size).asks(one: { level throws(Rejected) in
        try level.placeAgentInRoom()
        let objects = try level.addDistractors(nil, nil, count)
        try level.requireReach()
        let two = level.draw(2, of: objects)
        return Clause(level.description(two[0]), nextTo: level.description(two[1]))
      })
    }
    + [
      ("S4N1", 4, 1), ("S5N2", 5, 2), ("S5N1", 5, 1), ("S6N3", 6, 3), ("S7N4", 7, 4),
      ("S5N2Carrying", 5, 2), ("S6N3Carrying", 6, 3), ("S7N4Carrying", 7, 4),
    ].map { putNext($0, $1, $2) }
    + [("S5N2", 5, 2), ("S8N9", 8, 9)].map { moveTwo($0, $1, $2) }

  private static func putNext(_ name: String, _ size: Int, _ count: Int) -> GridTask {
    BabyTask.pair("PutNext\(name)-v0", size, limit: 8 * size * size).with {
      $0.startsCarrying = name.hasSuffix("Carrying")
    }.asks(one: { level throws(Rejected) in
      let (left, right) = try level.fillPair(count)
      var (moved, fixed) = (level.draw(left), level.draw(right))
      if level.flip() { swap(&moved, &fixed) }
      return Clause(level.description(moved), nextTo: level.description(fixed))
    })
  }

  private static func moveTwo(_ name: String, _ size: Int, _ count: Int) -> GridTask {
    BabyTask.pair("MoveTwoAcross\(name)-v0", size, limit: 16 * size * size).with {
      $0.letters = 96
    }.asks { level throws(Rejected) in
      let (left, right) = try level.fillPair(count)
      let (ours, theirs) = (level.draw(2, of: left), level.draw(2, of: right))
      return Program(
        Program(Clause(level.description(ours[0]), nextTo: level.description(theirs[0]))), .before,
        Program(Clause(level.description(theirs[1]), nextTo: level.description(ours[1]))))
    }
  }

  // MARK: Behind locked doors

  private static let unlocks: [GridTask] = [
    unlockPickUp("UnlockPickup-v0", others: 0), unlockPickUp("UnlockPickupDist-v0", others: 4),
    BabyTask.pair("BlockedUnlockPickup-v0", 6, limit: 576).asks(one: { level throws(Rejected) in
      let box = try level.addObject(1, 0, .box)
      let door = level.addDoor(0, 0, 0, isLocked: true)
      level.put(.ball(level.drawColour()), level.place(of: door).moved(.left))
      try level.addObject(0, 0, .key, level.cell(of: door)?.colour)
      try level.placeAgentInRoom(0, 0)
      return Clause(.pickUp, Description(level.cell(of: box)?.kind))
    }),
    BabyTask("UnlockToUnlock-v0", size: 6, rows: 1, limit: 1080).asks(one: {
      level throws(Rejected) in
      let colours = level.drawColours(2)
      level.addDoor(0, 0, 0, colours[0], isLocked: true)
      try level.addObject(2, 0, .key, colours[0])
      level.addDoor(1, 0, 0, colours[1], isLocked: true)
      try level.addObject(1, 0, .key, colours[1])
      try level.addObject(0, 0, .ball)
      try level.placeAgentInRoom(1, 0)
      return Clause(.pickUp, Description(.ball))
    }),
  ]

  private static func unlockPickUp(_ id: String, others: Int) -> GridTask {
    BabyTask.pair(id, 6).asks(one: { level throws(Rejected) in
      let box = try level.addObject(1, 0, .box)
      let door = level.addDoor(0, 0, 0, isLocked: true)
      try level.addObject(0, 0, .key, level.cell(of: door)?.colour)
      if others > 0 { try level.addDistractors(nil, nil, others) }
      try level.placeAgentInRoom(0, 0)
      return Clause(.pickUp, level.description(box))
    })
  }
}

extension Level {
  /// The agent and things on the left, things on the right, no wall between.
  fileprivate func fillPair(
    _ count: Int
  ) throws(Rejected) -> (left: Few<Int>, right: Few<Int>) {
    try placeAgentInRoom(0, 0)
    let left = try addDistractors(0, 0, count)
    let right = try addDistractors(1, 0, count)
    removeWall(0, 0, 0)
    return (left, right)
  }
}
