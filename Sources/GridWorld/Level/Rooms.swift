/// Rooms of one size in rows and columns, up to 25, that share their walls.
struct Rooms {
  static let most = 25
  /// What a wall has in place of a door's number.
  static let opening: UInt8 = 255

  var size = 0
  var rows = 0
  var columns = 0
  /// By room and wall (right, down, left, up): a door's number, `opening`, or 0.
  private var doors = InlineArray<100, UInt8>(repeating: 0)
  private var doorPlaces = InlineArray<100, Place>(repeating: .nowhere)
  var locked = InlineArray<25, Bool>(repeating: false)
  /// Kinds and colours that were put into rooms: a bit each.
  var present: UInt64 = 0

  init() {}

  init(size: Int, rows: Int, columns: Int) {
    precondition(rows * columns <= Self.most)
    (self.size, self.rows, self.columns) = (size, rows, columns)
  }

  var count: Int { rows * columns }
  func index(_ i: Int, _ j: Int) -> Int { j * columns + i }

  func top(_ room: Int) -> Place {
    Place(room % columns * (size - 1), room / columns * (size - 1))
  }

  func neighbour(_ room: Int, _ wall: Int) -> Int? {
    let (i, j) = (room % columns, room / columns)
    switch wall {
    case 0: return i < columns - 1 ? room + 1 : nil
    case 1: return j < rows - 1 ? room + columns : nil
    case 2: return i > 0 ? room - 1 : nil
    default: return j > 0 ? room - columns : nil
    }
  }

  func room(at place: Place) -> Int { index(place.x / (size - 1), place.y / (size - 1)) }

  /// Walls count as inside.
  func contains(_ room: Int, _ place: Place) -> Bool {
    let top = top(room)
    return place.x >= top.x && place.y >= top.y && place.x < top.x + size && place.y < top.y + size
  }

  func door(_ room: Int, _ wall: Int) -> UInt8 { doors[4 * room + wall] }

  /// Both sides' wall.
  mutating func setDoor(_ room: Int, _ wall: Int, _ door: UInt8) {
    doors[4 * room + wall] = door
    if let other = neighbour(room, wall) { doors[4 * other + (wall + 2) % 4] = door }
  }

  func doorPlace(_ room: Int, _ wall: Int) -> Place { doorPlaces[4 * room + wall] }

  mutating func setDoorPlace(_ room: Int, _ wall: Int, _ place: Place) {
    doorPlaces[4 * room + wall] = place
  }

  /// The rooms that can be reached from one, a bit each.
  func reach(from start: Int) -> UInt32 {
    var (reached, todo): (UInt32, UInt32) = (0, 1 << UInt32(start))
    while todo != 0 {
      let room = todo.trailingZeroBitCount
      reached |= 1 << UInt32(room)
      todo &= todo - 1
      for wall in 0..<4 where door(room, wall) != 0 {
        guard let other = neighbour(room, wall) else { continue }
        if reached >> UInt32(other) & 1 == 0 { todo |= 1 << UInt32(other) }
      }
    }
    return reached
  }

  static func bit(_ cell: Cell) -> UInt64 {
    1 << (UInt64(cell.kind.number - 5) * 6 + UInt64(cell.colour.rawValue))
  }
}

/// RoomGrid.
extension Level {
  /// Walls of all rooms, places for doors; the agent stands in the middle room's middle.
  func layRooms(size: Int, rows: Int, columns: Int) {
    var rooms = Rooms(size: size, rows: rows, columns: columns)
    for room in 0..<rooms.count {
      let top = rooms.top(room)
      walls(top.x, top.y, size, size)
    }
    for room in 0..<rooms.count {
      let (top, far) = (rooms.top(room), size - 1)
      if rooms.neighbour(room, 0) != nil {
        let y = draw(top.y + 1..<top.y + far)
        rooms.setDoorPlace(room, 0, Place(top.x + far, y))
      }
      if rooms.neighbour(room, 1) != nil {
        let x = draw(top.x + 1..<top.x + far)
        rooms.setDoorPlace(room, 1, Place(x, top.y + far))
      }
      if let other = rooms.neighbour(room, 2) {
        rooms.setDoorPlace(room, 2, rooms.doorPlace(other, 0))
      }
      if let other = rooms.neighbour(room, 3) {
        rooms.setDoorPlace(room, 3, rooms.doorPlace(other, 1))
      }
    }
    agent = Place(
      columns / 2 * (size - 1) + size / 2, rows / 2 * (size - 1) + size / 2)
    direction = .right
    self.rooms = rooms
  }

