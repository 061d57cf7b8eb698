/// Seconds by the monotonic clock: setting the machine's time does not disturb it.
public struct Stopwatch: Sendable {
  private var start = ContinuousClock.now

  public init() {}

  public var seconds: Double { Self.seconds(ContinuousClock.now - start) }

  /// The seconds so far; then counts from 0.
  public mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { start = now }
    return Self.seconds(now - start)
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}

/// Where a run's time goes.
struct RunClock {
  enum Part: Int { case environment, inference, learning }

  /// Of the whole run, up to the last lap.
  private(set) var total: Double
  private var parts = [0.0, 0.0, 0.0]
  private var watch = Stopwatch()
  private var stepsBefore: Int

  init(total: Double = 0, steps: Int = 0) {
    self.total = total
    stepsBefore = steps
  }

  mutating func time<Result>(_ part: Part, _ body: () throws -> Result) rethrows -> Result {
    let watch = Stopwatch()
    let result = try body()
    parts[part.rawValue] += watch.seconds
    return result
  }

  /// What went on beside other things.
  mutating func add(_ seconds: Double, to part: Part) { parts[part.rawValue] += seconds }

  /// Steps a second and shares since the last lap.
  mutating func lap(steps: Int) -> (rate: Double, shares: Shares) {
    let seconds = max(watch.lap(), 1e-9)
    var shares = Shares()
    (shares.environment, shares.inference) = (parts[0] / seconds, parts[1] / seconds)
    shares.learning = parts[2] / seconds
    let rate = Double(steps - stepsBefore) / seconds
    total += seconds
    stepsBefore = steps
    parts = [0, 0, 0]
    return (rate, shares)
  }
}

/// Of the time; together more than 1 where things go on beside each other.
public struct Shares: Sendable {
  public var environment = 0.0
  public var inference = 0.0
  public var learning = 0.0

  public init() {}
}
