import Statistics

/// What a policy scores: unclipped returns of whole episodes.
public struct Evaluation: Codable, Equatable, Sendable {
  public var returns: [Double]
  /// Agent steps.
  public var lengths: [Int]
  /// Episodes that were cut off before their end, by the environment or the evaluator.
  public var cut: Int
  /// By the evaluator.
  public var stopped = 0
  /// Where several tasks share the batch: each one's mean return.
  public var tasks: [Task]?

  public struct Task: Codable, Equatable, Sendable {
    public let name: String
    public let mean: Double
  }

  public init(returns: [Double], lengths: [Int], cut: Int = 0) {
    self.returns = returns
    self.lengths = lengths
    self.cut = cut
  }

  public var mean: Double { returns.reduce(0, +) / Double(max(returns.count, 1)) }
  public var meanLength: Double { Double(lengths.reduce(0, +)) / Double(max(lengths.count, 1)) }

  /// Mean of the middle half: a quarter of the episodes, weighted by parts, is cut from either end.
  /// Source: Agarwal et al. 2021, arXiv:2108.13264.
  public var interquartileMean: Double {
    let sorted = returns.sorted()
    let cut = Double(sorted.count) / 4
    var (sum, weight) = (0.0, 0.0)
    for (index, value) in sorted.enumerated() {
      let inside = min(Double(index + 1), Double(sorted.count) - cut) - max(Double(index), cut)
      let share = max(0, inside)
      sum += share * value
      weight += share
    }
    return weight > 0 ? sum / weight : 0
  }

  public var median: Double { Statistics.median(returns) }

  /// Of the returns, over one less than their number; 0 of a single one.
  public var deviation: Double {
    let squares = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(max(returns.count - 1, 1))).squareRoot()
  }

  /// Of the mean, 95 %, by the bootstrap.
  public var interval: ClosedRange<Double> {
    if returns.isEmpty { return 0...0 }
    return bootstrapInterval([returns], resamples: 2000, seed: 0) { Statistics.mean($0[0]) }
  }

  /// One JSON object.
  public var summary: Summary {
    Summary(
      episodes: returns.count, cut: cut, mean: mean, iqm: interquartileMean,
      median: median, std: deviation, mean_low: interval.lowerBound,
      mean_high: interval.upperBound, min: returns.min() ?? 0, max: returns.max() ?? 0,
      mean_length: meanLength, returns: returns,
      lengths: lengths, tasks: tasks)
  }

  /// As `lockstep evaluate` prints it.
  public struct Summary: Encodable, Sendable {
    let episodes, cut: Int
    let mean, iqm, median, std, mean_low, mean_high, min, max, mean_length: Double
    let returns: [Double]
    let lengths: [Int]
    let tasks: [Task]?
  }
}
