import CLanes
import Environment
import Glibc
import Lanes
import Pixels
import Records

/// Two links that hang from a pivot, to be swung above a line by a torque between them.
///
/// Source: Gymnasium 1.3.0 `classic_control/acrobot.py`.
final class Acrobot: Block {
  private static let fastest = [4 * Double.pi, 9 * Double.pi]

  private let settings: AcrobotSettings
  private let lanes: Int
  private let arm: Arm
  /// [4, 64]: angle of the first link from below, of the second from the first, and their
  /// velocities a second; floats in an episode's first state.
  private let state = AlignedBuffer<Double>(count: 4 * 64)
  /// Lanes that have not stepped in their episode.
  private var fresh: LaneMask = 0
  private var generators = LaneGenerators()

  static func spec(_ id: String, _ settings: AcrobotSettings) throws -> EnvironmentSpec {
    let bounds = vectorBounds([1, 1, 1, 1] + fastest)
    return EnvironmentSpec(
      id: id,
      observation: [Field("observation", [6], .float32, low: bounds.low, high: bounds.high)],
      action: .discrete(3), actionNames: ["negative", "none", "positive"])
  }

  init(_ id: String, _ settings: AcrobotSettings, lanes: Int) throws {
    self.settings = settings
    self.lanes = lanes
    arm = Arm(settings)
  }

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    generators.seed(mask, seeds)
    fresh |= mask
    forEachLane(mask) { lane in
      for row in 0..<4 {
        let value = generators.uniform(lane, settings.low, settings.high)
        state[64 * row + lane] = Double(Float(value))
      }
    }
  }

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    let actions = rows.actions(Int32.self)
    fresh &= ~mask
    forEachLane(mask) { lane in
      var torque = Double(actions[lane] - 1)
      if settings.noise > 0 { torque += generators.uniform(lane, -settings.noise, settings.noise) }
      let isUp = move(lane, torque)
      rows.rewards[lane] = isUp ? 0 : -1
      rows.terminated[lane] = isUp ? 1 : 0
    }
  }

  /// - Returns: whether the arm's end is above the line.
  private func move(_ lane: Int, _ torque: Double) -> Bool {
    var next = arm.moved(
      [state[lane], state[64 + lane], state[128 + lane], state[192 + lane]], torque)
    for link in 0..<2 {
      next[link] = Self.wrapped(next[link])
      next[2 + link] = min(max(next[2 + link], -Self.fastest[link]), Self.fastest[link])
    }
    for row in 0..<4 { state[64 * row + lane] = next[row] }
    return -glibc_cos(next[0]) - glibc_cos(next[1] + next[0]) > 1
  }

  /// Within half a turn, by whole turns one after another as the original takes them.
  private static func wrapped(_ angle: Double) -> Double {
    let turn = 2 * Double.pi
    // Settings can throw the arm so far that the original would hardly come back.
    var angle = abs(angle) < 1e5 ? angle : remainder(angle, turn)
    while angle > .pi { angle -= turn }
    while angle < -.pi { angle += turn }
    return angle
  }

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    let shown = rows.observation(0, Float.self)
    forEachLane(mask) { lane in
      for link in 0..<2 {
        let (angle, place) = (state[64 * link + lane], 6 * lane + 2 * link)
        if fresh.contains(lane: lane) {
          // The first state's angles are floats, and NumPy has another cosine for these.
          let (sine, cosine) = numpySineCosine(Float(angle))
          (shown[place], shown[place + 1]) = (cosine, sine)
        } else {
          shown[place] = Float(glibc_cos(angle))
          shown[place + 1] = Float(glibc_sin(angle))
        }
        shown[6 * lane + 4 + link] = Float(state[128 + 64 * link + lane])
      }
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    self.state.visit(lane, rows: 4, &state)
    var isFresh = fresh.contains(lane: lane)
    state.visit(&isFresh)
    fresh = isFresh ? fresh | 1 << UInt64(lane) : fresh & ~(1 << UInt64(lane))
    generators.visit(lane, &state)
  }

  func flaw(lane: Int) -> String? {
    let isBeyond = state.isBeyond([12.5, 12.5] + Self.fastest, lane: lane)
    return isBeyond ? "the arm is out of range" : generators.flaw(lane)
  }

  func render(lane: Int) -> Picture {
    var picture = Picture(width: 200, height: 200, filled: (255, 255, 255))
    let scale = 100 / (settings.length + 1.2)
    var joint = Picture.Point(100, 100)
    picture.line(from: [0, 100 - scale], to: [200, 100 - scale], (0, 0, 0))
    var angle = 0.0
    for (link, length) in [settings.length, 1].enumerated() {
      angle += state[64 * link + lane]
      // Downwards at 0, then counterclockwise.
      picture.rod(
        from: joint, angle: .pi / 2 - angle, length: length * scale, width: scale / 5, (0, 204, 204)
      )
      picture.disc(joint, radius: scale / 10, (204, 204, 0))
      joint += Picture.Point(sin(angle), cos(angle)) * (length * scale)
    }
    return picture
  }
}

