import Lanes

/// One lane while it is played: what rules read and change.
public struct World {
  unowned(unsafe) let lanes: GridLanes
  let lane: Int
  /// For tasks whose steps draw.
  let random: UnsafeMutablePointer<PCG64>

  @inline(__always) var slot: Slot { lanes.slot(of: lane) }
  @inline(__always) var shape: GridShape { lanes.shape }

  // MARK: The agent

  /// In the rows of the level.
  @inline(__always) var row: Int { Int(lanes.rowPlaces[lane]) }
  @inline(__always) var frontRow: Int {
    row + Int(lanes.rowDeltas[Int(lanes.directions[lane])])
  }
  public var agent: Place { shape.place(row: row) }
  public var direction: Direction { Direction(Int(lanes.directions[lane])) }
  /// The cell ahead.
  public var front: Place { agent.moved(direction) }
  /// What the agent holds; empty: nothing.
  public var carried: Cell { Cell(code: lanes.carried[lane]) }
  public var carriedNumber: Int { Int(lanes.carriedNumbers[lane]) }
  /// With the current one.
  public var steps: Int { Int(lanes.steps[lane]) }
  public var limit: Int { Int(lanes.limits[lane]) }

  /// MiniGrid's: less the later it comes.
  public var success: Double { 1 - 0.9 * (Double(steps) / Double(limit)) }

  // MARK: Cells

  @inline(__always) func cell(row: Int) -> Cell { Cell(code: slot.bytes(shape.rows)[row]) }
  @inline(__always) func number(row: Int) -> Int { Int(slot.bytes(shape.numbers)[row]) }
  public subscript(place: Place) -> Cell { cell(row: shape.row(place.x, place.y)) }

  func put(_ cell: Cell, _ number: Int, row: Int) {
    let place = shape.place(row: row)
    let slot = slot
    slot.bytes(shape.rows)[row] = cell.code
    slot.bytes(shape.columns)[shape.column(place.x, place.y)] = cell.code
    slot.bytes(shape.numbers)[row] = UInt8(number)
    if number != 0 { slot.things[number].at = Int16(row) }
  }

  /// Where an object is; nil: carried, or gone.
  func row(of number: Int) -> Int? {
    guard number > 0, number < GridShape.mostObjects else { return nil }
    let at = slot.things[number].at
    return at < 0 ? nil : Int(at)
  }

  /// What stands where a numbered object stands; nil: it is nowhere.
  public func cell(of number: Int) -> Cell? { row(of: number).map { cell(row: $0) } }

  // MARK: Notes

  public func mark(_ index: Int) -> Int { Int(slot.head.pointee.marks[index]) }
  public func setMark(_ index: Int, _ value: Int) { slot.head.pointee.marks[index] = Int32(value) }
  /// A place that `Level.mark` noted.
  public func markedPlace(_ index: Int) -> Place { shape.place(row: mark(index)) }

  // MARK: Actions

  /// Turns, walks, takes, puts and opens.
  ///
  /// What most steps do has no branches: which action comes next cannot be foreseen.
  @inline(__always) func act(_ action: Action, _ outcome: inout Outcome) {
    let number = UInt64(action.rawValue)
    let direction = lanes.directions[lane]
    let rowDelta = lanes.rowDeltas[Int(direction)]
    let columnDelta = lanes.columnDeltas[Int(direction)]
    let ahead = cell(row: row &+ Int(rowDelta))
    let traits = lanes.kinds.traits[Int(ahead.code & 15)]
    // Two bits an action: three quarters for the left, one for the right.
    lanes.directions[lane] = (direction &+ UInt8(0b01_11 &>> (2 &* number) & 3)) & 3
    let walks = (action == .forward ? 1 : 0) & Int32(traits)
    lanes.rowPlaces[lane] &+= rowDelta & (0 &- walks)
    lanes.columnPlaces[lane] &+= columnDelta & (0 &- walks)
    // A byte an action: the trait that the cell ahead must have for more to happen.
    let idle = lanes.carried[lane] == Cell.empty.code ? KindTable.Traits.bare.rawValue : 0
    let wanted = UInt8(truncatingIfNeeded: Self.wanted &>> (8 &* number)) & ~idle
    if traits & wanted != 0 { handle(action, ahead, &outcome) }
  }

  private static let wanted: UInt64 = 0x00_08_10_02_04_00_00

  private func handle(_ action: Action, _ ahead: Cell, _ outcome: inout Outcome) {
    switch action {
    case .forward: enter(ahead, &outcome)
    case .pickup: take()
    case .drop: lay()
    case .toggle: toggle()
    default: return
    }
  }

  private func enter(_ cell: Cell, _ outcome: inout Outcome) {
    switch cell.kind {
    case .goal: outcome.end(success)
    case .lava: outcome.end()
    default:
      switch lanes.kinds.own(cell.kind)?.entered {
      case .success: outcome.end(success)
      case .end(let reward): outcome.end(reward)
      case nil: return
      }
    }
  }

  private func take() {
    let front = frontRow
    let ahead = cell(row: front)
    guard carried.isEmpty, lanes.kinds.has(.portable, ahead) else { return }
    let number = number(row: front)
    lanes.carried[lane] = ahead.code
    lanes.carriedNumbers[lane] = UInt8(number)
    put(.empty, 0, row: front)
    if number != 0 { slot.things[number].at = -1 }
  }

  private func lay() {
    let front = frontRow
    guard !carried.isEmpty, cell(row: front).isEmpty else { return }
    put(carried, carriedNumber, row: front)
    lanes.carried[lane] = Cell.empty.code
    lanes.carriedNumbers[lane] = 0
  }

  private func toggle() {
    let front = frontRow
    let ahead = cell(row: front)
    guard lanes.kinds.has(.toggles, ahead) else { return }
    let number = number(row: front)
    switch ahead.kind {
    case .openDoor: put(.door(ahead.colour), number, row: front)
    case .closedDoor: put(.openDoor(ahead.colour), number, row: front)
    case .lockedDoor:
      if carried.kind == .key && carried.colour == ahead.colour {
        put(.openDoor(ahead.colour), number, row: front)
      }
    case .box: open(box: number, row: front)
    default:
      guard let toggled = lanes.kinds.own(ahead.kind)?.toggled else { return }
      let new = toggled(ahead, carried)
      put(new, number, row: front)
      if new.isEmpty { open(box: number, row: front) }
    }
  }

  /// What was inside, or nothing, takes its place.
  private func open(box number: Int, row: Int) {
    if number == 0 { return put(.empty, 0, row: row) }
    let thing = slot.things[number]
    slot.things[number].at = -1
    put(Cell(code: thing.content), Int(thing.contentNumber), row: row)
  }
}

/// What a step amounts to.
public struct Outcome {
  public var reward = 0.0
  public var isOver = false

  public mutating func end(_ reward: Double = 0) {
    self.reward = reward
    isOver = true
  }
}
