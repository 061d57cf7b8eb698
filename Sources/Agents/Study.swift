import Lanes
import Nets

/// Learning beside the simulation, with threads of its own.
///
/// The policy that acts is then older by one rollout than PPO's, which its ratios correct for.
final class Study {
  /// Of whoever learns.
  let workshop: Workshop
  private let aside = Aside()
  private var result: Result<Report, any Error>?
  /// Of the last one that has ended, until the next begins.
  private var report: Report?
  /// Seconds of the last work; and of all that has been finished, while nobody waited for it.
  private var passed = 0.0
  private var seconds = 0.0

  init(_ workshop: Workshop) {
    self.workshop = Workshop(
      pool: ThreadPool(threads: workshop.pool.threads), backend: workshop.backend)
  }

  /// Returns when nothing is being learned.
  /// - Throws: what was thrown there.
  func finish() throws {
    let began = ContinuousClock.now
    aside.wait()
    guard let result else { return }
    self.result = nil
    // Who waits sees that time pass, too.
    seconds += max(0, passed - (ContinuousClock.now - began) / .seconds(1))
    report = try result.get()
  }

  func wait() { aside.wait() }

  /// - Parameter work: gets a generator of that seed.
  /// - Returns: what came of the work before; nil: there was none.
  func begin(
    _ seed: UInt64, _ work: @escaping (inout SplitMix64) throws -> Report
  ) -> Report? {
    defer { report = nil }
    aside.begin {
      var generator = SplitMix64(seed: seed)
      let began = ContinuousClock.now
      self.result = Result { try work(&generator) }
      self.passed = (ContinuousClock.now - began) / .seconds(1)
    }
    return report
  }

  /// Seconds of work beside other things that has been finished since the last time.
  func takeSeconds() -> Double {
    defer { seconds = 0 }
    return seconds
  }

  // MARK: Saving: what has been learned and not told

  /// - Precondition: it has finished.
  func save(into file: inout SafeTensors) {
    guard let report else { return }
    for (place, figure) in report.figures.enumerated() {
      file.metadata["agent.report.\(place)"] = "\(figure.name)=\(figure.value)"
    }
  }

  func restore(from file: SafeTensors, _ headline: [(label: String, name: String)]) throws {
    var (report, place) = (Report(), 0)
    while let text = file.metadata["agent.report.\(place)"] {
      let parts = text.split(separator: "=")
      guard parts.count == 2, let value = Double(parts[1]) else {
        throw CheckpointError.mismatch("agent.report.\(place)")
      }
      report.set(String(parts[0]), value)
      place += 1
    }
    report.headline = headline
    self.report = place > 0 ? report : nil
  }
}
