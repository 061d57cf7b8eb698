/// Tasks about objects in one or more open spaces.
enum ObjectTasks {
  static let all: [GridTask] = Array(
    [fetch, goToDoor, goToObject, putNear, redBlueDoors, memory, [playground]].joined())

  private static let fetch: [GridTask] = [(5, 2), (6, 2), (8, 3)].map { size, objects in
    GridTask(
      "MiniGrid-Fetch-\(size)x\(size)-N\(objects)-v0", width: size, height: size,
      limit: 5 * size * size, letters: 32
    ) { level throws(Rejected) in
      level.walls()
      var things = Few(Cell.empty)
      while things.count < objects {
        let kind = level.draw(Kind.key, .ball)
        things.append(.thing(kind, level.drawColour()))
        try level.place(things[things.count - 1])
      }
      try level.placeAgent()
      let target = level.draw(things)
      level.mark(0, Int(target.code))
      switch level.draw(0..<5) {
      case 0: level.say("get a")
      case 1: level.say("go get a")
      case 2: level.say("fetch a")
      case 3: level.say("go fetch a")
      default: level.say("you must fetch a")
      }
      level.say(target.colour).say(target.kind)
    }.with {
      $0.seesThroughWalls = true
      $0.rules = [.takesWhatIsMeant]
    }
  }

  private static let goToDoor: [GridTask] = [5, 6, 8].map { size in
    GridTask(
      "MiniGrid-GoToDoor-\(size)x\(size)-v0", width: size, height: size, limit: 4 * size * size,
      letters: 24
    ) { level throws(Rejected) in
      let width = level.draw(5..<size + 1)
      let height = level.draw(5..<size + 1)
      level.walls(0, 0, width, height)
      var places = Few(Place.nowhere)
      places.append(Place(level.draw(2..<width - 2), 0))
      places.append(Place(level.draw(2..<width - 2), height - 1))
      places.append(Place(0, level.draw(2..<height - 2)))
      places.append(Place(width - 1, level.draw(2..<height - 2)))
      var (colours, taken) = (Few(Colour.red), 0)
      while colours.count < 4 {
        let colour = level.drawColour()
        if taken >> colour.rawValue & 1 == 1 { continue }
        taken |= 1 << Int(colour.rawValue)
        colours.append(colour)
      }
      for index in 0..<4 { level.put(.door(colours[index]), places[index]) }
      try level.placeAgent(Place(0, 0), (width, height))
      let target = level.draw(0..<4)
      level.mark(0, places[target])
      level.say("go to the").say(colours[target]).say("door")
    }.with {
      $0.seesThroughWalls = true
      $0.rules = [.stopsBesideTarget]
    }
  }

  private static let goToObject: [GridTask] = [6, 8].map { size in
    GridTask(
      "MiniGrid-GoToObject-\(size)x\(size)-N2-v0", width: size, height: size,
      limit: 5 * size * size, letters: 24
    ) { level throws(Rejected) in
      level.walls()
      let (things, places) = try level.placeDistinct(2)
      try level.placeAgent()
      let target = level.draw(0..<things.count)
      level.mark(0, places[target])
      level.say("go to the").say(things[target].colour).say(things[target].kind)
    }.with {
      $0.seesThroughWalls = true
      $0.rules = [.stopsBesideTarget]
    }
  }

  private static let putNear: [GridTask] = [(6, 2), (8, 3)].map { size, objects in
    GridTask(
      "MiniGrid-PutNear-\(size)x\(size)-N\(objects)-v0", width: size, height: size, limit: 5 * size,
      letters: 40
    ) { level throws(Rejected) in
      level.walls()
      let (things, places) = try level.placeDistinct(objects, areApart: true)
      try level.placeAgent()
      let moved = level.draw(0..<objects)
      var target = level.draw(0..<objects)
      while target == moved { target = level.draw(0..<objects) }
      level.mark(0, Int(things[moved].code))
      level.mark(1, places[target])
      level.say("put the").say(things[moved].colour).say(things[moved].kind)
      level.say("near the").say(things[target].colour).say(things[target].kind)
    }.with {
      $0.seesThroughWalls = true
      $0.rules = [.putsNear]
    }
  }

