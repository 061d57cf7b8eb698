import CLanes
import Environment
import Glibc
import Lanes
import Pixels
import Records

/// A pendulum to be swung up and held there by a torque.
///
/// The action is float32 and stays so in what the original computes from it alone.
///
/// Source: Gymnasium 1.3.0 `classic_control/pendulum.py`.
final class Pendulum: Block {
  struct Settings: Configurable {
    var gravity = 10.0
    var angle = Double.pi
    var spin = 1.0

    static let owner = "Pendulum"
    static let settings: [Setting<Self>] = [
      .number("g", \.gravity, -1000...1000, "acceleration of gravity, m/s2"),
      .number("x-init", \.angle, 0...1000, "greatest angle at an episode's start, radians"),
      .number("y-init", \.spin, 0...8, "greatest angular velocity at its start, radians a second"),
    ]
  }

  private static let fastest = 8.0
  private static let strongest: Float = 2

  private let settings: Settings
  private let lanes: Int
  /// [3, 64]: angle from upright in radians, radians a second, the last torque for the picture.
  private let state = AlignedBuffer<Double>(count: 3 * 64)
  private var generators = LaneGenerators()

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    let bounds = vectorBounds([1, 1, fastest])
    return EnvironmentSpec(
      id: id,
      observation: [Field("observation", [3], .float32, low: bounds.low, high: bounds.high)],
      action: .box(low: [-strongest], high: [strongest]))
  }

  init(_ id: String, _ settings: Settings, lanes: Int) throws {
    self.settings = settings
    self.lanes = lanes
  }

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    generators.seed(mask, seeds)
    forEachLane(mask) { lane in
      state[lane] = generators.uniform(lane, -settings.angle, settings.angle)
      state[64 + lane] = generators.uniform(lane, -settings.spin, settings.spin)
      state[128 + lane] = 0
    }
  }

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    let actions = rows.actions(Float.self)
    forEachLane(mask) { lane in
      rows.rewards[lane] = -move(lane, actions[lane])
      rows.terminated[lane] = 0
    }
  }

  /// - Returns: the costs.
  private func move(_ lane: Int, _ torque: Float) -> Double {
    let (angle, spin) = (state[lane], state[64 + lane])
    let costs =
      glibc_square(Self.normal(angle)) + 0.1 * glibc_square(spin)
      + Double(Float(0.001) * glibc_square_float(torque))
    let pull = 3 * settings.gravity / 2 * glibc_sin(angle) + Double(3 * torque)
    let faster = min(max(spin + pull * 0.05, -Self.fastest), Self.fastest)
    state[lane] = angle + faster * 0.05
    state[64 + lane] = faster
    state[128 + lane] = Double(torque)
    return costs
  }

  /// The angle within half a turn of upright, by Python's remainder.
  private static func normal(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    var rest = fmod(angle + .pi, turn)
    if rest < 0 { rest += turn }
    return rest - .pi
  }

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    let shown = rows.observation(0, Float.self)
    forEachLane(mask) { lane in
      shown[3 * lane] = Float(glibc_cos(state[lane]))
      shown[3 * lane + 1] = Float(glibc_sin(state[lane]))
      shown[3 * lane + 2] = Float(state[64 + lane])
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    self.state.visit(lane, rows: 3, &state)
    generators.visit(lane, &state)
  }

  func flaw(lane: Int) -> String? {
    let isBeyond = state.isBeyond([1e15, Self.fastest, 2], lane: lane)
    return isBeyond ? "the pendulum is out of range" : generators.flaw(lane)
  }

  func render(lane: Int) -> Picture {
    var picture = Picture(width: 200, height: 200, filled: (255, 255, 255))
    let (middle, scale) = (Picture.Point(100, 100), 200 / 4.4)
    // Upright is up; angles grow to the left, as in the original.
    let angle = -state[lane] - .pi / 2
    let end = middle + Picture.Point(scale, 0).turned(sine: sin(angle), cosine: cos(angle))
    picture.rod(from: middle, angle: angle, length: scale, width: scale / 5, (204, 77, 77))
    for point in [middle, end] { picture.disc(point, radius: scale / 10, (204, 77, 77)) }
    picture.disc(middle, radius: scale / 20, (0, 0, 0))
    let torque = state[128 + lane]
    // The torque: a bar to the side to which it turns.
    picture.line(from: [100, 190], to: [100 - 40 * torque, 190], width: 6, (77, 77, 204))
    return picture
  }
}
