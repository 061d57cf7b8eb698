import Foundation
import Records
import TestDevices
import Testing

@testable import LockstepCommand

/// `bench --learn` over a card that is none.
struct LearnBenchTests {
  private struct Shown: Decodable {
    struct Card: Decodable {
      let graphs: Int
      let launches_per_update, host_us_per_launch, copy_us_per_update: Double
      let bytes_to_card_per_update, bytes_from_card_per_update, to_card_gb_per_s: Double
      let update_tflops: Double
    }
    struct Loop: Decodable {
      let env: String
      let groups: Int
      let steps_per_s, share_simulator, share_acting, share_learning: Double
      let share_transfer: Double?
      let overlap, bytes_per_step: Double
    }
    let samples_per_s: Double
    let card: Card?
    let loop: Loop?
  }

  private func shown(_ place: Place, _ sets: [String], groups: Int) throws -> Shown {
    let line = ["CartPole-v1", "--batch", "8", "--steps", "100000"]
    let sets = ["net=mlp", "hidden=8", "rollout-steps=4"] + sets
    let settings = try Train.parse(line + sets.flatMap { ["--set", $0] }).plan().settings
    var bench = LearnBench(
      net: "mlp", settings: ["hidden": "8"], rows: 4, seconds: 0.05,
      workshop: try place.workshop(threads: 1))
    bench.loop = (settings, groups)
    return try JSONDecoder().decode(
      Shown.self, from: Data(try JSON.line(bench.run()).utf8))
  }

  @Test("A card's launches, copies and a loop's shares are told")
  func card() throws {
    let shown = try shown(.card, [], groups: 1)
    let (card, loop) = (try #require(shown.card), try #require(shown.loop))
    #expect(card.graphs > 0 && card.launches_per_update >= 10)
    #expect(card.host_us_per_launch > 0 && card.copy_us_per_update > 0)
    // Five numbers and an action for each of four rows, Adam's eight, and the rows' numbers.
    #expect(card.bytes_to_card_per_update == 4 * 4 * 6 + 32 + 4 * 4)
    // Five figures for each row, and the gradient's length.
    #expect(card.bytes_from_card_per_update == 4 * 4 * 5 + 4)
    #expect(shown.samples_per_s > 0 && card.to_card_gb_per_s > 0 && card.update_tflops >= 0)
    #expect(loop.env == "CartPole-v1" && loop.groups == 1 && loop.steps_per_s > 0)
    #expect(loop.share_learning > 0 && loop.share_acting > 0 && loop.overlap == 0)
    #expect(loop.share_simulator + loop.share_acting + loop.share_learning <= 1.001)
    // A share that may be too small to be told; observations and values at least.
    #expect(loop.share_transfer != nil && loop.bytes_per_step > 16)
  }

  @Test("What goes on beside each other counts for itself")
  func overlap() throws {
    let sets = ["policy-lag=1", "normalize-observations=false", "normalize-rewards=false"]
    let loop = try #require(try shown(.processor, sets, groups: 2).loop)
    #expect(loop.groups == 2 && loop.share_transfer == nil && loop.bytes_per_step == 0)
    #expect(loop.share_learning > 0 && loop.share_acting > 0 && loop.share_simulator > 0)
    let sum = loop.share_simulator + loop.share_acting + loop.share_learning
    #expect(abs(loop.overlap - max(0, sum - 1)) < 0.001)
  }
}
