import CLanes
import Lanes

/// What a bot has seen of a level, and ways through it.
struct GridMap {
  let world: World
  let seesThroughWalls: Bool
  private var seen: [Bool]
  private let width, height: Int
  private let views = AlignedBuffer<UInt8>(count: 64 * 64)

  init(_ world: World, seesThroughWalls: Bool) {
    (self.world, self.seesThroughWalls) = (world, seesThroughWalls)
    (width, height) = (world.shape.width, world.shape.height)
    seen = [Bool](repeating: false, count: width * height)
  }

  func hasSeen(_ place: Place) -> Bool {
    world.shape.contains(place) && seen[place.y * width + place.x]
  }

  /// Adds what the agent sees now.
  mutating func look() {
    var view = world.lanes.view(seesThroughWalls: seesThroughWalls)
    grid_view_cells(&view, 1 << LaneMask(world.lane), views.pointer)
    let own = views.pointer + 64 * world.lane
    let (agent, ahead) = (world.agent, world.direction)
    let right = ahead.turnedRight
    for column in 0..<7 {
      for row in 0..<7 where own[8 * column + row] != 0 {
        let place = agent.moved(ahead, by: 6 - row).moved(right, by: column - 3)
        if world.shape.contains(place) { seen[place.y * width + place.x] = true }
      }
    }
  }

  // MARK: Ways

  /// A way without the agent's own place; nil: there is none.
  struct Way {
    var places: [Place]?
    var end: Place?
    /// Things must be moved out of it.
    var isBlocked = false
  }

  private struct Step {
    var place: Place
    var direction: Direction
    var from: Place?
  }

  /// The nearest place that suits, going straight on rather than turning. Places that nobody has seen
  /// end a way.
  /// - Parameter moving: else ways through things too, that avoid them as long as possible.
  func way(moving: Bool = false, _ suits: (Place) -> Bool) -> Way {
    let first = search(
      [Step(place: world.agent, direction: world.direction)], moving: false, suits)
    if let end = first.end {
      return Way(places: Array(first.trace(end).reversed().dropFirst()), end: end)
    }
    guard moving else { return Way() }
    let second = search(
      first.order.map { Step(place: $0, direction: .right) }, moving: true, suits)
    guard let end = second.end else { return Way(isBlocked: true) }
    let late = second.trace(end)
    let early = first.trace(late[late.count - 1]).dropFirst()
    return Way(places: Array((late + early).reversed().dropFirst()), end: end, isBlocked: true)
  }

  private struct Search {
    var end: Place?
    /// In which places were met, and from where.
    var order: [Place] = []
    var from: [Int: Place] = [:]
    let width: Int

    func trace(_ end: Place) -> [Place] {
      var trace = [end]
      while let before = from[trace[trace.count - 1].y * width + trace[trace.count - 1].x] {
        trace.append(before)
      }
      return trace
    }
  }

  private func search(_ starts: [Step], moving: Bool, _ suits: (Place) -> Bool) -> Search {
    var search = Search(width: width)
    var met = [Bool](repeating: false, count: width * height)
    var queue = starts
    var next = 0
    while next < queue.count {
      let step = queue[next]
      next += 1
      let index = step.place.y * width + step.place.x
      guard world.shape.contains(step.place), !met[index] else { continue }
      met[index] = true
      search.order.append(step.place)
      search.from[index] = step.from
      if suits(step.place) {
        search.end = step.place
        return search
      }
      if !hasSeen(step.place) || stops(world[step.place], moving) { continue }
      for direction in Self.turns(step.direction) {
        queue.append(
          Step(place: step.place.moved(direction), direction: direction, from: step.place))
      }
    }
    return search
  }

  private func stops(_ cell: Cell, _ moving: Bool) -> Bool {
    if cell.isEmpty || cell.kind == .openDoor { return false }
    return cell.kind == .wall || cell.kind.isDoor || !moving
  }

  /// Ahead; then with both coordinates swapped, with both swapped and turned; back.
  private static func turns(_ direction: Direction) -> [Direction] {
    switch direction {
    case .right: [.right, .down, .up, .left]
    case .down: [.down, .right, .left, .up]
    case .left: [.left, .up, .down, .right]
    case .up: [.up, .left, .right, .down]
    }
  }

  // MARK: Places to put things

  /// Where something can be put, if possible without blocking anything; nil: nowhere.
  func dropPlace(except: Place? = nil) -> Place? {
    let isFree = { (place: Place) in
      place != world.agent && place != except && hasSeen(place) && world[place].isEmpty
    }
    let isHarmless = { (place: Place) in isFree(place) && !blocks(place, except) }
    return way(isHarmless).end ?? way(isFree).end ?? way(moving: true, isHarmless).end
      ?? way(moving: true, isFree).end
  }

  private enum Around { case free, wall, thing }

  /// Whether the eight cells around it fall apart when it is full.
  private func blocks(_ place: Place, _ except: Place?) -> Bool {
    let ring = [(-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0)].map {
      around(Place(place.x + $0, place.y + $1), except)
    }
    var changes = 0
    for index in 0..<8 {
      let (before, after) = (ring[(index + 7) % 8], ring[(index + 1) % 8])
      if (ring[index] == .free) != (after == .free) { changes += 1 }
      if ring[index] == .thing && before != .free && after != .free { return true }
    }
    return changes > 2
  }

  private func around(_ place: Place, _ except: Place?) -> Around {
    guard hasSeen(place) else { return .thing }
    let cell = world[place]
    if cell.kind == .wall { return .wall }
    let isPassable = cell.isEmpty || cell.kind == .openDoor || place == world.agent
    return isPassable && place != except ? .free : .thing
  }

  /// Steps to the first wall or door in a direction, or as far as the view goes.
  func room(towards direction: Direction) -> Int {
    var distance = 1
    while true {
      let place = world.agent.moved(direction, by: distance)
      if !isInView(place) { return distance - 1 }
      let cell = world[place]
      if cell.kind == .wall || cell.kind.isDoor { return distance }
      distance += 1
    }
  }

  private func isInView(_ place: Place) -> Bool {
    let (ahead, right) = (world.direction, world.direction.turnedRight)
    let (dx, dy) = (place.x - world.agent.x, place.y - world.agent.y)
    return (0..<7).contains(dx * ahead.dx + dy * ahead.dy)
      && (-3...3).contains(dx * right.dx + dy * right.dy)
  }
}
