import GridWorld

// Guide.md shows these; GuideTests compares them.

let ballHunt: GridTask = {
  var task = GridTask("Guide-BallHunt-v0", width: 9, height: 9, limit: 200, letters: 32) {
    level throws(Rejected) in
    level.walls()
    level.vertical(4, 0)
    level.put(.door(.grey), 4, level.draw(1..<8))
    // Two balls of different colours behind the door.
    let colour = level.drawColour()
    var other = level.drawColour()
    while other == colour { other = level.drawColour() }
    try level.place(.ball(colour), Place(5, 1), (3, 7))
    try level.place(.ball(other), Place(5, 1), (3, 7))
    try level.placeAgent(Place(1, 1), (3, 7))
    level.mark(0, Int(colour.rawValue))
    level.say("fetch the").say(colour).say(.ball)
  }
  task.rules = [
    GridRule { world, action, outcome in
      guard action == .pickup, world.carried.kind == .ball else { return }
      let isRight = Int(world.carried.colour.rawValue) == world.mark(0)
      outcome.end(isRight ? world.success : 0)
    }
  ]
  return task
}()

let leverRoom: GridTask = {
  var lever = NewKind("lever", object: 11)
  lever.toggled = { cell, _ in .empty }
  var pit = NewKind("pit", object: 12)
  pit.isWalkable = true
  pit.entered = .end(reward: -0.5)
  let (leverKind, pitKind) = (Kind.own[0], Kind.own[1])
  var task = GridTask("Guide-LeverRoom-v0", width: 7, height: 7, limit: 100, letters: 24) {
    level throws(Rejected) in
    level.walls()
    level.put(Cell(pitKind, .purple, isOpaque: false), 3, 3)
    try level.place(Cell(leverKind, .yellow, isOpaque: false))
    try level.placeAgent()
    level.say("pull the").say(leverKind)
  }
  task.kinds = [lever, pit]
  task.rules = [
    GridRule(before: { world, action in
      world.setMark(0, action == .toggle && world[world.front].kind == leverKind ? 1 : 0)
    }) { world, _, outcome in
      if world.mark(0) == 1 { outcome.end(world.success) }
    }
  ]
  return task
}()
