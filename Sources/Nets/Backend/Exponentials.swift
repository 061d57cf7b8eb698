import Foundation

// Exponential functions for the processor's vectors; tests hold their errors below a few units in the
// last place.

/// e^x to 2 units in the last place; below -87.3 zero, above 88.7 infinite; what is not a number stays
/// so.
@inline(__always) func fastExp(_ x: Float) -> Float {
  let cut = x > 89 ? 89 : x < -88 ? -88 : x
  let shifted = cut * 1.442_695_04 + roundingNumber
  let whole = shifted - roundingNumber
  // ln 2 in two parts.
  var rest = cut - whole * 0.693_359_375
  rest += whole * 2.121_944_4e-4
  // In two factors: 2^128 is no float.
  let exponent = Int32(bitPattern: shifted.bitPattern &- roundingNumber.bitPattern)
  let half = exponent >> 1
  let series = 1 + (rest + rest * rest * expSeries(rest))
  let result = series * powerOf2(half) * powerOf2(exponent &- half)
  return x < -87.3 ? 0 : result
}

/// e^x - 1 for x of at most 0.
@inline(__always) func fastExpMinus1(_ x: Float) -> Float {
  let cut = x < -18 ? -18 : x
  let shifted = cut * 1.442_695_04 + roundingNumber
  let whole = shifted - roundingNumber
  var rest = cut - whole * 0.693_359_375
  rest += whole * 2.121_944_4e-4
  let two = powerOf2(Int32(bitPattern: shifted.bitPattern &- roundingNumber.bitPattern))
  let series = rest + rest * rest * expSeries(rest)
  return two * series + (two - 1)
}

/// Hyperbolic tangent to 4 units in the last place: -m / (m + 2) with m = e^(-2|x|) - 1.
@inline(__always) func fastTanh(_ x: Float) -> Float {
  let less = fastExpMinus1(-2 * abs(x))
  let result = -less / (less + 2)
  return Float(bitPattern: result.bitPattern & 0x7FFF_FFFF | x.bitPattern & 0x8000_0000)
}

@inline(__always) func sigmoid(_ x: Float) -> Float { 1 / (1 + fastExp(-x)) }

/// ln(1 + e^x)
@inline(__always) func softplus(_ x: Float) -> Float {
  let rest = log1p(fastExp(-abs(x)))
  return x > 0 ? x + rest : x.isNaN ? x : rest
}

/// Added and taken away, it leaves the nearest whole number, also in the lowest bits.
private let roundingNumber: Float = 0x1.8p23

@inline(__always) private func powerOf2(_ exponent: Int32) -> Float {
  Float(bitPattern: UInt32(bitPattern: exponent &+ 127) &<< 23)
}

/// (e^r - 1 - r) / r^2 for |r| < 0.35: Taylor's series.
@inline(__always) private func expSeries(_ rest: Float) -> Float {
  var series: Float = 1 / 5040
  series = series * rest + 1 / 720
  series = series * rest + 1 / 120
  series = series * rest + 1 / 24
  series = series * rest + 1 / 6
  series = series * rest + 0.5
  return series
}
