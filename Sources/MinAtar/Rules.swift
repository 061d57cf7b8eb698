import Lanes
import Records

/// The package's numbering; games know some of them.
enum Move: UInt8, CaseIterable {
  case noop, left, up, right, down, fire
}

/// The rules of one game for up to 64 lanes.
///
/// State lies in rows of 64 lanes, so that the steps are loops that the compiler makes vectors of.
protocol Rules: AnyObject, SendableMetatype {
  /// In the id.
  static var name: String { get }
  /// Names of the observation's planes.
  static var planes: [String] { get }
  static var minimalMoves: [Move] { get }

  /// - Parameter ramps: whether the difficulty rises; some games have no such thing.
  init(ramps: Bool)
  func begin(_ lanes: LaneMask, _ random: RandomStates)
  func step(_ turn: Turn)
  /// Writes the mask's lanes of [lanes, 10, 10, planes], all their bytes and no other.
  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>)
  func visit(lane: Int, _ state: inout some StateVisitor)
  /// Why the lane's values cannot be those of a game.
  /// - Parameter isOver: the game has ended: it will be shown, not stepped.
  func flaw(lane: Int, isOver: Bool) -> String?
}

/// What a step reads and writes.
struct Turn {
  /// Lanes that move.
  let lanes: LaneMask
  /// Lanes that must not. Beyond the batch's last lane anything may happen.
  let kept: LaneMask
  /// `Move`s.
  let moves: UnsafePointer<Int8>
  /// 0 before.
  let rewards: UnsafeMutablePointer<Int8>
  /// 0 before; 1: the game is over.
  let ends: UnsafeMutablePointer<Int8>
  let random: RandomStates
}

/// Rows of 64 lanes.
struct LaneRows<Number: FixedWidthInteger & BitwiseCopyable> {
  /// [rows, 64]
  let pointer: UnsafeMutablePointer<Number>
  private let memory: AlignedBuffer<Number>
  private let saved: AlignedBuffer<Number>

  init(_ rows: Int) {
    memory = AlignedBuffer(count: rows * 64)
    saved = AlignedBuffer(count: rows * 64)
    pointer = memory.pointer
  }

  /// Runs a step of all 64 lanes and undoes it in those of the mask.
  @inline(__always) func step(keeping kept: LaneMask, _ body: () -> Void) {
    if kept == 0 { return body() }
    saved.pointer.update(from: pointer, count: memory.count)
    body()
    forEachLane(kept) { lane in
      for index in stride(from: lane, to: memory.count, by: 64) {
        pointer[index] = saved.pointer[index]
      }
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    for index in stride(from: lane, to: memory.count, by: 64) { state.visit(&pointer[index]) }
  }

  /// Whether the lane's numbers of some rows lie in the range.
  func has(_ lane: Int, _ rows: Range<Int>, in range: ClosedRange<Number>) -> Bool {
    rows.allSatisfy { range.contains(pointer[$0 * 64 + lane]) }
  }

  func has(_ lane: Int, _ row: Int, in range: ClosedRange<Number>) -> Bool {
    range.contains(pointer[row * 64 + lane])
  }
}

/// The lanes whose number is zero.
@inline(__always) func zeros<Number: FixedWidthInteger>(
  _ row: UnsafePointer<Number>
) -> LaneMask {
  var mask: LaneMask = 0
  for lane in 0..<64 { mask |= LaneMask(row[lane] == 0 ? 1 : 0) &<< LaneMask(lane) }
  return mask
}

/// Both, without a branch.
@inline(__always) func both(_ a: Bool, _ b: Bool) -> Bool { (a ? 1 : 0) & (b ? 1 : 0) == Int8(1) }
