extension Kernels {
  /// Hyperbolic tangents in place, for the processor's vectors: -m / (m + 2) with m = e^(-2|x|) - 1.
  ///
  /// Errors stay below 4 units in the last place; what is not a number stays so.
  static func tanh(_ values: UnsafeMutablePointer<Float>, count: Int) {
    /// Added and taken away, it leaves the nearest whole number, also in the lowest bits.
    let round: Float = 0x1.8p23
    for index in 0..<count {
      let value = values[index]
      let size = abs(value)
      // From 9.02 on the answer is 1.
      let power = (size > 9.1 ? 9.1 : size) * -2.885_390_08
      let shifted = power + round
      let rest = (power - (shifted - round)) * 0.693_147_181
      let two = Float(bitPattern: shifted.bitPattern &<< 23 &+ 0x3F80_0000)
      // e^rest - 1, |rest| < 0.35: Taylor's series.
      var series: Float = 1 / 5040
      series = series * rest + 1 / 720
      series = series * rest + 1 / 120
      series = series * rest + 1 / 24
      series = series * rest + 1 / 6
      series = series * rest + 0.5
      series = series * rest * rest + rest
      let less = two * series + (two - 1)
      let result = -less / (less + 2)
      values[index] = Float(
        bitPattern: result.bitPattern & 0x7FFF_FFFF | value.bitPattern & 0x8000_0000)
    }
  }
}
