import Lanes

/// NAVIX's pictures of cells: MiniGrid's with sides of 32 pixels, made smaller as `jax.image.resize`
/// does it with `cubic`.
final class NavixSprites: @unchecked Sendable {
  /// A sprite's side in pixels.
  static let side = 8
  static let shared = NavixSprites()

  /// How many bytes a sprite has.
  private static let bytes = 3 * side * side
  /// [256 cells' codes and 4 directions of the agent, 2]: plain, and as the first person sees them.
  private let pixels = AlignedBuffer<UInt8>(count: 260 * 2 * bytes)

  private init() {
    for code in (0...255).map({ UInt8($0) }) where GridPainter.isTile(code) {
      draw(Tile(Cell(code: code), agent: nil, isHighlighted: false, side: 32), at: Int(code))
    }
    for direction in Direction.allCases {
      draw(
        Tile(.empty, agent: direction, isHighlighted: false, side: 32),
        at: 256 + Int(direction.rawValue))
    }
  }

  /// - Parameter isDim: as the first person sees it.
  func cell(_ cell: Cell, isDim: Bool = false) -> UnsafePointer<UInt8> {
    sprite(Int(cell.code), isDim)
  }

  func agent(_ direction: Direction, isDim: Bool = false) -> UnsafePointer<UInt8> {
    sprite(256 + Int(direction.rawValue), isDim)
  }

  private func sprite(_ index: Int, _ isDim: Bool) -> UnsafePointer<UInt8> {
    UnsafePointer(pixels.pointer + (2 * index + (isDim ? 1 : 0)) * Self.bytes)
  }

  private func draw(_ tile: Tile, at index: Int) {
    let plain = pixels.pointer + 2 * index * Self.bytes
    for (at, value) in Self.smaller(tile).enumerated() {
      plain[at] = value
      // `apply_minigrid_opacity`
      plain[Self.bytes + at] = UInt8(255 - 0.7 * Float(255 - value))
    }
  }

  /// [32, 8]: how much a pixel counts for each of the smaller picture's.
  private static let weights: [[Double]] = {
    let rows = (0..<4 * side).map { from in
      (0..<side).map { to in cubic(abs(4 * (Double(to) + 0.5) - 0.5 - Double(from)) / 4) }
    }
    let sums = (0..<side).map { to in rows.reduce(0) { $0 + $1[to] } }
    return rows.map { row in zip(row, sums).map { $0 / $1 } }
  }()

  /// Keys' kernel.
  private static func cubic(_ x: Double) -> Double {
    if x >= 2 { return 0 }
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : (1.5 * x - 2.5) * x * x + 1
  }

  /// [8, 8, 3]
  private static func smaller(_ tile: Tile) -> [UInt8] {
    let (from, large) = (tile.pixels, tile.side)
    // Lines first: [8, 32, 3].
    var lines = [Double](repeating: 0, count: side * large * 3)
    for row in 0..<large {
      for to in 0..<side where weights[row][to] != 0 {
        for at in 0..<3 * large {
          lines[to * 3 * large + at] += weights[row][to] * Double(from[row * 3 * large + at])
        }
      }
    }
    return (0..<bytes).map { index in
      let (row, column, channel) = (index / (3 * side), index / 3 % side, index % 3)
      let sum = (0..<large).reduce(0) {
        $0 + weights[$1][column] * lines[(row * large + $1) * 3 + channel]
      }
      // Cut to a whole number: what is whole but for rounding stays.
      return UInt8(min(max(sum + 1e-4, 0), 255))
    }
  }
}
