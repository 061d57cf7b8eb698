/// What MiniGrid's tasks ask for beside the goal square.
extension GridRule {
  /// Taking up the object whose number is mark 0.
  static let takesTarget = GridRule { world, action, outcome in
    guard action == .pickup, world.carriedNumber == world.mark(0), world.mark(0) != 0 else {
      return
    }
    outcome.end(world.success)
  }

  /// Opening the door whose number is mark 0.
  static let opensTarget = GridRule { world, action, outcome in
    if action == .toggle, world.cell(of: world.mark(0))?.kind == .openDoor {
      outcome.end(world.success)
    }
  }

  /// `done` beside mark 0, a place, succeeds; elsewhere it ends the episode, as `toggle` does.
  static let stopsBesideTarget = GridRule { world, action, outcome in
    if action == .toggle { outcome.isOver = true }
    guard action == .done else { return }
    outcome.isOver = true
    if world.agent.distance(to: world.markedPlace(0)) == 1 { outcome.reward = world.success }
  }

  /// Taking anything ends the episode; mark 0 is the right thing's cell.
  static let takesWhatIsMeant = GridRule { world, _, outcome in
    if world.carried.isEmpty { return }
    outcome.end(Int(world.carried.code) == world.mark(0) ? world.success : 0)
  }

  /// Mark 0: the cell of what is to be moved; mark 1: the place it shall lie near; mark 2: whether
  /// something was carried.
  static let putsNear = GridRule(before: { world, _ in
    world.setMark(2, world.carriedNumber)
  }) { world, action, outcome in
    if action == .pickup && !world.carried.isEmpty {
      if Int(world.carried.code) != world.mark(0) { outcome.isOver = true }
    }
    let before = world.mark(2)
    guard action == .drop, before != 0 else { return }
    outcome.isOver = true
    let (front, target) = (world.front, world.markedPlace(1))
    let isNear = abs(front.x - target.x) <= 1 && abs(front.y - target.y) <= 1
    if isNear && world.row(of: before) == world.frontRow { outcome.reward = world.success }
  }

  /// Marks 0 and 1: the red and the blue door; marks 2 and 3: whether they were open before.
  static let opensRedThenBlue = GridRule(before: { world, _ in
    world.setMark(2, world.cell(of: world.mark(0))?.kind == .openDoor ? 1 : 0)
    world.setMark(3, world.cell(of: world.mark(1))?.kind == .openDoor ? 1 : 0)
  }) { world, _, outcome in
    if world.cell(of: world.mark(1))?.kind == .openDoor {
      outcome.end(world.mark(2) == 1 ? world.success : 0)
    } else if world.cell(of: world.mark(0))?.kind == .openDoor && world.mark(3) == 1 {
      outcome.end()
    }
  }

  /// Stepping on mark 0 succeeds, on mark 1 fails; nothing can be taken up.
  static let findsMatch = GridRule(before: { _, action in
    if action == .pickup { action = .toggle }
  }) { world, _, outcome in
    if world.row == world.mark(0) { outcome.end(world.success) }
    if world.row == world.mark(1) { outcome.end() }
  }

  /// Balls move before the agent does; mark 0 counts them, they are the objects 1...n; mark 1: whether
  /// something was ahead before they moved.
  static let movesObstacles = GridRule(
    draws: true,
    before: { world, _ in
      let ahead = world[world.front]
      world.setMark(1, ahead.isEmpty || ahead.kind == .goal ? 0 : 1)
      for number in 1...max(world.mark(0), 1) { world.moveObstacle(number) }
    }
  ) { world, action, outcome in
    if action == .forward && world.mark(1) == 1 { outcome.end(-1) }
  }
}

extension World {
  /// To a free cell of the nine around it; after 101 draws it stays.
  fileprivate func moveObstacle(_ number: Int) {
    guard let row = row(of: number) else { return }
    let place = shape.place(row: row)
    // A state from outside may have an object beside the grid.
    guard place.x < shape.width, place.y < shape.height else { return }
    let columns = max(place.x - 1, 0)..<min(max(place.x - 1, 0) + 3, shape.width)
    let rows = max(place.y - 1, 0)..<min(max(place.y - 1, 0) + 3, shape.height)
    for _ in 0...100 {
      let x = columns.lowerBound + Int(random.pointee.next(below: UInt32(columns.count)))
      let y = rows.lowerBound + Int(random.pointee.next(below: UInt32(rows.count)))
      let new = Place(x, y)
      if !self[new].isEmpty || new == agent { continue }
      put(cell(row: row), number, row: shape.row(x, y))
      put(.empty, 0, row: row)
      return
    }
  }
}
