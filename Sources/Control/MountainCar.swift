import CLanes
import Environment
import Lanes
import Pixels
import Records

/// A car in a valley, too weak to climb out without a swing.
///
/// Source: Gymnasium 1.3.0 `classic_control/mountain_car.py`.
final class MountainCar: Block {
  typealias Settings = ValleySettings

  private static let fastest = 0.07

  private let settings: Settings
  private let lanes: Int
  /// [2, 64]: position, velocity.
  private let state = AlignedBuffer<Double>(count: 2 * 64)
  private var generators = LaneGenerators()

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    EnvironmentSpec(
      id: id, observation: [Valley.field], action: .discrete(3),
      actionNames: ["left", "none", "right"])
  }

  init(_ id: String, _ settings: Settings, lanes: Int) throws {
    self.settings = settings
    self.lanes = lanes
  }

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    generators.seed(mask, seeds)
    forEachLane(mask) { lane in
      state[lane] = generators.uniform(lane, settings.low, settings.high)
      state[64 + lane] = 0
    }
  }

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    let actions = rows.actions(Int32.self)
    forEachLane(mask) { lane in
      rows.rewards[lane] = -1
      rows.terminated[lane] = move(lane, actions[lane]) ? 1 : 0
    }
  }

  /// - Returns: whether the car is at the flag.
  private func move(_ lane: Int, _ action: Int32) -> Bool {
    var (position, velocity) = (state[lane], state[64 + lane])
    velocity += Double(action - 1) * 0.001 + glibc_cos(3 * position) * -0.0025
    velocity = min(max(velocity, -Self.fastest), Self.fastest)
    position = min(max(position + velocity, Valley.left), Valley.right)
    if position == Valley.left && velocity < 0 { velocity = 0 }
    (state[lane], state[64 + lane]) = (position, velocity)
    return position >= 0.5 && velocity >= settings.goalVelocity
  }

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    Valley.show(state, mask, rows.observation(0, Float.self))
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    self.state.visit(lane, rows: 2, &state)
    generators.visit(lane, &state)
  }

  func flaw(lane: Int) -> String? { Valley.flaw(state, lane) ?? generators.flaw(lane) }

  func render(lane: Int) -> Picture { Valley.picture(state[lane], flag: 0.5) }
}

struct ValleySettings: Configurable {
  var goalVelocity = 0.0
  var low = -0.6
  var high = -0.4

  static let owner = "MountainCar"
  static let settings: [Setting<Self>] = [
    .number(
      "goal-velocity", \.goalVelocity, -0.07...0.07, "velocity with which the flag must be reached"),
    .number("low", \.low, -1.2...0.6, "least position at an episode's start"),
    .number("high", \.high, -1.2...0.6, "greatest position at an episode's start"),
  ]

  func check() throws(SettingError) { try checkOrder(Self.owner, low, high) }
}

/// What both mountain cars share: where the valley ends, and how it looks.
enum Valley {
  static let left = -1.2
  static let right = 0.6

  static var field: Field {
    let bounds = vectorBounds(low: [left, -0.07], high: [right, 0.07])
    return Field("observation", [2], .float32, low: bounds.low, high: bounds.high)
  }

  static func show(
    _ state: AlignedBuffer<Double>, _ mask: LaneMask, _ shown: UnsafeMutablePointer<Float>
  ) {
    forEachLane(mask) { lane in
      shown[2 * lane] = Float(state[lane])
      shown[2 * lane + 1] = Float(state[64 + lane])
    }
  }

  static func flaw(_ state: AlignedBuffer<Double>, _ lane: Int) -> String? {
    // Floats of the ends may lie a little beyond these.
    let isInside = state[lane] >= Double(Float(left)) - 1e-6 && state[lane] <= right + 1e-6
    return isInside && abs(state[64 + lane]) <= 0.0701 ? nil : "the car is out of range"
  }

  static func picture(_ position: Double, flag: Double) -> Picture {
    var picture = Picture(width: 300, height: 200, filled: (255, 255, 255))
    let scale = 300 / (right - left)
    func point(_ x: Double) -> Picture.Point {
      [(x - left) * scale, 200 - (glibc_sin(3 * x) * 0.45 + 0.55) * scale]
    }
    picture.lines((0...99).map { point(left + (right - left) * Double($0) / 99) }, (0, 0, 0))
    let (sine, cosine) = Self.slope(position)
    let foot = point(position) - [0, 5]
    func turned(_ part: Picture.Point) -> Picture.Point {
      foot + part.turned(sine: sine, cosine: cosine)
    }
    picture.fill(polygon: [[-10, 0], [-10, -10], [10, -10], [10, 0]].map(turned), (0, 0, 0))
    for wheel in [-5.0, 5] { picture.disc(turned([wheel, 0]), radius: 4, (128, 128, 128)) }
    let pole = point(flag)
    picture.line(from: pole, to: pole - [0, 25], (0, 0, 0))
    picture.fill(
      polygon: [pole - [0, 25], pole - [0, 20], pole + [12, -22.5]], (204, 204, 0))
    return picture
  }

  /// Of the car's tilt, as the original draws it: by cos(3 x) radians, upwards to the right.
  private static func slope(_ position: Double) -> (sine: Double, cosine: Double) {
    let angle = -glibc_cos(3 * position)
    return (glibc_sin(angle), glibc_cos(angle))
  }
}