  /// Puts something into a room, not beside the agent's place.
  @discardableResult func placeInRoom(_ i: Int, _ j: Int, _ cell: Cell) throws(Rejected) -> Int {
    let start = agent
    let place = try findPlace(
      rooms.top(rooms.index(i, j)), (rooms.size, rooms.size), tries: 1000
    ) { start.distance(to: $0) < 2 }
    rooms.present |= Rooms.bit(cell)
    return put(cell, place)
  }

  /// - Parameters: what is nil is drawn, the kind first.
  @discardableResult func addObject(
    _ i: Int, _ j: Int, _ kind: Kind? = nil, _ colour: Colour? = nil
  ) throws(Rejected) -> Int {
    let kind = kind ?? drawKind()
    return try placeInRoom(i, j, .thing(kind, colour ?? drawColour()))
  }

  /// - Parameters: what is nil is drawn: wall, colour, lock, in this order.
  /// - Returns: the door's number.
  @discardableResult func addDoor(
    _ i: Int, _ j: Int, _ wall: Int? = nil, _ colour: Colour? = nil, isLocked: Bool? = nil
  ) -> Int {
    let room = rooms.index(i, j)
    let wall = wall ?? freeWall(room)
    let colour = colour ?? drawColour()
    let isLocked = isLocked ?? flip()
    rooms.locked[room] = isLocked
    let number = put(.door(colour, isLocked: isLocked), rooms.doorPlace(room, wall))
    rooms.setDoor(room, wall, UInt8(number))
    return number
  }

  private func freeWall(_ room: Int) -> Int {
    while true {
      let wall = draw(0..<4)
      if rooms.neighbour(room, wall) != nil && rooms.door(room, wall) == 0 { return wall }
    }
  }

  /// Joins two rooms.
  func removeWall(_ i: Int, _ j: Int, _ wall: Int) {
    let room = rooms.index(i, j)
    let (top, far) = (rooms.top(room), rooms.size - 1)
    for step in 1..<far {
      switch wall {
      case 0: remove(top.x + far, top.y + step)
      case 1: remove(top.x + step, top.y + far)
      case 2: remove(top.x, top.y + step)
      default: remove(top.x + step, top.y)
      }
    }
    rooms.setDoor(room, wall, Rooms.opening)
  }

  /// In a room, not right in front of an object.
  func placeAgentInRoom(_ i: Int? = nil, _ j: Int? = nil) throws(Rejected) {
    let i = i ?? draw(0..<rooms.columns)
    let j = j ?? draw(0..<rooms.rows)
    let top = rooms.top(rooms.index(i, j))
    for _ in 0..<Self.patience {
      try placeAgent(top, (rooms.size, rooms.size), tries: 1000)
      let front = self[agent.moved(direction)]
      if front.isEmpty || front.kind == .wall { return }
    }
    throw Rejected()
  }

  /// Draws after which there is no hope, where the original would go on for ever.
  static var patience: Int { 10_000 }

  /// Adds unlocked doors until every room can be reached from the agent's.
  /// - Parameter forbidden: a colour that no door gets.
  func connectAll(but forbidden: Colour? = nil) throws(Rejected) {
    let start = rooms.room(at: agent)
    var colours = Few<Colour>(.red)
    for colour in Colour.alphabetical where colour != forbidden { colours.append(colour) }
    for _ in 0...5000 {
      if rooms.reach(from: start).nonzeroBitCount == rooms.count { return }
      let i = draw(0..<rooms.columns)
      let j = draw(0..<rooms.rows)
      let wall = draw(0..<4)
      let room = rooms.index(i, j)
      guard let other = rooms.neighbour(room, wall), rooms.door(room, wall) == 0,
        !rooms.locked[room], !rooms.locked[other]
      else { continue }
      addDoor(i, j, wall, draw(colours), isLocked: false)
    }
    throw Rejected()
  }

  /// Things to be mistaken for others.
  /// - Parameters: i, j: nil: a room is drawn for each.
  /// - Returns: their numbers.
  @discardableResult func addDistractors(
    _ i: Int? = nil, _ j: Int? = nil, _ count: Int = 10, areUnique: Bool = true
  ) throws(Rejected) -> Few<Int> {
    var (present, added) = (rooms.present, Few<Int>(0))
    while added.count < count {
      let colour = drawColour()
      let cell = Cell.thing(drawKind(), colour)
      if areUnique && present & Rooms.bit(cell) != 0 { continue }
      let column = i ?? draw(0..<rooms.columns)
      let row = j ?? draw(0..<rooms.rows)
      added.append(try placeInRoom(column, row, cell))
      present |= Rooms.bit(cell)
    }
    return added
  }
}
