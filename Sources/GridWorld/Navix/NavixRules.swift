import Lanes

/// NAVIX 0.7.4's actions, rewards and ends. Beside MiniGrid's: doors are never closed; keys alone are
/// taken, and put down wherever one can walk, the goal square too; a key that was once taken opens its
/// door from then on; obstacles move a cell after the agent, and end an episode by walking into it.
struct NavixRules {
  let traits: NavixTraits

  func step(_ world: World, _ action: Action, _ outcome: inout Outcome) {
    switch action {
    case .left, .right: world.act(action, &outcome)
    case .forward: walk(world, &outcome)
    case .pickup: take(world)
    case .drop: lay(world)
    case .toggle: open(world)
    case .done: break
    }
    if traits.ballsMove && moveBalls(world) { outcome.isOver = true }
    if traits.aim == .door && world.frontRow == world.mark(0) { outcome.end(1) }
  }

  // MARK: Walking

  private func walk(_ world: World, _ outcome: inout Outcome) {
    let front = world.frontRow
    let ahead = world.cell(row: front)
    // A key on the goal square stops the agent, who has reached it all the same.
    let isGoal = ahead.kind == .goal || beneath(world, front).kind == .goal
    if isGoal && traits.aim == .goal { outcome.end(1) }
    guard isFree(world, ahead) else { return }
    world.lanes.set(world.lane, world.front)
    if ahead.kind == .lava && traits.lavaEnds { outcome.isOver = true }
  }

  private func isFree(_ world: World, _ cell: Cell) -> Bool {
    world.lanes.kinds.has(.walkable, cell) && !(cell.kind.isDoor && traits.wallsBeneathDoors)
  }

  // MARK: Keys and doors

  /// The cell under the key that lies there.
  private func beneath(_ world: World, _ row: Int) -> Cell {
    let number = world.number(row: row)
    guard number != 0, world.cell(row: row).kind == .key else { return .empty }
    return Cell(code: world.slot.things[number].content)
  }

  /// The cell of the key that was taken last: its mark. Putting it down does not change that.
  private static let pocket = 7

  private func take(_ world: World) {
    let front = world.frontRow
    let key = world.cell(row: front)
    guard key.kind == .key else { return }
    let (number, left) = (world.number(row: front), beneath(world, front))
    let thing = world.slot.things + number
    world.put(left, number == 0 ? 0 : Int(thing.pointee.contentNumber), row: front)
    if number != 0 { thing.pointee = Thing() }
    world.lanes.carried[world.lane] = key.code
    world.lanes.carriedNumbers[world.lane] = UInt8(number)
    world.setMark(Self.pocket, Int(key.code))
  }

  private func lay(_ world: World) {
    let front = world.frontRow
    let (key, number, ahead) = (world.carried, world.carriedNumber, world.cell(row: front))
    guard !key.isEmpty, isFree(world, ahead) else { return }
    world.slot.things[number].content = ahead.code
    world.slot.things[number].contentNumber = UInt8(world.number(row: front))
    world.put(key, number, row: front)
    world.lanes.carried[world.lane] = Cell.empty.code
    world.lanes.carriedNumbers[world.lane] = 0
  }

  private func open(_ world: World) {
    let front = world.frontRow
    let door = world.cell(row: front)
    let key = Cell(code: UInt8(truncatingIfNeeded: world.mark(Self.pocket)))
    let fits = key.kind == .key && key.colour == door.colour
    guard door.kind == .closedDoor || (door.kind == .lockedDoor && fits) else { return }
    world.put(.openDoor(door.colour), world.number(row: front), row: front)
  }

  // MARK: Obstacles

  /// All at once, each into a direction that is drawn, in the order of their numbers, 1 to mark 0. Two
  /// may come to lie in one cell: of all balls the first alone is in the way.
  /// - Returns: whether one walked into the agent.
  private func moveBalls(_ world: World) -> Bool {
    let count = min(max(world.mark(0), 0), GridShape.mostObjects - 1)
    let first = world.row(of: 1)
    var rows = InlineArray<64, Int>(repeating: -1)
    var isHit = false
    for number in 1..<count + 1 {
      let direction = world.random.pointee.next(below: 4)
      guard let row = world.row(of: number) else { continue }
      let next = row + Int(world.lanes.rowDeltas[Int(direction)])
      if next == world.row { isHit = true }
      rows[number] = next != world.row && takesBall(world, next, first) ? next : row
    }
    for number in 1..<count + 1 {
      if let row = world.row(of: number) { world.put(.empty, 0, row: row) }
    }
    for number in 1..<count + 1 where rows[number] >= 0 {
      world.put(.ball(.blue), number, row: rows[number])
    }
    return isHit
  }

  private func takesBall(_ world: World, _ row: Int, _ first: Int?) -> Bool {
    let cell = world.cell(row: row)
    return cell.isEmpty || (cell.kind == .ball && row != first)
  }
}
