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
    var sum = 0.0
    for index in indices { sum += exp(Double(self[index]) / temperature - most) }
    return most + log(sum)
  }

  /// Of these logits.
  public func softmax(into masses: inout MutableSpan<Float>) {
    let total = logSumExp()
    for index in indices { masses[index] = Float(exp(Double(self[index]) - total)) }
  }

  public var mean: Float {
    var sum = 0.0
    for index in indices { sum += Double(self[index]) }
    return Float(sum / Double(count))
  }
}
