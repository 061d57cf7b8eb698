import Environment
import Foundation
import Lanes
import Testing

@testable import Atari

/// Lanes change places inside a batch; nobody outside may notice.
struct GroupingTests {
  private func batch(_ lanes: Int, autoreset: String) throws -> AtariBatch {
    let settings = try AtariBatch.Settings(["autoreset": .text(autoreset), "frame-limit": "120"])
    return try AtariBatch(.courier, lanes: lanes, settings: settings)
  }

  /// Some 150 steps with restarts; everything that comes out, lane by lane.
  private func play(_ batch: AtariBatch, ids: [Int], autoreset: String) throws -> [[UInt8]] {
    let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(seeds: ids.map { UInt64($0) }, buffers)
    var out = [[UInt8]](repeating: [], count: batch.lanes)
    for step in 0..<150 {
      let actions = ids.map { Int32(($0 * 7 + step * ($0 % 5 + 1)) % batch.actions.count) }
      try batch.step(actions, buffers)
      if step % 10 != 9 { continue }
      for lane in 0..<batch.lanes {
        let observation = UnsafeBufferPointer(
          start: buffers.observation(lane: lane), count: buffers.observationBytes)
        out[lane] += batch.memory(lane: lane)
        out[lane].append(UInt8(truncatingIfNeeded: observation.reduce(0) { $0 &* 31 &+ Int($1) }))
        out[lane].append(
          buffers.terminated.of(UInt8.self)[lane] | buffers.truncated.of(UInt8.self)[lane])
      }
    }
    return out
  }

  @Test(
    "A lane does the same among many that are regrouped and alone",
    arguments: ["next-step", "same-step"])
  func regrouping(autoreset: String) throws {
    let many = try batch(200, autoreset: autoreset)
    let together = try play(many, ids: Array(0..<200), autoreset: autoreset)
    #expect(many.places != Array(0..<200), "nothing was regrouped")
    #expect(Set(many.places) == Set(0..<200))
    for lane in [0, 63, 64, 127, 131, 199] {
      let alone = try play(batch(1, autoreset: autoreset), ids: [lane], autoreset: autoreset)
      #expect(alone[0] == together[lane], "lane \(lane)")
    }
  }
}

extension AtariBatch {
  fileprivate var places: [Int] { (0..<lanes).map { Int(grouping.places[$0]) } }
}
