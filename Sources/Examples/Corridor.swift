import Environment
import Lanes
import Pixels
import Records

/// A whole world in one file: walk along a corridor to a named cell. Copy it to begin one of your
/// own: with its row in `Catalog.rows` it is trained in, measured, rendered, traced and checked.
public final class Corridor: Block {
  public struct Settings: Configurable {
    public var cells: Int32 = 9
    public init() {}
    public static let owner = "corridor"
    public static let settings: [Setting<Self>] = [.whole("cells", \.cells, 2...64, "its length")]
  }
  public static let row = EnvironmentRow.blocks(
    "Lockstep/Corridor-v0", family: "examples", Corridor.self, stepLimit: 100,
    viewing: Viewing(framesPerSecond: 10, isTurnBased: true))
  public static func spec(_ id: String, _ settings: Settings) -> EnvironmentSpec {
    let places = Field("places", [2], .float32, low: [0], high: [Double(settings.cells - 1)])
    return EnvironmentSpec(
      id: id, observation: [places], action: .discrete(2), actionNames: ["LEFT", "RIGHT"])
  }
  private let cells: Int32
  private var walker = [Int32](repeating: 0, count: 64), goal = [Int32](repeating: 0, count: 64)
  private var random = [SplitMix64](repeating: SplitMix64(seed: 0), count: 64)
  public init(_ id: String, _ settings: Settings, lanes: Int) { cells = settings.cells }
  public func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { lane in
      if let seeds { random[lane] = SplitMix64(seed: seeds[lane]) }
      goal[lane] = Int32(random[lane].next(below: UInt32(cells)))
      walker[lane] = (goal[lane] + 1 + Int32(random[lane].next(below: UInt32(cells - 1)))) % cells
    }
  }
  public func step(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      walker[lane] = max(0, min(walker[lane] + 2 * rows.actions(Int32.self)[lane] - 1, cells - 1))
      (rows.rewards[lane], rows.terminated[lane]) = walker[lane] == goal[lane] ? (1, 1) : (-0.1, 0)
    }
  }
  public func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    let places = rows.observation(0, Float.self)
    forEachLane(lanes) {
      (places[2 * $0], places[2 * $0 + 1]) = (Float(walker[$0]), Float(goal[$0]))
    }
  }
  public func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&walker[lane])
    state.visit(&goal[lane])
    state.visit(&random[lane])
  }
  public func flaw(lane: Int) -> String? {
    [walker[lane], goal[lane]].allSatisfy((0..<cells).contains) ? nil : "outside of the corridor"
  }
  public func render(lane: Int) -> Picture {
    var picture = Picture(width: Int(cells), height: 1, filled: (40, 40, 40))
    picture.set(Int(goal[lane]), 0, (60, 200, 90))
    picture.set(Int(walker[lane]), 0, (240, 240, 240))
    return picture.enlarged(by: 16)
  }
}
