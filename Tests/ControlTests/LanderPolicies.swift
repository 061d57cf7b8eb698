import Environment
import Lanes
import Records

@testable import Control

/// The policies of `Tools/oracle/lander.py`.
enum LanderPolicy: String {
  case heuristic, brake, none, random

  /// - Parameters:
  ///   - seen: one observation, [8].
  ///   - generator: random ones draw from it.
  /// - Returns: the action's number, or main and side throttle.
  func act(
    _ seen: UnsafePointer<Float>, isContinuous: Bool, _ generator: inout PCG64
  ) -> [Double] {
    switch self {
    case .heuristic: return heuristic(seen, isContinuous)
    case .brake: return [seen[3] < -0.25 ? 2 : 0]
    case .none: return [0]
    case .random:
      if !isContinuous { return [Double(generator.next(below: 4))] }
      return (0..<2).map { _ in generator.uniform(-1, 1) }
    }
  }

  /// Gymnasium's `heuristic`.
  private func heuristic(_ seen: UnsafePointer<Float>, _ isContinuous: Bool) -> [Double] {
    let aim = min(max(seen[0] * 0.5 + seen[2], -0.4), 0.4)
    var turn = (aim - seen[4]) * 0.5 - seen[5]
    var lift = (0.55 * abs(seen[0]) - seen[1]) * 0.5 - seen[3] * 0.5
    if seen[6] + seen[7] > 0 {
      turn = 0
      lift = -seen[3] * 0.5
    }
    if isContinuous { return [lift * 20 - 1, -turn * 20].map { Double(min(max($0, -1), 1)) } }
    if lift > abs(turn) && lift > 0.05 { return [2] }
    return turn < -0.05 ? [3] : turn > 0.05 ? [1] : [0]
  }

  struct Episode {
    var total = 0.0
    var length = 0
  }

  /// One episode a seed, all at once.
  func play(
    _ id: String, _ settings: [String: SettingValue] = [:], seeds: [UInt64]
  ) throws -> [Episode] {
    let (batch, buffers) = try landers(id, settings, lanes: seeds.count)
    let isContinuous = batch.spec.action.width == 2
    var generators = seeds.map { PCG64(seed: ~$0) }
    try batch.reset(seeds: seeds, buffers)
    let ended = buffers.ended.of(UInt8.self)
    while (0..<seeds.count).contains(where: { ended[$0] == 0 }) {
      for lane in seeds.indices {
        let seen = buffers.observations[0].of(Float.self) + 8 * lane
        try buffers.setAction(
          act(seen, isContinuous: isContinuous, &generators[lane]), lane: lane)
      }
      try batch.step(buffers)
    }
    return seeds.indices.map {
      Episode(
        total: buffers.episodeReturns.of(Double.self)[$0],
        length: Int(buffers.episodeLengths.of(Int32.self)[$0]))
    }
  }
}

/// Landers of the catalogue's row that stay where their episode has ended.
func landers(
  _ id: String, _ settings: [String: SettingValue] = [:], lanes: Int
) throws -> (any EnvironmentBatch, StepBuffers) {
  let row = LunarLander.rows.first { $0.id == id }!
  let batch = try row.make(lanes, settings.merging(["autoreset": "disabled"]) { $1 }, 1)
  return (batch, StepBuffers(spec: batch.spec, lanes: lanes))
}