  private static let redBlueDoors: [GridTask] = [6, 8].map { size in
    let mission: StaticString = "open the red door then the blue door"
    return GridTask(
      "MiniGrid-RedBlueDoors-\(size)x\(size)-v0", width: 2 * size, height: size,
      limit: 20 * size * size, letters: mission.utf8CodeUnitCount
    ) { level throws(Rejected) in
      level.walls()
      level.walls(size / 2, 0, size, size)
      try level.placeAgent(Place(size / 2, 0), (size, size))
      level.mark(0, level.put(.door(.red), size / 2, level.draw(1..<size - 1)))
      level.mark(1, level.put(.door(.blue), size / 2 + size - 1, level.draw(1..<size - 1)))
      level.say(mission)
    }.with { $0.rules = [.opensRedThenBlue] }
  }

  private static let memory: [GridTask] = [
    ("S17Random", 17), ("S13Random", 13), ("S13", 13), ("S11", 11), ("S9", 9), ("S7", 7),
  ].map { name, size in
    let mission: StaticString = "go to the matching object at the end of the hallway"
    return GridTask(
      "MiniGrid-Memory\(name)-v0", width: size, height: size, limit: 5 * size * size,
      letters: mission.utf8CodeUnitCount
    ) { level in
      level.layHallway(end: name.hasSuffix("Random") ? level.draw(4..<size - 2) : size - 3)
      level.say(mission)
    }.with { $0.rules = [.findsMatch] }
  }

  private static let playground = GridTask(
    "MiniGrid-Playground-v0", width: 19, height: 19, limit: 100, letters: 1
  ) { level throws(Rejected) in
    level.walls()
    for row in 0..<3 {
      for column in 0..<3 {
        let (left, top) = (column * 6, row * 6)
        if column < 2 {
          level.vertical(left + 6, top, 6)
          let y = level.draw(top + 1..<top + 5)
          level.put(.door(level.drawColour()), left + 6, y)
        }
        if row < 2 {
          level.horizontal(left, top + 6, 6)
          let x = level.draw(left + 1..<left + 5)
          level.put(.door(level.drawColour()), x, top + 6)
        }
      }
    }
    try level.placeAgent()
    for _ in 0..<12 {
      let kind = level.drawKind()
      try level.place(.thing(kind, level.drawColour()))
    }
  }
}

extension Level {
  /// Keys, balls and boxes of which no two are alike.
  /// - Parameter areApart: no two lie within a cell of each other.
  fileprivate func placeDistinct(
    _ count: Int, areApart: Bool = false
  ) throws(Rejected) -> (things: Few<Cell>, places: Few<Place>) {
    var (things, places, present) = (Few(Cell.empty), Few(Place.nowhere), UInt64(0))
    while things.count < count {
      let kind = drawKind()
      let cell = Cell.thing(kind, drawColour())
      if present & Rooms.bit(cell) != 0 { continue }
      let near = areApart ? places : Few(Place.nowhere)
      places.append(try place(cell) { isNear($0, near) })
      things.append(cell)
      present |= Rooms.bit(cell)
    }
    return (things, places)
  }

  /// Within a cell of one of them.
  private func isNear(_ place: Place, _ others: Few<Place>) -> Bool {
    for index in 0..<others.count {
      let (dx, dy) = (place.x - others[index].x, place.y - others[index].y)
      if abs(dx) <= 1 && abs(dy) <= 1 { return true }
    }
    return false
  }

  /// Memory: a room with an object, a hallway, and two objects at its end.
  fileprivate func layHallway(end: Int) {
    let middle = height / 2
    walls()
    for x in 1..<5 {
      put(.wall, x, middle - 2)
      put(.wall, x, middle + 2)
    }
    put(.wall, 4, middle - 1)
    put(.wall, 4, middle + 1)
    for x in stride(from: 5, to: end, by: 1) {
      put(.wall, x, middle - 1)
      put(.wall, x, middle + 1)
    }
    for y in 0..<height {
      if y != middle { put(.wall, end, y) }
      put(.wall, end + 2, y)
    }
    agent = Place(draw(1..<end + 1), middle)
    let shown = draw(Cell.key(.green), .ball(.green))
    put(shown, 1, middle - 1)
    let (upper, lower) = draw(
      (Cell.ball(.green), Cell.key(.green)), (Cell.key(.green), Cell.ball(.green)))
    put(upper, end + 1, middle - 2)
    put(lower, end + 1, middle + 2)
    let isUp = shown == upper
    mark(0, Place(end + 1, isUp ? middle - 1 : middle + 1))
    mark(1, Place(end + 1, isUp ? middle + 1 : middle - 1))
  }
}
