/// e^x to a few units in the last place, in steps that the processor's vectors take too: below -745
/// zero, above 709.7 infinite; what is not a number stays so.
@inline(__always) func exponential(_ x: Double) -> Double {
  let cut = x > 710 ? 710 : x < -746 ? -746 : x
  let shifted = cut * 1.442_695_040_888_963_4 + roundingNumber
  let whole = shifted - roundingNumber
  // ln 2 in two parts.
  let rest = cut - whole * 0x1.62e42fefa38p-1 - whole * 0x1.ef35793c7673p-45
  // In two factors: 2^1024 is no number, and 2^-1074 has no leading one.
  let exponent = Int64(bitPattern: shifted.bitPattern &- roundingNumber.bitPattern)
  let half = exponent >> 1
  return series(rest) * powerOf2(half) * powerOf2(exponent &- half)
}

/// Added and taken away, it leaves the nearest whole number, also in the lowest bits.
private let roundingNumber = 0x1.8p52

@inline(__always) private func powerOf2(_ exponent: Int64) -> Double {
  Double(bitPattern: UInt64(bitPattern: exponent &+ 1023) &<< 52)
}

/// e^r for |r| < 0.35: Taylor's series.
@inline(__always) private func series(_ rest: Double) -> Double {
  var sum = 1 / 479_001_600.0
  sum = sum * rest + 1 / 39_916_800
  sum = sum * rest + 1 / 3_628_800
  sum = sum * rest + 1 / 362_880
  sum = sum * rest + 1 / 40_320
  sum = sum * rest + 1 / 5040
  sum = sum * rest + 1 / 720
  sum = sum * rest + 1 / 120
  sum = sum * rest + 1 / 24
  sum = sum * rest + 1 / 6
  sum = sum * rest + 0.5
  return 1 + (rest + rest * rest * sum)
}
