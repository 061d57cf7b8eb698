import CBox2D
import Environment
import Glibc
import Lanes
import Records

/// Measures of the original.
enum LanderRules {
  /// Metres.
  static let width = 20.0
  static let height = 400.0 / 30
  static let helipad = height / 4
  static let legDown = 18.0 / 30
  static let framesPerSecond = 50.0
}

/// One lane: a world, the generator, and the history that makes the world again.
final class Lander {
  private let settings: LanderSettings
  private let isContinuous: Bool
  private let world: OpaquePointer
  private var generator = PCG64(seed: 0)
  private var history = LanderHistory()
  /// [11], metres, from the left edge to the right one.
  private(set) var terrain = [Double](repeating: 0, count: Int(lander_points))
  private var windIndex: Int32 = 0
  private var turbulenceIndex: Int32 = 0
  private var shaping: Double?
  /// Of the last step.
  private(set) var state = lander_state()
  private(set) var observation = SIMD8<Float>()
  /// Why the values last read are not those of a lander; nil: they are.
  private(set) var flaw: String?
  /// A replay was given up on the way.
  private var isBroken = false

  /// - Throws: `EnvironmentError` without memory.
  init(_ settings: LanderSettings, isContinuous: Bool) throws {
    guard let world = lander_make() else { throw EnvironmentError.settings("out of memory") }
    self.world = world
    self.settings = settings
    self.isContinuous = isContinuous
    history.steps.reserveCapacity(1001)
  }

  deinit { lander_free(world) }

  /// The episode cannot go on.
  var isLongest: Bool { history.steps.count >= LanderHistory.longest }

  func begin(seed: UInt64?) {
    if let seed { generator = PCG64(seed: seed) }
    for corner in 0..<12 { history.heights[corner] = generator.uniform(0, LanderHistory.highest) }
    let strongest = LanderHistory.strongest
    for axis in 0..<2 { history.force[axis] = generator.uniform(-strongest, strongest) }
    if settings.hasWind {
      history.windIndex = drawIndex()
      history.turbulenceIndex = drawIndex()
    }
    history.steps.removeAll(keepingCapacity: true)
    makeWorld()
    _ = step(SIMD2(0, 0))
  }

  private func drawIndex() -> Int32 {
    let range = LanderHistory.windIndices
    return range.lowerBound + Int32(generator.next(below: UInt32(range.count)))
  }

  /// The world of the history before its first step.
  private func makeWorld() {
    func height(_ corner: Int) -> Double {
      corner >= 3 && corner <= 7 ? LanderRules.helipad : history.heights[(corner + 12) % 12]
    }
    for corner in terrain.indices {
      terrain[corner] = 0.33 * (height(corner - 1) + height(corner) + height(corner + 1))
    }
    (windIndex, turbulenceIndex) = (history.windIndex, history.turbulenceIndex)
    shaping = nil
    _ = lander_begin(world, settings.gravity, terrain, history.force)
    state = lander_read(world)
  }

  func step(_ action: SIMD2<Float>) -> (reward: Double, hasEnded: Bool) {
    let first = generator.uniform(-1, 1)
    let step = LanderStep(action: action, dispersion: SIMD2(first, generator.uniform(-1, 1)))
    history.steps.append(step)
    return advance(step)
  }

  private func advance(_ step: LanderStep) -> (reward: Double, hasEnded: Bool) {
    var thrust = lander_thrust()
    blow(&thrust)
    thrust.dispersion = (step.dispersion.x / 30, step.dispersion.y / 30)
    let (main, side) = (Double(step.action.x), Double(step.action.y))
    if main > 0 { thrust.main_power = (min(main, 1) + 1) * 0.5 }
    if abs(side) > 0.5 {
      thrust.side = side < 0 ? -1 : 1
      thrust.side_power = min(abs(side), 1)
    }
    _ = lander_step(world, &thrust)
    state = lander_read(world)
    return judge(thrust)
  }

  private func blow(_ thrust: inout lander_thrust) {
    guard settings.hasWind, !state.contact.0, !state.contact.1 else { return }
    func strength(_ index: Int32) -> Double {
      tanh(sin(0.02 * Double(index)) + sin(.pi * 0.01 * Double(index)))
    }
    thrust.has_wind = true
    thrust.wind = strength(windIndex) * settings.windPower
    thrust.turbulence = strength(turbulenceIndex) * settings.turbulencePower
    windIndex += 1
    turbulenceIndex += 1
  }

  /// Observation, reward and end of the step that has been made.
  private func judge(_ thrust: lander_thrust) -> (reward: Double, hasEnded: Bool) {
    let (across, up) = (LanderRules.width / 2, LanderRules.height / 2)
    let rate = LanderRules.framesPerSecond
    let x = (Double(state.hull.x) - across) / across
    let y = (Double(state.hull.y) - (LanderRules.helipad + LanderRules.legDown)) / up
    let (vx, vy) = (Double(state.velocity_x) * across / rate, Double(state.velocity_y) * up / rate)
    let angle = Double(state.hull.angle)
    let legs = (state.contact.0 ? 1.0 : 0, state.contact.1 ? 1.0 : 0)
    observation = SIMD8(
      Float(x), Float(y), Float(vx), Float(vy), Float(angle), Float(20 * Double(state.turn) / rate),
      Float(legs.0), Float(legs.1))

    let distance = -100 * (x * x + y * y).squareRoot()
    let speed = 100 * (vx * vx + vy * vy).squareRoot()
    let now = distance - speed - 100 * abs(angle) + 10 * legs.0 + 10 * legs.1
    var reward = now - (shaping ?? now)
    shaping = now
    reward -= thrust.main_power * 0.30
    reward -= thrust.side_power * 0.03
    if !state.awake { return (100, true) }
    return state.crashed || abs(x) >= 1 ? (-100, true) : (reward, false)
  }

  // MARK: State

  /// After a read that changed something the world is made again, unless there is a flaw: then the
  /// lander stays as it was, or waits for a read without one.
  func visit(_ visitor: inout some StateVisitor) {
    var words = generator.words
    visitor.generator { for index in words.indices { $0.visit(&words[index]) } }
    var read = history
    read.visit(&visitor)
    let drawer = PCG64(words: words)
    flaw = drawer == nil ? "no generator has these values" : read.flaw(isContinuous: isContinuous)
    guard flaw == nil, let drawer else { return }
    generator = drawer
    if isBroken || read != history { replay(read) }
  }

  private func replay(_ read: LanderHistory) {
    history = read
    history.steps.reserveCapacity(1001)
    makeWorld()
    isBroken = false
    for (index, step) in read.steps.enumerated() where advance(step).hasEnded {
      if index + 1 == read.steps.count { return }
      isBroken = true
      flaw = "there are steps after the episode's end"
      return
    }
  }
}
