import Foundation
import Lanes
import Nets

/// Independent normal numbers through a tanh that fits them into a box; outputs are [means, numbers
/// from which deviations follow].
///
/// Source: Haarnoja et al. 2018, arXiv:1812.05905, appendix C. Its entropy has no closed form; less
/// the logarithm of the probability estimates it.
public struct SquashedGaussian: Sendable {
  /// How the logarithm of a deviation is kept within bounds.
  public enum Deviation: String, CaseIterable, Sendable {
    /// Cut to -20...2: the authors' code, Dopamine.
    case cut
    /// By a tanh to -5...2: CleanRL.
    case tanh
  }

  let low, high: [Float]
  var deviation = Deviation.cut

  var width: Int { low.count }
  var outputs: Int { 2 * width }

  /// Added within the logarithm, so that a saturated action has one.
  private static let slack = 1e-6
  private static let halfLogTwoPi = 0.918_938_533_204_672_8

  /// - Parameter noise: gets the standard normal numbers of which the action is made, [width].
  func draw(
    _ noise: UnsafeMutablePointer<Float>, using generator: inout SplitMix64
  ) {
    for index in 0..<width { noise[index] = Float(gaussian(using: &generator)) }
  }

  /// The action that a row makes of the noise; of nil: the one of the means.
  /// - Returns: the logarithm of its probability density; of the means' own without noise.
  @discardableResult func act(
    _ row: UnsafePointer<Float>, noise: UnsafePointer<Float>?,
    into action: UnsafeMutablePointer<Float>
  ) -> Float {
    var sum = 0.0
    for index in 0..<width {
      let part = Part(self, row, noise?[index] ?? 0, index)
      // Rounding must not take an action out of its box.
      action[index] = min(max(Float(part.action), low[index]), high[index])
      sum -= 0.5 * part.noise * part.noise + part.logDeviation + Self.halfLogTwoPi
      sum -= log(part.half * part.slack + Self.slack)
    }
    return Float(sum)
  }

  /// Adds to `slopes` that of `a log p(action) + sum of actionSlopes * action` with respect to the
  /// outputs, where the noise stays and the action moves with them.
  ///
  /// With u = mean + deviation noise: d action / d u = half (1 - tanh^2), d log p / d u =
  /// 2 half tanh (1 - tanh^2) / (half (1 - tanh^2) + 1e-6), and d log p / d log deviation has -1
  /// besides.
  func addPathSlopes(
    _ row: UnsafePointer<Float>, noise: UnsafePointer<Float>, logProbability a: Float,
    action actionSlopes: UnsafePointer<Float>, into slopes: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<width {
      let part = Part(self, row, noise[index], index)
      let moved = part.half * part.slack
      let slope =
        Double(a) * 2 * part.tangent * moved / (moved + Self.slack)
        + Double(actionSlopes[index]) * moved
      slopes[index] += Float(slope)
      let spread = slope * exp(part.logDeviation) * part.noise - Double(a)
      slopes[width + index] += Float(spread * part.deviationSlope)
    }
  }

  /// One number of an action.
  private struct Part {
    let noise, logDeviation, deviationSlope, tangent, half, action: Double
    /// 1 - tanh^2
    var slack: Double { (1 - tangent) * (1 + tangent) }

    init(
      _ whole: SquashedGaussian, _ row: UnsafePointer<Float>, _ noise: Float, _ index: Int
    ) {
      self.noise = Double(noise)
      let raw = Double(row[whole.width + index])
      switch whole.deviation {
      case .cut:
        logDeviation = min(max(raw, -20), 2)
        deviationSlope = raw > -20 && raw < 2 ? 1 : 0
      case .tanh:
        let share = Foundation.tanh(raw)
        logDeviation = -5 + 3.5 * (share + 1)
        deviationSlope = 3.5 * (1 - share * share)
      }
      tangent = Foundation.tanh(Double(row[index]) + exp(logDeviation) * Double(noise))
      let (low, high) = (Double(whole.low[index]), Double(whole.high[index]))
      half = (high - low) / 2
      action = (low + high) / 2 + half * tangent
    }
  }
}
