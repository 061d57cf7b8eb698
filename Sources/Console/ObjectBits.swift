import CLanes

/// The 160 pixels of a scanline as bits: pixel 64 i + j is bit j of word i.
typealias LineBits = lanes_line

extension LineBits {
  /// Pixels from..<to.
  @inline(__always)
  init(from: Int, to: Int) {
    self.init(
      w0: Self.below(to) & ~Self.below(from),
      w1: Self.below(to &- 64) & ~Self.below(from &- 64),
      w2: Self.below(to &- 128) & ~Self.below(from &- 128) & 0xFFFF_FFFF)
  }

  @inline(__always) private static func below(_ pixel: Int) -> UInt64 {
    pixel >= 64 ? ~0 : pixel <= 0 ? 0 : (1 &<< UInt64(pixel)) &- 1
  }

  @inline(__always) static func | (a: LineBits, b: LineBits) -> LineBits {
    LineBits(w0: a.w0 | b.w0, w1: a.w1 | b.w1, w2: a.w2 | b.w2)
  }
  @inline(__always) static func & (a: LineBits, b: LineBits) -> LineBits {
    LineBits(w0: a.w0 & b.w0, w1: a.w1 & b.w1, w2: a.w2 & b.w2)
  }
  @inline(__always) func without(_ b: LineBits) -> LineBits {
    LineBits(w0: w0 & ~b.w0, w1: w1 & ~b.w1, w2: w2 & ~b.w2)
  }

  @inline(__always) static var leftHalf: LineBits { LineBits(w0: ~0, w1: 0xFFFF, w2: 0) }
  @inline(__always) static var all: LineBits { LineBits(w0: ~0, w1: ~0, w2: 0xFFFF_FFFF) }
}

extension UInt8 {
  @inline(__always) var bitReversed: UInt8 {
    var x = self >> 4 | self << 4
    x = (x & 0xCC) >> 2 | (x & 0x33) << 2
    return (x & 0xAA) >> 1 | (x & 0x55) << 1
  }
}
