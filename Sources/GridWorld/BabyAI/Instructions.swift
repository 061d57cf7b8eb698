/// Instructions: what they mean in a level, and how they are said.
extension Level {
  /// The objects that a description means now.
  /// - Returns: how many things suit, walls too, which have no number.
  func find(_ description: inout Description) -> Int {
    description.set = 0
    var found = 0
    let room = rooms.room(at: agent)
    for number in slot.numbers {
      guard let cell = cell(of: number), description.suits(cell),
        isOn(description.side, place(of: number), room)
      else { continue }
      description.set |= 1 << UInt64(number)
      found += 1
    }
    return found + (description.kind == 0 && description.suits(.wall) ? countWalls() : 0)
  }

  private func countWalls() -> Int {
    var count = 0
    for y in 0..<height {
      for x in 0..<width where self[Place(x, y)].kind == .wall { count += 1 }
    }
    return count
  }

  private func isOn(_ side: Side, _ place: Place, _ room: Int) -> Bool {
    if side == .any { return true }
    let (dx, dy) = (place.x - agent.x, place.y - agent.y)
    let right = direction.turnedRight
    let ahead = dx * direction.dx + dy * direction.dy
    let aside = dx * right.dx + dy * right.dy
    let suits =
      switch side {
      case .any: true
      case .left: aside < 0
      case .right: aside > 0
      case .front: ahead > 0
      case .behind: ahead < 0
      }
    return suits && rooms.contains(room, place)
  }

  // MARK: Saying

  /// Finds what every description means and says the instruction.
  func say(_ program: inout Program) {
    for index in 0..<program.count {
      let isSecond = index >= Int(program.first)
      if isSecond && index == Int(program.first) {
        if program.order == .before { say(", then") } else { say("after you") }
      } else if index > 0 {
        say("and")
      }
      say(&program.clauses[index])
    }
  }

  private func say(_ clause: inout Clause) {
    switch clause.verb {
    case .goTo: say("go to")
    case .pickUp: say("pick up")
    case .open: say("open")
    case .putNext: say("put")
    }
    say(&clause.object)
    if clause.verb == .putNext {
      say("next to")
      say(&clause.second)
    }
  }

  private func say(_ description: inout Description) {
    if find(&description) > 1 { say("a") } else { say("the") }
    if let colour = Colour(rawValue: description.colour) { say(colour) }
    if description.kind == 0 { say("object") } else { say(Kind(description.kind)) }
    switch description.side {
    case .any: return
    case .left: say("on your left")
    case .right: say("on your right")
    case .front: say("in front of you")
    case .behind: say("behind you")
    }
  }

  // MARK: Checking

  /// Throws drafts away that mean nothing.
  /// - Parameter sparesKeys: no action may be about a key that fits a locked door.
  func check(_ program: Program, sparesKeys: Bool) throws(Rejected) {
    for index in 0..<program.count {
      var clause = program.clauses[index]
      if clause.verb == .putNext { try checkPlaces(&clause) }
      guard sparesKeys else { continue }
      if fitsLock(clause.object) || fitsLock(clause.second) { throw Rejected() }
    }
  }

  /// What is to be put next to something is no such thing, and not there yet.
  private func checkPlaces(_ clause: inout Clause) throws(Rejected) {
    _ = find(&clause.object)
    _ = find(&clause.second)
    if clause.object.set & clause.second.set != 0 { throw Rejected() }
    for one in 1..<GridShape.mostObjects where clause.object.contains(one) {
      for other in 1..<GridShape.mostObjects where clause.second.contains(other) {
        if place(of: one).distance(to: place(of: other)) == 1 { throw Rejected() }
      }
    }
  }

  private func fitsLock(_ description: Description) -> Bool {
    guard description.kind == Kind.key.number else { return false }
    for number in slot.numbers {
      guard let cell = cell(of: number), cell.kind == .lockedDoor else { continue }
      if cell.colour.rawValue == description.colour { return true }
    }
    return false
  }

  /// Whether the agent can walk to every object without moving one; doors do not hinder.
  var reachesAll: Bool {
    reached.update(repeating: 0, count: shape.plane)
    let rows = slot.bytes(shape.rows)
    let step = shape.rowStep
    var depth = 1
    todo[0] = Int16(shape.row(agent.x, agent.y))
    reached[Int(todo[0])] = 1
    while depth > 0 {
      depth -= 1
      let at = Int(todo[depth])
      let cell = Cell(code: rows[at])
      if !cell.isEmpty && !cell.kind.isDoor { continue }
      for way in 0..<4 {
        let next = way < 2 ? at + 1 - 2 * way : at + step * (5 - 2 * way)
        if reached[next] != 0 { continue }
        reached[next] = 1
        todo[depth] = Int16(next)
        depth += 1
      }
    }
    for number in slot.numbers {
      let at = slot.things[number].at
      if at >= 0 && reached[Int(at)] == 0 { return false }
    }
    return true
  }

  func requireReach() throws(Rejected) { if !reachesAll { throw Rejected() } }
}
