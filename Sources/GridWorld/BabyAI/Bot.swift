import Lanes

/// Plays BabyAI's levels: what is to be done lies on a stack of tasks, the next one on top, that are
/// planned anew before every action. Plans follow the original's `BabyAIBot`.
final class Bot {
  /// Why the bot does not know what to do.
  struct Lost: Error {}

  /// What the bot goes to.
  enum Target {
    case description(Meaning)
    /// A door.
    case object(Int)
    /// nil: there was no place; a plan that comes to it is lost.
    case place(Place?)
  }

  enum Reason { case none, open, putNext, explore }
  enum Unlocking { case none, drops, keeps }

  enum Task {
    case close
    case open(Unlocking)
    case drop, pickUp
    case go(Target, Reason)
    case explore
  }

  /// Objects that a description meant once, in the order of columns, and where they lie by now.
  struct Meaning {
    /// nil: a wall.
    var numbers: [Int?]
    /// nil: where the instruction last knew them.
    var places: [Place]?
  }

  let world: World
  private(set) var map: GridMap
  private var stack: [Task] = []
  private var isLost = false
  private var after: ((Bot) -> Void)?

  /// A level has just begun.
  init(_ world: World, seesThroughWalls: Bool) {
    self.world = world
    map = GridMap(world, seesThroughWalls: seesThroughWalls)
    plan()
  }

  // MARK: Instructions

  private func plan() {
    let program = world.slot.head.pointee.program
    let order = 0..<program.count
    let (first, second) = (order.prefix(Int(program.first)), order.dropFirst(Int(program.first)))
    // The last on top.
    let todo = program.order == .after ? first.reversed() + second.reversed() : order.reversed()
    for index in todo { plan(program.clauses[index]) }
  }

  private func plan(_ clause: Clause) {
    let object = Target.description(meaning(clause.object))
    switch clause.verb {
    case .goTo: stack += [.go(object, .none)]
    case .open: stack += [.open(.none), .go(object, .open)]
    case .pickUp: stack += [.drop, .pickUp, .go(object, .none)]
    case .putNext:
      let second = Target.description(meaning(clause.second))
      stack += [.drop, .go(second, .putNext), .pickUp, .go(object, .none)]
    }
  }

  private func meaning(_ description: Description) -> Meaning {
    var found: [(place: Place, number: Int?)] = []
    for number in world.slot.numbers where description.contains(number) {
      found.append((world.shape.place(row: Int(world.slot.things[number].known)), number))
    }
    if description.kind == 0 && description.suits(.wall) { found += walls.map { ($0, nil) } }
    return Meaning(numbers: found.sorted { Self.isBefore($0.place, $1.place) }.map(\.number))
  }

  private var walls: [Place] {
    (0..<world.shape.width).flatMap { x in
      (0..<world.shape.height).map { Place(x, $0) }.filter { world[$0].kind == .wall }
    }
  }

  private static func isBefore(_ one: Place, _ other: Place) -> Bool {
    (one.x, one.y) < (other.x, other.y)
  }

  /// The key of that colour, where it is now.
  private func key(_ colour: Colour) -> Target {
    var found: [(place: Place, number: Int?)] = []
    for number in world.slot.numbers {
      guard let row = world.row(of: number), world.cell(row: row) == .key(colour) else { continue }
      found.append((world.shape.place(row: row), number))
    }
    found.sort { Self.isBefore($0.place, $1.place) }
    return .description(Meaning(numbers: found.map(\.number), places: found.map(\.place)))
  }

  /// By the meaning's numbers, except that those which are nowhere leave no gap.
  private func places(_ meaning: Meaning) -> [Place] {
    if let places = meaning.places { return places }
    let things = world.slot.things
    let known = meaning.numbers.compactMap { $0 }.filter { things[$0].known >= 0 }.map {
      world.shape.place(row: Int(things[$0].known))
    }
    let walls = meaning.numbers.contains(nil) ? walls : []
    return (known + walls).sorted(by: Self.isBefore)
  }

  // MARK: Acting

