import CLanes
import Foundation
import Synchronization
import Testing

@testable import Lanes

struct LanesTests {
  @Test("The Mersenne Twister draws what C++ says std::mt19937 draws")
  func twister() {
    var generator = MersenneTwister(seed: 5489)
    var last: UInt32 = 0
    for _ in 0..<10_000 { last = generator.nextWord() }
    #expect(last == 4_123_659_995)
  }

  @Test("SplitMix64 draws the published sequence")
  func splitMix() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }

  @Test("CRC-32 is zlib's, however the bytes are fed")
  func checksums() {
    var crc = CRC32()
    crc.add(Array("12345".utf8))
    crc.add(Array("6789".utf8))
    #expect(crc.hex == "cbf43926")
  }

  @Test("A pool visits every item once", arguments: [1, 2, 3, 5])
  func pool(threads: Int) {
    let pool = ThreadPool(threads: threads)
    for count in [0, 1, 2, 7, 64] {
      let visits = AlignedBuffer<Int32>(count: count)
      for _ in 0..<50 { pool.forEach(count) { item, _ in visits[item] += 1 } }
      #expect((0..<count).allSatisfy { visits[$0] == 50 })
    }
  }

  @Test("A pool calls no more workers than there are items, and no item twice at once")
  func workers() {
    let pool = ThreadPool(threads: 6)
    #expect(pool.threads == 6)
    for count in [1, 2, 3, 6, 50] {
      let seen = Mutex<Set<Int>>([])
      let calls = Atomic<Int>(0)
      for _ in 0..<20 {
        pool.forEach(count) { _, worker in
          seen.withLock { _ = $0.insert(worker) }
          usleep(200)  // Any worker that was called for nothing would take its share.
          calls.wrappingAdd(1, ordering: .relaxed)
        }
      }
      let workers = seen.withLock { $0 }
      #expect(workers.isSubset(of: 0..<min(6, count)), "\(count): \(workers)")
      let made = calls.load(ordering: .relaxed)
      #expect(made == 20 * count)
    }
  }

  @Test("Work is shared, also after the workers have gone to sleep")
  func sharing() {
    let pool = ThreadPool(threads: 2)
    for pause: UInt32 in [0, 30_000] {
      usleep(pause)
      // Item 0 is over only when another thread has begun item 1.
      let started = Atomic<Int>(0)
      pool.forEach(2) { _, _ in
        started.wrappingAdd(1, ordering: .sequentiallyConsistent)
        while started.load(ordering: .sequentiallyConsistent) < 2 { usleep(10) }
      }
      let both = started.load(ordering: .relaxed)
      #expect(both == 2)
    }
  }

  @Test("Many pools at once, pools within pools, and pools that never work")
  func pools() {
    let outer = ThreadPool(threads: 3)
    let inner = (0..<3).map { ThreadPool(threads: $0 + 1) }
    let sum = Atomic<Int>(0)
    for _ in 0..<200 {
      outer.forEach(7) { item, worker in
        inner[worker].forEach(item) { part, _ in sum.wrappingAdd(part + 1, ordering: .relaxed) }
      }
    }
    let total = sum.load(ordering: .relaxed)
    #expect(total == 200 * (0..<7).reduce(0) { $0 + $1 * ($1 + 1) / 2 })
    for threads in 1...20 { _ = ThreadPool(threads: threads) }
  }

  @Test("A loop that is over before another thread would be awake is the caller's alone")
  func shortLoops() {
    let pool = ThreadPool(threads: 4)
    func workers(_ nanoseconds: Int) -> Set<Int> {
      let seen = Mutex(Set<Int>())
      for _ in 0..<50 {
        pool.forEach(8, nanoseconds: nanoseconds) { _, worker in
          _ = seen.withLock { $0.insert(worker) }
          usleep(100)
        }
      }
      return seen.withLock { $0 }
    }
    #expect(workers(10_000) == [0])
    #expect(workers(100_000).count > 1)
  }

  @Test("Where the system makes no more threads a pool has fewer")
  func fewer() {
    // A stack of more than the address space: what no thread can have.
    let pool = ThreadPool(threads: 8, awakening: 0, stackBytes: 1 << 50)
    #expect(pool.threads == 1)
    let visits = AlignedBuffer<Int32>(count: 20)
    pool.forEach(20) { item, worker in visits[item] += 1 + Int32(worker) }
    #expect(visits.span.allSatisfy { $0 == 1 })
  }

  @Test("Buffers lie on 64-byte lines and begin as zero")
  func buffers() {
    for count in [1, 63, 1000] {
      let buffer = AlignedBuffer<Float>(count: count)
      #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
      #expect(buffer.span.allSatisfy { $0 == 0 })
    }
  }

  @Test("Vector operations agree with plain loops over the lanes")
  func vectors() {
    var generator = SplitMix64(seed: 9)
    for _ in 0..<20 {
      var a = SIMD64<UInt8>()
      var b = SIMD64<UInt8>()
      for lane in 0..<64 {
        a[lane] = UInt8(truncatingIfNeeded: generator.next())
        b[lane] = generator.next() % 3 == 0 ? a[lane] : UInt8(truncatingIfNeeded: generator.next())
      }
      a[5] = 0
      let mask = generator.next()
      func bits(_ test: (Int) -> Bool) -> UInt64 {
        (0..<64).reduce(0) { $0 | (test($1) ? 1 << UInt64($1) : 0) }
      }
      #expect(lanes_negative(a) == bits { a[$0] >= 128 })
      #expect(lanes_nonzero(a) == bits { a[$0] != 0 })
      #expect(lanes_equal(a, b) == bits { a[$0] == b[$0] })
      #expect(lanes_below(a, b) == bits { a[$0] < b[$0] })
      let (chosen, spread) = (lanes_select(mask, a, b), lanes_expand(mask))
      let reversed = lanes_reverse(a)
      let (left, right) = (lanes_shl(a, 3), lanes_shr(a, 4))
      for lane in 0..<64 {
        let on = mask >> UInt64(lane) & 1 == 1
        #expect(chosen[lane] == (on ? a[lane] : b[lane]))
        #expect(spread[lane] == (on ? 0xFF : 0))
        var mirror: UInt8 = 0
        for bit in 0..<8 where a[lane] >> UInt8(bit) & 1 == 1 { mirror |= 0x80 >> UInt8(bit) }
        #expect(reversed[lane] == mirror)
        #expect(left[lane] == a[lane] << 3 && right[lane] == a[lane] >> 4)
      }
    }
  }

  @Test("Rows of 32-bit lanes change and compare under a mask")
  func words() {
    let row = AlignedBuffer<Int32>(count: 64)
    for lane in 0..<64 { row[lane] = Int32(lane * 3 - 50) }
    let mask: UInt64 = 0xF0F0_1234_5678_9ABC
    lanes_add_i32(row.pointer, 7, mask)
    for lane in 0..<64 {
      #expect(row[lane] == Int32(lane * 3 - 50) + (mask >> UInt64(lane) & 1 == 1 ? 7 : 0))
    }
    let ends: UInt64 = 1 << 63 | 1
    lanes_set_i32(row.pointer, 1000, ends)
    #expect(lanes_equal_i32(row.pointer, 1000) == ends)
    #expect(lanes_at_least_i32(row.pointer, 1000) == ends)
  }
}

