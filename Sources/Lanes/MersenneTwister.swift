/// The 32-bit Mersenne Twister, equal to C++ `std::mt19937` draw for draw.
///
/// - Source: Matsumoto and Nishimura 1998, MT19937.
public struct MersenneTwister: RandomNumberGenerator, Equatable, Sendable {
  public private(set) var words: [UInt32]
  public private(set) var position: Int

  public init(seed: UInt32) {
    words = [UInt32](repeating: 0, count: 624)
    words[0] = seed
    for index in 1..<624 {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
    position = 624
  }

  /// Restores a saved state.
  /// - Precondition: 624 words, position in 0...624.
  public init(words: [UInt32], position: Int) {
    precondition(words.count == 624 && (0...624).contains(position))
    self.words = words
    self.position = position
  }

  public mutating func nextWord() -> UInt32 {
    if position == 624 { twist() }
    var y = words[position]
    position += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// draw / 2^32, as ALE's `Random::nextDouble`.
  public mutating func nextDouble() -> Double { Double(nextWord()) * 0x1p-32 }

  private mutating func twist() {
    words.withUnsafeMutableBufferPointer { words in
      for index in 0..<624 {
        let y = (words[index] & 0x8000_0000) | (words[(index + 1) % 624] & 0x7FFF_FFFF)
        let mixed = words[(index + 397) % 624] ^ (y >> 1)
        words[index] = y & 1 == 0 ? mixed : mixed ^ 0x9908_B0DF
      }
    }
    position = 0
  }
}