  /// What to do now; `done` when everything has been done or the bot is lost.
  func act() -> Action {
    map.look()
    after?(self)
    after = nil
    while let task = stack.last, task.isExploring { stack.removeLast() }
    if isLost { return .done }
    do {
      // Plans that only change plans never end.
      for _ in 0..<1000 {
        guard let task = stack.last else { return .done }
        if let action = try replan(task) {
          after = Self.consequence(task)
          return action
        }
      }
    } catch {}
    isLost = true
    return .done
  }

  /// What follows an action is planned when it has been taken: where a key may lie is known then.
  private static func consequence(_ task: Task) -> ((Bot) -> Void)? {
    switch task {
    case .close, .drop, .pickUp: { $0.stack.removeLast() }
    case .open(let unlocking):
      { bot in
        bot.stack.removeLast()
        if unlocking != .drops { return }
        let place = bot.map.dropPlace()
        bot.stack += [.drop, .go(.place(place), .none)]
      }
    case .go, .explore: nil
    }
  }

  // MARK: Planning

  private var ahead: Cell { world[world.front] }
  private var hasHandsFull: Bool { !world.carried.isEmpty }

  /// - Returns: an action; nil: the plan has changed.
  private func replan(_ task: Task) throws(Lost) -> Action? {
    switch task {
    case .close:
      guard ahead.kind == .openDoor else { throw Lost() }
      return .toggle
    case .open(let unlocking): return try open(unlocking)
    case .drop:
      guard hasHandsFull, ahead.isEmpty else { throw Lost() }
      return .drop
    case .pickUp:
      if hasHandsFull { throw Lost() }
      return .pickup
    case .go(let target, let reason): return try go(target, reason)
    case .explore: return try explore()
    }
  }

  private func holdsKey(_ door: Cell) -> Bool { world.carried == .key(door.colour) }

  private func open(_ unlocking: Unlocking) throws(Lost) -> Action? {
    let door = ahead
    guard door.kind.isDoor else { throw Lost() }
    if door.kind == .lockedDoor && !holdsKey(door) {
      fetchKey(door)
      return nil
    }
    if door.kind == .openDoor {
      stack.append(.close)
      return nil
    }
    if door.kind == .lockedDoor && unlocking == .none {
      stack[stack.count - 1] = .open(.drops)
      return nil
    }
    return .toggle
  }

  /// Fetches the key of the door ahead; what the agent holds is put down meanwhile.
  private func fetchKey(_ door: Cell) {
    let (key, here) = (key(door.colour), Target.place(world.front))
    stack.removeLast()
    let fetching: [Task] = [.open(.none), .go(here, .none), .pickUp, .go(key, .none)]
    guard hasHandsFull else {
      stack += fetching
      return
    }
    let place = Target.place(map.dropPlace())
    stack += [.pickUp, .go(place, .none)] + fetching + [.drop, .go(place, .none)]
  }

  // MARK: Going

  private func go(_ target: Target, _ reason: Reason) throws(Lost) -> Action? {
    var (place, object): (Place, Int?) = (.nowhere, nil)
    switch target {
    case .description(let meaning):
      guard let found = try nearest(meaning, isAside: reason == .putNext) else {
        stack.append(.explore)
        return nil
      }
      (place, object) = found
    case .object(let door): (place, object) = (doorPlace(door), door)
    case .place(let known):
      guard let known else { throw Lost() }
      place = known
    }
    if let object, reason == .open, !hasHandsFull, let door = world.cell(of: object),
      door.kind == .lockedDoor
    {
      stack[stack.count - 1] = .go(.object(object), .open)
      stack += [.pickUp, .go(key(door.colour), .none)]
      return nil
    }
    if world.agent.distance(to: place) == (reason == .putNext ? 1 : 0) { return stepAside() }
    if try arrives(place, reason) { return nil }
    return try approach(place)
  }

  private func doorPlace(_ door: Int) -> Place {
    world.row(of: door).map { world.shape.place(row: $0) } ?? .nowhere
  }

  private func stepAside() -> Action {
    func isFree(_ place: Place) -> Bool {
      world[place].isEmpty || world[place].kind == .openDoor
    }
    let right = world.direction.turnedRight
    if isFree(world.front) { return .forward }
    return isFree(world.agent.moved(right)) ? .right : .left
  }

