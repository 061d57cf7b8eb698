// Whether a setting's best value in one place is its best elsewhere. Source: Obando-Ceron et al. 2024,
// arXiv:2406.17523, and its code's `utils.py`.

/// Ranks of intervals, the highest first: the mean of the positions that overlap with each.
public func ranks(_ intervals: [ClosedRange<Double>]) -> [Double] {
  let order = intervals.indices.sorted { intervals[$0].upperBound > intervals[$1].upperBound }
  let sorted = order.map { intervals[$0] }
  var ranks = [Double](repeating: 0, count: intervals.count)
  for (place, interval) in sorted.enumerated() {
    let first = sorted.firstIndex { $0.lowerBound <= interval.upperBound }!
    let end =
      sorted.indices.dropFirst(place + 1).first {
        sorted[$0].upperBound < interval.lowerBound
      } ?? sorted.count
    ranks[order[place]] = Double(first + 1 + end) / 2
  }
  return ranks
}

/// Tuning's consistency score: 0 where a setting's values rank alike everywhere, 1 where the rankings
/// reverse.
/// - Parameter intervals: by place (a game, an agent, a budget), then by the setting's value.
public func tuningConsistency(_ intervals: [[ClosedRange<Double>]]) -> Double {
  let count = intervals.first?.count ?? 0
  guard count > 1 else { return 0 }
  let ranks = intervals.map(Statistics.ranks)
  let spreads = (0..<count).map { value in
    let column = ranks.map { $0[value] }
    return column.max()! - column.min()!
  }
  return mean(spreads) / Double(count - 1)
}

/// Mean +- deviation over seeds, the population's.
public func spread(_ scores: [Double]) -> ClosedRange<Double> {
  let middle = mean(scores)
  let deviation = mean(scores.map { ($0 - middle) * ($0 - middle) }).squareRoot()
  return (middle - deviation)...(middle + deviation)
}
