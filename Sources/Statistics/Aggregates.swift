import Lanes

// How runs over tasks are summed up. Source: Agarwal et al. 2021, arXiv:2108.13264, and its library
// rliable.

/// (score - low) / (high - low): random play is 0, a person 1.
public func normalized(_ score: Double, low: Double, high: Double) -> Double {
  (score - low) / (high - low)
}

public func mean(_ values: [Double]) -> Double {
  values.reduce(0, +) / Double(max(values.count, 1))
}

/// Mean of the two in the middle where their number is even. 0 of none.
public func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  if sorted.isEmpty { return 0 }
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Mean of what is left when a quarter of the values, rounded down, is removed from either end.
public func interquartileMean(_ values: [Double]) -> Double {
  let cut = values.count / 4
  return mean(Array(values.sorted().dropFirst(cut).dropLast(cut)))
}

/// How far the values fall short of 1; what lies above 1 counts as 1.
public func optimalityGap(_ values: [Double]) -> Double { 1 - mean(values.map { min($0, 1) }) }

/// Mann and Whitney's U over the number of pairs: that a run of the first beats one of the second;
/// equals count half.
public func probabilityOfImprovement(_ first: [Double], over second: [Double]) -> Double {
  var wins = 0.0
  for one in first {
    for other in second { wins += one > other ? 1 : one == other ? 0.5 : 0 }
  }
  return wins / Double(max(first.count * second.count, 1))
}

/// By threshold: the share of values above it.
public func performanceProfile(_ values: [Double], at thresholds: [Double]) -> [Double] {
  thresholds.map { threshold in
    Double(values.filter { $0 > threshold }.count) / Double(max(values.count, 1))
  }
}

/// Linear between the two values next to the place, as NumPy's default.
/// - Parameter percent: 0...100.
public func percentile(_ values: [Double], _ percent: Double) -> Double {
  let sorted = values.sorted()
  guard let last = sorted.indices.last else { return 0 }
  let place = percent / 100 * Double(last)
  let lower = min(Int(place), max(last - 1, 0))
  return sorted[lower] + (place - Double(lower)) * (sorted[min(lower + 1, last)] - sorted[lower])
}

/// 95 % interval of a statistic by the stratified bootstrap: in every task its runs are drawn anew
/// with replacement, independently.
/// - Parameter scores: by task, then run; tasks may have different numbers of runs.
public func bootstrapInterval(
  _ scores: [[Double]], resamples: Int = 50_000, seed: UInt64,
  _ statistic: ([[Double]]) -> Double
) -> ClosedRange<Double> {
  var generator = SplitMix64(seed: seed)
  let results = (0..<resamples).map { _ in
    statistic(
      scores.map { runs in
        runs.map { _ in runs[Int(generator.next(below: UInt32(runs.count)))] }
      })
  }
  return percentile(results, 2.5)...percentile(results, 97.5)
}
