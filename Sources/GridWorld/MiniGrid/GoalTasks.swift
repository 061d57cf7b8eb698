/// Tasks that end on the goal square.
enum GoalTasks {
  static let all: [GridTask] = Array(
    [
      empty, doorKey, [fourRooms], crossings, gaps, shifts, obstacles, multiRooms, [lockedRoom],
    ].joined())

  private static func goal(
    _ id: String, _ width: Int, _ height: Int, _ limit: Int, _ mission: StaticString,
    seesThroughWalls: Bool = false, generate: @escaping GridTask.Generator
  ) -> GridTask {
    GridTask(
      "MiniGrid-\(id)", width: width, height: height, limit: limit,
      letters: mission.utf8CodeUnitCount
    ) { level throws(Rejected) in
      try generate(level)
      level.say(mission)
    }.with { $0.seesThroughWalls = seesThroughWalls }
  }

  static let getToGoal: StaticString = "get to the green goal square"
  static let avoidLava: StaticString = "avoid the lava and get to the green goal square"
  static let findOpening: StaticString = "find the opening and get to the green goal square"

  private static let empty: [GridTask] = [5, 6, 8, 16].flatMap { size in
    ["", "Random-"].compactMap { kind -> GridTask? in
      // The larger ones begin in the corner only.
      kind != "" && size > 6 ? nil : empty(kind, size)
    }
  }

  static func empty(_ kind: String, _ size: Int) -> GridTask {
    goal(
      "Empty-\(kind)\(size)x\(size)-v0", size, size, 4 * size * size, getToGoal,
      seesThroughWalls: true
    ) { level throws(Rejected) in
      level.walls()
      level.put(.goal, size - 2, size - 2)
      level.agent = Place(1, 1)
      if kind != "" { try level.placeAgent() }
    }
  }

  private static let doorKey = [5, 6, 8, 16].map { doorKey("", $0) }

  /// - Parameter kind: not empty: the goal square may be anywhere behind the door.
  static func doorKey(_ kind: String, _ size: Int) -> GridTask {
    goal(
      "DoorKey-\(kind)\(size)x\(size)-v0", size, size, 10 * size * size,
      "use the key to open the door and then get to the goal"
    ) { level throws(Rejected) in
      level.walls()
      if kind == "" { level.put(.goal, size - 2, size - 2) }
      let wall = level.draw(2..<size - 2)
      level.vertical(wall, 0)
      try level.placeAgent(Place(0, 0), (wall, size))
      level.put(.door(.yellow, isLocked: true), wall, level.draw(1..<size - 2))
      try level.place(.key(.yellow), Place(0, 0), (wall, size))
      if kind != "" { try level.place(.goal, Place(wall, 0), (size - wall, size)) }
    }
  }

  private static let fourRooms = goal("FourRooms-v0", 19, 19, 100, "reach the goal") {
    level throws(Rejected) in
    level.walls()
    let side = 9
    for row in 0..<2 {
      for column in 0..<2 {
        let (left, top) = (column * side, row * side)
        if column == 0 {
          level.vertical(left + side, top, side)
          level.remove(left + side, level.draw(top + 1..<top + side))
        }
        if row == 0 {
          level.horizontal(left, top + side, side)
          level.remove(level.draw(left + 1..<left + side), top + side)
        }
      }
    }
    try level.placeAgent()
    try level.place(.goal)
  }

  private static let gaps: [GridTask] = [5, 6, 7].map { size in
    goal("LavaGapS\(size)-v0", size, size, 4 * size * size, avoidLava) { level in
      level.walls()
      level.agent = Place(1, 1)
      level.put(.goal, size - 2, size - 2)
      let gap = level.drawPlace(2..<size - 2, 1..<size - 1)
      level.vertical(gap.x, 1, size - 2, .lava)
      level.remove(gap.x, gap.y)
    }
  }

  private static let shifts: [GridTask] = [(1, 2), (2, 5)].map { number, strip in
    goal("DistShift\(number)-v0", 9, 7, 252, getToGoal, seesThroughWalls: true) { level in
      level.walls()
      level.put(.goal, 7, 1)
      for x in 3..<6 {
        level.put(.lava, x, 1)
        level.put(.lava, x, strip)
      }
      level.agent = Place(1, 1)
    }
  }

  private static let obstacles: [GridTask] = [
    ("5x5", 5, 2), ("Random-5x5", 5, 2), ("6x6", 6, 3), ("Random-6x6", 6, 3), ("8x8", 8, 4),
    ("16x16", 16, 8),
  ].map { name, size, balls in
    goal(
      "Dynamic-Obstacles-\(name)-v0", size, size, 4 * size * size, getToGoal,
      seesThroughWalls: true
    ) { level throws(Rejected) in
      level.walls()
      level.put(.goal, size - 2, size - 2)
      level.agent = Place(1, 1)
      if name.hasPrefix("Random") { try level.placeAgent() }
      for _ in 0..<balls { try level.place(.ball(.blue)) }
      level.mark(0, balls)
    }.with {
      $0.actions = 3
      $0.rules = [.movesObstacles]
    }
  }

  private static let crossings: [GridTask] = [(9, 1), (9, 2), (9, 3), (11, 5)].flatMap {
    size, rivers in
    [("Lava", Cell.lava, avoidLava), ("Simple", Cell.wall, findOpening)].map {
      name, cell, mission in
      goal("\(name)CrossingS\(size)N\(rivers)-v0", size, size, 4 * size * size, mission) {
        $0.walls()
        $0.agent = Place(1, 1)
        $0.put(.goal, size - 2, size - 2)
        $0.crossRivers(rivers, of: cell)
      }
    }
  }

  private static let lockedRoom = GridTask(
    "MiniGrid-LockedRoom-v0", width: 19, height: 19, limit: 190, letters: 90
  ) { level throws(Rejected) in
    try level.lockRoom()
  }

  private static let multiRooms: [GridTask] = [
    ("N2-S4-v0", 2, 4), ("N4-S5-v0", 6, 5), ("N4-S5-v1", 4, 5), ("N6-v0", 6, 10),
  ].map { name, rooms, size in
    goal(
      "MultiRoom-\(name)", 25, 25, 20 * rooms, "traverse the rooms to get to the goal"
    ) { level throws(Rejected) in
      try level.chainRooms(rooms, most: size)
    }
  }
}
