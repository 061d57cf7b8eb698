import Foundation

// Sums over one row, in double and in order.

extension Span<Float> {
  /// Place of the largest; the first of equals. Numbers that are none are never it, but for the first.
  public var largest: Int {
    var best = 0
    for index in indices.dropFirst() where self[index] > self[best] { best = index }
    return best
  }

  /// log of the sum of exp(x / temperature).
  public func logSumExp(temperature: Double = 1) -> Double {
    let most = Double(self[largest]) / temperature
    if most == -.infinity { return most }
    return most + withExponentials(less: most, temperature: temperature) { log($1) }
  }

  /// Of these logits.
  public func softmax(into masses: inout MutableSpan<Float>) {
    let total = logSumExp()
    for index in indices { masses[index] = Float(exponential(Double(self[index]) - total)) }
  }

  /// - Parameter body: gets exp(x / temperature - less) of each, and their sum.
  @inline(__always) func withExponentials<Result>(
    less: Double, temperature: Double = 1,
    _ body: (_ each: UnsafeMutablePointer<Double>, _ sum: Double) -> Result
  ) -> Result {
    withUnsafeBufferPointer { numbers in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: numbers.count) { each in
        let (first, results) = (numbers.baseAddress!, each.baseAddress!)
        for index in 0..<numbers.count {
          results[index] = exponential(Double(first[index]) / temperature - less)
        }
        var sum = 0.0
        for index in 0..<numbers.count { sum += results[index] }
        return body(results, sum)
      }
    }
  }

  public var mean: Float {
    var sum = 0.0
    for index in indices { sum += Double(self[index]) }
    return Float(sum / Double(count))
  }
}
