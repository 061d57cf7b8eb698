/// Equally spaced numbers, the atoms, on which a distribution of returns lies.
public struct Support: Equatable, Sendable {
  /// The first atom and the last.
  public let low, high: Double
  public let count: Int

  /// Atoms at both ends: C51 and two-hot.
  /// - Precondition: low < high, count > 1.
  public init(_ low: Float, _ high: Float, count: Int) {
    self.init(low: Double(low), high: Double(high), count: count)
  }

  private init(low: Double, high: Double, count: Int) {
    precondition(low < high && count > 1, "a support needs two atoms or more")
    (self.low, self.high, self.count) = (low, high, count)
  }

  /// Bins that fill a range; the atoms are their centres: HL-Gauss.
  public static func bins(_ low: Float, _ high: Float, count: Int) -> Support {
    let half = (Double(high) - Double(low)) / Double(2 * count)
    return Support(low: Double(low) + half, high: Double(high) - half, count: count)
  }

  public var spacing: Double { (high - low) / Double(count - 1) }

  public func atom(_ index: Int) -> Double { low + Double(index) * spacing }

  /// Where the number, cut to the range, lies: `rest` of the way from atom `lower` to the next.
  func place(_ number: Double) -> (lower: Int, rest: Double) {
    let position = (min(max(number, low), high) - low) / spacing
    // What is not a number stays none.
    let lower = position < Double(count - 1) ? Int(position) : count - 2
    return (lower, position - Double(lower))
  }
}

/// Expected return of masses on the support.
public func expectation(_ masses: Span<Float>, on support: Support) -> Float {
  var sum = 0.0
  for index in masses.indices { sum += Double(masses[index]) * support.atom(index) }
  return Float(sum)
}

/// Expected return of the softmax of logits.
public func expectation(ofLogits logits: Span<Float>, on support: Support) -> Float {
  let most = Double(logits[logits.largest])
  return logits.withExponentials(less: most) { masses, whole in
    var sum = 0.0
    for index in 0..<support.count { sum += masses[index] * support.atom(index) }
    return Float(sum / whole)
  }
}