  /// Whether the plan changes because the agent is there.
  private func arrives(_ place: Place, _ reason: Reason) throws(Lost) -> Bool {
    let front = world.front
    if reason != .putNext {
      if place != front { return false }
      stack.removeLast()
      return true
    }
    guard place.distance(to: front) == 1 else { return false }
    if ahead.isEmpty {
      stack.removeLast()
      return true
    }
    guard ahead.kind == .openDoor else { return false }
    // Nothing can be put into a door: the other thing will have to move.
    stack.append(.go(.place(front.moved(world.direction, by: 2)), .none))
    return true
  }

  private func approach(_ place: Place) throws(Lost) -> Action? {
    var way = map.way { $0 == place }.places ?? []
    if way.isEmpty { way = map.way(moving: true) { $0 == place }.places ?? [] }
    guard let next = way.first else {
      stack.append(.explore)
      return nil
    }
    let agent = world.agent
    if next == world.front { return try walkOn() }
    let right = world.direction.turnedRight
    if next == agent.moved(right) { return .right }
    if next == agent.moved(right, by: -1) { return .left }
    // Behind: turns to where there is more room.
    let left = Direction(Int(right.rawValue) + 2)
    return map.room(towards: left) > map.room(towards: right) ? .left : .right
  }

  /// Forward, or what it takes to get there.
  private func walkOn() throws(Lost) -> Action? {
    if ahead.isEmpty || ahead.kind == .openDoor { return .forward }
    if ahead.kind.isDoor {
      if ahead.kind == .lockedDoor { throw Lost() }
      stack.append(.open(.none))
      return nil
    }
    let own = map.dropPlace()
    guard hasHandsFull else {
      stack += [.drop, .go(.place(own), .none), .pickUp]
      return nil
    }
    let other = map.dropPlace(except: own)
    stack += [
      .pickUp, .go(.place(own), .none), .drop, .go(.place(other), .none), .pickUp,
      .go(.place(world.front), .none), .drop, .go(.place(own), .none),
    ]
    return nil
  }

  /// The nearest of the objects that have been seen.
  /// - Parameter isAside: it is to be approached from beside.
  private func nearest(
    _ meaning: Meaning, isAside: Bool
  ) throws(Lost) -> (place: Place, object: Int)? {
    if meaning.numbers.isEmpty { throw Lost() }
    let places = places(meaning)
    var (best, found): (Int, (Place, Int)?) = (999, nil)
    for (index, number) in meaning.numbers.enumerated() {
      guard let number, number != world.carriedNumber, index < places.count else { continue }
      let place = places[index]
      guard map.hasSeen(place) else { continue }
      let way = map.way(moving: true) { $0 == place }
      guard let steps = way.places else { throw Lost() }
      var distance = steps.count
      // Moving something takes four steps at least, seven with full hands.
      if way.isBlocked { distance += hasHandsFull ? 7 : 4 }
      if distance == 0 { distance = isAside ? 3 : 2 }
      if isAside && distance == 1 { distance = 3 }
      if distance < best { (best, found) = (distance, (place, number)) }
    }
    return found
  }

  /// Goes to what has not been seen, or opens a door.
  private func explore() throws(Lost) -> Action? {
    if let place = map.way(moving: true, { !map.hasSeen($0) }).end {
      stack.append(.go(.place(place), .explore))
      return nil
    }
    let closed = map.way(moving: true) { world[$0].kind == .closedDoor }.end
    let shut =
      closed ?? map.way(moving: true) { [.closedDoor, .lockedDoor].contains(world[$0].kind) }.end
    guard let shut else { throw Lost() }
    let door = world[shut]
    let keeps = door.kind == .lockedDoor && holdsKey(door)
    let number = world.number(row: world.shape.row(shut.x, shut.y))
    stack[stack.count - 1] = .open(keeps ? .keeps : .none)
    stack.append(.go(.object(number), .open))
    return nil
  }
}

extension Bot.Task {
  /// Is given up when something new has been seen.
  fileprivate var isExploring: Bool {
    switch self {
    case .explore, .go(_, .explore): true
    default: false
    }
  }
}
