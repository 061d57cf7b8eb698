/// NumPy's `RandomState`, one a lane, draw for draw.
///
/// - Source: Matsumoto and Nishimura 1998, MT19937; doubles and bounded integers as NumPy's frozen
///   `RandomState` draws them.
public final class RandomStates: @unchecked Sendable {
  /// Of one generator.
  public static let words = 624

  private let lanes: Int
  /// [lanes, 624]
  private let memory: AlignedBuffer<UInt32>
  /// [64]: the next word, 624: twist first.
  private let position = AlignedBuffer<Int32>(count: 64)
  /// [64]
  private let drawn = AlignedBuffer<UInt32>(count: 64)

  /// - Parameter lanes: at most 64. Each generator is that of its lane's number.
  public init(lanes: Int) {
    precondition(lanes > 0 && lanes <= 64)
    self.lanes = lanes
    // A word more: a lane whose words are used up is looked at before it is noticed.
    memory = AlignedBuffer(count: lanes * Self.words + 1)
    for lane in 0..<lanes { seed(lane, UInt64(lane)) }
  }

  private func start(_ lane: Int) -> UnsafeMutablePointer<UInt32> {
    memory.pointer + lane * Self.words
  }

  /// `RandomState(seed)`. A seed that NumPy refuses as too large, 2^32 or more, stands for the array
  /// of its two words, the lower first.
  public func seed(_ lane: Int, _ seed: UInt64) {
    let words = start(lane)
    if seed >> 32 == 0 {
      Self.fill(words, UInt32(seed))
    } else {
      Self.fill(words, [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)])
    }
    position[lane] = Int32(Self.words)
  }

  private static func fill(_ words: UnsafeMutablePointer<UInt32>, _ seed: UInt32) {
    words[0] = seed
    for index in 1..<Self.words {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ previous >> 30) &+ UInt32(index)
    }
  }

  /// `init_by_array`, for fewer than 624 words.
  private static func fill(_ words: UnsafeMutablePointer<UInt32>, _ key: [UInt32]) {
    fill(words, 19_650_218)
    var index = 1
    func mix(_ factor: UInt32, _ term: UInt32) {
      let previous = words[index - 1]
      words[index] = (words[index] ^ (previous ^ previous >> 30) &* factor) &+ term
      index += 1
      if index < Self.words { return }
      words[0] = words[Self.words - 1]
      index = 1
    }
    for round in 0..<Self.words {
      let number = round % key.count
      mix(1_664_525, key[number] &+ UInt32(number))
    }
    for _ in 1..<Self.words { mix(1_566_083_941, 0 &- UInt32(index)) }
    words[0] = 0x8000_0000
  }

  // MARK: Draws

  public func nextWord(_ lane: Int) -> UInt32 {
    if position.pointer[lane] == Int32(Self.words) { twist(lane) }
    let word = start(lane)[Int(position.pointer[lane])]
    position.pointer[lane] += 1
    return Self.tempered(word)
  }

  /// `rand()` times 2^53, which is whole.
  public func next53(_ lane: Int) -> UInt64 {
    let high = UInt64(nextWord(lane) >> 5)
    return high << 26 | UInt64(nextWord(lane) >> 6)
  }

  /// `rand() < p`.
  /// - Parameter threshold: of p.
  public func decide(_ lane: Int, below threshold: UInt64) -> Bool { next53(lane) < threshold }

  /// `randint(bound)`: no draw where there is no choice.
  /// - Precondition: bound > 0.
  public func next(_ lane: Int, below bound: UInt32) -> UInt32 {
    if bound == 1 { return 0 }
    let mask = UInt32.max >> UInt32((bound - 1).leadingZeroBitCount)
    while true {
      let number = nextWord(lane) & mask
      if number < bound { return number }
    }
  }

  /// The least whole number not below p 2^53, for `decide`.
  /// - Parameter probability: 0...1.
  public static func threshold(_ probability: Double) -> UInt64 {
    UInt64((probability * 0x1p53).rounded(.up))
  }

  /// `rand() < p` in every lane of the mask.
  /// - Parameter threshold: of p.
  /// - Returns: the lanes where it is so.
  public func decide(_ mask: LaneMask, below threshold: UInt64) -> LaneMask {
    let (position, drawn, words) = (position.pointer, drawn.pointer, memory.pointer)
    var late: LaneMask = 0
    for lane in 0..<64 {
      late |= LaneMask(position[lane] > Int32(Self.words) - 2 ? 1 : 0) &<< LaneMask(lane)
    }
    late &= mask
    for lane in 0..<lanes { drawn[lane] = words[lane &* Self.words &+ Int(position[lane])] }
    let high = UInt32(truncatingIfNeeded: threshold >> 26)
    var below: LaneMask = 0
    var equal: LaneMask = 0
    for lane in 0..<64 {
      let upper = Self.tempered(drawn[lane]) >> 5
      below |= LaneMask(upper < high ? 1 : 0) &<< LaneMask(lane)
      equal |= LaneMask(upper == high ? 1 : 0) &<< LaneMask(lane)
    }
    // Few lanes need their second word looked at, one in 2^27, or have to twist.
    let single = (late | equal) & mask
    let steady = mask & ~single
    for lane in 0..<64 {
      position[lane] &+= Int32(truncatingIfNeeded: steady &>> LaneMask(lane) & 1) &<< 1
    }
    below &= steady
    forEachLane(single) { lane in
      if decide(lane, below: threshold) { below |= 1 &<< LaneMask(lane) }
    }
    return below
  }

  @inline(__always) private static func tempered(_ word: UInt32) -> UInt32 {
    var y = word
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  private func twist(_ lane: Int) {
    let words = start(lane)
    @inline(__always) func mixed(_ index: Int, _ following: Int, _ distant: Int) -> UInt32 {
      let y = (words[index] & 0x8000_0000) | (words[following] & 0x7FFF_FFFF)
      return words[distant] ^ (y >> 1) ^ ((0 &- (y & 1)) & 0x9908_B0DF)
    }
    for index in 0..<227 { words[index] = mixed(index, index &+ 1, index &+ 397) }
    for index in 227..<623 { words[index] = mixed(index, index &+ 1, index &- 227) }
    words[623] = mixed(623, 0, 396)
    position.pointer[lane] = 0
  }

  // MARK: States: the key and the position of NumPy's `get_state`

  public func key(_ lane: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start(lane), count: Self.words * 4)
  }

  /// - Precondition: 0...624.
  public subscript(positionOf lane: Int) -> Int32 {
    get { position[lane] }
    set { position[lane] = newValue }
  }
}
