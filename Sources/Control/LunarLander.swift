import Environment
import Lanes
import Pixels
import Records

/// LunarLander-v3, discrete and continuous. Source: Gymnasium 1.3.0, `box2d/lunar_lander.py`.
///
/// Draws equal the original's one by one, so a seed gives the same terrain and the same first push.
/// Box2D is Debian's 2.4; the original's is 2.3, whose joints and contacts are solved by other
/// arithmetic. In flight the numbers agree within 1e-4; on the ground they part, and scores are the
/// same on average: `Tools/oracle/compare-lander`.
enum LunarLander {
  static let discrete = "LunarLander-v3"
  static let continuous = "LunarLanderContinuous-v3"

  static let rows: [EnvironmentRow] = [discrete, continuous].map { id in
    var row = ControlFamily.row(id, LanderBlock.self, stepLimit: 1000, rate: 50)
    row.verified = Verification(
      oracle: "Gymnasium 1.3.0 (Box2D 2.3)",
      extent: "terrain and draws exactly; mean scores of 4 policies, 200 episodes each",
      date: "2026-11-27")
    return row
  }
}

/// The original's arguments.
public struct LanderSettings: Configurable {
  public var gravity = -10.0
  public var hasWind = false
  public var windPower = 15.0
  public var turbulencePower = 1.5

  public init() {}

  public static let owner = "LunarLander"
  public static let settings: [Setting<Self>] = [
    .number("gravity", \.gravity, -12...0, "m/s^2, both ends excluded"),
    .flag("enable-wind", \.hasWind, "wind and turbulence until a leg touches the ground"),
    .number("wind-power", \.windPower, 0...20, "the strongest wind, N"),
    .number("turbulence-power", \.turbulencePower, 0...2, "the strongest turning by it, N m"),
  ]

  public func check() throws(SettingError) {
    if gravity > -12 && gravity < 0 { return }
    throw SettingError("\(Self.owner): gravity must lie between -12 and 0, both excluded")
  }
}

/// Up to 64 landers, a world each.
public final class LanderBlock: Block {
  private let isContinuous: Bool
  private let landers: [Lander]

  /// Bounds are those that the original names; a wild enough flight leaves them, here and there.
  public static func spec(_ id: String, _ settings: LanderSettings) throws -> EnvironmentSpec {
    let bounds = vectorBounds([2.5, 2.5, 10, 10, 2 * .pi, 10, 0, 0])
    let state = Field(
      "observation", [8], .float32, low: bounds.low, high: bounds.high.dropLast(2) + [1, 1])
    switch id {
    case LunarLander.discrete:
      return EnvironmentSpec(
        id: id, observation: [state], action: .discrete(4),
        actionNames: ["noop", "left-engine", "main-engine", "right-engine"])
    case LunarLander.continuous:
      return EnvironmentSpec(
        id: id, observation: [state], action: .box(low: [-1, -1], high: [1, 1]))
    default: throw EnvironmentError.settings("no lunar lander is called '\(id)'")
    }
  }

  public init(_ id: String, _ settings: LanderSettings, lanes: Int) throws {
    isContinuous = id == LunarLander.continuous
    let isContinuous = isContinuous
    landers = try (0..<lanes).map { _ in try Lander(settings, isContinuous: isContinuous) }
  }

  public func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { landers[$0].begin(seed: seeds?[$0]) }
  }

  public func step(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      let lander = landers[lane]
      let outcome = lander.step(action(rows, lane))
      rows.rewards[lane] = outcome.reward
      rows.terminated[lane] = outcome.hasEnded ? 1 : 0
      rows.truncated[lane] = lander.isLongest ? 1 : 0
    }
  }

  /// Main and side throttle. The discrete actions are full throttle of one engine.
  private func action(_ rows: BlockRows, _ lane: Int) -> SIMD2<Float> {
    if isContinuous {
      let throttles = rows.actions(Float.self)
      return SIMD2(throttles[2 * lane], throttles[2 * lane + 1])
    }
    switch rows.actions(Int32.self)[lane] {
    case 1: return SIMD2(0, -1)
    case 2: return SIMD2(1, 0)
    case 3: return SIMD2(0, 1)
    default: return SIMD2(0, 0)
    }
  }

  public func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    let states = rows.observation(0, Float.self)
    forEachLane(lanes) { lane in
      for place in 0..<8 { states[8 * lane + place] = landers[lane].observation[place] }
    }
  }

  public func visit(lane: Int, _ state: inout some StateVisitor) { landers[lane].visit(&state) }

  public func flaw(lane: Int) -> String? { landers[lane].flaw }

  public func render(lane: Int) -> Picture { landers[lane].picture }
}
