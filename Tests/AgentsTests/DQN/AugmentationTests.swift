import Lanes
import Nets
import Testing

@testable import Agents

struct AugmentationTests {
  /// Rows of one picture of bytes, two planes of 5 x 4, of which `number` gives each.
  private func moved(
    shift: Int, intensity: Float, seed: UInt64 = 4, rows: Int = 200, threads: Int = 1,
    number: (Int) -> UInt8
  ) throws -> [[Float]] {
    let senses: [Sense] = [
      .vector(Input(vector: 1, .float32)),
      .planes(Input(outer: 2, height: 5, width: 4, inner: 1, .uint8)),
    ]
    let augmentation = try #require(
      Augmentation(senses, shift: shift, intensity: intensity, count: rows))
    var generator = SplitMix64(seed: seed)
    let picture = (0..<40 * rows).map { number($0 % 40) }
    let other: [Float] = [1]
    return other.withUnsafeBytes { other in
      picture.withUnsafeBytes { picture in
        let bases = [other.baseAddress!, picture.baseAddress!]
        let moved = augmentation.move(
          bases, count: rows, using: &generator, ThreadPool(threads: threads, awakening: 0))
        #expect(moved[0] == bases[0])
        let numbers = moved[1].assumingMemoryBound(to: Float.self)
        return (0..<rows).map { row in (0..<40).map { numbers[40 * row + $0] } }
      }
    }
  }

  @Test("A picture is moved by each distance, its edges repeated; planes stay together")
  func shifts() throws {
    func moved(_ down: Int, _ right: Int) -> [Float] {
      (0..<40).map { place in
        let (plane, row, column) = (place / 20, place / 4 % 5, place % 4)
        let from = (min(max(row + down, 0), 4), min(max(column + right, 0), 3))
        return Float(20 * plane + 4 * from.0 + from.1)
      }
    }
    let all = (-1...1).flatMap { down in (-1...1).map { moved(down, $0) } }
    let rows = try self.moved(shift: 1, intensity: 0) { UInt8($0) }
    let found = rows.map { row in all.firstIndex(of: row) }
    for place in all.indices {
      // Each a ninth of 200.
      let count = found.count { $0 == place }
      #expect((8...40).contains(count), "\(place): \(count)")
    }
    #expect(!found.contains(nil))
  }

  @Test("A picture is made brighter or darker as a whole, by two deviations at most")
  func intensity() throws {
    let rows = try moved(shift: 0, intensity: 0.05) { _ in 2 }
    let factors = rows.map { $0[0] / 2 }
    for (row, factor) in zip(rows, factors) {
      #expect(row.allSatisfy { $0 == row[0] } && factor >= 0.8999 && factor <= 1.1001)
    }
    let mean = factors.reduce(0, +) / 200
    let variance = factors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200
    #expect(abs(mean - 1) < 0.012 && abs(variance.squareRoot() - 0.0475) < 0.008)
  }

  @Test("A seed's pictures are the same for any number of threads, another's are others")
  func seeds() throws {
    func rows(_ seed: UInt64, _ threads: Int) throws -> [[Float]] {
      try moved(shift: 2, intensity: 0.1, seed: seed, threads: threads) { UInt8($0) }
    }
    #expect(try rows(4, 1) == rows(4, 3))
    #expect(try rows(4, 1) != rows(5, 1))
  }
}
