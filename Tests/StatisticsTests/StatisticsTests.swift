import Foundation
import Lanes
import Testing

@testable import Statistics

/// Against published figures and closed forms.
struct StatisticsTests {
  /// Random play, people, then DER, DrQ(eps), SPR and BBF in the 26 games of Atari 100k.
  private static let scores: [[Double]] = [
    [227.8, 7127.7, 802.3, 865.2, 841.9, 1173.2], [5.8, 1719.5, 125.9, 137.8, 179.7, 244.6],
    [222.4, 742, 561.5, 579.6, 565.6, 2098.5], [210, 8503.3, 535.4, 763.6, 962.5, 3946.1],
    [14.2, 753.1, 185.5, 232.9, 345.4, 732.9], [2360, 37187.5, 8977, 10165.3, 14834.1, 24459.8],
    [0.1, 12.1, -0.3, 9, 35.7, 85.8], [1.7, 30.5, 9.2, 19.8, 19.6, 370.6],
    [811, 7387.8, 925.9, 844.6, 946.3, 7549.3],
    [10780.5, 35829.4, 34508.6, 21539, 36700.5, 58431.8],
    [152.1, 1971, 627.6, 1321.5, 517.6, 13341.4], [0, 29.6, 20.9, 20.3, 19.3, 25.5],
    [65.2, 4334.7, 871, 1014.2, 1170.7, 2384.8], [257.6, 2412.5, 467, 621.6, 660.6, 1331.2],
    [1027, 30826.4, 6226, 4167.9, 5858.6, 7818.6], [29, 302.8, 275.7, 349.1, 366.5, 1129.6],
    [52, 3035, 581.7, 1088.4, 3617.4, 6614.7], [1598, 2665.5, 3256.9, 4402.1, 3681.6, 8223.4],
    [258.5, 22736.3, 6580.1, 11467.4, 14783.2, 18991.7],
    [307.3, 6951.6, 1187.4, 1218.1, 1318.4, 2008.3], [-20.7, 14.6, -9.7, -9.1, -5.4, 16.7],
    [24.9, 69571.3, 72.8, 3.5, 86, 40.5], [163.9, 13455, 1773.5, 1810.7, 866.3, 4447.1],
    [11.5, 7845, 11843.4, 11211.4, 12213.1, 33426.8],
    [68.4, 42054.7, 304.6, 352.3, 558.1, 1232.5], [533.4, 11693.2, 3075, 4324.5, 10859.2, 12101.7],
  ]

