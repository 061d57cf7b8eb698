import Environment
import Foundation
import Lanes
import Training

/// A batch that steps under random actions as fast as it can. What a step costs beside the batch's
/// own work is a pass over a byte a lane.
final class BenchCourse {
  let environment: any EnvironmentBatch
  let buffers: StepBuffers
  let pool: ThreadPool
  /// Of all lanes, since the last start.
  private(set) var steps = 0
  private(set) var episodes = 0
  /// From nothing to the first observations.
  var startSeconds = 0.0
  private let resets: Bool
  /// Drawn beforehand, each of all lanes, from places that are drawn in rows few enough to stay in the
  /// second cache; a step takes any of them.
  private let actions: [Column]
  private var choice = SplitMix64(seed: 1)

  init(_ environment: any EnvironmentBatch, on pool: ThreadPool) {
    self.environment = environment
    self.pool = pool
    let (spec, lanes) = (environment.spec, environment.lanes)
    resets = spec.autoreset == .disabled
    buffers = StepBuffers(spec: spec, lanes: lanes)
    let field = buffers.actions.field
    let rows = buffers.actions.rows
    let further = max(256, (128 << 10) / field.bytes)
    let drawn = Column(field, rows: rows + further, isShared: true)
    var generator = SplitMix64(seed: 0)
    drawn.draw(spec.action, using: &generator)
    actions = (0..<64).map { _ in drawn.slice(Int(generator.next(below: UInt32(further))), rows) }
  }

  func reset() throws {
    try environment.reset(seeds: (0..<environment.lanes).map { UInt64($0) }, buffers, on: pool)
  }

  func advance() throws {
    let chosen = actions[Int(choice.next(below: UInt32(actions.count)))]
    buffers.change { $0.actions = chosen }
    try environment.step(buffers, on: pool)
    steps += buffers.lanes
    count()
    if resets { try environment.resetEnded(buffers, on: pool) }
  }

  private func count() {
    let ended = buffers.ended.of(UInt8.self)
    var sum: UInt32 = 0
    for lane in 0..<buffers.lanes { sum &+= UInt32(ended[lane] & 1) }
    episodes += Int(sum)
  }

  /// Steps until they touch hardly any new memory: the system hands out a page when it is first
  /// touched, which takes longer than the step. At least 50 steps; at most `limit` seconds more.
  func warmUp(limit: Double) throws -> (steps: Int, seconds: Double) {
    let watch = Stopwatch()
    for _ in 0..<50 { try advance() }
    let further = Stopwatch()
    var faults = 0
    repeat {
      let before = Self.pageFaults
      for _ in 0..<10 { try advance() }
      faults = Self.pageFaults - before
    } while faults > 10 && further.seconds < limit
    return (steps / buffers.lanes, watch.seconds)
  }

  struct Measurement {
    var steps = 0
    var episodes = 0
    var seconds = 0.0
    /// Of all cores.
    var busy = 0.0
  }

  func measure(seconds: Double, rate: Double) throws -> Measurement {
    (steps, episodes) = (0, 0)
    // The clock is read about every millisecond.
    let stride = max(1, min(10_000, Int(rate / 1000)))
    let (busy, watch) = (Self.processorSeconds, Stopwatch())
    repeat {
      for _ in 0..<stride { try advance() }
    } while watch.seconds < seconds
    return Measurement(
      steps: steps, episodes: episodes, seconds: watch.seconds,
      busy: max(Self.processorSeconds - busy, 1e-6))
  }

  /// That the system served from memory, of this process.
  private static var pageFaults: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Int(usage.ru_minflt)
  }

  static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
