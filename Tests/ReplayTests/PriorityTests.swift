import Environment
import Foundation
import Lanes
import Testing

@testable import Replay

struct PriorityTests {
  @Test("The tree finds what a running sum finds", arguments: [1, 2, 5, 64, 100])
  func tree(count: Int) {
    var (tree, plain) = (SumTree(count: count), [Double](repeating: 0, count: count))
    var generator = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let (leaf, weight) = (Int(generator.next(below: UInt32(count))), generator.next(below: 8))
      tree[leaf] = Double(weight)
      plain[leaf] = Double(weight)
      let total = plain.reduce(0, +)
      #expect(tree.total == total && tree[leaf] == Double(weight))
      if total == 0 { continue }
      let place = total * Double(generator.nextFloat())
      var sum = 0.0
      let found = plain.firstIndex {
        sum += $0; return place < sum
      }
      #expect(tree.find(place) == found)
    }
    var copy = SumTree(count: count)
    copy.leaves = tree.leaves
    #expect(copy.total == tree.total && Array(copy.leaves) == plain)
  }

  @Test("Rounding leads to no leaf without weight")
  func rounding() {
    var tree = SumTree(count: 4)
    tree[0] = 0.1
    tree[1] = 0.2
    #expect(tree.find(tree.total) == 1)
  }

  private func filled(_ priorities: Priorities) throws -> (Replay, ReplayBatch) {
    let stream = Stream(lanes: 1, .sameStep, longest: 1_000_000)
    let replay = try Replay(stream.spec, lanes: 1, capacity: 50, priorities: priorities)
    for _ in 0..<4 { stream.advance([replay]) }
    return (replay, ReplayBatch(stream.spec, count: 4))
  }

  /// Draws until each of four transitions has been given its priority.
  private func set(_ losses: [Float], _ replay: Replay, _ batch: ReplayBatch) {
    var generator = SplitMix64(seed: 2)
    for _ in 0..<30 {
      _ = replay.sample(Sampling(discount: 1), using: &generator, into: batch)
      let mine = (0..<4).map { losses[batch.number($0)] }
      replay.update(batch, priorities: mine.span)
    }
  }

  @Test(
    "Chances follow priorities, and weights undo them",
    arguments: [
      Priorities(), Priorities(exponent: 0.6, slack: 0, uniformShare: 0.25),
      Priorities(exponent: 1, slack: 2),
    ])
  func chances(priorities: Priorities) throws {
    let (replay, batch) = try filled(priorities)
    let losses: [Float] = [1, 4, 0.25, 9]
    set(losses, replay, batch)
    let leaves = losses.map { pow(Double($0) + priorities.slack, priorities.exponent) }
    let chances = leaves.map {
      (1 - priorities.uniformShare) * $0 / leaves.reduce(0, +) + priorities.uniformShare / 4
    }
    var (generator, counts) = (SplitMix64(seed: 3), [0.0, 0, 0, 0])
    for round in 0..<5000 {
      let correction: Float = round % 2 == 0 ? 0.5 : 1
      _ = replay.sample(
        Sampling(discount: 1, correction: correction), using: &generator, into: batch)
      let numbers = (0..<4).map { batch.number($0) }
      for number in numbers { counts[number] += 1.0 / 20_000 }
      let weights = numbers.map { pow(chances[$0], -Double(correction)) }
      for row in 0..<4 {
        #expect(abs(Double(batch.weights[row]) - weights[row] / weights.max()!) < 1e-6)
      }
    }
    for (count, chance) in zip(counts, chances) { #expect(abs(count - chance) < 0.015) }
  }

  @Test("A new transition has the largest priority so far")
  func newest() throws {
    let stream = Stream(lanes: 1, .sameStep, longest: 1_000_000)
    let replay = try Replay(stream.spec, lanes: 1, capacity: 50, priorities: Priorities())
    for _ in 0..<2 { stream.advance([replay]) }
    let batch = ReplayBatch(stream.spec, count: 1)
    var generator = SplitMix64(seed: 4)
    _ = replay.sample(Sampling(discount: 1), using: &generator, into: batch)
    let first = replay.leaf(0, batch.positions[0])
    #expect(replay.tree[first] == 1)
    let (large, small): ([Float], [Float]) = ([16], [0.25])
    replay.update(batch, priorities: large.span)
    #expect(abs(replay.tree[first] - 4) < 1e-9)
    replay.update(batch, priorities: small.span)
    #expect(abs(replay.tree[first] - 0.5) < 1e-9)
    stream.advance([replay])
    #expect(abs(replay.tree[replay.leaf(0, replay.written[0] - 2)] - 4) < 1e-9)
    // What is no number is left out.
    let broken: [Float] = [.nan]
    replay.update(batch, priorities: broken.span)
    #expect(abs(replay.tree[first] - 0.5) < 1e-9)
  }

  @Test("What has been overwritten keeps the new one's priority")
  func overwritten() throws {
    let stream = Stream(lanes: 1, .sameStep, longest: 1_000_000)
    let replay = try Replay(stream.spec, lanes: 1, capacity: 10, priorities: Priorities())
    for _ in 0..<9 { stream.advance([replay]) }
    let batch = ReplayBatch(stream.spec, count: 1)
    var generator = SplitMix64(seed: 5)
    _ = replay.sample(Sampling(discount: 1), using: &generator, into: batch)
    for _ in 0..<10 { stream.advance([replay]) }
    let before = Array(replay.tree.leaves)
    let large: [Float] = [100]
    replay.update(batch, priorities: large.span)
    #expect(Array(replay.tree.leaves) == before)
    #expect(replay.count == Int(replay.tree.total))
  }
}
