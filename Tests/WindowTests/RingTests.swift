import Testing

@testable import Window

struct RingTests {
  private func read(_ ring: SampleRing, _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      ring.read(into: buffer.baseAddress!, count: count)
      filled = count
    }
  }

  @Test("It is silent until there is enough, then every sample comes once and in order")
  func order() {
    let ring = SampleRing(capacity: 64, target: 16, silence: 128)
    #expect(read(ring, 4) == [128, 128, 128, 128])
    ring.write(Array(0..<8))
    #expect(read(ring, 4) == [128, 128, 128, 128], "not enough yet")
    ring.write(Array(8..<16))
    var (heard, next): ([UInt8], UInt8) = ([], 16)
    for _ in 0..<40 {
      heard += read(ring, 7)
      ring.write((0..<7).map { next &+ $0 })
      next &+= 7
    }
    #expect(heard == (0..<280).map { UInt8(truncatingIfNeeded: $0) })
    #expect(ring.held == 8)
  }

  @Test("Where it runs dry the last sample is held, and it fills up before it goes on")
  func dry() {
    let ring = SampleRing(capacity: 64, target: 4, silence: 128)
    ring.write([1, 2, 3, 4, 5])
    #expect(read(ring, 8) == [1, 2, 3, 4, 5, 5, 5, 5])
    ring.write([6])
    #expect(read(ring, 2) == [5, 5])
    ring.write([7, 8, 9])
    #expect(read(ring, 4) == [6, 7, 8, 9])
    #expect(ring.held == 5)
  }

  @Test("What there is no room for is left out")
  func full() {
    let ring = SampleRing(capacity: 8, target: 4, silence: 128)
    #expect(ring.write(Array(0..<6)) == 6 && ring.write(Array(6..<12)) == 2)
    #expect(read(ring, 8) == Array(0..<8) && ring.count == 0)
  }
}
