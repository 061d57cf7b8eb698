import Glibc

/// Pictures of cells, as MiniGrid draws them: shapes on three times as many points, each pixel the
/// mean of nine.
struct Tile {
  /// A side in pixels.
  let side: Int
  private let points: Int
  /// [points, points, 3]
  private var image: [UInt8]

  init(side: Int) {
    self.side = side
    points = 3 * side
    image = [UInt8](repeating: 0, count: 3 * points * points)
  }

  typealias Shape = (_ x: Double, _ y: Double) -> Bool

  mutating func fill(_ colour: (UInt8, UInt8, UInt8), _ shape: Shape) {
    for row in 0..<points {
      for column in 0..<points {
        let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
        guard shape(x / Double(points), y / Double(points)) else { continue }
        let at = 3 * (row * points + column)
        (image[at], image[at + 1], image[at + 2]) = colour
      }
    }
  }

  /// Blends 30 per cent white in.
  mutating func highlight() {
    for index in image.indices {
      let value = Double(image[index])
      image[index] = UInt8(min(max(value + 0.3 * (255 - value), 0), 255))
    }
  }

  /// [side, side, 3]: means along x, then along y, cut to whole numbers.
  var pixels: [UInt8] {
    var pixels = [UInt8](repeating: 0, count: 3 * side * side)
    for index in pixels.indices {
      let (row, column, channel) = (index / (3 * side), index / 3 % side, index % 3)
      let means = (0..<3).map { step in
        let at = 3 * ((3 * row + step) * points + 3 * column) + channel
        return (Double(image[at]) + Double(image[at + 3]) + Double(image[at + 6])) / 3
      }
      pixels[index] = UInt8((means[0] + means[1] + means[2]) / 3)
    }
    return pixels
  }

  // MARK: Shapes

  static func rectangle(_ left: Double, _ right: Double, _ top: Double, _ bottom: Double) -> Shape {
    { $0 >= left && $0 <= right && $1 >= top && $1 <= bottom }
  }

  static func circle(_ x: Double, _ y: Double, _ radius: Double) -> Shape {
    { ($0 - x) * ($0 - x) + ($1 - y) * ($1 - y) <= radius * radius }
  }

  /// Ends are kept as single floats, as the original's.
  static func line(
    _ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, _ radius: Double
  ) -> Shape {
    let start = (x: Float(x0), y: Float(y0))
    let way = (x: Float(x1) - start.x, y: Float(y1) - start.y)
    let length = (way.x * way.x + way.y * way.y).squareRoot()
    let unit = (x: Double(way.x / length), y: Double(way.y / length))
    let box = rectangle(
      min(x0, x1) - radius, max(x0, x1) + radius, min(y0, y1) - radius, max(y0, y1) + radius)
    return { x, y in
      if !box(x, y) { return false }
      let along = (x - Double(start.x)) * unit.x + (y - Double(start.y)) * unit.y
      let at = min(max(along, 0), Double(length))
      let (dx, dy) = (x - (Double(start.x) + at * unit.x), y - (Double(start.y) + at * unit.y))
      return (dx * dx + dy * dy).squareRoot() <= radius
    }
  }

  /// The agent, turned by quarters.
  static func triangle(quarters: Int) -> Shape {
    let angle = -0.5 * Double.pi * Double(quarters)
    let (cosine, sine) = (cos(angle), sin(angle))
    let a = (x: Float(0.12), y: Float(0.19))
    let v0 = (x: Float(0.12) - a.x, y: Float(0.81) - a.y)
    let v1 = (x: Float(0.87) - a.x, y: Float(0.5) - a.y)
    let dot00 = v0.x * v0.x + v0.y * v0.y
    let dot01 = v0.x * v1.x + v0.y * v1.y
    let dot11 = v1.x * v1.x + v1.y * v1.y
    let scale = Double(1 / (dot00 * dot11 - dot01 * dot01))
    return { x, y in
      let (dx, dy) = (x - 0.5, y - 0.5)
      let px = 0.5 + dx * cosine - dy * sine - Double(a.x)
      let py = 0.5 + dy * cosine + dx * sine - Double(a.y)
      let dot02 = Double(v0.x) * px + Double(v0.y) * py
      let dot12 = Double(v1.x) * px + Double(v1.y) * py
      let u = (Double(dot11) * dot02 - Double(dot01) * dot12) * scale
      let v = (Double(dot00) * dot12 - Double(dot01) * dot02) * scale
      return u >= 0 && v >= 0 && u + v < 1
    }
  }
}

