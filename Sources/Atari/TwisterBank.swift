import Lanes

/// A Mersenne Twister a lane, laid out flat: 2.5 KB each, no array behind a pointer.
///
/// Equal to `Lanes.MersenneTwister` draw for draw; draws that nobody looks at are only counted.
final class TwisterBank: @unchecked Sendable {
  static let words = 624
  /// [lanes][624]
  let state: AlignedBuffer<UInt32>
  /// Next word of each lane, 624: twist first.
  let position: AlignedBuffer<Int32>
  /// Draws still to be thrown away before the next one.
  let pending: AlignedBuffer<UInt64>

  init(lanes: Int) {
    state = AlignedBuffer(count: lanes * Self.words)
    position = AlignedBuffer(count: lanes)
    pending = AlignedBuffer(count: lanes)
    for lane in 0..<lanes { seed(lane, 5489) }
  }

  func seed(_ lane: Int, _ seed: UInt32) {
    let words = state.pointer + lane * Self.words
    words[0] = seed
    for index in 1..<Self.words {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
    position[lane] = Int32(Self.words)
    pending[lane] = 0
  }

  /// Throws `draws` numbers away.
  @inline(__always) func skip(_ lane: Int, _ draws: UInt64) { pending.pointer[lane] &+= draws }

  func next(_ lane: Int) -> UInt32 {
    if pending.pointer[lane] != 0 { catchUp(lane) }
    if position.pointer[lane] == Int32(Self.words) { twist(lane) }
    var y = state.pointer[lane * Self.words + Int(position.pointer[lane])]
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

  static let laneBytes = words * 4 + 16

  func save(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    bytes.copyMemory(from: state.pointer + lane * Self.words, byteCount: Self.words * 4)
    let rest = bytes + Self.words * 4
    rest.storeBytes(of: pending[lane], as: UInt64.self)
    rest.storeBytes(of: Int64(position[lane]), toByteOffset: 8, as: Int64.self)
  }

  func load(_ lane: Int, from bytes: UnsafeRawPointer) {
    let row = UnsafeMutableRawPointer(state.pointer + lane * Self.words)
    row.copyMemory(from: bytes, byteCount: Self.words * 4)
    let rest = bytes + Self.words * 4
    pending[lane] = rest.load(as: UInt64.self)
    position[lane] = Int32(truncatingIfNeeded: rest.load(fromByteOffset: 8, as: Int64.self))
  }

  func exchange(_ lane: Int, with other: TwisterBank, _ otherLane: Int) {
    let (mine, its) = (
      state.pointer + lane * Self.words, other.state.pointer + otherLane * Self.words
    )
    for word in 0..<Self.words { (mine[word], its[word]) = (its[word], mine[word]) }
    (pending[lane], other.pending[otherLane]) = (other.pending[otherLane], pending[lane])
    (position[lane], other.position[otherLane]) = (other.position[otherLane], position[lane])
  }

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

  private func twist(_ lane: Int) {
    let words = state.pointer + lane * Self.words
    for index in 0..<Self.words {
      let following = index + 1 == Self.words ? 0 : index + 1
      let distant = index + 397 >= Self.words ? index + 397 - Self.words : index + 397
      let y = (words[index] & 0x8000_0000) | (words[following] & 0x7FFF_FFFF)
      words[index] = words[distant] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    position[lane] = 0
  }
}