  @Test(
    "Aggregates of the published 100k table",
    arguments: [
      (2, [0.350, 0.189, 0.196, 0.691], 2), (3, [0.465, 0.312, 0.321, 0.621], 3),
      (4, [0.616, 0.396, 0.415, 0.536], 6), (5, [2.247, 0.917, 1.139, 0.311], 12),
    ])
  func published(column: Int, wanted: [Double], above: Int) {
    let values = Self.scores.map { normalized($0[column], low: $0[0], high: $0[1]) }
    let found = [mean(values), median(values), interquartileMean(values), optimalityGap(values)]
    for (value, wanted) in zip(found, wanted) { #expect(abs(value - wanted) <= 0.001) }
    #expect(values.count { $0 > 1 } == above)
  }

  @Test("Small closed forms")
  func small() {
    #expect(interquartileMean((0..<8).map(Double.init)) == 3.5)
    #expect(interquartileMean([5, 1, 3]) == 3)
    #expect(probabilityOfImprovement([1, 2], over: [1, 3]) == 0.375)
    #expect(median([4, 1, 3, 2]) == 2.5 && median([7, 1, 2]) == 2)
    #expect(performanceProfile([1, 2, 3, 4], at: [0, 2, 4]) == [1, 0.5, 0])
    #expect(percentile([1, 2, 3, 4], 25) == 1.75 && percentile([3], 97.5) == 3)
    #expect(percentile([1, 2], 100) == 2)
    #expect(spread([1, 3]) == 1...3)
  }

  @Test("The bootstrap draws runs within their task")
  func bootstrap() {
    // Tasks far apart, runs that agree: nothing varies, unless runs changed tasks.
    let steady = bootstrapInterval([[1, 1, 1], [9, 9]], resamples: 200, seed: 1) {
      mean($0.map(mean))
    }
    #expect(steady == 5...5)
    // A mean of 16 numbers 0 or 1: its 95 % interval is about 4 deviations wide.
    let runs = (0..<16).map { Double($0 % 2) }
    let interval = bootstrapInterval([runs], resamples: 4_000, seed: 2) { mean($0[0]) }
    #expect(abs(interval.lowerBound - 0.25) < 0.07 && abs(interval.upperBound - 0.75) < 0.07)
    let again = bootstrapInterval([runs], resamples: 4_000, seed: 2) { mean($0[0]) }
    #expect(interval == again)
  }

  @Test("Consistency of tuning: alike everywhere 0, reversed 1")
  func consistency() {
    #expect(tuningConsistency([[0...2, 1...3], [1...3, 0...2]]) == 0)
    #expect(tuningConsistency([[0...1, 2...3], [2...3, 0...1]]) == 1)
    #expect(tuningConsistency([[0...1, 2...3], [0...1, 2...3]]) == 0)
    // The lowest overlaps with the middle one alone, the middle one with both.
    #expect(ranks([0...2, 1...4, 3...6]) == [2.5, 2, 1.5])
    #expect(ranks([4...5, 0...1, 2...3]) == [1, 3, 2])
    // Three values of which two change places: (1 + 1 + 0) / 3 / 2.
    let (one, two): ([ClosedRange<Double>], [ClosedRange<Double>]) = (
      [0...1, 2...3, 4...5], [2...3, 0...1, 4...5]
    )
    #expect(abs(tuningConsistency([one, two]) - 1.0 / 3) < 1e-12)
  }

  // MARK: Mutual information: 4096 samples, three neighbours

  private func normals(_ count: Int, _ generator: inout SplitMix64) -> [Double] {
    (0..<count).map { _ in
      let (first, second) = (Double(generator.next() >> 11) + 1, Double(generator.next() >> 11))
      return (-2 * log(first * 0x1p-53)).squareRoot() * cos(2 * .pi * second * 0x1p-53)
    }
  }

  @Test(
    "Information of Gaussians is their correlation's",
    arguments: [(0, 0, 0.03), (0.5, 0.14384, 0.032), (0.9, 0.83037, 0.047)])
  func gaussians(correlation: Double, exact: Double, slack: Double) {
    var generator = SplitMix64(seed: 7)
    let (ones, others) = (normals(4096, &generator), normals(4096, &generator))
    let rest = (1 - correlation * correlation).squareRoot()
    let seconds = zip(ones, others).map { correlation * $0 + rest * $1 }
    let found = mutualInformation(
      Samples(ones.map { [$0] }), Samples(seconds.map { [1000 * $0] }))
    #expect(abs(found - exact) < slack, "\(found)")
  }

  @Test("Information of a fair bit in a shifted Gaussian")
  func bit() {
    var generator = SplitMix64(seed: 8)
    let labels = (0..<4096).map { _ in Int(generator.next(below: 2)) }
    let noise = normals(4096, &generator)
    let points = zip(labels, noise).map { [Double(2 * $0 - 1) + $1] }
    let found = mutualInformation(Samples(points), labels: labels)
    #expect(abs(found - 0.33683) < 0.025, "\(found)")
    let blind = mutualInformation(Samples(noise.map { [$0] }), labels: labels)
    #expect(blind < 0.02)
  }

  @Test("Digamma: whole numbers are harmonic numbers less Euler's constant")
  func digammas() {
    var harmonic = 0.0
    for number in 1...30 {
      #expect(abs(digamma(Double(number)) - (harmonic - 0.577_215_664_901_532_9)) < 1e-12)
      harmonic += 1 / Double(number)
    }
    #expect(abs(digamma(0.5) - -1.963_510_026_021_423_5) < 1e-12)
  }
}
