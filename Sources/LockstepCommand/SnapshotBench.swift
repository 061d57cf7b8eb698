import Environment
import Lanes
import Training
import Records

/// How fast lanes are saved and restored in memory, and what a state takes.
struct SnapshotBench {
  let course: BenchCourse
  let seconds: Double
  let json: Bool
  /// Calls go round a store of this many states a lane.
  private static let rounds = 4

  private var batch: any EnvironmentBatch { course.environment }
  private var pool: ThreadPool { course.pool }

  func run() throws {
    for pictures in [true, false] { try measure(pictures: pictures) }
  }

  private func measure(pictures: Bool) throws {
    let lanes = Array(0..<batch.lanes)
    let store = try batch.makeSnapshots(
      capacity: batch.lanes * Self.rounds, parts: pictures ? .all : .generators)
    let slots = (0..<Self.rounds).map { round in lanes.map { $0 + round * batch.lanes } }
    for round in slots { try batch.save(lanes, in: store, slots: round, on: pool) }
    let saved = try rate { try batch.save(lanes, in: store, slots: slots[$0], on: pool) }
    let restored = try rate {
      try batch.restore(
        lanes, from: store, slots: slots[$0], parts: .all, into: nil, on: pool)
    }
    let forked = try rate { _ in try batch.fork(0, to: lanes) }
    try show(
      Report(
        env: batch.spec.id, batch: batch.lanes, threads: pool.threads, pictures: pictures,
        snapshots_per_s: saved.wall, snapshots_per_cpu_s: saved.busy,
        restores_per_s: restored.wall, restores_per_cpu_s: restored.busy,
        bytes: store.bytes / store.capacity), [saved, restored, forked])
  }

  private struct Report: Encodable {
    let env: String
    let batch, threads: Int
    let pictures: Bool
    let snapshots_per_s, snapshots_per_cpu_s, restores_per_s, restores_per_cpu_s: Int
    /// Of a state.
    let bytes: Int
  }

  private func show(_ report: Report, _ rates: [Rate]) throws {
    if json { return print(try JSON.line(report)) }
    print(
      "\(report.env), \(report.batch) lanes, \(report.threads) threads, "
        + "states \(report.pictures ? "with" : "without") pictures of \(report.bytes) bytes:")
    for (name, rate) in zip(["snapshots", "restores", "forks"], rates) {
      print("  \(rate.wall) \(name)/s, \(rate.busy) a CPU second")
    }
  }

  /// Lanes a second, and a second of one core.
  private struct Rate { var wall, busy: Int }

  /// - Parameter body: takes the round.
  private func rate(_ body: (Int) throws -> Void) rethrows -> Rate {
    for round in 0..<Self.rounds { try body(round) }
    let (busy, watch) = (BenchCourse.processorSeconds, Stopwatch())
    var calls = 0
    repeat {
      try body(calls % Self.rounds)
      calls += 1
    } while watch.seconds < seconds
    let lanes = Double(calls * batch.lanes)
    return Rate(
      wall: Int(lanes / watch.seconds),
      busy: Int(lanes / max(BenchCourse.processorSeconds - busy, 1e-6)))
  }
}
