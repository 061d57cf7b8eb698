import Lanes
import Testing

@testable import Atari

@Suite("Generators") struct GeneratorTests {
  @Test("A lane of the bank equals the single generator, draws thrown away included")
  func bank() {
    let bank = TwisterBank(lanes: 3)
    bank.seed(1, 4_753_849)
    var single = MersenneTwister(seed: 4_753_849)
    for round in 0..<40 {
      let skipped = UInt64(round * 61)
      bank.skip(1, skipped)
      for _ in 0..<skipped { _ = single.nextWord() }
      #expect(bank.next(1) == single.nextWord())
    }
  }

  /// Recorded from ale-py 0.12.1: `AtariVectorEnv("breakout", noop_max=30).reset(seed=100)`,
  /// episode frame numbers of the first lanes, that is one fire and the rest no-ops.
  @Test("No-ops at the start are ALE's")
  func noops() {
    let recorded = [16, 15, 17, 12, 4, 2, 1, 4, 7, 18, 3, 18, 11, 25, 4, 5, 11, 13, 28, 25]
    let bank = TwisterBank(lanes: 1)
    for (lane, frames) in recorded.enumerated() {
      bank.seed(0, UInt32(100 + lane))
      #expect(max(Int(bank.next(0, below: 30)) - 1, 0) + 1 == frames)
    }
  }
}
