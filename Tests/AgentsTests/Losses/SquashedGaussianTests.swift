import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

struct SquashedGaussianTests {
  private static let box: (low: [Float], high: [Float]) = ([-2, 0], [2, 10])

  private func distribution(_ deviation: SquashedGaussian.Deviation) -> SquashedGaussian {
    SquashedGaussian(low: Self.box.low, high: Self.box.high, deviation: deviation)
  }

  /// The action and the logarithm of its density, once more in double.
  private func exact(
    _ deviation: SquashedGaussian.Deviation, _ row: [Double], _ noise: [Double]
  ) -> (action: [Double], logProbability: Double) {
    var (action, sum) = ([0.0, 0.0], 0.0)
    for index in 0..<2 {
      let raw = row[2 + index]
      let logDeviation =
        deviation == .cut ? min(max(raw, -20), 2) : -5 + 0.5 * (2 + 5) * (tanh(raw) + 1)
      let wide = row[index] + exp(logDeviation) * noise[index]
      let half = Double(Self.box.high[index] - Self.box.low[index]) / 2
      action[index] = Double(Self.box.low[index]) + half * (tanh(wide) + 1)
      let density =
        exp(-noise[index] * noise[index] / 2) / (exp(logDeviation) * (2 * Double.pi).squareRoot())
      sum += log(density) - log(half * (1 - pow(tanh(wide), 2)) + 1e-6)
    }
    return (action, sum)
  }

  @Test(
    "Actions, densities and their slopes along the path",
    arguments: SquashedGaussian.Deviation.allCases)
  func slopes(deviation: SquashedGaussian.Deviation) {
    let distribution = distribution(deviation)
    #expect(distribution.outputs == 4 && distribution.width == 2)
    var generator = SplitMix64(seed: 9)
    for _ in 0..<40 {
      let row = normals(4, &generator)
      var (noise, action): ([Float], [Float]) = ([0, 0], [0, 0])
      distribution.draw(&noise, using: &generator)
      let logProbability = distribution.act(row, noise: noise, into: &action)
      let exact = exact(deviation, doubles(row), doubles(noise))
      #expect(isClose(logProbability, exact.logProbability, ulps: 64))
      for index in 0..<2 { #expect(isClose(action[index], exact.action[index])) }
      // Of 0.3 log p + 2 first - second.
      var slopes: [Float] = [1, 1, 1, 1]
      distribution.addPathSlopes(
        row, noise: noise, logProbability: 0.3, action: [2, -1], into: &slopes)
      for index in 0..<4 {
        let slope = difference { step in
          var row = doubles(row)
          row[index] += step
          let moved = self.exact(deviation, row, doubles(noise))
          return Double(Float(0.3)) * moved.logProbability + 2 * moved.action[0] - moved.action[1]
        }
        #expect(
          abs(Double(slopes[index]) - 1 - slope) < 2e-5 * max(1, abs(slope)),
          "output \(index): \(slopes[index] - 1) for \(slope)")
      }
    }
  }

  @Test("Density by hand, and that of half an action's range is twice as dense")
  func densities() {
    var action: [Float] = [0]
    let unit = SquashedGaussian(low: [-1], high: [1])
    let narrow = SquashedGaussian(low: [-0.5], high: [0.5])
    // tanh 0 = 0: the standard normal's density at 0, but for the 1e-6.
    let middle = unit.act([0, 0], noise: [0], into: &action)
    #expect(abs(middle - -0.918_939_5) < 1e-6 && action == [0])
    let half = narrow.act([0, 0], noise: [0], into: &action)
    #expect(abs(half - middle - log(2)) < 2e-6)
  }

  @Test("Without noise the means act; saturated actions stay in the box and have a density")
  func edges() {
    let distribution = distribution(.cut)
    var action: [Float] = [0, 0]
    distribution.act([0, 0, 1, 1], noise: nil, into: &action)
    #expect(action == [0, 5])
    let logProbability = distribution.act([50, -50, 0, 0], noise: [0, 0], into: &action)
    #expect(action == [2, 0] && logProbability.isFinite)
    var slopes: [Float] = [0, 0, 0, 0]
    distribution.addPathSlopes(
      [50, -50, 9, -30], noise: [1, 1], logProbability: 1, action: [1, 1], into: &slopes)
    #expect(slopes.allSatisfy { $0.isFinite })
    // Where the deviation is cut, nothing moves it.
    #expect(slopes[2] == 0 && slopes[3] == 0)
  }

  @Test("Drawn noise is standard normal")
  func noise() {
    let distribution = distribution(.cut)
    var generator = SplitMix64(seed: 10)
    var (sum, squares, product) = (0.0, 0.0, 0.0)
    var noise: [Float] = [0, 0]
    for _ in 0..<20_000 {
      distribution.draw(&noise, using: &generator)
      sum += Double(noise[0] + noise[1]) / 40_000
      squares += Double(noise[0] * noise[0] + noise[1] * noise[1]) / 40_000
      product += Double(noise[0] * noise[1]) / 20_000
    }
    #expect(abs(sum) < 0.02 && abs(squares - 1) < 0.03 && abs(product) < 0.03)
  }
}

struct MaskTests {
  private let distribution = Categorical(counts: [3, 2])
  private let logits: [Float] = [5, 0, log(3), 1, 4]
  private let allowed: [UInt8] = [0, 1, 1, 1, 0]

  @Test("What is not allowed has no probability, no slope and is never drawn")
  func masks() {
    var generator = SplitMix64(seed: 11)
    var (action, count): ([Float], Double) = ([0, 0], 0)
    for _ in 0..<20_000 {
      distribution.sample(logits, allowed: allowed, into: &action, using: &generator)
      #expect(action[0] != 0 && action[1] == 0)
      count += action[0] == 2 ? 1 / 20_000.0 : 0
    }
    #expect(abs(count - 0.75) < 0.015)
    distribution.mode(logits, allowed: allowed, into: &action)
    #expect(action == [2, 0])
    #expect(isClose(distribution.logProbability(logits, allowed: allowed, of: action), log(0.75)))
    #expect(distribution.logProbability(logits, allowed: allowed, of: [0, 0]) == -.infinity)
    let entropy = -0.75 * log(0.75) - 0.25 * log(0.25)
    #expect(isClose(distribution.entropy(logits, allowed: allowed), entropy))
  }

  @Test("Slopes are those of the choices that are left")
  func slopes() {
    let action: [Float] = [1, 0]
    func exact(_ row: [Double]) -> Double {
      let policy = softmax([row[1], row[2]])
      let entropy = policy.reduce(0) { $0 - $1 * log($1) }
      return 2 * log(policy[0]) + 0.5 * entropy
    }
    var slopes: [Float] = [9, 9, 9, 9, 9]
    _ = distribution.writeSlopes(
      logits, allowed: allowed, of: action, logProbability: 2, entropy: 0.5, into: &slopes)
    for index in 0..<5 {
      let slope = difference { step in
        var row = doubles(logits)
        row[index] += step
        return exact(row)
      }
      #expect(abs(Double(slopes[index]) - slope) < 2e-6, "\(index)")
    }
    #expect(slopes[0] == 0 && slopes[4] == 0)
  }

  @Test("A mask that leaves nothing is none")
  func nothing() {
    let nothing = [UInt8](repeating: 0, count: 5)
    #expect(
      distribution.entropy(logits, allowed: nothing) == distribution.entropy(logits))
    var action: [Float] = [0, 0]
    distribution.mode(logits, allowed: nothing, into: &action)
    #expect(action == [0, 1])
  }
}
