import Lanes
import Records

/// The player moves about a field into which enemies and gold fly from both sides, at most one a row.
/// Gold is worth 1; an enemy ends the game. They come and fly faster as time goes on.
///
/// - Source: MinAtar 1.0.15, `environments/asterix.py`.
final class Asterix: Rules {
  static let name = "Asterix"
  static let planes = ["player", "enemy", "trail", "gold"]
  static let minimalMoves: [Move] = [.noop, .left, .up, .right, .down]

  /// Rows of the columns and the kinds of what flies in rows 1 to 8 of the field; then the player and
  /// the timers.
  private enum Row {
    static let columns = 0, kinds = 8, x = 16, y = 17, spawnWait = 18, spawnPause = 19
    static let moveWait = 20, movePause = 21, rampWait = 22, ramps = 23, count = 24
  }
  /// Of a kind; 0: nothing flies there.
  private enum Kind {
    static let isThere: Int8 = 1, fliesRight: Int8 = 2, isGold: Int8 = 4
  }
  private let rows = LaneRows<Int8>(Row.count)
  private let doesRamp: Bool
  /// [kinds 8, columns 16, 64]: the 40 bytes of a row of the field, and zeros.
  private let pictures = AlignedBuffer<UInt8>(count: 128 * 64)

  init(ramps: Bool) {
    doesRamp = ramps
    for kind in 0..<Int8(8) where kind & Kind.isThere != 0 {
      for column in 0..<10 {
        let picture = pictures.pointer + (Int(kind) * 16 + column) * 64
        picture[column * 4 + (kind & Kind.isGold != 0 ? 3 : 1)] = 1
        let back = column + (kind & Kind.fliesRight != 0 ? -1 : 1)
        if (0...9).contains(back) { picture[back * 4 + 2] = 1 }
      }
    }
    for lane in 0..<64 { place(lane) }
  }

  private subscript(row: Int, lane: Int) -> Int8 {
    get { rows.pointer[row &* 64 &+ lane] }
    set { rows.pointer[row &* 64 &+ lane] = newValue }
  }

  func begin(_ lanes: LaneMask, _ random: RandomStates) { forEachLane(lanes) { place($0) } }

  private func place(_ lane: Int) {
    for row in 0..<Row.x { self[row, lane] = 0 }
    self[Row.x, lane] = 5
    self[Row.y, lane] = 5
    self[Row.spawnWait, lane] = 10
    self[Row.spawnPause, lane] = 10
    self[Row.moveWait, lane] = 5
    self[Row.movePause, lane] = 5
    self[Row.rampWait, lane] = 100
    self[Row.ramps, lane] = 0
  }

  func step(_ turn: Turn) {
    forEachLane(zeros(UnsafePointer(rows.pointer + Row.spawnWait * 64)) & turn.lanes) { lane in
      spawn(lane, turn.random)
      self[Row.spawnWait, lane] = self[Row.spawnPause, lane]
    }
    rows.step(keeping: turn.kept) {
      walk(turn.moves)
      fly(turn)
      count()
    }
  }

  /// Something new in one of the empty rows; where there is none, two draws all the same.
  private func spawn(_ lane: Int, _ random: RandomStates) {
    var kind = Kind.isThere
    if random.decide(lane, below: 1 << 52) { kind |= Kind.fliesRight }
    if random.decide(lane, below: Self.third) { kind |= Kind.isGold }
    var empty: UInt32 = 0
    for slot in 0..<8 where self[Row.kinds &+ slot, lane] == 0 { empty |= 1 &<< UInt32(slot) }
    if empty == 0 { return }
    for _ in 0..<random.next(lane, below: UInt32(empty.nonzeroBitCount)) { empty &= empty &- 1 }
    let slot = empty.trailingZeroBitCount
    self[Row.kinds &+ slot, lane] = kind
    self[Row.columns &+ slot, lane] = kind & Kind.fliesRight != 0 ? 0 : 9
  }

  private static let third = RandomStates.threshold(1 / 3)

  private func walk(_ moves: UnsafePointer<Int8>) {
    let (x, y) = (rows.pointer + Row.x * 64, rows.pointer + Row.y * 64)
    for lane in 0..<64 {
      let across: Int8 = moves[lane] == 1 ? -1 : moves[lane] == 3 ? 1 : 0
      x[lane] = min(max(x[lane] &+ across, 0), 9)
    }
    for lane in 0..<64 {
      let down: Int8 = moves[lane] == 2 ? -1 : moves[lane] == 4 ? 1 : 0
      y[lane] = min(max(y[lane] &+ down, 1), 8)
    }
  }

