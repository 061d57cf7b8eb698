import Atari
import Environment
import Foundation
import Lanes

/// How fast lanes are saved and restored in memory, and what a state takes.
struct SnapshotBench {
  let batch: AtariBatch
  let buffers: StepBuffers
  let threads: Int
  let seconds: Double
  let json: Bool
  /// Calls go round a store of this many states a lane.
  private static let rounds = 4

  func run() throws {
    for pictures in [true, false] { try measure(pictures: pictures) }
  }

  private func measure(pictures: Bool) throws {
    let store = try batch.makeSnapshots(
      capacity: batch.count * Self.rounds, pictures: pictures)
    let lanes = Array(0..<batch.count)
    let slots = (0..<Self.rounds).map { round in lanes.map { $0 + round * batch.count } }
    for round in slots { try batch.snapshot(lanes, into: store, slots: round) }
    let saved = try rate { try batch.snapshot(lanes, into: store, slots: slots[$0]) }
    let restored = try rate { try batch.restore(lanes, from: store, slots: slots[$0]) }
    let forked = try rate { _ in try batch.fork(0, to: lanes) }
    let bytes = store.bytes / store.capacity
    if json {
      print(
        "{\"env\":\"\(batch.game.id)\",\"batch\":\(batch.count),\"threads\":\(threads),"
          + "\"pictures\":\(pictures),\"snapshots_per_s\":\(saved.wall),"
          + "\"snapshots_per_cpu_s\":\(saved.cpu),\"restores_per_s\":\(restored.wall),"
          + "\"restores_per_cpu_s\":\(restored.cpu),\"bytes\":\(bytes)}")
      return
    }
    print(
      "\(batch.game.id), \(batch.count) lanes, \(threads) threads, "
        + "states \(pictures ? "with" : "without") pictures of \(bytes) bytes:")
    for (name, rate) in [("snapshots", saved), ("restores", restored), ("forks", forked)] {
      print("  \(rate.wall) \(name)/s, \(rate.cpu) a CPU second")
    }
  }

  /// Lanes a second, and a second of one core.
  private struct Rate { var wall, cpu: Int }

  /// - Parameter body: takes the round.
  private func rate(_ body: (Int) throws -> Void) rethrows -> Rate {
    for round in 0..<Self.rounds { try body(round) }
    let start = Date()
    let busy = clock()
    var calls = 0
    while Date().timeIntervalSince(start) < seconds {
      try body(calls % Self.rounds)
      calls += 1
    }
    let lanes = Double(calls * batch.count)
    return Rate(
      wall: Int(lanes / Date().timeIntervalSince(start)),
      cpu: Int(lanes * 1e6 / Double(clock() - busy)))
  }
}
