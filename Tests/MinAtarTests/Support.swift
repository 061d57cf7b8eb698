import Environment
import Foundation
import Lanes
import MinAtar
import Records

let games = ["Asterix", "Breakout", "Freeway", "Seaquest", "SpaceInvaders"]

func row(_ game: String, _ version: String = "v0") -> EnvironmentRow {
  MinAtarFamily.rows.first { $0.id == "MinAtar/\(game)-\(version)" }!
}

/// A batch whose lanes play at random, each by its own seed.
final class Players {
  let batch: any EnvironmentBatch
  let buffers: StepBuffers
  private var generators: [SplitMix64]
  private let choices: UInt32
  /// [lanes]: one number for all that a lane has shown.
  private(set) var journal: [UInt64]

  init(
    _ game: String, _ version: String = "v0", seeds: [UInt64],
    _ settings: [String: SettingValue] = [:],
    memory: (String, Int) -> UnsafeMutableRawPointer? = { _, _ in nil }
  ) throws {
    batch = try row(game, version).make(seeds.count, settings, 1)
    buffers = StepBuffers(spec: batch.spec, lanes: seeds.count, memory: memory)
    generators = seeds.map { SplitMix64(seed: $0 &* 31) }
    journal = seeds.map { _ in 0 }
    choices = UInt32(batch.spec.action.bounds(of: 0).upperBound) + 1
    try batch.reset(seeds: seeds, buffers)
    note()
  }

  func step() throws {
    let actions = buffers.actions.writable(Int32.self)
    for lane in 0..<batch.lanes { actions[lane] = Int32(generators[lane].next(below: choices)) }
    try batch.step(buffers)
    note()
  }

  private func note() {
    for lane in 0..<batch.lanes {
      var bytes = ByteWriter()
      bytes.add(journal[lane])
      bytes.add(buffers.rewards.of(Double.self)[lane].bitPattern)
      bytes.add(buffers.ended.of(UInt8.self)[lane])
      bytes.bytes += buffers.observations[0].row(lane)
      journal[lane] = fnv1a(bytes.bytes)
    }
  }
}
