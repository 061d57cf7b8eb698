import Foundation
import Lanes

/// Independent choices, each of 0..<count by its logits; outputs are [count, count, ...].
struct Categorical: ActionDistribution {
  let counts: [Int]
  var outputs: Int { counts.reduce(0, +) }
  var width: Int { counts.count }

  func sample(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>, using generator: inout SplitMix64
  ) {
    forEachChoice(row, allowed) { number, choice in
      var rest = Double(generator.nextFloat())
      action[number] = Float(choice.best)
      let total = choice.logSumExp
      for index in 0..<choice.count where choice.isAllowed(index) {
        rest -= choice.probability(index, total)
        if rest < 0 {
          action[number] = Float(index)
          break
        }
      }
    }
  }

  func mode(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    into action: UnsafeMutablePointer<Float>
  ) {
    forEachChoice(row, allowed) { number, choice in action[number] = Float(choice.best) }
  }

  func logProbability(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?, of action: UnsafePointer<Float>
  ) -> Float {
    var sum = 0.0
    forEachChoice(row, allowed) { number, choice in
      let index = Int(action[number])
      sum +=
        choice.isAllowed(index) ? Double(choice.logits[index]) - choice.logSumExp : -.infinity
    }
    return Float(sum)
  }

  func entropy(_ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?) -> Float {
    var sum = 0.0
    forEachChoice(row, allowed) { _, choice in
      sum += choice.withProbabilities { choice.entropy($0, $1) }
    }
    return Float(sum)
  }

  /// d log p / d logit = [chosen] - p; d entropy / d logit = -p (log p + entropy).
  func writeSlopes(
    _ row: UnsafePointer<Float>, allowed: UnsafePointer<UInt8>?,
    of action: UnsafePointer<Float>, logProbability a: Float, entropy b: Float,
    into slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    var sum = 0.0
    forEachChoice(row, allowed) { number, choice in
      sum += choice.withProbabilities { probabilities, total in
        let (entropy, chosen) = (choice.entropy(probabilities, total), Int(action[number]))
        for index in 0..<choice.count {
          // 0 where it is not allowed, and so are both parts.
          let probability = probabilities[index]
          let logarithm = Double(choice.logits[index]) - total
          slopes[choice.first + index] =
            a * Float((index == chosen ? 1 : 0) - probability)
            - b * Float(probability * (logarithm + entropy))
        }
        return entropy
      }
    }
    return Float(sum)
  }

  @inline(__always) private func forEachChoice(
    _ row: UnsafePointer<Float>, _ allowed: UnsafePointer<UInt8>?,
    _ body: (_ number: Int, _ choice: Choice) -> Void
  ) {
    var first = 0
    for (number, count) in counts.enumerated() {
      body(number, Choice(row, allowed, first: first, count: count))
      first += count
    }
  }
}

/// One of the choices. Sums are in double.
private struct Choice {
  let logits: UnsafePointer<Float>
  let first, count: Int
  private let allowed: UnsafePointer<UInt8>?

  init(
    _ row: UnsafePointer<Float>, _ allowed: UnsafePointer<UInt8>?, first: Int, count: Int
  ) {
    logits = row + first
    (self.first, self.count) = (first, count)
    let mask = allowed.map { $0 + first }
    let isAny = mask.map { mask in (0..<count).contains { mask[$0] != 0 } } ?? false
    self.allowed = isAny ? mask : nil
  }

  func isAllowed(_ index: Int) -> Bool { allowed.map { $0[index] != 0 } ?? true }

  /// The first of equals.
  var best: Int {
    var best: Int?
    for index in 0..<count where isAllowed(index) {
      if best.map({ logits[index] > logits[$0] }) ?? true { best = index }
    }
    return best ?? 0
  }

  var logSumExp: Double {
    let most = Double(logits[best])
    var sum = 0.0
    for index in 0..<count where isAllowed(index) { sum += exp(Double(logits[index]) - most) }
    return most + log(sum)
  }

  func probability(_ index: Int, _ total: Double) -> Double { exp(Double(logits[index]) - total) }

  /// - Parameter body: gets the probabilities, [count], 0 where a choice is not to be had, and
  ///   `logSumExp`.
  func withProbabilities(
    _ body: (_ probabilities: UnsafePointer<Double>, _ total: Double) -> Double
  ) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { numbers in
      let most = Double(logits[best])
      var sum = 0.0
      for index in 0..<count {
        numbers[index] = isAllowed(index) ? exp(Double(logits[index]) - most) : 0
        sum += numbers[index]
      }
      for index in 0..<count { numbers[index] /= sum }
      return body(UnsafePointer(numbers.baseAddress!), most + log(sum))
    }
  }

  func entropy(_ probabilities: UnsafePointer<Double>, _ total: Double) -> Double {
    var sum = 0.0
    for index in 0..<count { sum -= probabilities[index] * (Double(logits[index]) - total) }
    return sum
  }
}
