import Lanes

/// Why a draft of a level is thrown away; another one is drawn.
public struct Rejected: Error {
  public init() {}
}

/// A level under construction: what a task's generator draws in.
///
/// Random draws are those of MiniGrid 3.2.0, in its order: the same seed gives the same level.
public final class Level {
  let shape: GridShape
  let kinds: KindTable
  private let blank: Blank
  var random = PCG64(seed: 0)
  var slot: Slot
  /// Of RoomGrid's levels.
  var rooms = Rooms()
  /// [plane]: cells that a walk has met, and those from which it goes on.
  let reached: UnsafeMutablePointer<UInt8>
  let todo: UnsafeMutablePointer<Int16>
  private let walk: AlignedBuffer<Int16>
  public private(set) var width: Int
  public private(set) var height: Int
  /// (-1, -1): nowhere yet.
  public var agent = Place.nowhere
  public var direction = Direction.right
  /// Steps until the episode is cut off.
  public var limit = 0

  init(_ shape: GridShape, _ kinds: KindTable) {
    (self.shape, self.kinds) = (shape, kinds)
    (width, height) = (shape.width, shape.height)
    blank = Blank(shape)
    walk = AlignedBuffer(count: 2 * shape.plane)
    todo = walk.pointer
    reached = UnsafeMutableRawPointer(todo + shape.plane).assumingMemoryBound(to: UInt8.self)
    slot = Slot(base: blank.scratch)
  }

  /// An empty level without outer walls; nobody is there.
  func begin(_ slot: Slot) {
    self.slot = slot
    clear()
  }

  /// Takes everything away.
  func clear() {
    slot.head.pointee = LevelHead()
    (agent, direction) = (.nowhere, .right)
    slot.bytes(shape.rows).update(from: blank.rows, count: shape.plane)
    slot.bytes(shape.numbers).update(repeating: 0, count: shape.plane)
    slot.bytes(shape.text).update(repeating: 0, count: shape.letters + shape.words)
  }

  /// Puts down what the rules and the view read.
  func finish(limit: Int) {
    let head = slot.head
    (head.pointee.x, head.pointee.y) = (Int16(agent.x), Int16(agent.y))
    head.pointee.direction = direction.rawValue
    head.pointee.limit = Int32(clamping: limit)
    turnColumns()
  }

  /// The columns follow the rows.
  func turnColumns() {
    let (rows, columns) = (slot.bytes(shape.rows), slot.bytes(shape.columns))
    columns.update(from: blank.columns, count: shape.plane)
    for x in 0..<width {
      let (from, to) = (rows + shape.row(x, 0), columns + shape.column(x, 0))
      for y in 0..<height { to[y] = from[y &* shape.rowStep] }
    }
  }

  // MARK: Cells

  public subscript(place: Place) -> Cell {
    @inline(__always) get { Cell(code: slot.bytes(shape.rows)[shape.row(place.x, place.y)]) }
  }

  /// Puts something into a cell; doors and what can be carried get a number of their own.
  /// - Returns: the number; 0: it has none.
  @discardableResult public func put(_ cell: Cell, _ x: Int, _ y: Int) -> Int {
    precondition(shape.contains(Place(x, y)), "a level puts something outside of its grid")
    let place = shape.row(x, y)
    let number = isObject(cell) ? newObject() : 0
    put(cell, number, row: place)
    return number
  }

  @discardableResult public func put(_ cell: Cell, _ place: Place) -> Int {
    put(cell, place.x, place.y)
  }

  private func isObject(_ cell: Cell) -> Bool { cell.kind.isDoor || kinds.has(.portable, cell) }

  private func newObject() -> Int {
    let number = Int(slot.head.pointee.objects) + 1
    if number >= GridShape.mostObjects { return 0 }
    slot.head.pointee.objects = UInt8(number)
    slot.things[number] = Thing()
    return number
  }

  func put(_ cell: Cell, _ number: Int, row: Int) {
    let numbers = slot.bytes(shape.numbers)
    if numbers[row] != 0 { slot.things[Int(numbers[row])].at = -1 }
    slot.bytes(shape.rows)[row] = cell.code
    numbers[row] = UInt8(number)
    if number != 0 { slot.things[number].at = Int16(row) }
  }

  /// Hides something in the box of that number.
  func hide(_ cell: Cell, in box: Int) {
    if box == 0 { return }
    slot.things[box].contentNumber = UInt8(newObject())
    slot.things[box].content = cell.code
  }

  public func remove(_ x: Int, _ y: Int) { put(.empty, x, y) }

  /// The object's cell; nil: it is nowhere.
  func cell(of number: Int) -> Cell? {
    let at = slot.things[number].at
    return at < 0 ? nil : Cell(code: slot.bytes(shape.rows)[Int(at)])
  }

  func place(of number: Int) -> Place { shape.place(row: Int(slot.things[number].at)) }

  // MARK: Lines

  /// - Parameter length: nil: to the right edge.
  public func horizontal(_ x: Int, _ y: Int, _ length: Int? = nil, _ cell: Cell = .wall) {
    for step in 0..<(length ?? width - x) { put(cell, x + step, y) }
  }

  /// - Parameter length: nil: to the lower edge.
  public func vertical(_ x: Int, _ y: Int, _ length: Int? = nil, _ cell: Cell = .wall) {
    for step in 0..<(length ?? height - y) { put(cell, x, y + step) }
  }

  public func walls(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
    horizontal(x, y, width)
    horizontal(x, y + height - 1, width)
    vertical(x, y, height)
    vertical(x + width - 1, y, height)
  }

  /// Around the grid.
  public func walls() { walls(0, 0, width, height) }

  // MARK: Notes for the rules

  /// Keeps a number that `World.mark` reads, 0..<8.
  public func mark(_ index: Int, _ value: Int) { slot.head.pointee.marks[index] = Int32(value) }

  public func mark(_ index: Int, _ place: Place) { mark(index, shape.row(place.x, place.y)) }
}

/// An empty grid's planes: walls around nothing.
private final class Blank {
  let rows, columns: UnsafeMutablePointer<UInt8>
  let scratch: UnsafeMutableRawPointer
  private let memory: AlignedBuffer<UInt8>

  init(_ shape: GridShape) {
    memory = AlignedBuffer(count: 2 * shape.plane + shape.bytes)
    rows = memory.pointer
    columns = rows + shape.plane
    scratch = UnsafeMutableRawPointer(columns + shape.plane)
    rows.update(repeating: Cell.wall.code, count: 2 * shape.plane)
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        rows[shape.row(x, y)] = Cell.empty.code
        columns[shape.column(x, y)] = Cell.empty.code
      }
    }
  }
}
