import Lanes

/// A Mersenne Twister a lane.
///
/// Equal to `Lanes.MersenneTwister` draw for draw; draws that nobody looks at are only counted. The
/// 2.5 KB of words change once in 624 draws, so states share them: a copy is 24 bytes.
final class TwisterBank: @unchecked Sendable {
  static let words = 624

  /// A lane's generator.
  struct State: @unchecked Sendable {
    /// [624], never changed.
    var words: AlignedBuffer<UInt32>
    /// Next word, 624: twist first.
    var position: Int32
    /// Draws still to be thrown away before the next one.
    var pending: UInt64

    init(seed: UInt32) {
      words = AlignedBuffer(count: TwisterBank.words)
      TwisterBank.seed(words.pointer, seed)
      position = Int32(TwisterBank.words)
      pending = 0
    }

    init(words: AlignedBuffer<UInt32>, position: Int32, pending: UInt64) {
      self.words = words
      self.position = position
      self.pending = pending
    }
  }

  private let count: Int
  /// Where each lane's words lie: in its own piece, or in those that it shares.
  private let current: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>>
  private let shared: UnsafeMutablePointer<AlignedBuffer<UInt32>?>
  /// Pieces may change hands between the blocks of a batch.
  private let own: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>>
  private let memory: AlignedBuffer<UInt32>
  private let position: AlignedBuffer<Int32>
  private let pending: AlignedBuffer<UInt64>

  init(lanes: Int) {
    count = lanes
    memory = AlignedBuffer(count: lanes * Self.words)
    own = .allocate(capacity: lanes)
    current = .allocate(capacity: lanes)
    shared = .allocate(capacity: lanes)
    position = AlignedBuffer(count: lanes)
    pending = AlignedBuffer(count: lanes)
    shared.initialize(repeating: Self.standard.words, count: lanes)
    current.initialize(repeating: Self.standard.words.pointer, count: lanes)
    for lane in 0..<lanes {
      (own + lane).initialize(to: memory.pointer + lane * Self.words)
      position[lane] = Int32(Self.words)
    }
  }

  deinit {
    shared.deinitialize(count: count)
    shared.deallocate()
    current.deallocate()
    own.deallocate()
  }

  /// As C++ makes one without a seed.
  static let standard = State(seed: 5489)

  private static func seed(_ words: UnsafeMutablePointer<UInt32>, _ seed: UInt32) {
    words[0] = seed
    for index in 1..<Self.words {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
  }

  func seed(_ lane: Int, _ seed: UInt32) {
    Self.seed(own[lane], seed)
    useOwn(lane)
    position[lane] = Int32(Self.words)
    pending[lane] = 0
  }

  private func useOwn(_ lane: Int) {
    current[lane] = own[lane]
    shared[lane] = nil
  }

  /// Throws `draws` numbers away.
  @inline(__always) func skip(_ lane: Int, _ draws: UInt64) { pending.pointer[lane] &+= draws }

  func next(_ lane: Int) -> UInt32 {
    if pending.pointer[lane] != 0 { catchUp(lane) }
    if position.pointer[lane] == Int32(Self.words) { twist(lane) }
    var y = current[lane][Int(position.pointer[lane])]
    position.pointer[lane] += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  /// draw / 2^32.
  func nextDouble(_ lane: Int) -> Double { Double(next(lane)) * 0x1p-32 }

  /// Uniform in 0..<bound as libstdc++'s `uniform_int_distribution` draws it (GCC 11 and later).
  func next(_ lane: Int, below bound: UInt32) -> UInt32 {
    var product = UInt64(next(lane)) * UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(next(lane)) * UInt64(bound)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  // MARK: States

  /// The words are copied when they have changed since the last call, else shared.
  func state(_ lane: Int) -> State {
    if shared[lane] == nil {
      let words = AlignedBuffer<UInt32>(count: Self.words)
      words.pointer.update(from: current[lane], count: Self.words)
      shared[lane] = words
      current[lane] = words.pointer
    }
    return State(
      words: shared[lane].unsafelyUnwrapped, position: position[lane], pending: pending[lane])
  }

  func setState(_ lane: Int, _ state: State) {
    shared[lane] = state.words
    current[lane] = state.words.pointer
    position[lane] = state.position
    pending[lane] = state.pending
  }

  /// Draws that have been thrown away since it was set to that state; nil: one was looked at.
  func skipped(_ lane: Int, since state: State) -> UInt64? {
    let isUnread = current[lane] == state.words.pointer && position[lane] == state.position
    return isUnread ? pending[lane] - state.pending : nil
  }

  /// - Parameter other: of a block that lives as long as this one's.
  func exchange(_ lane: Int, with other: TwisterBank, _ otherLane: Int) {
    (own[lane], other.own[otherLane]) = (other.own[otherLane], own[lane])
    (current[lane], other.current[otherLane]) = (other.current[otherLane], current[lane])
    (shared[lane], other.shared[otherLane]) = (other.shared[otherLane], shared[lane])
    (pending[lane], other.pending[otherLane]) = (other.pending[otherLane], pending[lane])
    (position[lane], other.position[otherLane]) = (other.position[otherLane], position[lane])
  }

  // MARK: Twisting

  private func catchUp(_ lane: Int) {
    var left = pending[lane]
    pending[lane] = 0
    while left > 0 {
      if position[lane] == Int32(Self.words) { twist(lane) }
      let taken = min(left, UInt64(Int32(Self.words) - position[lane]))
      position[lane] += Int32(taken)
      left -= taken
    }
  }

  /// From wherever the lane's words lie into its own piece.
  private func twist(_ lane: Int) {
    let words = own[lane]
    if current[lane] != words { words.update(from: current[lane], count: Self.words) }
    useOwn(lane)
    for index in 0..<Self.words {
      let following = index + 1 == Self.words ? 0 : index + 1
      let distant = index + 397 >= Self.words ? index + 397 - Self.words : index + 397
      let y = (words[index] & 0x8000_0000) | (words[following] & 0x7FFF_FFFF)
      words[index] = words[distant] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    position[lane] = 0
  }
}
