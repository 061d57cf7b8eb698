import Statistics

/// A figure over steps, summed up over the seeds of an arm.
public struct Curve: Equatable, Sendable {
  public struct Point: Equatable, Sendable {
    public let step: Double
    /// The interquartile mean over seeds; with fewer than four that is their mean.
    public let middle: Double
    /// Of the 95 % bootstrap interval; equal to the middle with one seed.
    public let low, high: Double
  }

  public let points: [Point]
  public let seeds: Int

  /// Steps of equal distance at which curves are taken.
  private static let places = 100

  /// From where every seed has a value to where the first of them ends. Between two updates a figure
  /// is what it was at the one before.
  /// - Parameter series: a seed's points, by rising step.
  public init(_ series: [[(x: Double, y: Double)]], resamples: Int = 1000) {
    let series = series.filter { !$0.isEmpty }
    seeds = series.count
    guard let start = series.map({ $0.first!.x }).max(),
      let end = series.map({ $0.last!.x }).min(), start <= end
    else {
      points = []
      return
    }
    var cursors = series.map { _ in 0 }
    points = Self.grid(start, end).map { step in
      let values = series.indices.map { seed -> Double in
        let own = series[seed]
        while cursors[seed] + 1 < own.count, own[cursors[seed] + 1].x <= step {
          cursors[seed] += 1
        }
        return own[cursors[seed]].y
      }
      return Self.point(step, values, resamples)
    }
  }

  private static func grid(_ start: Double, _ end: Double) -> [Double] {
    if start == end { return [start] }
    return (0...places).map {
      $0 == places ? end : start + (end - start) * Double($0) / Double(places)
    }
  }

  private static func point(_ step: Double, _ values: [Double], _ resamples: Int) -> Point {
    let middle = interquartileMean(values)
    guard let interval = interval([values], resamples: resamples) else {
      return Point(step: step, middle: middle, low: middle, high: middle)
    }
    return Point(step: step, middle: middle, low: interval.lowerBound, high: interval.upperBound)
  }

  /// Of the interquartile mean; nil: there is but one value, of which nothing can be said.
  static func interval(_ values: [[Double]], resamples: Int = 10_000) -> ClosedRange<Double>? {
    guard values.contains(where: { $0.count > 1 }) else { return nil }
    return bootstrapInterval(values, resamples: resamples, seed: 1) {
      interquartileMean($0.flatMap { $0 })
    }
  }
}

extension Arm {
  /// Of one figure.
  public func curve(_ name: String, resamples: Int = 1000) -> Curve {
    Curve(runs.map { $0.log.points(name) }, resamples: resamples)
  }
}
