import CLanes
import Lanes
import Pixels

/// Draws grids from tiles that have been drawn once.
final class GridPainter: @unchecked Sendable {
  /// A tile's side in pixels.
  let side: Int
  /// [cell codes, 10]: where a tile begins; the ten are without an agent and with one in each of four
  /// directions, twice: plain and highlighted.
  private let starts = AlignedBuffer<Int32>(count: 256 * 10)
  private let pixels: AlignedBuffer<UInt8>

  private static let painters = Locked<[Int: GridPainter]>([:])

  /// The one of that side; all that are made stay.
  static func of(side: Int) -> GridPainter {
    painters.withLock {
      if let known = $0[side] { return known }
      let new = GridPainter(side: side)
      $0[side] = new
      return new
    }
  }

  private init(side: Int) {
    self.side = side
    let codes = (0..<256).map { UInt8($0) }.filter(Self.isTile)
    pixels = AlignedBuffer(count: codes.count * 10 * 3 * side * side)
    var at = 0
    for code in codes {
      for variant in 0..<10 {
        let agent = variant % 5 == 0 ? nil : Direction(variant % 5 - 1)
        let tile = Tile(
          Cell(code: code), agent: agent, isHighlighted: variant >= 5, side: side)
        tile.pixels.withUnsafeBufferPointer {
          (pixels.pointer + at).update(from: $0.baseAddress!, count: $0.count)
        }
        starts[10 * Int(code) + variant] = Int32(at)
        at += 3 * side * side
      }
    }
  }

  /// Closed and locked doors and walls are opaque; own kinds may be.
  static func isTile(_ code: UInt8) -> Bool {
    let kind = code & 15
    guard kind > 0, code >> 4 & 7 < 6 else { return false }
    return kind > 12 || (code >= 0x80) == [2, 11, 12].contains(kind)
  }

  @inline(__always) private func draw(
    _ code: UInt8, _ agent: UInt8?, _ isHighlighted: Bool, into image: UnsafeMutablePointer<UInt8>,
    rowBytes: Int
  ) {
    let variant = (isHighlighted ? 5 : 0) + (agent.map { Int($0) + 1 } ?? 0)
    let tile = pixels.pointer + Int(starts.pointer[10 * Int(code) + variant])
    for row in 0..<side {
      (image + row * rowBytes).update(from: tile + 3 * side * row, count: 3 * side)
    }
  }

  /// What the agent sees, looking up: [rows, columns, 3] of tiles.
  /// - Parameter view: by column and row, `step` bytes from column to column; 0: unseen.
  func partial(
    _ view: UnsafePointer<UInt8>, sides: Int, step: Int, into image: UnsafeMutablePointer<UInt8>
  ) {
    let rowBytes = 3 * side * sides
    for row in 0..<sides {
      for column in 0..<sides {
        let code = view[column * step + row]
        let isOwn = row == sides - 1 && column == sides / 2
        draw(
          max(code, Cell.empty.code), isOwn ? 3 : nil, code != 0,
          into: image + row * side * rowBytes + 3 * side * column, rowBytes: rowBytes)
      }
    }
  }

  /// The whole grid.
  /// - Parameter view: as for `partial`: what it shows is highlighted; nil: nothing is.
  func full(
    _ world: World, _ view: UnsafePointer<UInt8>?, sides: Int, step: Int,
    into image: UnsafeMutablePointer<UInt8>
  ) {
    let (shape, agent, direction) = (world.shape, world.agent, world.direction)
    let rowBytes = 3 * side * shape.width
    let (right, far) = (direction.turnedRight, sides - 1)
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        // In the agent's own directions.
        let (dx, dy) = (x - agent.x, y - agent.y)
        let ahead = dx * direction.dx + dy * direction.dy
        let aside = dx * right.dx + dy * right.dy + sides / 2
        let isInView = (0...far).contains(ahead) && (0...far).contains(aside)
        let isSeen = isInView && view.map { $0[aside * step + far - ahead] != 0 } ?? false
        draw(
          world.cell(row: shape.row(x, y)).code,
          dx == 0 && dy == 0 ? direction.rawValue : nil, isSeen,
          into: image + y * side * rowBytes + 3 * side * x, rowBytes: rowBytes)
      }
    }
  }
}
