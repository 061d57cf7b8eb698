import CLanes
import Environment
import Lanes
import Pixels
import Records

/// A pole on a cart, to be kept upright by pushes from the left or the right.
///
/// Source: Gymnasium 1.3.0 `classic_control/cartpole.py`.
final class CartPole: Block {
  struct Settings: Configurable {
    var isSuttonBarto = false
    var low = -0.05
    var high = 0.05

    static let owner = "CartPole"
    static let settings: [Setting<Self>] = [
      .flag(
        "sutton-barto-reward", \.isSuttonBarto,
        "0 while the pole stands and -1 when it falls, instead of 1 for every step"),
      // Beyond, the first observations would lie outside their bounds.
      .number("low", \.low, -0.41...0.41, "least value of an episode's first state"),
      .number("high", \.high, -0.41...0.41, "greatest value of an episode's first state"),
    ]

    func check() throws(SettingError) { try checkOrder(Self.owner, low, high) }
  }

  /// Where an episode ends: metres, and 12 degrees in radians.
  static let edge = 2.4
  static let tilt = 12 * 2 * Double.pi / 360

  private let settings: Settings
  private let lanes: Int
  /// [4, 64]: metres, metres a second, radians, radians a second.
  private let state = AlignedBuffer<Double>(count: 4 * 64)
  private var generators = LaneGenerators()

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    let bounds = vectorBounds([2 * edge, .infinity, 2 * tilt, .infinity])
    return EnvironmentSpec(
      id: id,
      observation: [Field("observation", [4], .float32, low: bounds.low, high: bounds.high)],
      action: .discrete(2), actionNames: ["left", "right"])
  }

  init(_ id: String, _ settings: Settings, lanes: Int) throws {
    self.settings = settings
    self.lanes = lanes
  }

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    generators.seed(mask, seeds)
    let (low, high) = (settings.low, settings.high)
    let state = state.pointer
    forEachLane(mask) { lane in
      generators.draw(lane) {
        for row in 0..<4 { state[64 * row + lane] = $0.uniform(low, high) }
      }
    }
  }

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    let (alive, fallen) = settings.isSuttonBarto ? (0.0, -1.0) : (1, 1)
    control_cart_pole(
      state.pointer, rows.actions(Int32.self), mask, Int32(lanes), alive, fallen, rows.rewards,
      rows.terminated)
  }

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    let shown = rows.observation(0, Float.self)
    if mask == .first(lanes) { return control_show_four(state.pointer, Int32(lanes), shown) }
    forEachLane(mask) { lane in
      for row in 0..<4 { shown[4 * lane + row] = Float(state.pointer[64 * row + lane]) }
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    self.state.visit(lane, rows: 4, &state)
    generators.visit(lane, &state)
  }

  func flaw(lane: Int) -> String? {
    // An episode's last state may be a step beyond its edges.
    let isBeyond = state.isBeyond([1e6, 1e6, 1e6, 1e6], lane: lane)
    return isBeyond ? "the cart or the pole is out of range" : generators.flaw(lane)
  }

  func render(lane: Int) -> Picture {
    var picture = Picture(width: 300, height: 200, filled: (255, 255, 255))
    let scale = 300 / (2 * Self.edge)
    let axle = Picture.Point(state[lane] * scale + 150, 146)
    picture.line(from: [0, 150], to: [300, 150], (0, 0, 0))
    picture.box(centre: [axle.x, 150], size: [25, 15], (0, 0, 0))
    picture.rod(
      from: axle, angle: state[128 + lane] - .pi / 2, behind: 2.5, length: scale - 2.5, width: 5,
      (202, 152, 101))
    picture.disc(axle, radius: 2.5, (129, 132, 203))
    return picture
  }
}
