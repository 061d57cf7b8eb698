import Lanes
import Records

/// A chicken crosses eight lanes of traffic, each with a car. A crossing is worth 1; a car that hits
/// sends it back. The game ends after 2,501 steps. Its difficulty does not ramp.
///
/// - Source: MinAtar 1.0.15, `environments/freeway.py`.
final class Freeway: Rules {
  static let name = "Freeway"
  static let planes = ["chicken", "car", "speed1", "speed2", "speed3", "speed4", "speed5"]
  static let minimalMoves: [Move] = [.noop, .up, .down]

  /// Rows of the cars' columns, of the steps until they move, of how many steps they take from cell
  /// to cell (1...5, negative: to the left); then the chicken's row and the steps until it may move.
  private enum Row {
    static let columns = 0, waits = 8, speeds = 16, chicken = 24, rests = 25, count = 26
  }
  private let rows = LaneRows<Int8>(Row.count)
  /// Steps that are left.
  private let left = LaneRows<Int32>(1)
  /// [columns 10, speeds -5...5, 80]: the 70 bytes of a row with that car.
  private let pictures = AlignedBuffer<UInt8>(count: 110 * 80)

  init(ramps: Bool) {
    for column in 0..<10 {
      for speed in -5...5 where speed != 0 {
        let picture = pictures.pointer + (column * 11 + speed + 5) * 80
        picture[column * 7 + 1] = 1
        picture[(column + (speed > 0 ? 9 : 1)) % 10 * 7 + 1 + abs(speed)] = 1
      }
    }
    for lane in 0..<64 {
      for car in 0..<8 { self[Row.waits + car, lane] = 1 }
      for car in 0..<8 { self[Row.speeds + car, lane] = 1 }
      self[Row.chicken, lane] = 9
    }
  }

  private subscript(row: Int, lane: Int) -> Int8 {
    get { rows.pointer[row &* 64 &+ lane] }
    set { rows.pointer[row &* 64 &+ lane] = newValue }
  }

  func begin(_ lanes: LaneMask, _ random: RandomStates) {
    forEachLane(lanes) { begin($0, random) }
  }

  private func begin(_ lane: Int, _ random: RandomStates) {
    changeSpeeds(lane, random)
    for car in 0..<8 { self[Row.columns + car, lane] = 0 }
    self[Row.chicken, lane] = 9
    self[Row.rests, lane] = 3
    left.pointer[lane] = 2500
  }

  private func changeSpeeds(_ lane: Int, _ random: RandomStates) {
    for car in 0..<8 {
      let speed = Int8(random.next(lane, below: 5)) + 1
      self[Row.speeds + car, lane] = speed
      self[Row.waits + car, lane] = speed
    }
    // `sign(rand() - 0.5)`; that it is 0 happens once in 2^53 draws and breaks the original.
    for car in 0..<8 where random.decide(lane, below: 1 << 52) {
      self[Row.speeds + car, lane] = -self[Row.speeds + car, lane]
    }
  }

  func step(_ turn: Turn) {
    rows.step(keeping: turn.kept) {
      walk(turn)
      cross(turn)
      drive()
    }
    left.step(keeping: turn.kept) {
      for lane in 0..<64 {
        left.pointer[lane] &-= 1
        turn.ends[lane] = left.pointer[lane] < 0 ? 1 : 0
      }
    }
  }

  private func walk(_ turn: Turn) {
    let (chicken, rests) = (rows.pointer + Row.chicken * 64, rows.pointer + Row.rests * 64)
    let moves = turn.moves
    for lane in 0..<64 {
      let way: Int8 = moves[lane] == 2 ? -1 : moves[lane] == 4 ? 1 : 0
      let walks = both(way != 0, rests[lane] == 0)
      chicken[lane] = walks ? min(max(chicken[lane] &+ way, 0), 9) : chicken[lane]
      rests[lane] = walks ? 3 : rests[lane]
    }
  }

  private func cross(_ turn: Turn) {
    forEachLane(zeros(UnsafePointer(rows.pointer + Row.chicken * 64)) & turn.lanes) { lane in
      turn.rewards[lane] = 1
      changeSpeeds(lane, turn.random)
      self[Row.chicken, lane] = 9
    }
  }

  private func drive() {
    let base = rows.pointer
    let (chicken, rests) = (base + Row.chicken * 64, base + Row.rests * 64)
    for car in 0..<8 {
      let columns = base + (Row.columns + car) * 64
      let (waits, speeds) = (columns + Row.waits * 64, columns + Row.speeds * 64)
      let row = Int8(car + 1)
      for lane in 0..<64 {
        let moves = waits[lane] == 0
        let isRight = speeds[lane] > 0
        let old = columns[lane]
        let on = old &+ (isRight ? 1 : -1)
        let next = on < 0 ? 9 : on > 9 ? 0 : on
        let column = moves ? next : old
        // It is hit where the car was and where the car is.
        let isThere = (old == 4 ? 1 : 0) | (column == 4 ? 1 : 0) != Int8(0)
        chicken[lane] = both(isThere, chicken[lane] == row) ? 9 : chicken[lane]
        columns[lane] = column
        waits[lane] = moves ? (isRight ? speeds[lane] : 0 &- speeds[lane]) : waits[lane] &- 1
      }
    }
    for lane in 0..<64 { rests[lane] = max(rests[lane] &- 1, 0) }
  }

  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>) {
    forEachLane(lanes) { draw($0, images + $0 &* 700) }
  }

  @inline(__always) private func draw(_ lane: Int, _ image: UnsafeMutablePointer<UInt8>) {
    let image = UnsafeMutableRawPointer(image)
    image.initializeMemory(as: UInt8.self, repeating: 0, count: 70)
    for car in 0..<8 {
      let column = Int(self[Row.columns + car, lane])
      let speed = Int(self[Row.speeds + car, lane])
      let picture = UnsafeRawPointer(pictures.pointer + (column &* 11 &+ speed &+ 5) &* 80)
      let row = image + (car &+ 1) &* 70
      row.copyMemory(from: picture, byteCount: 64)
      (row + 54).copyMemory(from: picture + 54, byteCount: 16)
    }
    (image + 630).initializeMemory(as: UInt8.self, repeating: 0, count: 70)
    let cell = Int(self[Row.chicken, lane]) &* 10 &+ 4
    image.storeBytes(of: 1, toByteOffset: cell &* 7, as: UInt8.self)
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    rows.visit(lane: lane, &state)
    left.visit(lane: lane, &state)
  }

  func flaw(lane: Int, isOver: Bool) -> String? {
    guard rows.has(lane, Row.columns..<Row.waits, in: 0...9), rows.has(lane, Row.chicken, in: 1...9)
    else { return "something is outside the field" }
    guard rows.has(lane, Row.waits..<Row.speeds, in: 0...5),
      rows.has(lane, Row.speeds..<Row.chicken, in: -5...5),
      !(Row.speeds..<Row.chicken).contains(where: { self[$0, lane] == 0 })
    else { return "a car's speed is out of range" }
    guard rows.has(lane, Row.rests, in: 0...3), left.has(lane, 0, in: (isOver ? -1 : 0)...2500)
    else { return "a count is out of range" }
    return nil
  }
}
