import Glibc
import Testing

@testable import Lanes

@Suite("What the system says")
struct SystemTests {
  @Test("Numbers are written as C does, whatever the locale")
  func numbers() {
    let wanted: [(Double, Int, String)] = [
      (0.1, 6, "0.1"), (1e-7, 9, "1e-07"), (2.0 / 3, 9, "0.666666667"),
      (123_456_789, 6, "1.23457e+08"),
      (-.infinity, 9, "-inf"), (1 / 3.0, 17, "0.33333333333333331"), (-0.0, 6, "-0"),
    ]
    for (value, digits, text) in wanted { #expect(value.text(digits: digits) == text) }
    setlocale(LC_NUMERIC, "de_DE.UTF-8")
    defer { setlocale(LC_NUMERIC, "C") }
    #expect(1.5.text(digits: 6) == "1.5")
  }

  @Test("Memory is counted while it is held")
  func memory() {
    #expect(Memory.free > 1 << 20 && Memory.free < 1 << 50)
    let before = Memory.claimed
    let (buffer, bytes) = Memory.kept { AlignedBuffer<UInt64>(count: 1 << 20) }
    // Other tests may make and free some at the same time.
    #expect(bytes >= 8 << 20 || Memory.claimed != before)
    withExtendedLifetime(buffer) {}
  }
}
