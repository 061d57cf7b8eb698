import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

/// Preferences over numbers in -10...10. Source: Dumoulin et al. 2023, arXiv:2311.14115.
struct PreferenceTests {
  /// On a grid that is fine enough for four digits.
  private struct Density {
    static let points = (0..<4000).map { -10 + 20 * (Double($0) + 0.5) / 4000 }
    var masses: [Double]

    init(_ weight: (Double) -> Double) {
      let weights = Self.points.map(weight)
      let total = weights.reduce(0, +)
      masses = weights.map { $0 / total }
    }

    var below: Double { zip(Self.points, masses).reduce(0) { $1.0 < 0 ? $0 + $1.1 : $0 } }
    var mean: Double { zip(Self.points, masses).reduce(0) { $0 + $1.0 * $1.1 } }
    /// In nats, of the density.
    var entropy: Double { masses.reduce(0) { $1 > 0 ? $0 - $1 * log($1 * 200) : $0 } }
  }

  private static func normal(_ x: Double, _ mean: Double, _ deviation: Double) -> Double {
    exp(-pow((x - mean) / deviation, 2) / 2) / deviation
  }

  private static func wanted(_ x: Double) -> Double {
    0.4 * normal(x, -2.5, 0.25) + 0.6 * normal(x, 2.5, 1)
  }

  @Test("The loss by hand, and its slope")
  func loss() {
    #expect(isClose(preferenceLoss(winner: 1, loser: 1).loss, log(2)))
    #expect(isClose(preferenceLoss(winner: 0, loser: log(3)).loss, log(4)))
    #expect(preferenceLoss(winner: -200, loser: 100) == (300, -1))
    #expect(preferenceLoss(winner: 100, loser: -200) == (0, 0))
    for winner: Float in [-3, 0.5, 2] {
      let slope = difference { log(1 + exp(0.25 - Double(winner) - $0)) }
      #expect(isClose(preferenceLoss(winner: winner, loser: 0.25).slope, slope, ulps: 32))
    }
  }

  @Test(
    "Where DPO's rewards agree with the annotator's is the published policy",
    arguments: [
      (1, [0.4075, 0.4285, 1.5218]), (4, [0.3278, 1.0599, 2.1896]), (16, [0.3869, 1.0474, 2.5491]),
    ] as [(Double, [Double])])
  func fixedPoint(scale: Double, published: [Double]) {
    let policy = Density { Self.normal($0, 0, 5) * pow(Self.wanted($0), 1 / scale) }
    #expect(abs(policy.below - published[0]) < 3e-4)
    #expect(abs(policy.mean - published[1]) < 1e-4)
    #expect(abs(policy.entropy - published[2]) < 1e-4)
    // There no pair's expected slope is left: the loss's optimum.
    let points = [-7, -2.5, -1, 0.3, 2, 6]
    func reward(_ x: Double) -> Float {
      Float(scale * log(pow(Self.wanted(x), 1 / scale)))
    }
    for one in points {
      for other in points where one != other {
        let (a, b) = (Self.wanted(one), Self.wanted(other))
        let win = preferenceLoss(winner: reward(one), loser: reward(other)).slope
        let loss = preferenceLoss(winner: reward(other), loser: reward(one)).slope
        #expect(abs(a / (a + b) * Double(win) - b / (a + b) * Double(loss)) < 1e-5)
      }
    }
  }

  @Test("exp of rewards that are learned from pairs is the annotator's density")
  func learns() {
    let wanted = Density(Self.wanted)
    #expect(abs(wanted.below - 0.4037) < 1e-4 && abs(wanted.mean - 0.5) < 1e-4)
    // Pairs of a wide distribution; rewards by bins of a tenth.
    var generator = SplitMix64(seed: 12)
    func draw() -> Double {
      while true {
        let x = 5 * gaussian(using: &generator)
        if abs(x) < 10 { return x }
      }
    }
    func bin(_ x: Double) -> Int { min(Int((x + 10) * 10), 199) }
    var counts = [Float](repeating: 1, count: 200)
    let pairs = (0..<1 << 15).map { _ in
      let (one, other) = (draw(), draw())
      let (a, b) = (Self.wanted(one), Self.wanted(other))
      let isFirst = Double(generator.nextFloat()) < a / (a + b)
      counts[bin(one)] += 1
      counts[bin(other)] += 1
      return isFirst ? (bin(one), bin(other)) : (bin(other), bin(one))
    }
    var rewards = [Float](repeating: 0, count: 200)
    for _ in 0..<600 {
      var slopes = [Float](repeating: 0, count: 200)
      for (winner, loser) in pairs {
        let slope = preferenceLoss(winner: rewards[winner], loser: rewards[loser]).slope
        slopes[winner] += slope
        slopes[loser] -= slope
      }
      for bin in 0..<200 { rewards[bin] -= 4 * slopes[bin] / counts[bin] }
    }
    let fitted = Density { exp(Double(rewards[bin($0)])) }
    let divergence = zip(wanted.masses, fitted.masses).reduce(0) {
      $1.0 > 0 ? $0 + $1.0 * log($1.0 / $1.1) : $0
    }
    #expect(divergence < 0.05, "\(divergence)")
  }
}