/// What stands in a cell, drawn.
extension Tile {
  init(_ cell: Cell, agent: Direction?, isHighlighted: Bool, side: Int) {
    self.init(side: side)
    fill((100, 100, 100), Self.rectangle(0, 0.031, 0, 1))
    fill((100, 100, 100), Self.rectangle(0, 1, 0, 0.031))
    draw(cell.kind, cell.colour.rgb)
    if let agent { fill((255, 0, 0), Self.triangle(quarters: Int(agent.rawValue))) }
    if isHighlighted { highlight() }
  }

  private mutating func draw(_ kind: Kind, _ colour: (UInt8, UInt8, UInt8)) {
    switch kind {
    case .unseen, .empty, .agent: return
    case .wall, .goal: fill(colour, Self.rectangle(0, 1, 0, 1))
    case .floor:
      fill((colour.0 / 2, colour.1 / 2, colour.2 / 2), Self.rectangle(0.031, 1, 0.031, 1))
    case .lava: drawLava()
    case .openDoor:
      fill(colour, Self.rectangle(0.88, 1, 0, 1))
      fill((0, 0, 0), Self.rectangle(0.92, 0.96, 0.04, 0.96))
    case .lockedDoor: drawLockedDoor(colour)
    case .closedDoor: drawClosedDoor(colour)
    case .key: drawKey(colour)
    case .ball: fill(colour, Self.circle(0.5, 0.5, 0.31))
    case .box:
      fill(colour, Self.rectangle(0.12, 0.88, 0.12, 0.88))
      fill((0, 0, 0), Self.rectangle(0.18, 0.82, 0.18, 0.82))
      fill(colour, Self.rectangle(0.16, 0.84, 0.47, 0.53))
    default: fill(colour, Self.rectangle(0.2, 0.8, 0.2, 0.8))
    }
  }

  private mutating func drawLava() {
    fill((255, 128, 0), Self.rectangle(0, 1, 0, 1))
    for wave in 0..<3 {
      let (high, low) = (0.3 + 0.2 * Double(wave), 0.4 + 0.2 * Double(wave))
      fill((0, 0, 0), Self.line(0.1, high, 0.3, low, 0.03))
      fill((0, 0, 0), Self.line(0.3, low, 0.5, high, 0.03))
      fill((0, 0, 0), Self.line(0.5, high, 0.7, low, 0.03))
      fill((0, 0, 0), Self.line(0.7, low, 0.9, high, 0.03))
    }
  }

  private mutating func drawLockedDoor(_ colour: (UInt8, UInt8, UInt8)) {
    func dark(_ part: UInt8) -> UInt8 { UInt8(0.45 * Double(part)) }
    fill(colour, Self.rectangle(0, 1, 0, 1))
    fill((dark(colour.0), dark(colour.1), dark(colour.2)), Self.rectangle(0.06, 0.94, 0.06, 0.94))
    fill(colour, Self.rectangle(0.52, 0.75, 0.5, 0.56))
  }

  private mutating func drawClosedDoor(_ colour: (UInt8, UInt8, UInt8)) {
    fill(colour, Self.rectangle(0, 1, 0, 1))
    fill((0, 0, 0), Self.rectangle(0.04, 0.96, 0.04, 0.96))
    fill(colour, Self.rectangle(0.08, 0.92, 0.08, 0.92))
    fill((0, 0, 0), Self.rectangle(0.12, 0.88, 0.12, 0.88))
    fill(colour, Self.circle(0.75, 0.5, 0.08))
  }

  private mutating func drawKey(_ colour: (UInt8, UInt8, UInt8)) {
    fill(colour, Self.rectangle(0.5, 0.63, 0.31, 0.88))
    fill(colour, Self.rectangle(0.38, 0.5, 0.59, 0.66))
    fill(colour, Self.rectangle(0.38, 0.5, 0.81, 0.88))
    fill(colour, Self.circle(0.56, 0.28, 0.19))
    fill((0, 0, 0), Self.circle(0.56, 0.28, 0.064))
  }
}

extension Colour {
  var rgb: (UInt8, UInt8, UInt8) {
    switch self {
    case .red: (255, 0, 0)
    case .green: (0, 255, 0)
    case .blue: (0, 0, 255)
    case .purple: (112, 39, 195)
    case .yellow: (255, 255, 0)
    case .grey: (100, 100, 100)
    }
  }
}
