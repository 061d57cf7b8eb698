import Environment
import Lanes

/// NAVIX 0.7.4's observation functions, `RADIUS` (view-size - 1) / 2.
///
/// Its oddities too: what is carried lies at row 0, column -1, which counts from the end; what was put
/// into an array last is shown, the agent after all but walls; `view_cone` wraps around the edges, and
/// for the categorical one objects hide what is behind them unless they are opaque.
final class NavixLens {
  private let image: GridImage
  private let lanes: GridLanes
  private let traits: NavixTraits
  private let radius: Int
  private let sprites: NavixSprites?
  /// [3, height, width]: how well cells can be seen through, and two fields that spread.
  private let planes: AlignedBuffer<Int32>

  /// nil: the image is none of NAVIX's.
  init?(_ task: GridTask, _ settings: GridSettings, _ lanes: GridLanes) {
    guard settings.image.isNavix else { return nil }
    (image, self.lanes, radius) = (settings.image, lanes, settings.viewSize / 2)
    traits = NavixTraits.of(task.id) ?? NavixTraits()
    sprites = image.isPicture ? .shared : nil
    planes = AlignedBuffer(count: 3 * lanes.shape.width * lanes.shape.height)
  }

  static func field(_ task: GridTask, _ settings: GridSettings, _ kinds: KindTable) -> Field {
    let (sides, pixels) = (settings.viewSize, NavixSprites.side)
    let (rows, columns) = settings.image.isFirstPerson ? (sides, sides) : (task.height, task.width)
    switch settings.image {
    case .navixSymbolic, .navixFirstPerson:
      return Field(
        "image", [rows, columns, 3], .uint8, .symbols([kinds.objectBound, 6, kinds.stateBound]))
    case .navixCategorical:
      return Field(
        "image", [rows, columns], .int32, low: [-1], high: [Double(kinds.objectBound - 1)])
    case .navixCategoricalFirstPerson:
      return Field("image", [rows, columns], .int32, low: [-1], high: [Double(Self.outside)])
    default:
      return Field(
        "image", [1, rows * pixels, columns * pixels, 3], .uint8,
        .picture(planesFirst: false, stack: 1))
    }
  }

  func write(_ mask: LaneMask, _ rows: BlockRows, _ world: (Int) -> World) {
    let (images, bytes) = (rows.observation(0, UInt8.self), rows.observationBytes(0))
    let numbers = rows.observation(0, Int32.self)
    forEachLane(mask) { lane in
      let (world, image) = (world(lane), images + lane * bytes)
      switch self.image {
      case .navixSymbolic: symbolic(world, image)
      case .navixFirstPerson: symbolicFirstPerson(world, image)
      case .navixCategorical: categorical(world, numbers + lane * bytes / 4)
      case .navixCategoricalFirstPerson:
        categoricalFirstPerson(world, numbers + lane * bytes / 4)
      case .navixRGB: rgb(world, image)
      default: rgbFirstPerson(world, image)
      }
    }
  }

  // MARK: Symbolic

  private func symbolic(_ world: World, _ image: UnsafeMutablePointer<UInt8>) {
    forEachCell { place, index in show(world, place, image + 3 * index) }
    let agent = world.agent
    let own = image + 3 * (agent.y * lanes.shape.width + agent.x)
    (own[0], own[1], own[2]) = (Kind.agent.number, 0, world.direction.rawValue)
  }

  private func symbolicFirstPerson(_ world: World, _ image: UnsafeMutablePointer<UInt8>) {
    let agent = world.agent
    forEachSeen(world) { place, index in
      let triple = image + 3 * index
      if place == agent { show(.empty, triple) } else { show(world, place, triple) }
    }
  }

  private func show(_ world: World, _ place: Place, _ triple: UnsafeMutablePointer<UInt8>) {
    let isOutside = !lanes.shape.contains(place)
    show(isOutside ? .wall : isPile(world, place) ? world.carried : world[place], triple)
  }

  @inline(__always) private func show(_ cell: Cell, _ triple: UnsafeMutablePointer<UInt8>) {
    lanes.kinds.show(cell.code, triple)
  }

  /// Where what is carried lies.
  private func isPile(_ world: World, _ place: Place) -> Bool {
    !world.carried.isEmpty && place == Place(lanes.shape.width - 1, 0)
  }

  // MARK: Categorical

  /// What lies beyond the grid.
  private static let outside: Int32 = 100

  private func categorical(_ world: World, _ image: UnsafeMutablePointer<Int32>) {
    forEachCell { place, index in image[index] = tag(world[place], place) }
    // A number of a cell counts from the end as well.
    if !world.carried.isEmpty {
      image[lanes.shape.width * lanes.shape.height - 1] = tag(world.carried, .nowhere)
    }
    image[world.agent.y * lanes.shape.width + world.agent.x] = Int32(Kind.agent.number)
  }

  private func categoricalFirstPerson(_ world: World, _ image: UnsafeMutablePointer<Int32>) {
    let agent = world.agent
    // `~` of a truth value, or of a number.
    let (clear, opaque): (Int32, Int32) = traits.countsDoors ? (-2, -1) : (0, 1)
    spread(world, clear: clear, opaque: opaque)
    forEachSeen(world) { place, index in
      if !lanes.shape.contains(place) {
        image[index] = Self.outside
      } else if !isSeen(world, place) {
        image[index] = 0
      } else if place == agent {
        image[index] = Int32(Kind.agent.number)
      } else {
        let cell = isPile(world, place) ? world.carried : world[place]
        image[index] = tag(cell, place)
      }
    }
  }

