import CLanes
import Foundation
import Lanes
import Testing

@Suite("Sines of glibc") struct SineTests {
  /// glibc has other steps for processors without fused multiply-add.
  private static let isFused =
    (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.contains(" fma ") ?? false
  private static let ranges = [1e-9, 0.126, 0.25, 0.86, 2.5, 13, 1e4, 1.1e8]

  @Test("Sine and cosine are the C library's", .enabled(if: isFused), arguments: ranges)
  func library(range: Double) {
    var generator = SplitMix64(seed: .random(in: 0...UInt64.max))
    var different = 0
    for _ in 0..<200_000 {
      let x = (Double(generator.next() >> 11) * 0x1p-52 - 1) * range
      if glibc_sin(x) != sin(x) || glibc_cos(x) != cos(x) { different += 1 }
    }
    #expect(different == 0)
  }

  @Test("They are the same bits on every machine")
  func fixed() {
    #expect(glibc_sin(0.1) == 0x1.98eaecb8bcb2cp-4)
    #expect(glibc_sin(-0.0).sign == .minus && glibc_cos(0) == 1)
    let recorded: [(Double, Double, Double)] = [
      (-0.123796, -0x1.f9c6341fc8d98p-4, 0x1.fc14e9d334b2ap-1),
      (0.171244, 0x1.5cff04e267924p-3, 0x1.f882e17e3d2c8p-1),
      (-0.650288, -0x1.35f90a5a41431p-1, 0x1.978172405b657p-1),
      (1.926719, 0x1.dfe91ca3856ebp-1, -0x1.64d17b4298dc3p-2),
      (-2.20387, -0x1.9cc7ee7294c66p-1, -0x1.2ee98c69d6fadp-1),
      (7.150465, 0x1.866fd5cfa470cp-1, 0x1.4b36eb14f691ep-1),
      (231.146083, -0x1.f171974eb1849p-1, 0x1.e4df01f02109bp-3),
      (-6985672.885145, -0x1.7424814288569p-1, -0x1.5fa501038bbf6p-1),
    ]
    for (x, sine, cosine) in recorded { #expect(glibc_sin(x) == sine && glibc_cos(x) == cosine) }
    #expect(glibc_sin(.infinity).isNaN && glibc_cos(.nan).isNaN)
  }

  @Test("Many lanes at once are as many alone", arguments: [0.126, 0.24, 0.85, 4])
  func vectors(range: Double) {
    var generator = SplitMix64(seed: .random(in: 0...UInt64.max))
    let (angles, sines) = (AlignedBuffer<Double>(count: 64), AlignedBuffer<Double>(count: 64))
    let cosines = AlignedBuffer<Double>(count: 64)
    for round in 0..<4_000 {
      let count = round % 64 + 1
      for lane in 0..<64 {
        angles[lane] = (Double(generator.next() >> 11) * 0x1p-52 - 1) * range
      }
      control_sines(angles.pointer, Int32(count), sines.pointer, cosines.pointer)
      for lane in 0..<count {
        #expect(sines[lane] == glibc_sin(angles[lane]))
        #expect(cosines[lane] == glibc_cos(angles[lane]))
      }
    }
  }

  @Test("A quotient by 1.1 is rounded once")
  func quotients() {
    var generator = SplitMix64(seed: .random(in: 0...UInt64.max))
    for _ in 0..<20_000 {
      var numbers = control8()
      for lane in 0..<8 {
        let exponent = Int(generator.next(below: 200)) - 100
        numbers[lane] = Double(
          sign: lane % 2 == 0 ? .plus : .minus, exponent: exponent,
          significand: 1 + Double(generator.next() >> 12) * 0x1p-52)
      }
      let quotients = control_by_mass(numbers)
      for lane in 0..<8 { #expect(quotients[lane] == numbers[lane] / 1.1) }
    }
  }

  /// With M the middle between two numbers and Y the divisor, as whole numbers: x = (M Y + d) / 2^s.
  @Test("Quotients by 1.1 next to the middle between two numbers fall on its right side")
  func middles() {
    let divisor: UInt64 = 0x8_CCCC_CCCC_CCCD  // 1.1 = divisor / 2^51
    var inverse = divisor
    for _ in 0..<6 { inverse = inverse &* (2 &- divisor &* inverse) }
    var numbers: [Double] = []
    for bits in UInt64(50)..<56 {
      for distance in -8...8 {
        let least = inverse &* UInt64(bitPattern: Int64(distance)) & (1 << bits - 1)
        for middle in stride(from: least, to: 1 << 54, by: 1 << Int(bits)) where middle >= 1 << 53 {
          let product = UInt128(middle) * UInt128(divisor) &- UInt128(truncatingIfNeeded: distance)
          let number = UInt64(truncatingIfNeeded: product >> UInt128(bits))
          if number < 1 << 53 { numbers.append(Double(number)) }
        }
      }
    }
    #expect(numbers.count > 50)
    for number in numbers {
      #expect(control_by_mass(control8(repeating: number))[0] == number / 1.1)
    }
  }
}
