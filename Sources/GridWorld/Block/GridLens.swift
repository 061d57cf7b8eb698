import CLanes
import Environment
import Glibc
import Lanes

/// Writes observations.
final class GridLens {
  private let settings: GridSettings
  private let lanes: GridLanes
  private let shape: GridShape
  private let seesThroughWalls: Bool
  /// Cells of a view's side, and bytes from one of its columns to the next.
  let sides, step: Int
  private let painter: GridPainter?
  private let navix: NavixLens?
  /// [64, columns, step]
  private let views: AlignedBuffer<UInt8>
  private let mask: AlignedBuffer<Bool>

  init(_ task: GridTask, _ settings: GridSettings, _ lanes: GridLanes) {
    (self.settings, self.lanes, shape) = (settings, lanes, lanes.shape)
    seesThroughWalls =
      settings.sight == .task ? task.seesThroughWalls : settings.sight == .through
    sides = settings.viewSize
    step = sides == 7 ? 8 : sides
    views = AlignedBuffer(count: 64 * max(64, sides * sides))
    mask = AlignedBuffer(count: sides * sides)
    painter = settings.image.hasTiles ? .of(side: settings.tileSize) : nil
    navix = NavixLens(task, settings, lanes)
  }

  // MARK: Fields

  static func fields(
    _ task: GridTask, _ settings: GridSettings, _ kinds: KindTable
  ) -> [Field] {
    var fields = [image(task, settings, kinds)]
    if settings.image == .flat { return fields }
    if !settings.imageOnly {
      fields.append(Field("direction", [], .uint8, .choice(4)))
      fields.append(
        Field(
          "mission", [settings.words ?? task.words], .uint8,
          .tokens(vocabulary: Vocabulary.bound)))
    }
    if settings.goalDirection != .none { fields.append(Field("goal_direction", [], .float64)) }
    return fields
  }

  private static func image(
    _ task: GridTask, _ settings: GridSettings, _ kinds: KindTable
  ) -> Field {
    let (sides, tile, width, height) = (
      settings.viewSize, settings.tileSize, task.width, task.height
    )
    let cells = Role.symbols([kinds.objectBound, 6, kinds.stateBound])
    let bits = kinds.objectBound + 6 + kinds.stateBound - 1
    return switch settings.image {
    case .partial: Field("image", [sides, sides, 3], .uint8, cells)
    case .full: Field("image", [width, height, 3], .uint8, cells)
    case .symbolic:
      Field(
        "image", [width, height, 3], .int32, low: [-1],
        high: [Double(max(width, height, kinds.objectBound) - 1)])
    case .flat:
      Field(
        "flat", [3 * sides * sides + GridSettings.Flat.letters * GridSettings.Flat.bits], .uint8,
        low: [0], high: [Double(max(kinds.objectBound - 1, 5))])
    case .oneHot: Field("image", [sides, sides, bits], .uint8, .planes(planesFirst: false))
    case .rgbPartial:
      Field(
        "image", [1, sides * tile, sides * tile, 3], .uint8,
        .picture(planesFirst: false, stack: 1))
    case .rgbFull:
      Field(
        "image", [1, height * tile, width * tile, 3], .uint8,
        .picture(planesFirst: false, stack: 1))
    default: NavixLens.field(task, settings, kinds)
    }
  }

  // MARK: Writing

  /// All but missions.
  func write(_ mask: LaneMask, _ rows: BlockRows, _ world: (Int) -> World) {
    var view = lanes.view(seesThroughWalls: seesThroughWalls)
    if settings.image == .partial && sides == 7 {
      grid_views(&view, mask, rows.observation(0, UInt8.self))
    } else if let navix {
      navix.write(mask, rows, world)
    } else {
      writeImages(mask, rows, world)
    }
    guard settings.image != .flat else { return }
    if !settings.imageOnly {
      let directions = rows.observation(1, UInt8.self)
      forEachLane(mask) { directions[$0] = lanes.directions[$0] }
    }
    if settings.goalDirection != .none {
      let ways = rows.observation(settings.imageOnly ? 1 : 3, Double.self)
      forEachLane(mask) { ways[$0] = goalDirection(world($0)) }
    }
  }

