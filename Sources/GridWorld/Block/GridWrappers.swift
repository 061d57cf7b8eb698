import Lanes
import Records

/// The original's wrappers that change what is done or rewarded, from the outermost to the innermost:
/// stochastic actions, the place's bonus, the action's bonus, no death.
final class GridWrappers {
  private let settings: GridSettings
  private let choices: UInt32
  private let shape: GridShape
  /// A bit a kind.
  private let harmless: UInt16
  /// [64, places, directions, actions] and [64, places]: how often.
  private let actionCounts, placeCounts: AlignedBuffer<UInt32>?

  /// nil: nothing is wrapped.
  init?(_ task: GridTask, _ settings: GridSettings, _ shape: GridShape) {
    guard
      settings.isStochastic || settings.hasActionBonus || settings.hasPositionBonus
        || !settings.noDeath.isEmpty || settings.preset == .navix
    else { return nil }
    (self.settings, self.shape) = (settings, shape)
    choices = UInt32(settings.actions(task))
    let numbers = settings.noDeath.flatMap(Self.kinds)
    harmless = numbers.reduce(0) { $0 | 1 << UInt16($1) }
    let places = 64 * shape.width * shape.height
    actionCounts = settings.hasActionBonus ? AlignedBuffer(count: places * 28) : nil
    placeCounts = settings.hasPositionBonus ? AlignedBuffer(count: places) : nil
  }

  private static func kinds(_ name: String) -> [UInt8] {
    if name == "door" { return [Kind.openDoor, .closedDoor, .lockedDoor].map(\.number) }
    let index = ["wall": Kind.wall, "floor": .floor, "key": .key, "ball": .ball, "box": .box]
    return [(index[name] ?? .lava).number]
  }

  /// A seed makes the lane as new.
  func begin(_ lane: Int) {
    for counts in [actionCounts, placeCounts].compactMap({ $0 }) {
      let each = counts.count / 64
      (counts.pointer + lane * each).update(repeating: 0, count: each)
    }
  }

  @inline(__always) func step(
    _ world: World, _ wanted: Action, _ outcome: inout Outcome,
    _ act: (Action, inout Outcome) -> Void
  ) {
    let action = settings.isStochastic ? choose(world, wanted) : wanted
    let goesOn = action == .forward && isHarmless(world.cell(row: world.frontRow))
    act(action, &outcome)
    if outcome.isOver && (goesOn || isHarmless(world.cell(row: world.row))) {
      outcome.isOver = false
      outcome.reward += settings.deathCost
    }
    if settings.preset == .navix { outcome.reward = outcome.reward > 0 ? 1 : 0 }
    if actionCounts != nil || placeCounts != nil { reward(world, action, &outcome) }
  }

  private func isHarmless(_ cell: Cell) -> Bool { harmless >> UInt16(cell.code & 15) & 1 == 1 }

  private func choose(_ world: World, _ action: Action) -> Action {
    if world.random.pointee.nextDouble() < settings.actionProbability { return action }
    if let fixed = settings.randomAction { return Action(rawValue: UInt8(fixed)) ?? action }
    return Action(rawValue: UInt8(world.random.pointee.next(below: choices))) ?? action
  }

  private func reward(_ world: World, _ action: Action, _ outcome: inout Outcome) {
    let place = world.agent
    let index = (world.lane * shape.height + place.y) * shape.width + place.x
    if let actionCounts {
      let at = (index * 4 + Int(world.direction.rawValue)) * 7 + Int(action.rawValue)
      outcome.reward += bonus(&actionCounts.pointer[at])
    }
    if let placeCounts {
      outcome.reward += bonus(&placeCounts.pointer[index]) * settings.bonusScale
    }
  }

  private func bonus(_ count: inout UInt32) -> Double {
    count = max(count &+ 1, 1)
    return 1 / Double(count).squareRoot()
  }

  func visit(_ lane: Int, _ state: inout some StateVisitor) {
    for counts in [actionCounts, placeCounts].compactMap({ $0 }) {
      let each = counts.count / 64
      for index in lane * each..<(lane + 1) * each { state.visit(&counts.pointer[index]) }
    }
  }
}
