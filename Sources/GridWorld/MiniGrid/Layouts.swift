/// Levels that take more than a few lines.
extension Level {
  // MARK: Crossing

  /// Rivers across the grid, each with one opening on a way to the goal.
  func crossRivers(_ count: Int, of cell: Cell) {
    var rivers = Few((isVertical: false, at: 0))
    for at in stride(from: 2, to: height - 2, by: 2) { rivers.append((true, at)) }
    for at in stride(from: 2, to: width - 2, by: 2) { rivers.append((false, at)) }
    shuffle(&rivers)
    rivers.shorten(to: count)
    let vertical = sorted(rivers, isVertical: true)
    let horizontal = sorted(rivers, isVertical: false)
    for index in 0..<horizontal.count { self.horizontal(1, horizontal[index], width - 2, cell) }
    for index in 0..<vertical.count { self.vertical(vertical[index], 1, height - 2, cell) }
    var path = Few(false)
    for _ in 0..<vertical.count { path.append(false) }
    for _ in 0..<horizontal.count { path.append(true) }
    shuffle(&path)
    open(path, limits(vertical, height), limits(horizontal, width))
  }

  private func sorted(
    _ rivers: Few<(isVertical: Bool, at: Int)>, isVertical: Bool
  ) -> Few<Int> {
    var places = Few(0)
    for at in 0..<max(width, height) {
      for index in 0..<rivers.count where rivers[index] == (isVertical, at) { places.append(at) }
    }
    return places
  }

  private func limits(_ rivers: Few<Int>, _ side: Int) -> Few<Int> {
    var limits = Few(0)
    limits.append(0)
    limits.append(rivers)
    limits.append(side - 1)
    return limits
  }

  /// - Parameter path: crossings on the way, true: of a horizontal river.
  private func open(_ path: Few<Bool>, _ vertical: Few<Int>, _ horizontal: Few<Int>) {
    var (column, row) = (0, 0)
    for step in 0..<path.count {
      if path[step] {
        let x = draw(vertical[column] + 1..<vertical[column + 1])
        remove(x, horizontal[row + 1])
        row += 1
      } else {
        let y = draw(horizontal[row] + 1..<horizontal[row + 1])
        remove(vertical[column + 1], y)
        column += 1
      }
    }
  }

  // MARK: LockedRoom

  /// Six rooms along a hallway; the locked one has the goal, another its key.
  func lockRoom() throws(Rejected) {
    let (left, right, roomHeight) = (width / 2 - 2, width / 2 + 2, height / 3)
    walls()
    vertical(left, 0)
    vertical(right, 0)
    for room in 0..<3 {
      horizontal(0, room * roomHeight, left)
      horizontal(right, room * roomHeight)
    }
    // By room: left, right, from above.
    func top(_ room: Int) -> Place { Place(room % 2 == 0 ? 0 : right, room / 2 * roomHeight) }
    func inside(_ room: Int) -> Place {
      let top = top(room)
      return drawPlace(top.x + 1..<top.x + left, top.y + 1..<top.y + roomHeight)
    }
    let locked = draw(0..<6)
    put(.goal, inside(locked))
    var colours = Few(Colour.red)
    for colour in Colour.alphabetical { colours.append(colour) }
    var doors = Few(Colour.red)
    for room in 0..<6 {
      doors.append(colours.remove(at: draw(0..<colours.count)))
      put(
        .door(doors[room], isLocked: room == locked),
        Place(room % 2 == 0 ? left : right, top(room).y + 3))
    }
    var keyRoom = draw(0..<6)
    while keyRoom == locked { keyRoom = draw(0..<6) }
    put(.key(doors[locked]), inside(keyRoom))
    try placeAgent(Place(left, 0), (right - left, height))
    say("get the").say(doors[locked]).say("key from the").say(doors[keyRoom]).say("room")
    say(", unlock the").say(doors[locked]).say("door and go to the goal")
  }

  // MARK: MultiRoom

  private struct Room: BitwiseCopyable {
    var top = Place.nowhere
    var width = 0
    var height = 0
    var door = Place.nowhere
  }

  /// Rooms of a chain, drawn until all fit; doors between them, the goal in the last.
  func chainRooms(_ count: Int, most: Int) throws(Rejected) {
    // One number of rooms: no draw.
    var best = Few(Room())
    while best.count < count {
      var chain = Few(Room())
      let start = drawPlace(0..<width - 2, 0..<width - 2)
      _ = addRoom(count, &chain, 4..<most + 1, wall: 2, door: start)
      if chain.count > best.count { best = chain }
    }
    var last: Colour?
    for index in 0..<count {
      let room = best[index]
      walls(room.top.x, room.top.y, room.width, room.height)
      if index == 0 { continue }
      var colours = Few(Colour.red)
      for colour in Colour.alphabetical where colour != last { colours.append(colour) }
      let colour = draw(colours)
      put(.door(colour), room.door)
      last = colour
    }
    try placeAgent(best[0].top, (best[0].width, best[0].height))
    let end = best[count - 1]
    try place(.goal, end.top, (end.width, end.height))
  }

  /// - Parameter wall: where the door is: right, down, left, up.
  private func addRoom(
    _ left: Int, _ chain: inout Few<Room>, _ sizes: Range<Int>, wall: Int, door: Place
  ) -> Bool {
    var room = Room()
    room.width = draw(sizes)
    room.height = draw(sizes)
    room.door = door
    room.top = chain.count == 0 ? door : drawTop(room, wall)
    guard fits(room, chain) else { return false }
    chain.append(room)
    if left == 1 { return true }
    for _ in 0..<8 {
      // One of the three others.
      let index = draw(0..<3)
      let exit = index < wall ? index : index + 1
      let next = drawExit(room, exit)
      if addRoom(left - 1, &chain, sizes, wall: (exit + 2) & 3, door: next) { break }
    }
    return true
  }

  private func drawTop(_ room: Room, _ wall: Int) -> Place {
    let (door, width, height) = (room.door, room.width, room.height)
    switch wall {
    case 0: return Place(door.x - width + 1, draw(door.y - height + 2..<door.y))
    case 1: return Place(draw(door.x - width + 2..<door.x), door.y - height + 1)
    case 2: return Place(door.x, draw(door.y - height + 2..<door.y))
    default: return Place(draw(door.x - width + 2..<door.x), door.y)
    }
  }

  private func drawExit(_ room: Room, _ wall: Int) -> Place {
    let (top, width, height) = (room.top, room.width, room.height)
    switch wall {
    case 0: return Place(top.x + width - 1, top.y + draw(1..<height - 1))
    case 1: return Place(top.x + draw(1..<width - 1), top.y + height - 1)
    case 2: return Place(top.x, top.y + draw(1..<height - 1))
    default: return Place(top.x + draw(1..<width - 1), top.y)
    }
  }

  /// In the grid, and beside all rooms but the last one.
  private func fits(_ room: Room, _ chain: Few<Room>) -> Bool {
    let top = room.top
    if top.x < 0 || top.y < 0 { return false }
    if top.x + room.width > width || top.y + room.height >= height { return false }
    for index in 0..<max(chain.count - 1, 0) {
      let other = chain[index]
      let isBeside =
        top.x + room.width < other.top.x || other.top.x + other.width <= top.x
        || top.y + room.height < other.top.y || other.top.y + other.height <= top.y
      if !isBeside { return false }
    }
    return true
  }
}
