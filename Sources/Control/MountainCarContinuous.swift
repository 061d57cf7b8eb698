import CLanes
import Environment
import Lanes
import Pixels
import Records

/// The car in the valley under a force from -1 to 1, which costs its square.
///
/// The original's state is float64 until the first step and float32 from then on; Python's own
/// numbers beside a float32 are rounded to it first (NumPy 2), except where both are Python's.
///
/// Source: Gymnasium 1.3.0 `classic_control/continuous_mountain_car.py`.
final class MountainCarContinuous: Block {
  typealias Settings = ValleySettings

  private static let fastest = 0.07
  private static let goal = 0.45

  private let settings: Settings
  private let lanes: Int
  /// [2, 64]: position, velocity; floats but for an episode's first state.
  private let state = AlignedBuffer<Double>(count: 2 * 64)
  /// Lanes that have not stepped in their episode.
  private var fresh: LaneMask = 0
  private var generators = LaneGenerators()

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    EnvironmentSpec(id: id, observation: [Valley.field], action: .box(low: [-1], high: [1]))
  }

  init(_ id: String, _ settings: Settings, lanes: Int) throws {
    self.settings = settings
    self.lanes = lanes
  }

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    generators.seed(mask, seeds)
    fresh |= mask
    forEachLane(mask) { lane in
      state[lane] = generators.uniform(lane, settings.low, settings.high)
      state[64 + lane] = 0
    }
  }

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    let actions = rows.actions(Float.self)
    forEachLane(mask) { lane in
      let action = actions[lane]
      let isThere =
        fresh.contains(lane: lane)
        ? move(lane, action, Double.self) : move(lane, action, Float.self)
      rows.terminated[lane] = isThere ? 1 : 0
      rows.rewards[lane] = (isThere ? 100 : 0) - Double(action) * Double(action) * 0.1
    }
    fresh &= ~mask
  }

  /// - Returns: whether the car is at the flag.
  @inline(__always) private func move<Number: BinaryFloatingPoint>(
    _ lane: Int, _ force: Float, _: Number.Type
  ) -> Bool {
    var (position, velocity) = (Number(state[lane]), Number(state[64 + lane]))
    let slope = Float(0.0025 * glibc_cos(Double(3 * position)))
    velocity += Number(force * Float(0.0015) - slope)
    // Cut off, it is a number of Python's own, and compared as such.
    var goalVelocity = Double(Number(settings.goalVelocity))
    var exact = Double(velocity)
    if velocity > Number(Self.fastest) { exact = Self.fastest }
    if velocity < Number(-Self.fastest) { exact = -Self.fastest }
    if exact != Double(velocity) { goalVelocity = settings.goalVelocity }
    position += Number(exact)
    if position > Number(Valley.right) { position = Number(Valley.right) }
    if position < Number(Valley.left) { position = Number(Valley.left) }
    if position == Number(Valley.left) && exact < 0 { exact = 0 }
    (state[lane], state[64 + lane]) = (Double(Float(position)), Double(Float(exact)))
    return position >= Number(Self.goal) && exact >= goalVelocity
  }

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    Valley.show(state, mask, rows.observation(0, Float.self))
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    self.state.visit(lane, rows: 2, &state)
    var isFresh = fresh.contains(lane: lane)
    state.visit(&isFresh)
    fresh = isFresh ? fresh | 1 << UInt64(lane) : fresh & ~(1 << UInt64(lane))
    generators.visit(lane, &state)
  }

  func flaw(lane: Int) -> String? { Valley.flaw(state, lane) ?? generators.flaw(lane) }

  func render(lane: Int) -> Picture { Valley.picture(state[lane], flag: Self.goal) }
}
