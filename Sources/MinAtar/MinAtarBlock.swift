import Environment
import Lanes
import Pixels
import Records

/// The arguments of the package's `Environment`.
public struct MinAtarSettings: Configurable {
  public var stickyProbability = 0.1
  public var ramps = true

  public init() {}

  public static let owner = "minatar"
  public static let settings: [Setting<Self>] = [
    .number(
      "sticky-action-prob", \.stickyProbability, 0...1,
      "chance that a step repeats the last action instead of taking the new one"),
    .flag("difficulty-ramping", \.ramps, "games that know it become harder with time"),
  ]
}

/// Up to 64 lanes of one MinAtar game.
///
/// A seeded lane is `Environment(game)` on which `seed(s)` and `reset()` were called, as Gymnasium's
/// wrapper does: every draw comes from one `RandomState(s)`. Later resets go on with it, and with the
/// last action, which a sticky step repeats in the new game too.
final class MinAtarBlock<Game: Rules>: Block {
  typealias Settings = MinAtarSettings

  private let lanes: Int
  private let game: Game
  private let random: RandomStates
  private let stickyThreshold: UInt64
  /// Four bits an action: its move.
  private let moveTable: UInt32
  /// [64] each. The moves of the last step stay: sticky steps repeat them.
  private let moves = AlignedBuffer<Int8>(count: 64)
  private let rewards = AlignedBuffer<Int8>(count: 64)
  private let ends = AlignedBuffer<Int8>(count: 64)
  /// Lanes whose game has ended.
  private var over: LaneMask = 0

  /// - Parameter id: ends with `-v1` for the game's own actions, with `-v0` for all six.
  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    let moves = Self.moves(id)
    return EnvironmentSpec(
      id: id,
      observation: [
        Field("image", [10, 10, Game.planes.count], .uint8, .planes(planesFirst: false))
      ],
      action: .discrete(moves.count), actionNames: moves.map { "\($0)" })
  }

  private static func moves(_ id: String) -> [Move] {
    id.hasSuffix("-v1") ? Game.minimalMoves : Move.allCases
  }

  init(_ id: String, _ settings: Settings, lanes: Int) throws {
    self.lanes = lanes
    game = Game(ramps: settings.ramps)
    random = RandomStates(lanes: lanes)
    stickyThreshold = RandomStates.threshold(settings.stickyProbability)
    moveTable = Self.moves(id).reversed().reduce(0) { $0 << 4 | UInt32($1.rawValue) }
  }

  func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    if let seeds {
      forEachLane(lanes) { lane in
        random.seed(lane, seeds[lane])
        moves[lane] = 0
      }
    }
    game.begin(lanes, random)
    over &= ~lanes
  }

  func step(_ lanes: LaneMask, _ rows: BlockRows) {
    let going = lanes & ~over
    choose(rows.actions(Int32.self), going, stuck: random.decide(going, below: stickyThreshold))
    rewards.pointer.update(repeating: 0, count: 64)
    ends.pointer.update(repeating: 0, count: 64)
    game.step(
      Turn(
        lanes: going, kept: .first(self.lanes) & ~going, moves: UnsafePointer(moves.pointer),
        rewards: rewards.pointer, ends: ends.pointer, random: random))
    report(lanes, rows)
  }

  private func choose(
    _ actions: UnsafePointer<Int32>, _ going: LaneMask, stuck: LaneMask
  ) {
    let (moves, table, free) = (moves.pointer, moveTable, going & ~stuck)
    for lane in 0..<lanes {
      let move = table &>> (UInt32(bitPattern: actions[lane]) &* 4) & 15
      let isFree = free &>> LaneMask(lane) & 1 == 1
      moves[lane] = isFree ? Int8(truncatingIfNeeded: move) : moves[lane]
    }
  }

  private func report(_ lanes: LaneMask, _ rows: BlockRows) {
    let (rewards, ends) = (rewards.pointer, ends.pointer)
    let (rewardRow, endRow) = (rows.rewards, rows.terminated)
    if lanes == .first(self.lanes) && over == 0 {
      for lane in 0..<self.lanes { rewardRow[lane] = Double(rewards[lane]) }
      for lane in 0..<self.lanes { endRow[lane] = UInt8(truncatingIfNeeded: ends[lane]) }
      over = ~zeros(UnsafePointer(ends)) & lanes
      return
    }
    let before = over
    forEachLane(lanes) { lane in
      let wasOver = before.contains(lane: lane)
      rewardRow[lane] = wasOver ? 0 : Double(rewards[lane])
      endRow[lane] = wasOver || ends[lane] != 0 ? 1 : 0
      over |= LaneMask(endRow[lane]) << LaneMask(lane)
    }
  }

  func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    game.observe(lanes, rows.observation(0, UInt8.self))
  }

  func render(lane: Int) -> Picture {
    let bytes = 100 * Game.planes.count
    let images = AlignedBuffer<UInt8>(count: 64 * bytes)
    game.observe(1 << LaneMask(lane), images.pointer)
    return picture(UnsafePointer(images.pointer + lane * bytes), planes: Game.planes.count)
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.generator {
      $0.visit(random.key(lane))
      $0.visit(&random[positionOf: lane])
    }
    state.visit(&moves[lane])
    var isOver = over.contains(lane: lane)
    state.visit(&isOver)
    over = isOver ? over | 1 << LaneMask(lane) : over & ~(1 << LaneMask(lane))
    game.visit(lane: lane, &state)
  }

  func flaw(lane: Int) -> String? {
    guard (0...Int32(RandomStates.words)).contains(random[positionOf: lane]) else {
      return "the generator's position is out of range"
    }
    guard (0..<Int8(Move.allCases.count)).contains(moves[lane]) else {
      return "the last action is out of range"
    }
    return game.flaw(lane: lane, isOver: over.contains(lane: lane))
  }
}
