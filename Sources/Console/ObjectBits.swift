/// The 160 pixels of a scanline as bits: pixel 64 i + j is bit j of word i.
struct LineBits {
  var w0: UInt64 = 0
  var w1: UInt64 = 0
  var w2: UInt64 = 0

  /// Pixels from..<to.
  @inline(__always)
  init(from: Int, to: Int) {
    w0 = Self.below(to) & ~Self.below(from)
    w1 = Self.below(to &- 64) & ~Self.below(from &- 64)
    w2 = Self.below(to &- 128) & ~Self.below(from &- 128) & 0xFFFF_FFFF
  }

  @inline(__always)
  init(_ w0: UInt64, _ w1: UInt64, _ w2: UInt64) {
    self.w0 = w0
    self.w1 = w1
    self.w2 = w2
  }

  @inline(__always) init() {}

  @inline(__always) private static func below(_ pixel: Int) -> UInt64 {
    pixel >= 64 ? ~0 : pixel <= 0 ? 0 : (1 &<< UInt64(pixel)) &- 1
  }

  @inline(__always) static func | (a: LineBits, b: LineBits) -> LineBits {
    LineBits(a.w0 | b.w0, a.w1 | b.w1, a.w2 | b.w2)
  }
  @inline(__always) static func & (a: LineBits, b: LineBits) -> LineBits {
    LineBits(a.w0 & b.w0, a.w1 & b.w1, a.w2 & b.w2)
  }
  @inline(__always) func without(_ b: LineBits) -> LineBits {
    LineBits(w0 & ~b.w0, w1 & ~b.w1, w2 & ~b.w2)
  }

  @inline(__always) static var leftHalf: LineBits { LineBits(~0, 0xFFFF, 0) }
  @inline(__always) static var all: LineBits { LineBits(~0, ~0, 0xFFFF_FFFF) }
}

/// Shapes of the TIA's six objects. Source: ALE `emucore/TIA.cxx`, the mask tables.
extension LineBits {
  /// Up to 80 pixels (`low`, then `high`) placed at `position` on the ring of 160.
  @inline(__always)
  private init(low: UInt64, high: UInt64, at position: Int) {
    // Swift's smart shifts: negative counts turn round, large ones give zero.
    w0 = low << position | low >> (160 - position) | high << (position - 96)
    w1 = low << (position - 64) | high << position | high >> (160 - position)
    w2 = low << (position - 128) | high << (position - 64)
    w2 &= 0xFFFF_FFFF
  }

  /// Repeats an object as NUSIZ bits 0-2 ask; bit 3 leaves the first copy out.
  @inline(__always)
  private init(copies mode: Int, of first: UInt64, at position: Int) {
    let near: UInt64 = mode & 7 == 1 || mode & 7 == 3 ? first << 16 : 0
    let middle: UInt64 = mode & 7 == 2 || mode & 7 == 3 || mode & 7 == 6 ? first << 32 : 0
    let far: UInt64 = mode & 7 == 4 || mode & 7 == 6 ? first : 0
    self.init(low: (mode & 8 == 0 ? first : 0) | near | middle, high: far, at: position)
  }

  /// A player. In double and quadruple size the first pixel comes one late.
  @inline(__always)
  init(player graphics: UInt8, mode: Int, at position: Int) {
    let first = UInt64(graphics.bitReversed)
    switch mode & 7 {
    case 5: self.init(copies: mode & 8, of: Self.spread2(first) &* 3 << 1, at: position)
    case 7: self.init(copies: mode & 8, of: Self.spread4(first) &* 15 << 1, at: position)
    default: self.init(copies: mode, of: first, at: position)
    }
  }

  /// A missile or the ball; `shape` as in `Visible`.
  @inline(__always)
  init(missile shape: Int, at position: Int) {
    guard shape & 0x80 != 0 else { self.init(); return }
    let width = 1 << ((shape >> 4) & 3)
    self.init(copies: shape & 7, of: (1 << UInt64(width)) - 1, at: position)
  }

  /// Each playfield bit is four pixels; the right half repeats the left or mirrors it.
  @inline(__always)
  init(pf0: UInt8, pf1: UInt8, pf2: UInt8, reflect: Bool) {
    let left = UInt64(pf0 >> 4) | UInt64(pf1.bitReversed) << 4 | UInt64(pf2) << 12
    let mirrored = UInt64(pf2.bitReversed) | UInt64(pf1) << 8 | UInt64((pf0 >> 4).bitReversed) << 12
    let right = reflect ? mirrored : left
    w0 = Self.spread4(left & 0xFFFF) &* 15
    w1 = Self.spread4(left >> 16) &* 15 | (Self.spread4(right & 0xFFF) &* 15) << 16
    w2 = Self.spread4(right >> 12) &* 15
  }

  /// Bit i goes to bit 4 i; 16 bits in.
  @inline(__always) private static func spread4(_ bits: UInt64) -> UInt64 {
    var x = bits
    x = (x | x << 24) & 0x0000_00FF_0000_00FF
    x = (x | x << 12) & 0x000F_000F_000F_000F
    x = (x | x << 6) & 0x0303_0303_0303_0303
    return (x | x << 3) & 0x1111_1111_1111_1111
  }

  /// Bit i goes to bit 2 i; 8 bits in.
  @inline(__always) private static func spread2(_ bits: UInt64) -> UInt64 {
    var x = bits
    x = (x | x << 4) & 0x0F0F
    x = (x | x << 2) & 0x3333
    return (x | x << 1) & 0x5555
  }
}

extension UInt8 {
  @inline(__always) var bitReversed: UInt8 {
    var x = self >> 4 | self << 4
    x = (x & 0xCC) >> 2 | (x & 0x33) << 2
    return (x & 0xAA) >> 1 | (x & 0x55) << 1
  }
}