  /// The player touches what is in its cell before and after that has flown on.
  private func fly(_ turn: Turn) {
    let base = rows.pointer
    let (playerX, playerY) = (base + Row.x * 64, base + Row.y * 64)
    let moveWait = base + Row.moveWait * 64
    let (rewards, ends) = (turn.rewards, turn.ends)
    for slot in 0..<8 {
      let (columns, kinds) = (base + (Row.columns + slot) * 64, base + (Row.kinds + slot) * 64)
      let row = Int8(slot + 1)
      for lane in 0..<64 {
        var (column, kind) = (columns[lane], kinds[lane])
        // -1 where the player is not in this row.
        let here = playerY[lane] == row ? playerX[lane] : -1
        @inline(__always) func touch() {
          let touches = both(kind != 0, column == here)
          let isGold = kind & Kind.isGold != 0
          let takes = both(touches, isGold)
          rewards[lane] &+= takes ? 1 : 0
          ends[lane] |= both(touches, !isGold) ? 1 : 0
          kind = takes ? 0 : kind
        }
        touch()
        let moves = both(moveWait[lane] == 0, kind != 0)
        let on = column &+ (kind & Kind.fliesRight != 0 ? 1 : -1)
        let leaves = both(moves, UInt8(bitPattern: on) > 9)
        kind = leaves ? 0 : kind
        column = both(moves, !leaves) ? on : column
        touch()
        columns[lane] = column
        kinds[lane] = kind
      }
    }
  }

  private func count() {
    let base = rows.pointer
    @inline(__always) func row(_ row: Int) -> UnsafeMutablePointer<Int8> { base + row * 64 }
    let doesRamp = doesRamp
    for lane in 0..<64 {
      let (spawnPause, movePause) = (row(Row.spawnPause)[lane], row(Row.movePause)[lane])
      let (ramps, wait) = (row(Row.ramps)[lane], row(Row.rampWait)[lane])
      let moveWait = row(Row.moveWait)[lane]
      row(Row.moveWait)[lane] = (moveWait == 0 ? movePause : moveWait) &- 1
      row(Row.spawnWait)[lane] &-= 1
      let canRamp = both(doesRamp, spawnPause | movePause != 1)
      let isDue = both(canRamp, wait < 0)
      let isOdd = ramps & 1 == 1
      row(Row.movePause)[lane] =
        both(both(isDue, isOdd), movePause > 1) ? movePause &- 1 : movePause
      row(Row.spawnPause)[lane] = both(isDue, spawnPause > 1) ? spawnPause &- 1 : spawnPause
      row(Row.ramps)[lane] = isDue ? ramps &+ 1 : ramps
      row(Row.rampWait)[lane] = isDue ? 100 : canRamp ? wait &- 1 : wait
    }
  }

  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>) {
    forEachLane(lanes) { draw($0, images + $0 &* 400) }
  }

  @inline(__always) private func draw(_ lane: Int, _ image: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(image)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: 40)
    // Each piece covers more than its row, of which the next one is written afterwards.
    for slot in 0..<8 {
      let index = Int(self[Row.kinds &+ slot, lane]) &* 16 &+ Int(self[Row.columns &+ slot, lane])
      (raw + (slot &+ 1) &* 40).copyMemory(from: pictures.pointer + index &* 64, byteCount: 64)
    }
    (raw + 384).initializeMemory(as: UInt8.self, repeating: 0, count: 16)
    image[(Int(self[Row.y, lane]) &* 10 &+ Int(self[Row.x, lane])) &* 4] = 1
  }

  func visit(lane: Int, _ state: inout some StateVisitor) { rows.visit(lane: lane, &state) }

  func flaw(lane: Int, isOver: Bool) -> String? {
    guard rows.has(lane, Row.columns..<Row.kinds, in: 0...9), rows.has(lane, Row.x, in: 0...9),
      rows.has(lane, Row.y, in: 1...8)
    else { return "something is outside the field" }
    // Gold and directions belong to something that is there.
    guard rows.has(lane, Row.kinds..<Row.x, in: 0...7),
      !(Row.kinds..<Row.x).contains(where: { self[$0, lane] & 1 == 0 && self[$0, lane] != 0 })
    else { return "an unknown thing flies" }
    guard rows.has(lane, Row.spawnWait, in: 0...10), rows.has(lane, Row.spawnPause, in: 1...10),
      rows.has(lane, Row.moveWait, in: 0...5), rows.has(lane, Row.movePause, in: 1...5),
      rows.has(lane, Row.rampWait, in: -1...100), rows.has(lane, Row.ramps, in: 0...100)
    else { return "a count is out of range" }
    return nil
  }
}
