import Environment
import Foundation
import Lanes
import Nets
import TestSupport
import Testing

@testable import Agents

struct MomentsTests {
  @Test("Moments that run are those of all numbers together")
  func moments() {
    var generator = SplitMix64(seed: 2)
    let numbers = (0..<60).map { _ in 5 + 3 * gaussian(using: &generator) }
    var moments = RunningMoments(2)
    var first = 0
    for rows in [1, 4, 25] {
      moments.add(rows: rows) { numbers[(first + $0) * 2 + $1] }
      first += rows
    }
    for element in 0..<2 {
      let column = (0..<30).map { numbers[$0 * 2 + element] }
      let mean = column.reduce(0, +) / 30
      let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 30
      // They begin with a ten-thousandth of a number of mean 0 and variance 1.
      #expect(abs(moments.mean[element] - mean) < 1e-4)
      #expect(abs(moments.variance[element] - variance) < 1e-3)
      #expect(abs(moments.normalized(mean + 2 * variance.squareRoot(), element) - 2) < 1e-3)
      for (distance, bounded) in [(11.0, 10.0), (-11, -10), (1e9, 10), (-1e9, -10)] {
        let number = mean + distance * variance.squareRoot()
        #expect(moments.normalized(number, element) == Float(bounded))
      }
    }
  }

  @Test("Rewards are measured in deviations of the discounted return")
  func rewards() throws {
    let spec = try Halves.batch(2).spec
    let buffers = StepBuffers(spec: spec, lanes: 2)
    var scale = RewardScale(spec, lanes: 2, discount: 0.5)
    var (returns, seen): ([Double], [Double]) = ([0, 0], [])
    for step in 0..<6 {
      for lane in 0..<2 {
        buffers.rewards.written(Double.self)[lane] = Double(step + lane)
        buffers.terminated.written(UInt8.self)[lane] = step == 2 && lane == 0 ? 1 : 0
        buffers.truncated.written(UInt8.self)[lane] = step == 3 && lane == 1 ? 1 : 0
      }
      // The second lane's fifth step only begins an episode.
      let isSkipped = step == 4
      scale.add(buffers, skipping: [false, isSkipped])
      for lane in 0..<2 where !(isSkipped && lane == 1) {
        returns[lane] = 0.5 * returns[lane] + Double(step + lane)
        seen.append(returns[lane])
      }
      if step == 2 { returns[0] = 0 }
      if step == 3 { returns[1] = 0 }
    }
    let mean = seen.reduce(0, +) / 11
    let deviation = (seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 11).squareRoot()
    #expect(seen.count == 11)
    #expect(abs(Double(scale.scaled(2, lane: 1)) - 2 / deviation) < 1e-3)
    #expect(scale.scaled(1e9, lane: 0) == 10)
  }

  @Test("Vectors are kept normalised, and judged by the same statistics")
  func vectors() throws {
    let agent = try agent(4, .vector, .box) { $0.normalizeObservations = true }
    let play = try Play(agent, Halves.batch(4, .vector, .box))
    try play.collect()
    let kept = agent.rollout.columns(15)[0].of(Float.self)
    for lane in 0..<4 {
      // Sides -1 and 1 come about as often; the second number never changes.
      #expect(abs(abs(kept[2 * lane]) - 1) < 0.4)
      #expect(abs(kept[2 * lane + 1]) < 0.1)
    }
    #expect(agent.rollout.columns(15)[0].base != play.buffers.observations[0].base)
    let before = try saved(agent).tensors["moments.vector"]
    var generator = SplitMix64(seed: 1)
    agent.choose(play.buffers, greedy: true, using: &generator)
    #expect(try saved(agent).tensors["moments.vector"] == before)
    _ = try agent.learn(progress: 0)
    try agent.act(play.buffers)
    #expect(try saved(agent).tensors["moments.vector"] != before)
  }
}
