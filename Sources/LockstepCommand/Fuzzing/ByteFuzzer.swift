import Lanes

/// Something that reads bytes of unknown origin.
protocol ByteReading {
  /// Good ones, to begin with.
  var samples: [[UInt8]] { get }
  /// Words that mean something to it.
  var words: [[UInt8]] { get }
  /// Reads them, and uses what it has read.
  /// - Throws: whatever it throws is a refusal.
  mutating func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws
}

extension ByteReading {
  var words: [[UInt8]] { [] }
}

/// Damages good bytes and has them read.
struct ByteFuzzer {
  private(set) var taken = 0
  private var generator: SplitMix64
  private var reader: any ByteReading
  private let samples: [[UInt8]]
  private let words: [[UInt8]]

  init(seed: UInt64, _ reader: any ByteReading) {
    generator = SplitMix64(seed: seed)
    self.reader = reader
    (samples, words) = (reader.samples, reader.words)
  }

  mutating func round() throws {
    var bytes = samples[next(samples.count)]
    for _ in 0...next(4) { damage(&bytes) }
    do {
      try reader.read(bytes, &generator)
      taken += 1
    } catch {}
  }

  private mutating func next(_ count: Int) -> Int {
    Int(generator.next(below: UInt32(max(1, count))))
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    let place = next(bytes.count + 1)
    switch next(9) {
    case 0: bytes.insert(UInt8(next(256)), at: place)
    case 1: bytes.removeSubrange(place..<min(bytes.count, place + next(16)))
    case 2: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + next(64))], at: place)
    case 3 where !words.isEmpty:
      let word = words[next(words.count)]
      bytes.replaceSubrange(place..<min(bytes.count, place + next(word.count + 1)), with: word)
    case 4:
      let other = samples[next(samples.count)]
      let from = next(other.count)
      let piece = other[from..<min(other.count, from + next(64))]
      bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
    case 5 where !bytes.isEmpty:
      // A number at an end of its range.
      let ends: [UInt8] = [0, 0x7F, 0x80, 0xFF]
      let (value, first) = (ends[next(4)], next(bytes.count))
      for index in first..<min(bytes.count, first + 1 << next(4)) { bytes[index] = value }
    default:
      if !bytes.isEmpty { bytes[next(bytes.count)] ^= 1 << next(8) }
    }
  }
}
