/// BabyAI's levels whose instructions are drawn from the whole language.
struct Sentences {
  var others = 18
  var lockedChance = 0.5
  /// Sides of the agent's first place are named.
  var namesSides = true
  /// Objects may be blocked by others; keys that fit a lock are not asked for.
  var unblocks = true
  /// Objects may be meant that are all behind the locked door.
  var unlocks = true
  var verbs: [Verb] = [.goTo, .pickUp, .open, .putNext]
  /// Single actions only.
  var isShort = false

  static let all: [GridTask] = [
    task(BabyTask("GoToSeq-v0"), .goTo(others: 18), 112),
    task(BabyTask("GoToSeqS5R2-v0", size: 5, rows: 2, columns: 2), .goTo(others: 4), 112),
    task(
      .room("PickupLoc-v0"),
      Sentences(others: 8, lockedChance: 0, unblocks: false, verbs: [.pickUp], isShort: true), 40),
    task(BabyTask("Synth-v0"), synth, 48),
    task(BabyTask("SynthS5R2-v0", size: 5, rows: 2), synth, 48),
    task(BabyTask("SynthLoc-v0"), Sentences(unlocks: false, isShort: true), 80),
    task(BabyTask("SynthSeq-v0"), Sentences(unlocks: false), 328),
    task(
      BabyTask("MiniBossLevel-v0", size: 5, rows: 2, columns: 2),
      Sentences(others: 7, lockedChance: 0.25), 328),
    task(BabyTask("BossLevel-v0"), Sentences(), 328),
    task(BabyTask("BossLevelNoUnlock-v0"), Sentences(lockedChance: 0, unlocks: false), 328),
  ]

  private static let synth = Sentences(namesSides: false, unlocks: false, isShort: true)

  private static func goTo(others: Int) -> Sentences {
    Sentences(others: others, lockedChance: 0, namesSides: false, unblocks: false, verbs: [.goTo])
  }

  private static func task(_ task: BabyTask, _ sentences: Sentences, _ letters: Int) -> GridTask {
    task.with {
      $0.letters = letters
      $0.sparesKeys = sentences.unblocks
    }.asks { level throws(Rejected) in try sentences.draw(level) }
  }

  private func draw(_ level: Level) throws(Rejected) -> Program {
    let isLocked = level.random.nextDouble() < lockedChance
    let locked = isLocked ? try level.addLockedRoom() : nil
    try level.connectAll()
    try level.addDistractors(nil, nil, others, areUnique: false)
    try level.placeAgentOutside(locked)
    if !unblocks { try level.requireReach() }
    let avoided = unlocks ? nil : locked
    switch isShort ? 0 : level.draw(0..<3) {
    case 0: return Program(try clause(level, avoided))
    case 1: return try pair(level, avoided)
    default: return try sequence(level, avoided)
    }
  }

  private func pair(_ level: Level, _ avoided: Int?) throws(Rejected) -> Program {
    let first = try clause(level, avoided)
    return Program(first, and: try clause(level, avoided))
  }

  private func sequence(_ level: Level, _ avoided: Int?) throws(Rejected) -> Program {
    let first = try part(level, avoided)
    let second = try part(level, avoided)
    return Program(first, level.draw(.before, .after), second)
  }

  private func part(_ level: Level, _ avoided: Int?) throws(Rejected) -> Program {
    level.draw(0..<2) == 0 ? Program(try clause(level, avoided)) : try pair(level, avoided)
  }

  private func clause(_ level: Level, _ avoided: Int?) throws(Rejected) -> Clause {
    switch verbs[level.draw(0..<verbs.count)] {
    case .goTo: return Clause(.goTo, try object(level, avoided, things: true, doors: true))
    case .pickUp: return Clause(.pickUp, try object(level, avoided, things: true, doors: false))
    case .open: return Clause(.open, try object(level, avoided, things: false, doors: true))
    case .putNext:
      let moved = try object(level, avoided, things: true, doors: false)
      return Clause(moved, nextTo: try object(level, avoided, things: true, doors: true))
    }
  }

  private static func kind(_ number: Int) -> Kind {
    switch number {
    case 0: .box
    case 1: .ball
    case 2: .key
    default: .openDoor
    }
  }

  /// Draws descriptions until something suits.
  /// - Parameter avoided: a room in which not all of it may lie.
  private func object(
    _ level: Level, _ avoided: Int?, things: Bool, doors: Bool
  ) throws(Rejected) -> Description {
    for _ in 0...100 {
      let colour = level.draw(0..<7)
      let kind = level.draw(0..<(things ? 3 : 0) + (doors ? 1 : 0))
      var description = Description(
        things ? Self.kind(kind) : .openDoor,
        colour == 0 ? nil : Colour.alphabetical[colour - 1])
      if namesSides && level.flip() { description.side = level.drawSide() }
      if level.find(&description) == 0 { continue }
      if let avoided, level.liesWhole(description, in: avoided) { continue }
      return description
    }
    throw Rejected()
  }
}

extension Level {
  /// A room behind a locked door, its key in another.
  fileprivate func addLockedRoom() throws(Rejected) -> Int {
    var (i, j, wall) = (0, 0, 0)
    repeat {
      i = draw(0..<rooms.columns)
      j = draw(0..<rooms.rows)
      wall = draw(0..<4)
    } while rooms.neighbour(rooms.index(i, j), wall) == nil
    let locked = rooms.index(i, j)
    let door = addDoor(i, j, wall, isLocked: true)
    repeat {
      i = draw(0..<rooms.columns)
      j = draw(0..<rooms.rows)
    } while rooms.index(i, j) == locked
    try addObject(i, j, .key, cell(of: door)?.colour)
    return locked
  }

  fileprivate func liesWhole(_ description: Description, in room: Int) -> Bool {
    for number in 1..<GridShape.mostObjects where description.contains(number) {
      if !rooms.contains(room, place(of: number)) { return false }
    }
    return true
  }
}
