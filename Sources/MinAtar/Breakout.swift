import Lanes
import Records

/// A paddle at the bottom, three rows of bricks, a ball that flies along diagonals. A brick is worth
/// 1; the game ends when the ball reaches the bottom. Its difficulty does not ramp.
///
/// - Source: MinAtar 1.0.15, `environments/breakout.py`.
final class Breakout: Rules {
  static let name = "Breakout"
  static let planes = ["paddle", "ball", "trail", "brick"]
  static let minimalMoves: [Move] = [.noop, .left, .right]

  /// Where the ball was, where it is, how it flies (1 or -1), whether it struck a brick in the last
  /// step; bricks of rows 1 to 3, bit 0 the first of row 1.
  private enum Row: Int, CaseIterable {
    case paddle, x, y, lastX, lastY, right, down, strikes, bricks
  }
  private let rows = LaneRows<Int32>(Row.allCases.count)
  private static let wall: Int32 = 0x3FFF_FFFF

  init(ramps: Bool) {
    for lane in 0..<64 { place(lane, isRight: false) }
  }

  private subscript(row: Row, lane: Int) -> Int32 {
    get { rows.pointer[row.rawValue &* 64 &+ lane] }
    set { rows.pointer[row.rawValue &* 64 &+ lane] = newValue }
  }

  func begin(_ lanes: LaneMask, _ random: RandomStates) {
    forEachLane(lanes) { place($0, isRight: random.next($0, below: 2) == 1) }
  }

  private func place(_ lane: Int, isRight: Bool) {
    self[.paddle, lane] = 4
    self[.x, lane] = isRight ? 9 : 0
    self[.y, lane] = 3
    self[.lastX, lane] = self[.x, lane]
    self[.lastY, lane] = 3
    self[.right, lane] = isRight ? -1 : 1
    self[.down, lane] = 1
    self[.strikes, lane] = 0
    self[.bricks, lane] = Self.wall
  }

  func step(_ turn: Turn) { rows.step(keeping: turn.kept) { stepAll(turn) } }

  private func stepAll(_ turn: Turn) {
    let base = rows.pointer
    @inline(__always) func row(_ row: Row) -> UnsafeMutablePointer<Int32> {
      base + row.rawValue * 64
    }
    let (moves, rewards, ends) = (turn.moves, turn.rewards, turn.ends)
    for lane in 0..<64 {
      let move = moves[lane]
      let steer: Int32 = move == 1 ? -1 : move == 3 ? 1 : 0
      let paddle = min(max(row(.paddle)[lane] &+ steer, 0), 9)
      let (oldX, oldY) = (row(.x)[lane], row(.y)[lane])
      var (right, down) = (row(.right)[lane], row(.down)[lane])
      var bricks = row(.bricks)[lane]

      let x = min(max(oldX &+ right, 0), 9)
      right = x == oldX ? 0 &- right : right
      let reached = oldY &+ down
      let isTop = reached < 0
      let inWall = UInt32(bitPattern: reached &- 1) < 3
      let bit = Int32(1) &<< ((reached &- 1) &* 10 &+ x)
      let isBrick = both(inWall, bricks & bit != 0)
      let hits = both(isBrick, row(.strikes)[lane] == 0)
      bricks = hits ? bricks & ~bit : bricks
      let isBottom = reached == 9
      bricks = both(isBottom, bricks == 0) ? Self.wall : bricks
      let meets = both(isBottom, oldX == paddle)
      let edges = both(both(isBottom, oldX != paddle), x == paddle)
      let falls = both(both(isBottom, oldX != paddle), x != paddle)
      right = edges ? 0 &- right : right
      let bounces = (hits ? 1 : 0) | (meets ? 1 : 0) | (edges ? 1 : 0) != Int32(0)
      down = bounces ? 0 &- down : isTop ? 1 : down

      row(.paddle)[lane] = paddle
      row(.x)[lane] = x
      row(.y)[lane] = bounces ? oldY : isTop ? 0 : reached
      row(.lastX)[lane] = oldX
      row(.lastY)[lane] = oldY
      row(.right)[lane] = right
      row(.down)[lane] = down
      row(.strikes)[lane] = isBrick ? 1 : 0
      row(.bricks)[lane] = bricks
      rewards[lane] = hits ? 1 : 0
      ends[lane] = falls ? 1 : 0
    }
  }

  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>) {
    forEachLane(lanes) { draw($0, images + $0 &* 400) }
  }

  @inline(__always) private func draw(_ lane: Int, _ image: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(image)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: 40)
    let bricks = UInt32(bitPattern: self[.bricks, lane])
    // Two cells behind the wall come with it, for whole vectors.
    for cell in 0..<32 {
      let brick = ((bricks &>> UInt32(cell)) & 1) &<< 24
      (raw + 40).storeBytes(of: brick.littleEndian, toByteOffset: cell &* 4, as: UInt32.self)
    }
    (raw + 168).initializeMemory(as: UInt8.self, repeating: 0, count: 232)
    @inline(__always) func set(_ x: Int32, _ y: Int32, _ plane: Int32) {
      image[Int((y &* 10 &+ x) &* 4 &+ plane)] = 1
    }
    set(self[.paddle, lane], 9, 0)
    set(self[.x, lane], self[.y, lane], 1)
    set(self[.lastX, lane], self[.lastY, lane], 2)
  }

  func visit(lane: Int, _ state: inout some StateVisitor) { rows.visit(lane: lane, &state) }

  func flaw(lane: Int, isOver: Bool) -> String? {
    func has(_ row: Row, _ range: ClosedRange<Int32>) -> Bool {
      rows.has(lane, row.rawValue, in: range)
    }
    let lowest: Int32 = isOver ? 9 : 8
    guard has(.paddle, 0...9), has(.x, 0...9), has(.y, 0...lowest), has(.lastX, 0...9),
      has(.lastY, 0...9)
    else { return "something is outside the field" }
    guard has(.right, -1...1), has(.down, -1...1), self[.right, lane] != 0, self[.down, lane] != 0
    else { return "the ball does not fly along a diagonal" }
    guard has(.strikes, 0...1), has(.bricks, 0...Self.wall) else { return "the wall is impossible" }
    return nil
  }
}
