import Foundation
import Lanes
import Nets
import Testing

@testable import Agents

/// Losses of action values, with golden values of the papers and of their authors' code.
struct ValueLossTests {
  // MARK: Numbers

  @Test("Squared error and Huber's loss by hand")
  func regression() {
    #expect(squaredError(3, 1) == (4, 4) && squaredError(1, 3) == (4, -4))
    #expect(huber(1.5, 1) == (0.125, 0.5) && huber(0, 1) == (0.5, -1))
    #expect(huber(4, 1) == (2.5, 1) && huber(1, 4) == (2.5, -1))
    #expect(huber(3, 1, threshold: 0.5) == (0.875, 0.5))
    #expect(huber(1.25, 1, threshold: 0.5) == (0.03125, 0.25))
  }

  // MARK: Distributions

  @Test("C51's projection: golden values")
  func projection() {
    let (support, masses): (Support, [Float]) = (
      Support(-2, 2, count: 5), [0.1, 0.2, 0.4, 0.2, 0.1]
    )
    func of(_ reward: Float, _ discount: Float) -> [Float] {
      row(5) { projected(masses.span, reward: reward, discount: discount, on: support, into: &$0) }
    }
    func expect(_ found: [Float], _ wanted: [Double]) {
      for (one, other) in zip(found, wanted) { #expect(isClose(one, other), "\(found)") }
    }
    expect(of(0.5, 0.5), [0, 0.05, 0.45, 0.45, 0.05])
    expect(of(1, 1), [0, 0.1, 0.2, 0.4, 0.3])
    // A step without a future is its reward; beyond the ends the ends.
    expect(of(0.25, 0), [0, 0, 0.75, 0.25, 0])
    expect(of(7, 0.5), [0, 0, 0, 0, 1])
    expect(of(-7, 0.5), [1, 0, 0, 0, 0])
    expect(of(0, 1), [0.1, 0.2, 0.4, 0.2, 0.1])
  }

  @Test("C51's projection is equation 7", arguments: [2, 5, 51])
  func projectionFormula(count: Int) {
    var generator = SplitMix64(seed: 3)
    let support = Support(-10, 10, count: count)
    for _ in 0..<50 {
      let masses = softmax(doubles(normals(count, &generator))).map { Float($0) }
      let reward = normals(1, &generator, scale: 6)[0]
      let discount = generator.nextFloat()
      let found = row(count) {
        projected(masses.span, reward: reward, discount: discount, on: support, into: &$0)
      }
      for atom in 0..<count {
        var exact = 0.0
        for other in 0..<count {
          let moved = Double(reward) + Double(discount) * support.atom(other)
          let distance = abs(min(max(moved, -10), 10) - support.atom(atom)) / support.spacing
          exact += Double(masses[other]) * max(0, 1 - distance)
        }
        #expect(isClose(found[atom], exact))
      }
    }
  }

  @Test("Two-hot: the mean is the number, cut to the range")
  func twoHots() {
    let support = Support(-10, 10, count: 51)
    for number: Float in [-11, -10, -9.99, 0, 0.3, 9.7, 10, 25] {
      let masses = row(51) { twoHot(number, on: support, into: &$0) }
      #expect(masses.count { $0 > 0 } <= 2 && masses.allSatisfy { $0 >= 0 })
      #expect(isClose(masses.reduce(0, +), 1))
      #expect(isClose(expectation(masses.span, on: support), Double(min(max(number, -10), 10))))
    }
    let quarter = row(3) { twoHot(0.25, on: Support(0, 2, count: 3), into: &$0) }
    #expect(quarter == [0.75, 0.25, 0])
  }

  @Test("HL-Gauss: golden values")
  func histogram() {
    func of(_ number: Float, _ range: Float, _ count: Int) -> ([Float], mean: Float) {
      let support = Support.bins(-range, range, count: count)
      let deviation = 0.75 * 2 * range / Float(count)
      let masses = row(count) {
        gaussianHistogram(number, on: support, deviation: deviation, into: &$0)
      }
      return (masses, expectation(masses.span, on: support))
    }
    func expect(_ found: ArraySlice<Float>, _ wanted: [Double]) {
      #expect(found.count == wanted.count)
      for (one, other) in zip(found, wanted) { #expect(abs(Double(one) - other) < 5.1e-6) }
    }
    var (masses, mean) = of(0.3, 10, 51)
    expect(masses[23...28], [0.00126, 0.04457, 0.31609, 0.47454, 0.15319, 0.01022])
    #expect(abs(mean - 0.300002) < 1e-6)
    (masses, mean) = of(9.9, 10, 51)
    expect(masses[48...], [0.01558, 0.23739, 0.74683])
    #expect(abs(mean - 9.69837) < 5e-6)
    #expect(abs(of(12, 10, 51).mean - 9.80390) < 6e-6)
    expect(of(0, 2, 4).0[...], [0.08806, 0.41194, 0.41194, 0.08806])
    (masses, mean) = of(0.5, 2, 4)
    expect(masses[...], [0.02285, 0.23519, 0.50676, 0.23519])
    #expect(abs(mean - 0.45430) < 5.1e-6)
    // However far out, it is the last bin, and no division by nothing.
    for far: Float in [30, 1e6, -1e6] {
      let (masses, _) = of(far, 10, 51)
      #expect(isClose(masses[far > 0 ? 50 : 0], 1) && masses.allSatisfy { $0 >= 0 })
    }
  }

  @Test("Supports: atoms at the ends, or at the centres of bins")
  func supports() {
    let (atoms, bins) = (Support(-10, 10, count: 51), Support.bins(-10, 10, count: 51))
    #expect(atoms.spacing == 0.4 && atoms.atom(50) == 10)
    #expect(abs(bins.spacing - 0.392157) < 1e-6)
    #expect(abs(bins.atom(0) - -9.80392) < 1e-5 && abs(bins.atom(50) - 9.80392) < 1e-5)
  }

  @Test("Exponentials are the C library's, but for a few units in the last place")
  func exponentials() {
    var generator = SplitMix64(seed: 6)
    for _ in 0..<10_000 {
      let x = Double(generator.nextFloat()) * 1450 - 742
      let (ours, exact) = (exponential(x), exp(x))
      #expect(abs(ours - exact) <= 4 * exact.ulp, "e^\(x)")
    }
    let ends = [-Double.infinity, -1e300, -746, 0, 710, 1e300, .infinity].map(exponential)
    #expect(ends == [0, 0, 0, 1, .infinity, .infinity, .infinity])
    #expect(exponential(.nan).isNaN)
  }

  @Test("Cross entropy and its slopes")
  func entropies() {
    var generator = SplitMix64(seed: 4)
    for scale in [0.1, 1, 8] {
      let logits = normals(7, &generator, scale: scale)
      let target = softmax(doubles(normals(7, &generator))).map { Float($0) }
      checkLoss(at: logits, ulps: 32) {
        crossEntropy($0, target.span, scale: $1, slopes: &$2)
      } _: {
        zip(target, softmax($0)).reduce(0) { $0 - Double($1.0) * log($1.1) }
      }
      let support = Support(-3, 3, count: 7)
      let exact = zip(softmax(doubles(logits)), 0..<7).reduce(0) {
        $0 + $1.0 * support.atom($1.1)
      }
      #expect(isClose(expectation(ofLogits: logits.span, on: support), exact))
      let masses = row(7) { logits.span.softmax(into: &$0) }
      for (mass, exact) in zip(masses, softmax(doubles(logits))) { #expect(isClose(mass, exact)) }
    }
    // Large logits do not overflow.
    var slopes: [Float] = [0, 0]
    var span = slopes.mutableSpan
    let (logits, target): ([Float], [Float]) = ([1e30, 0], [1, 0])
    #expect(crossEntropy(logits.span, target.span, scale: 1, slopes: &span) == 0)
    #expect(slopes == [0, 0])
  }

  // MARK: Quantiles

  @Test("Quantile regression: golden value, slopes, and the median of its minimum")
  func quantiles() {
    let targets: [Float] = [0.5, 3]
    let (points, fractions): ([Float], [Float]) = ([0, 1, 2], midpoints(3))
    #expect(fractions == [1.0 / 6, 0.5, 5.0 / 6])
    var slopes = row(3) { for index in 0..<3 { $0[index] = 0 } }
    var span = slopes.mutableSpan
    let loss = quantileHuber(
      points.span, at: fractions.span, targets: targets.span, scale: 1, slopes: &span)
    #expect(abs(loss - 0.916667) < 1e-6)
    var generator = SplitMix64(seed: 5)
    for threshold: Float in [1, 0.25, 3] {
      let points = normals(5, &generator, scale: 2)
      let fractions = (0..<5).map { _ in generator.nextFloat() }
      let targets = normals(4, &generator, scale: 2)
      checkLoss(at: points) {
        quantileHuber(
          $0, at: fractions.span, targets: targets.span, threshold: threshold, scale: $1,
          slopes: &$2)
      } _: { points in
        var sum = 0.0
        for (point, fraction) in zip(points, fractions) {
          for target in targets {
            let error = Double(target) - point
            let bound = Double(threshold)
            let huber =
              abs(error) <= bound ? error * error / 2 : bound * (abs(error) - bound / 2)
            sum += abs(Double(fraction) - (error < 0 ? 1 : 0)) * huber / bound / 4
          }
        }
        return sum
      }
    }
  }

  // MARK: All actions of a state

  @Test("Munchausen's targets are the paper's", arguments: [0.03, 1] as [Float])
  func munchausen(temperature: Float) {
    var generator = SplitMix64(seed: 6)
    for _ in 0..<20 {
      let values = normals(4, &generator)
      let wide = doubles(values).map { $0 / Double(temperature) }
      let policy = softmax(wide.map { $0 - wide.max()! })
      let entropy = policy.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      let value = zip(policy, values).reduce(0) { $0 + $1.0 * Double($1.1) }
      #expect(
        isClose(
          softValue(values.span, temperature: temperature), value + Double(temperature) * entropy,
          ulps: 16))
      for action in 0..<4 {
        let bonus = munchausenBonus(values.span, action: action, temperature: temperature)
        let logarithm = max(Double(temperature) * log(policy[action]), -1)
        #expect(isClose(bonus, 0.9 * logarithm, ulps: 16))
      }
    }
    let values: [Float] = [0, 10]
    // By hand: the log of the worse action's probability is cut, the better one's is nearly 0.
    #expect(munchausenBonus(values.span, action: 0, temperature: 0.03) == -0.9)
    #expect(munchausenBonus(values.span, action: 1, temperature: 0.03) == 0)
    #expect(
      munchausenBonus(values.span, action: 0, temperature: 0.03, share: 0.5, floor: -4) == -2)
    let even: [Float] = [2, 2]
    #expect(isClose(softValue(even.span, temperature: 0.5), 2 + 0.5 * log(2)))
  }

  @Test("Conservative Q-learning's penalty and its slopes")
  func conservative() {
    var generator = SplitMix64(seed: 7)
    for action in 0..<4 {
      checkLoss(at: normals(4, &generator, scale: 2), ulps: 16) {
        conservatism($0, action: action, scale: $1, slopes: &$2)
      } _: { values in
        log(values.reduce(0) { $0 + exp($1) }) - values[action]
      }
    }
  }

  @Test("The largest is the first of equals")
  func largest() {
    for (row, place) in [([1, 3, 3], 1), ([2, 1], 0), ([-5, -4, -6], 1)] as [([Float], Int)] {
      #expect(row.span.largest == place)
    }
  }
}
