import CLanes

/// The 160 pixels of a scanline as bits: pixel 64 i + j is bit j of word i.
typealias LineBits = lanes_line

extension LineBits {
  static let none = LineBits(repeating: 0)
  static let leftHalf = lanes_stretch(0, 80)
  static let wholeLine = lanes_stretch(0, 160)
}

extension UInt8 {
  @inline(__always) var bitReversed: UInt8 {
    var x = self >> 4 | self << 4
    x = (x & 0xCC) >> 2 | (x & 0x33) << 2
    return (x & 0xAA) >> 1 | (x & 0x55) << 1
  }
}
