import Lanes
import Records

/// A cannon below, aliens that march across and down, and shoot. An alien is worth 1; the game ends
/// when one of them, or a bullet, reaches the cannon. Each new wave marches faster.
///
/// - Source: MinAtar 1.0.15, `environments/space_invaders.py`.
final class SpaceInvaders: Rules {
  static let name = "SpaceInvaders"
  static let planes = [
    "cannon", "alien", "alien_left", "alien_right", "friendly_bullet", "enemy_bullet",
  ]
  static let minimalMoves: [Move] = [.noop, .left, .right, .fire]

  /// Maps are two halves of five rows, ten bits a row, bit 0 the field's first column: aliens, the
  /// cannon's bullets (shots) and theirs (bombs). `direction` is 1 to the right.
  private enum Row: Int, CaseIterable {
    case aliens, lowAliens, shots, lowShots, bombs, lowBombs
    case cannon, direction, marchPause, marchWait, bombWait, shotWait
  }
  private let rows = LaneRows<UInt64>(Row.allCases.count)
  private let doesRamp: Bool
  /// [directions 2, cells 32, 32]: the 30 bytes of five cells that have or have not an alien.
  private let pictures = AlignedBuffer<UInt8>(count: 64 * 32)

  private static let half: UInt64 = 0x3_FFFF_FFFF_FFFF
  private static let firstColumn: UInt64 = 0x100_4010_0401
  /// Columns 2 to 7 of rows 0 to 3.
  private static let wave: UInt64 = 0x3F_0FC3_F0FC

  init(ramps: Bool) {
    doesRamp = ramps
    for index in 0..<64 {
      for cell in 0..<5 where index >> cell & 1 == 1 {
        let picture = pictures.pointer + index * 32 + cell * 6
        picture[1] = 1
        picture[index < 32 ? 2 : 3] = 1
      }
    }
    for lane in 0..<64 { place(lane) }
  }

  private subscript(row: Row, lane: Int) -> UInt64 {
    get { rows.pointer[row.rawValue &* 64 &+ lane] }
    set { rows.pointer[row.rawValue &* 64 &+ lane] = newValue }
  }

  private func row(_ row: Row) -> UnsafeMutablePointer<UInt64> { rows.pointer + row.rawValue * 64 }

  func begin(_ lanes: LaneMask, _ random: RandomStates) { forEachLane(lanes) { place($0) } }

  private func place(_ lane: Int) {
    for row in Row.allCases { self[row, lane] = 0 }
    self[.aliens, lane] = Self.wave
    self[.cannon, lane] = 5
    self[.marchPause, lane] = 12
    self[.marchWait, lane] = 12
    self[.bombWait, lane] = 10
  }

  func step(_ turn: Turn) {
    rows.step(keeping: turn.kept) {
      shoot(turn)
      march(turn)
      forEachLane(zeros(UnsafePointer(row(.bombWait))) & turn.lanes) { bomb($0) }
      hit(turn)
    }
  }

  /// The cannon acts, then all that was shot moves on.
  private func shoot(_ turn: Turn) {
    let base = rows.pointer
    @inline(__always) func row(_ row: Row) -> UnsafeMutablePointer<UInt64> {
      base + row.rawValue * 64
    }
    let (moves, ends) = (turn.moves, turn.ends)
    for lane in 0..<64 {
      let move = moves[lane]
      let cannon = row(.cannon)[lane]
      let fires = both(move == 5, row(.shotWait)[lane] == 0)
      let shots = row(.shots)[lane]
      let lowShots = row(.lowShots)[lane] | (fires ? UInt64(1) &<< (cannon &+ 40) : 0)
      row(.shots)[lane] = shots &>> 10 | (lowShots & 0x3FF) &<< 40
      row(.lowShots)[lane] = lowShots &>> 10
      let (wait, at) = (row(.shotWait)[lane], cannon)
      row(.shotWait)[lane] = (fires ? 5 : wait) &- (both(!fires, wait == 0) ? 0 : 1)
      let left = move == 1 ? at &- (at == 0 ? 0 : 1) : at
      let place = move == 3 ? at &+ (at == 9 ? 0 : 1) : left
      row(.cannon)[lane] = place
      let bombs = row(.bombs)[lane]
      let lowBombs = (row(.lowBombs)[lane] &<< 10 | bombs &>> 40) & Self.half
      row(.bombs)[lane] = bombs &<< 10 & Self.half
      row(.lowBombs)[lane] = lowBombs
      let touched = (lowBombs | row(.lowAliens)[lane]) &>> (place &+ 40)
      ends[lane] = Int8(truncatingIfNeeded: touched & 1)
    }
  }

  /// Aliens that cannot go on turn around and come down; from the last row they come round to the
  /// first, in the game's last picture.
  private func march(_ turn: Turn) {
    let base = rows.pointer
    @inline(__always) func row(_ row: Row) -> UnsafeMutablePointer<UInt64> {
      base + row.rawValue * 64
    }
    let ends = turn.ends
    for lane in 0..<64 {
      let (high, low) = (row(.aliens)[lane], row(.lowAliens)[lane])
      let (direction, wait) = (row(.direction)[lane], row(.marchWait)[lane])
      let marches = wait == 0
      let edge = Self.firstColumn &<< (direction == 0 ? 0 : 9)
      let turns = both(marches, (high | low) & edge != 0)
      let strides = both(marches, (high | low) & edge == 0)
      let lands = both(turns, low &>> 40 != 0)
      let (downHigh, downLow) = (
        (high &<< 10 | low &>> 40) & Self.half, (low &<< 10 | high &>> 40) & Self.half
      )
      let besideHigh = direction == 0 ? high &>> 1 : high &<< 1
      let besideLow = direction == 0 ? low &>> 1 : low &<< 1
      let nextLow = turns ? downLow : strides ? besideLow : low
      row(.aliens)[lane] = turns ? downHigh : strides ? besideHigh : high
      row(.lowAliens)[lane] = nextLow
      row(.direction)[lane] = turns ? direction ^ 1 : direction
      let count = UInt64(truncatingIfNeeded: high.nonzeroBitCount &+ low.nonzeroBitCount)
      row(.marchWait)[lane] = (marches ? min(count, row(.marchPause)[lane]) : wait) &- 1
      let reaches = both(marches, nextLow &>> (row(.cannon)[lane] &+ 40) & 1 == 1)
      ends[lane] |= (lands ? 1 : 0) | (reaches ? 1 : 0)
    }
  }