  /// Walls of the grid are -1.
  private func tag(_ cell: Cell, _ place: Place) -> Int32 {
    switch cell.kind {
    case .wall: return isObject(place) ? Int32(Kind.wall.number) : -1
    case .empty: return 0
    default: return Int32(lanes.kinds.objects[Int(cell.kind.number)])
    }
  }

  /// Whether a wall that stands there is an object.
  private func isObject(_ place: Place) -> Bool {
    let shape = lanes.shape
    return traits.hasWalls && place.x > 0 && place.y > 0 && place.x < shape.width - 1
      && place.y < shape.height - 1
  }

  // MARK: Pictures

  private func rgb(_ world: World, _ image: UnsafeMutablePointer<UInt8>) {
    guard let sprites else { return }
    let (agent, width) = (world.agent, lanes.shape.width)
    forEachCell { place, index in
      let sprite = place == agent ? sprites.agent(world.direction) : sprites.cell(world[place])
      paint(sprite, image, index, width)
    }
  }

  private func rgbFirstPerson(_ world: World, _ image: UnsafeMutablePointer<UInt8>) {
    guard let sprites else { return }
    let (agent, sides) = (world.agent, 2 * radius + 1)
    spread(world, clear: 1, opaque: 0)
    forEachSeen(world) { place, index in
      let isDark = !lanes.shape.contains(place) || !isSeen(world, place)
      let sprite =
        isDark
        ? nil
        : place == agent
          ? sprites.agent(.up, isDim: true) : sprites.cell(world[place], isDim: true)
      paint(sprite, image, index, sides)
    }
  }

  /// - Parameter sprite: nil: black.
  private func paint(
    _ sprite: UnsafePointer<UInt8>?, _ image: UnsafeMutablePointer<UInt8>, _ index: Int,
    _ columns: Int
  ) {
    let bytes = 3 * NavixSprites.side
    let (row, column) = index.quotientAndRemainder(dividingBy: columns)
    for line in 0..<NavixSprites.side {
      let to = image + ((row * NavixSprites.side + line) * columns + column) * bytes
      if let sprite {
        to.update(from: sprite + line * bytes, count: bytes)
      } else {
        to.update(repeating: 0, count: bytes)
      }
    }
  }

  // MARK: Cells

  /// The grid's by rows.
  private func forEachCell(_ body: (Place, Int) -> Void) {
    for y in 0..<lanes.shape.height {
      for x in 0..<lanes.shape.width { body(Place(x, y), y * lanes.shape.width + x) }
    }
  }

  /// `crop`: the cells ahead of the agent, who stands in the middle of the last row, by rows; some may
  /// lie beyond the grid.
  private func forEachSeen(_ world: World, _ body: (Place, Int) -> Void) {
    let (agent, direction, sides) = (world.agent, world.direction, 2 * radius + 1)
    for row in 0..<sides {
      for column in 0..<sides {
        let place = agent.moved(direction, by: 2 * radius - row)
          .moved(direction.turnedRight, by: column - radius)
        body(place, row * sides + column)
      }
    }
  }
}

/// `view_cone`.
extension NavixLens {
  private var count: Int { lanes.shape.width * lanes.shape.height }

  /// Spreads from the agent, a cell a turn in all eight directions, over the edges too, where cells can
  /// be seen through; whole numbers overflow.
  /// - Parameters: clear, opaque: what objects let through.
  private func spread(_ world: World, clear: Int32, opaque: Int32) {
    let (width, height) = (lanes.shape.width, lanes.shape.height)
    let (lets, field, sums) = (
      planes.pointer, planes.pointer + count, planes.pointer + 2 * count
    )
    forEachCell { place, index in
      lets[index] = passage(world, place, clear, opaque)
      field[index] = place == world.agent ? 1 : 0
    }
    for _ in 0..<radius {
      forEachCell { place, index in
        let (up, down) = ((place.y + height - 1) % height, (place.y + 1) % height)
        sums[index] =
          field[up * width + place.x] &+ field[index] &+ field[down * width + place.x]
      }
      forEachCell { place, index in
        let (left, right) = ((place.x + width - 1) % width, (place.x + 1) % width)
        let row = place.y * width
        field[index] = (sums[row + left] &+ sums[index] &+ sums[row + right]) &* lets[index]
      }
    }
  }

  private func passage(_ world: World, _ place: Place, _ clear: Int32, _ opaque: Int32) -> Int32 {
    let cell = world[place]
    if place == world.agent || isPile(world, place) { return clear }
    if cell.kind == .wall { return isObject(place) ? opaque : 0 }
    return cell.isEmpty ? 1 : cell.code & 0x80 != 0 ? opaque : clear
  }

  /// What has been reached, and what stops it right beside.
  private func isSeen(_ world: World, _ place: Place) -> Bool {
    let (width, height) = (lanes.shape.width, lanes.shape.height)
    let (lets, field) = (planes.pointer, planes.pointer + count)
    let index = place.y * width + place.x
    if place == world.agent || field[index] > 0 { return true }
    guard lets[index] == 0 else { return false }
    for dy in 0..<3 {
      let row = (place.y + height - 1 + dy) % height * width
      for dx in 0..<3 where field[row + (place.x + width - 1 + dx) % width] > 0 { return true }
    }
    return false
  }
}
