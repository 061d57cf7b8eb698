/// A set of picture rows, 0..<256.
public struct RowSet: BitwiseCopyable, Equatable, Sendable {
  @usableFromInline var words = SIMD4<UInt64>(repeating: 0)

  @inlinable public init() {}
  public static let all = RowSet(words: SIMD4(repeating: .max))
  public static let none = RowSet()

  @inlinable init(words: SIMD4<UInt64>) { self.words = words }

  @inlinable public var isEmpty: Bool { words[0] | words[1] | words[2] | words[3] == 0 }

  @inlinable public func contains(_ row: Int) -> Bool {
    words[row >> 6] >> UInt64(row & 63) & 1 == 1
  }

  @inlinable public mutating func insert(_ row: Int) { words[row >> 6] |= 1 &<< UInt64(row & 63) }

  @inlinable public mutating func insert(_ rows: ClosedRange<Int>) {
    for word in (rows.lowerBound >> 6)...(rows.upperBound >> 6) {
      let low = max(rows.lowerBound - word * 64, 0)
      let high = min(rows.upperBound - word * 64, 63)
      words[word] |= (UInt64.max >> UInt64(63 - high)) & (UInt64.max << UInt64(low))
    }
  }

  @inlinable public mutating func formUnion(_ other: RowSet) { words |= other.words }

  @inlinable public func union(_ other: RowSet) -> RowSet { RowSet(words: words | other.words) }

  /// Adds rows 64 `word` + i for every bit i.
  @inlinable public mutating func formUnion(word: Int, _ bits: UInt64) { words[word] |= bits }

  /// Calls `body` for every row below `limit`, lowest first.
  @inlinable public func forEach(below limit: Int, _ body: (Int) -> Void) {
    for word in 0..<4 {
      var rest = words[word]
      while rest != 0 {
        let row = word << 6 | rest.trailingZeroBitCount
        if row >= limit { return }
        body(row)
        rest &= rest &- 1
      }
    }
  }
}