  /// The lowest alien of the column nearest to the cannon, the left one of two, drops a bomb.
  private func bomb(_ lane: Int) {
    self[.bombWait, lane] = 10
    let (high, low) = (self[.aliens, lane], self[.lowAliens, lane])
    var columns = high | low
    columns |= columns &>> 20
    columns = (columns | columns &>> 10 | (high | low) &>> 40) & 0x3FF
    let cannon = Int(self[.cannon, lane])
    let left = columns & (UInt64(2) &<< UInt64(cannon) &- 1)
    let right = columns &>> UInt64(cannon)
    let leftway = cannon &- (63 &- left.leadingZeroBitCount)
    let column =
      left != 0 && (right == 0 || leftway <= right.trailingZeroBitCount)
      ? cannon &- leftway : cannon &+ right.trailingZeroBitCount
    let mine = Self.firstColumn &<< UInt64(column)
    if low & mine != 0 {
      self[.lowBombs, lane] |= highestBit(low & mine)
    } else {
      self[.bombs, lane] |= highestBit(high & mine)
    }
  }

  private func highestBit(_ word: UInt64) -> UInt64 {
    UInt64(1) &<< UInt64(63 &- word.leadingZeroBitCount)
  }

  private func hit(_ turn: Turn) {
    let base = rows.pointer
    @inline(__always) func row(_ row: Row) -> UnsafeMutablePointer<UInt64> {
      base + row.rawValue * 64
    }
    let (rewards, doesRamp) = (turn.rewards, doesRamp)
    for lane in 0..<64 {
      let hits = row(.aliens)[lane] & row(.shots)[lane]
      let lowHits = row(.lowAliens)[lane] & row(.lowShots)[lane]
      rewards[lane] = Int8(truncatingIfNeeded: hits.nonzeroBitCount &+ lowHits.nonzeroBitCount)
      let (high, low) = (row(.aliens)[lane] ^ hits, row(.lowAliens)[lane] ^ lowHits)
      row(.shots)[lane] ^= hits
      row(.lowShots)[lane] ^= lowHits
      row(.bombWait)[lane] &-= 1
      let isCleared = high | low == 0
      let pause = row(.marchPause)[lane]
      let ramps = both(both(isCleared, doesRamp), pause > 6)
      row(.marchPause)[lane] = pause &- (ramps ? 1 : 0)
      row(.aliens)[lane] = isCleared ? Self.wave : high
      row(.lowAliens)[lane] = low
    }
  }

  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>) {
    forEachLane(lanes) { draw($0, images + $0 &* 600) }
  }

  @inline(__always) private func draw(_ lane: Int, _ image: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(image)
    let table = UnsafeRawPointer(pictures.pointer + Int(self[.direction, lane]) &* 1024)
    let (high, low) = (self[.aliens, lane], self[.lowAliens, lane])
    @inline(__always) func copy(_ map: UInt64, _ first: Int, _ parts: Int) {
      for part in 0..<parts {
        let bits = Int(truncatingIfNeeded: map &>> UInt64(part &* 5)) & 31
        (raw + (first &+ part &* 30)).copyMemory(from: table + bits &* 32, byteCount: 32)
      }
    }
    // A piece covers two bytes of the next one, which is written afterwards.
    copy(high, 0, 10)
    copy(low, 300, 9)
    let bits = Int(truncatingIfNeeded: low &>> 45) & 31
    (raw + 570).copyMemory(from: table + bits &* 32, byteCount: 16)
    (raw + 584).copyMemory(from: table + (bits &* 32 &+ 14), byteCount: 16)
    image[(Int(self[.cannon, lane]) &+ 90) &* 6] = 1
    set(self[.shots, lane], image + 4)
    set(self[.lowShots, lane], image + 304)
    set(self[.bombs, lane], image + 5)
    set(self[.lowBombs, lane], image + 305)
  }

  @inline(__always) private func set(_ map: UInt64, _ image: UnsafeMutablePointer<UInt8>) {
    var left = map
    while left != 0 {
      image[left.trailingZeroBitCount &* 6] = 1
      left &= left &- 1
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) { rows.visit(lane: lane, &state) }

  func flaw(lane: Int, isOver: Bool) -> String? {
    func has(_ row: Row, _ range: ClosedRange<UInt64>) -> Bool {
      rows.has(lane, row.rawValue, in: range)
    }
    let maps: [Row] = [.aliens, .lowAliens, .shots, .lowShots, .bombs, .lowBombs]
    guard maps.allSatisfy({ has($0, 0...Self.half) }), has(.cannon, 0...9), has(.direction, 0...1)
    else { return "something is outside the field" }
    guard self[.aliens, lane] | self[.lowAliens, lane] != 0 else { return "there are no aliens" }
    guard has(.marchPause, 6...12), has(.marchWait, 0...12), has(.bombWait, 0...10),
      has(.shotWait, 0...4)
    else { return "a count is out of range" }
    return nil
  }
}