  func writeMissions(_ mask: LaneMask, _ rows: BlockRows) {
    let slots = UnsafeRawPointer(lanes.slots).assumingMemoryBound(
      to: UnsafeMutableRawPointer?.self)
    if settings.image != .flat && !settings.imageOnly {
      grid_copy(rows.observation(2, UInt8.self), shape.words, slots, shape.tokens, mask)
    }
    grid_copy(rows.info(0, UInt8.self), shape.letters, slots, shape.text, mask)
  }

  private func writeImages(_ mask: LaneMask, _ rows: BlockRows, _ world: (Int) -> World) {
    if settings.image == .symbolic {
      let images = rows.observation(0, Int32.self)
      forEachLane(mask) { symbols(world($0), images + $0 * shape.width * shape.height * 3) }
      return
    }
    let images = rows.observation(0, UInt8.self)
    let bytes = rows.observationBytes(0)
    if settings.image != .full { look(mask) }
    forEachLane(mask) { lane in
      let (image, view) = (images + lane * bytes, self.view(lane))
      switch settings.image {
      case .partial: symbols(view, image)
      case .full: full(world(lane), image)
      case .oneHot: bits(view, image, bytes)
      case .flat: flat(view, lane, image, bytes)
      case .rgbPartial:
        painter?.partial(view, sides: sides, step: step, into: image)
      case .rgbFull:
        painter?.full(
          world(lane), settings.highlights ? view : nil, sides: sides, step: step, into: image)
      default: return
      }
    }
  }

  /// By column and row; unseen cells are 0.
  func view(_ lane: Int) -> UnsafePointer<UInt8> {
    UnsafePointer(views.pointer + lane * max(64, sides * sides))
  }

  private func symbols(_ view: UnsafePointer<UInt8>, _ image: UnsafeMutablePointer<UInt8>) {
    for column in 0..<sides {
      for row in 0..<sides {
        lanes.kinds.show(view[column * step + row], image + 3 * (column * sides + row))
      }
    }
  }

  private func full(_ world: World, _ image: UnsafeMutablePointer<UInt8>) {
    for x in 0..<shape.width {
      for y in 0..<shape.height {
        let triple = image + 3 * (x * shape.height + y)
        lanes.kinds.show(world.cell(row: shape.row(x, y)).code, triple)
      }
    }
    let agent = world.agent
    let own = image + 3 * (agent.x * shape.height + agent.y)
    (own[0], own[1], own[2]) = (Kind.agent.number, 0, world.direction.rawValue)
  }

  /// Column, row, object or -1.
  private func symbols(_ world: World, _ image: UnsafeMutablePointer<Int32>) {
    let agent = world.agent
    for x in 0..<shape.width {
      for y in 0..<shape.height {
        let triple = image + 3 * (x * shape.height + y)
        let cell = world.cell(row: shape.row(x, y))
        (triple[0], triple[1]) = (Int32(x), Int32(y))
        triple[2] =
          agent == Place(x, y)
          ? Int32(Kind.agent.number)
          : cell.isEmpty ? -1 : Int32(lanes.kinds.objects[Int(cell.kind.number)])
      }
    }
  }

  /// A bit for the object, one for the colour, one for the state.
  private func bits(
    _ view: UnsafePointer<UInt8>, _ image: UnsafeMutablePointer<UInt8>, _ bytes: Int
  ) {
    image.update(repeating: 0, count: bytes)
    let (objects, all) = (lanes.kinds.objectBound, bytes / (sides * sides))
    for column in 0..<sides {
      for row in 0..<sides {
        let code = view[column * step + row]
        let cell = image + all * (column * sides + row)
        cell[Int(lanes.kinds.objects[Int(code & 15)])] = 1
        cell[objects + Int(code >> 4 & 7)] = 1
        cell[objects + 6 + Int(lanes.kinds.states[Int(code & 15)])] = 1
      }
    }
  }