struct AcrobotSettings: Configurable {
  enum Equations: String, CaseIterable { case book, nips }

  var low = -0.1
  var high = 0.1
  var length = 1.0
  var mass1 = 1.0
  var mass2 = 1.0
  var centre1 = 0.5
  var centre2 = 0.5
  var inertia = 1.0
  var noise = 0.0
  var equations = Equations.book

  static let owner = "Acrobot"
  static let settings: [Setting<Self>] = [
    .number("low", \.low, -12.5...12.5, "least value of an episode's first state"),
    .number("high", \.high, -12.5...12.5, "greatest value of an episode's first state"),
    .number("link-length-1", \.length, 0.1...10, "of the first link, metres"),
    .number("link-mass-1", \.mass1, 0.1...10, "of the first link, kilograms"),
    .number("link-mass-2", \.mass2, 0.1...10, "of the second link, kilograms"),
    .number("link-com-pos-1", \.centre1, 0...10, "centre of mass along the first link, metres"),
    .number("link-com-pos-2", \.centre2, 0...10, "centre of mass along the second link, metres"),
    .number("link-moi", \.inertia, 0.1...10, "moment of inertia of both links"),
    .number("torque-noise-max", \.noise, 0...100, "greatest noise added to the torque"),
    .choice("book-or-nips", \.equations, "equations of Sutton and Barto's book or of NIPS 1996"),
  ]

  func check() throws(SettingError) { try checkOrder(Self.owner, low, high) }
}

/// The arm's equations, in the original's order of operations.
private struct Arm {
  let m1, m2, l1, lc1, lc2, inertia: Double
  let isNips: Bool

  init(_ settings: AcrobotSettings) {
    (m1, m2, l1) = (settings.mass1, settings.mass2, settings.length)
    (lc1, lc2, inertia) = (settings.centre1, settings.centre2, settings.inertia)
    isNips = settings.equations == .nips
  }

  /// The state after 0.2 seconds, by the classical method of Runge and Kutta.
  func moved(_ state: SIMD4<Double>, _ torque: Double) -> SIMD4<Double> {
    let half = 0.2 / 2
    let k1 = slope(state, torque)
    let k2 = slope(state + half * k1, torque)
    let k3 = slope(state + half * k2, torque)
    let k4 = slope(state + 0.2 * k3, torque)
    let sum: SIMD4<Double> = k1 + 2 * k2
    return state + (0.2 / 6) * (sum + 2 * k3 + k4)
  }

  private func slope(_ state: SIMD4<Double>, _ torque: Double) -> SIMD4<Double> {
    let gravity = 9.8
    let (angle1, angle2, speed1, speed2) = (state[0], state[1], state[2], state[3])
    let (cosine2, sine2) = (glibc_cos(angle2), glibc_sin(angle2))
    let square = glibc_square(lc2)
    let span = glibc_square(l1) + square + 2 * l1 * lc2 * cosine2
    let d1 = m1 * glibc_square(lc1) + m2 * span + inertia + inertia
    let d2 = m2 * (square + l1 * lc2 * cosine2) + inertia
    let phi2 = m2 * lc2 * gravity * glibc_cos(angle1 + angle2 - .pi / 2)
    let swing = -m2 * l1 * lc2 * glibc_square(speed2) * sine2
    let twist = 2 * m2 * l1 * lc2 * speed2 * speed1 * sine2
    let weight = (m1 * lc1 + m2 * l1) * gravity * glibc_cos(angle1 - .pi / 2)
    let phi1 = swing - twist + weight + phi2
    var force = torque + d2 / d1 * phi1
    if !isNips { force -= m2 * l1 * lc2 * glibc_square(speed1) * sine2 }
    force -= phi2
    let turn2 = force / (m2 * square + inertia - glibc_square(d2) / d1)
    let turn1 = -(d2 * turn2 + phi1) / d1
    return [speed1, speed2, turn1, turn2]
  }
}
