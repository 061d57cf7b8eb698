import Environment
import Lanes

/// Checkpoints of a whole batch.
///
/// Layout, little-endian words: magic, version, a hash of game, settings and number of lanes,
/// whether the batch has started; then every lane (`AtariBlock.saveLane`); at the end FNV-1a over
/// everything before.
extension AtariBatch {
  private static let magic: UInt64 = 0x4C53_4154_4152_4931
  private static let version: UInt64 = 4

  public func save() throws -> [UInt8] {
    var out: [UInt8] = []
    for word in [Self.magic, Self.version, identity, hasStarted ? 1 : 0] { out.append(word: word) }
    let lane = AlignedBuffer<UInt64>(count: laneWords)
    for index in 0..<count {
      let (block, slot) = place(index)
      block.saveLane(slot, into: UnsafeMutableRawPointer(lane.pointer))
      out += UnsafeRawBufferPointer(lane.span)
    }
    out.append(word: fnv1a(out))
    return out
  }

  public func restore(_ saved: [UInt8]) throws {
    try checkSeal(saved)
    let before = hasStarted ? try save() : nil
    if let reason = apply(saved) {
      if let before { _ = apply(before) }
      throw EnvironmentError.state(reason)
    }
  }

  /// Game, settings and lanes in one number.
  private var identity: UInt64 {
    fnv1a(Array("\(game.id) \(game.md5) \(settings) \(count)".utf8))
  }

  private func checkSeal(_ saved: [UInt8]) throws {
    func refuse(_ reason: String) -> EnvironmentError { .state(reason) }
    guard saved.count >= 40 else { throw refuse("it is only \(saved.count) bytes long") }
    guard saved.word(at: 0) == Self.magic else { throw refuse("it is not an Atari batch") }
    guard saved.word(at: 8) == Self.version else {
      throw refuse("version \(saved.word(at: 8)), this program writes \(Self.version)")
    }
    guard saved.word(at: saved.count - 8) == fnv1a(saved.dropLast(8)) else {
      throw refuse("it is damaged (checksum)")
    }
    guard saved.word(at: 16) == identity else {
      throw refuse("it belongs to another game, other settings or another number of lanes")
    }
  }

  private var laneWords: Int { (blocks[0].laneBytes + 7) / 8 }

  /// Takes everything over; what did not fit, or nil.
  private func apply(_ saved: [UInt8]) -> String? {
    let bytes = laneWords * 8
    guard saved.count == 40 + count * bytes else { return "it has another length" }
    let lane = AlignedBuffer<UInt64>(count: laneWords)
    for index in 0..<count {
      let start = 32 + index * bytes
      UnsafeMutableRawBufferPointer(lane.span).copyBytes(from: saved[start..<start + bytes])
      let (block, slot) = place(index)
      block.loadLane(slot, from: UnsafeRawPointer(lane.pointer))
    }
    hasStarted = saved.word(at: 24) == 1
    return nil
  }
}

/// 64-bit FNV-1a, taken eight bytes at a time where it can be. Against damage, not malice.
private func fnv1a(_ bytes: some Collection<UInt8>) -> UInt64 {
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  _ = bytes.withContiguousStorageIfAvailable { buffer in
    let raw = UnsafeRawBufferPointer(buffer)
    let words = raw.count / 8
    for index in 0..<words {
      hash =
        (hash ^ raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self).littleEndian)
        &* 0x100_0000_01B3
      hash ^= hash >> 29
    }
    for index in words * 8..<raw.count { hash = (hash ^ UInt64(raw[index])) &* 0x100_0000_01B3 }
  }
  return hash
}

extension [UInt8] {
  fileprivate mutating func append(word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  fileprivate func word(at offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(self[offset + $1]) << ($1 * 8) }
  }
}
