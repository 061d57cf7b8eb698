import Testing

@testable import Lanes

/// Numbers from NumPy 2.4.6, `numpy.random.RandomState`.
@Suite struct RandomStatesTests {
  struct Known: Sendable {
    let seed: UInt64, words: [UInt32], bounded: [UInt32], unit: Double, tenths: Int, last: UInt32
  }

  /// The last seed is that of the array [5, 3].
  static let known = [
    Known(
      seed: 0, words: [2_357_136_044, 2_546_248_239, 3_071_714_933],
      bounded: [0, 1, 3, 5, 0, 2, 4], unit: 0.2975346065444723, tenths: 106, last: 555),
    Known(
      seed: 4_294_967_295, words: [419_326_371, 479_346_978, 3_918_654_476],
      bounded: [1, 0, 0, 6, 0, 2, 1], unit: 0.2835616616122866, tenths: 101, last: 454),
    Known(
      seed: 3 << 32 | 5, words: [681_448_717, 1_756_784_838, 2_521_066_028],
      bounded: [0, 2, 4, 1, 0, 4, 6], unit: 0.9892507737185366, tenths: 108, last: 703),
  ]

  @Test("Draws are NumPy's", arguments: known)
  func draws(_ known: Known) {
    let random = RandomStates(lanes: 2)
    random.seed(1, known.seed)
    #expect((0..<3).map { _ in random.nextWord(1) } == known.words)
    #expect([2, 3, 5, 8, 1, 6, 7].map { random.next(1, below: $0) } == known.bounded)
    #expect(Double(random.next53(1)) * 0x1p-53 == known.unit)
    let tenth = RandomStates.threshold(0.1)
    let count = (0..<1000).reduce(0) { count, _ in
      count + (random.decide(2, below: tenth) == 2 ? 1 : 0)
    }
    #expect(count == known.tenths)
    #expect(random.next(1, below: 1000) == known.last)
  }

  @Test("Deciding for many lanes is deciding for each, and leaves the others alone")
  func deciding() {
    let (many, each) = (RandomStates(lanes: 64), RandomStates(lanes: 64))
    var generator = SplitMix64(seed: 1)
    for round in 0..<3000 {
      // Some thresholds meet the upper word of the next draw exactly.
      var threshold = generator.next() >> 11
      let lane = round % 64
      if round % 3 == 0 {
        let next = RandomStates(lanes: 1)
        next.key(0).copyMemory(from: UnsafeRawBufferPointer(many.key(lane)))
        next[positionOf: 0] = many[positionOf: lane]
        threshold = next.next53(0) + (round % 2 == 0 ? 1 : 0)
      }
      let mask = generator.next() | 1 << UInt64(lane)
      var expected: LaneMask = 0
      forEachLane(mask) { lane in
        if each.decide(lane, below: threshold) { expected |= 1 << UInt64(lane) }
      }
      #expect(many.decide(mask, below: threshold) == expected)
      // Odd numbers of draws, so that pairs lie across the ends of the words.
      if round % 100 == 50 { #expect(many.nextWord(lane) == each.nextWord(lane)) }
    }
  }
}
