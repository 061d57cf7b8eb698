import Environment
import Lanes

/// A joystick in polar coordinates and its button: an action of CALE, the continuous ALE.
///
/// The stick decides for one of the 18 actions; the radius is also the strength with which that
/// action turns a paddle.
///
/// - Source: ale-py `python/env.py` and `python/vector_env.py`; Farebrother and Castro 2024,
///   "CALE: Continuous Arcade Learning Environment".
public struct ContinuousAction: Equatable, Sendable, BitwiseCopyable {
  /// 0...1
  public var radius: Float
  /// Radians, -pi...pi; 0 is right, pi/2 is up.
  public var angle: Float
  /// 0...1
  public var fire: Float

  public init(radius: Float, angle: Float, fire: Float) {
    self.radius = radius
    self.angle = angle
    self.fire = fire
  }

  /// The float next to pi lies above it; ale-py allows it too.
  static let pi = Float(Double.pi)
  static let space = ActionSpace.box(low: [0, -pi, 0], high: [1, pi, 1])

  /// - Throws: `EnvironmentError.action` for what lies outside `space`, and for NaN.
  public func check(lane: Int) throws {
    let isInside =
      (0...1).contains(radius) && (-Self.pi...Self.pi).contains(angle) && (0...1).contains(fire)
    if isInside { return }
    throw EnvironmentError.action(
      lane: lane, value: "(\(radius), \(angle), \(fire))",
      allowed: "radius 0...1, angle -pi...pi, fire 0...1")
  }

  /// The action that ale-py plays: a direction or the button counts above the threshold.
  ///
  /// Like NumPy's, this arithmetic is of 32-bit floats throughout, the threshold's too.
  public func action(threshold: Float) -> AtariAction {
    let (sine, cosine) = numpySineCosine(angle)
    let (x, y) = (radius * cosine, radius * sine)
    var presses: Presses = fire > threshold ? .fire : []
    if x > threshold { presses.insert(.right) } else if x < -threshold { presses.insert(.left) }
    if y > threshold { presses.insert(.up) } else if y < -threshold { presses.insert(.down) }
    return presses.action
  }
}