  /// The image, then a bit a letter of the mission.
  private func flat(
    _ view: UnsafePointer<UInt8>, _ lane: Int, _ image: UnsafeMutablePointer<UInt8>, _ bytes: Int
  ) {
    image.update(repeating: 0, count: bytes)
    symbols(view, image)
    let letters = image + 3 * sides * sides
    let text = lanes.slot(of: lane).bytes(shape.text)
    for index in 0..<min(shape.letters, GridSettings.Flat.letters) where text[index] != 0 {
      let letter: Int? =
        switch text[index] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(text[index] - UInt8(ascii: "a"))
        case UInt8(ascii: " "): 26
        case UInt8(ascii: ","): 27
        default: nil
        }
      if let letter { letters[GridSettings.Flat.bits * index + letter] = 1 }
    }
  }

  /// To the first goal square, row by row.
  private func goalDirection(_ world: World) -> Double {
    for y in 0..<shape.height {
      for x in 0..<shape.width where world.cell(row: shape.row(x, y)).kind == .goal {
        return way(x - world.agent.x, y - world.agent.y)
      }
    }
    return 0
  }

  private func way(_ dx: Int, _ dy: Int) -> Double {
    if dx == 0 && dy == 0 { return 0 }
    if settings.goalDirection == .fullAngle { return atan2(Double(dy), Double(dx)) }
    let slope = dx == 0 ? (dy > 0 ? Double.infinity : -.infinity) : Double(dy) / Double(dx)
    return settings.goalDirection == .angle ? atan(slope) : slope
  }
}

/// Views of any size.
extension GridLens {
  /// Fills the lanes' views.
  func look(_ mask: LaneMask) {
    var view = lanes.view(seesThroughWalls: seesThroughWalls)
    if sides == 7 { return grid_view_cells(&view, mask, views.pointer) }
    forEachLane(mask) { look($0, views.pointer + $0 * max(64, sides * sides)) }
  }

  private func look(_ lane: Int, _ view: UnsafeMutablePointer<UInt8>) {
    let direction = lanes.directions[lane]
    let isColumn = direction & 1 == 1
    let place = Int(isColumn ? lanes.columnPlaces[lane] : lanes.rowPlaces[lane])
    let plane = lanes.slot(of: lane).bytes(isColumn ? shape.columns : shape.rows)
    let lines = isColumn ? shape.columnStep : shape.rowStep
    let aside = direction == 0 || direction == 3 ? lines : -lines
    let ahead = direction < 2 ? 1 : -1
    for column in 0..<sides {
      let line = plane + place + (column - sides / 2) * aside
      for row in 0..<sides { view[column * sides + row] = line[(sides - 1 - row) * ahead] }
    }
    if !seesThroughWalls { hide(view) }
    view[sides / 2 * sides + sides - 1] = lanes.carried[lane]
  }

  /// `process_vis`: rows from the agent's outwards, each to the right and to the left.
  private func hide(_ view: UnsafeMutablePointer<UInt8>) {
    let seen = mask.pointer
    seen.update(repeating: false, count: sides * sides)
    seen[sides / 2 * sides + sides - 1] = true
    func spread(_ column: Int, _ row: Int, _ way: Int) {
      let at = column * sides + row
      guard seen[at], view[at] & 0x80 == 0 else { return }
      seen[at + way * sides] = true
      guard row > 0 else { return }
      seen[at + way * sides - 1] = true
      seen[at - 1] = true
    }
    for row in stride(from: sides - 1, through: 0, by: -1) {
      for column in 0..<sides - 1 { spread(column, row, 1) }
      for column in stride(from: sides - 1, to: 0, by: -1) { spread(column, row, -1) }
    }
    for at in 0..<sides * sides where !seen[at] { view[at] = 0 }
  }
}
