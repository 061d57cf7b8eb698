/// NumPy's `SeedSequence`: spreads one seed over as many words as are asked for.
///
/// - Source: NumPy `random/bit_generator.pyx`, after O'Neill's `seed_seq_fe`.
public struct SeedSequence: Equatable, Sendable {
  private var pool = SIMD4<UInt32>()

  public init(_ seed: UInt64) {
    var factor: UInt32 = 0x43B0_D7E5
    func hash(_ word: UInt32) -> UInt32 {
      let mixed = word ^ factor
      factor &*= 0x931E_8875
      let value = mixed &* factor
      return value ^ value >> 16
    }
    let words = [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32), 0, 0]
    for index in 0..<4 { pool[index] = hash(words[index]) }
    for source in 0..<4 {
      for target in 0..<4 where target != source {
        let mixed = pool[target] &* 0xCA01_F9DD &- hash(pool[source]) &* 0x4973_F715
        pool[target] = mixed ^ mixed >> 16
      }
    }
  }

  /// `generate_state(count)`.
  public func words(_ count: Int) -> [UInt32] {
    var factor: UInt32 = 0x8B51_F9DD
    return (0..<count).map { index in
      let mixed = pool[index % 4] ^ factor
      factor &*= 0x58F3_8DED
      let value = mixed &* factor
      return value ^ value >> 16
    }
  }
}

/// NumPy's default generator, equal to `numpy.random.default_rng` draw for draw.
///
/// - Source: O'Neill 2014, PCG XSL RR 128/64; bounded integers as NumPy's `distributions.c`.
public struct PCG64: Equatable, Sendable, BitwiseCopyable {
  @usableFromInline var state: UInt128 = 0
  @usableFromInline var increment: UInt128 = 1
  /// The upper half of the last word, and 1 while it has not been used.
  private var half: UInt64 = 0
  private var hasHalf: UInt64 = 0

  /// `numpy.random.default_rng(seed)`.
  public init(seed: UInt64) {
    let words = SeedSequence(seed).words(8).map { UInt128($0) }
    func wide(_ at: Int) -> UInt128 {
      (words[at + 1] << 32 | words[at]) << 64 | words[at + 3] << 32 | words[at + 2]
    }
    increment = wide(4) << 1 | 1
    advance()
    state &+= wide(0)
    advance()
  }

  /// State, increment, and the half word that is left: [6], low words first.
  public var words: [UInt64] {
    func halves(_ wide: UInt128) -> [UInt64] {
      [UInt64(truncatingIfNeeded: wide), UInt64(truncatingIfNeeded: wide >> 64)]
    }
    return halves(state) + halves(increment) + [half, hasHalf]
  }

  /// - Parameter words: as `words` gives them; nil if no generator has these.
  public init?(words: [UInt64]) {
    guard words.count == 6, words[2] & 1 == 1, words[4] >> 32 == 0, words[5] < 2 else { return nil }
    state = UInt128(words[1]) << 64 | UInt128(words[0])
    increment = UInt128(words[3]) << 64 | UInt128(words[2])
    (half, hasHalf) = (words[4], words[5])
  }

  @inlinable mutating func advance() {
    state = state &* 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645 &+ increment
  }

  @inlinable public mutating func next() -> UInt64 {
    advance()
    let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
    let turn = UInt64(truncatingIfNeeded: state >> 122)
    return folded >> turn | folded << ((64 &- turn) & 63)
  }

  /// `random()`: uniform in [0, 1), from the top 53 bits.
  @inlinable public mutating func nextDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// `uniform(low, high)`.
  @inlinable public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * nextDouble()
  }

  /// Two halves of a word, the lower first.
  public mutating func nextWord() -> UInt32 {
    if hasHalf == 1 {
      hasHalf = 0
      return UInt32(half)
    }
    let word = next()
    half = word >> 32
    hasHalf = 1
    return UInt32(truncatingIfNeeded: word)
  }

  /// `integers(0, bound)`: no draw where there is no choice.
  /// - Precondition: bound > 0.
  public mutating func next(below bound: UInt32) -> UInt32 {
    if bound == 1 { return 0 }
    var product = UInt64(nextWord()) * UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextWord()) * UInt64(bound)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }
}