/// Values of NumPy 2.4.6.
@Suite("NumPy's generators") struct NumPyTests {
  @Test(
    "Seeds spread as SeedSequence spreads them, and the generator draws as default_rng",
    arguments: [
      (
        0, [0xB0F4_78BE, 0xDB2C_D7E7, 0x2C71_BA49], 0xA30F_EBCF_D9C2_825F,
        [16, 9, 2, 0, 122_920_571]
      ),
      (
        20, [0x1A22_F10F, 0xE009_6B3D, 0x54C9_3421], 0x47B3_0EEB_E46A_A97A,
        [8, 14, 4, 0, 747_841_826]
      ),
      (
        1 << 32, [0xEC53_F444, 0x50FF_846C, 0xE827_8562], 0xE3C5_EBE2_85AC_1625,
        [30, 17, 2, 0, 2_402_724_260]
      ),
      (
        UInt64.max, [0x928C_AD0D, 0xAEBC_A151, 0x8638_DC7A], 0xAE16_3A7A_8C47_568F,
        [29, 26, 3, 0, 22_209_244]
      ),
    ] as [(UInt64, [UInt32], UInt64, [UInt32])])
  func draws(seed: UInt64, words: [UInt32], first: UInt64, numbers: [UInt32]) {
    #expect(SeedSequence(seed).words(3) == words)
    var generator = PCG64(seed: seed)
    #expect(generator.next() as UInt64 == first)
    let ranges: [ClosedRange<UInt32>] = [1...30, 1...30, 2...4, 0...0, 0...2_999_999_999]
    #expect(
      ranges.map { $0.lowerBound + generator.next(below: $0.upperBound - $0.lowerBound + 1) }
        == numbers)
  }

  @Test("PCG64 draws NumPy's floats")
  func floats() {
    var generator = PCG64(seed: 7)
    #expect(generator.nextDouble() == 0x1.400c8353e3ca9p-1)
    #expect(generator.nextDouble() == 0x1.cb5f9b795e4cdp-1)
    #expect(generator.uniform(-0.05, 0.05) == 0x1.c3aef596e6accp-6)
    #expect(generator.uniform(-0.05, 0.05) == -0x1.c238754ddd58dp-6)
    #expect(generator.uniform(-3.5, 2) == -0x1.d95da9b631cfcp+0)
  }
}
