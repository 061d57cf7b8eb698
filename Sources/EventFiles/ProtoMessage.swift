/// What of Protocol Buffers' wire format events need. Fields are named by their numbers.
struct ProtoMessage {
  private(set) var bytes: [UInt8] = []

  /// Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes.
  private mutating func key(_ field: Int, _ type: Int) { varint(UInt64(field << 3 | type)) }

  private mutating func varint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func whole(_ field: Int, _ number: Int) {
    key(field, 0)
    varint(UInt64(bitPattern: Int64(number)))
  }

  mutating func double(_ field: Int, _ number: Double) {
    key(field, 1)
    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func float(_ field: Int, _ number: Float) {
    key(field, 5)
    withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes += $0 }
  }

  mutating func bytes(_ field: Int, _ data: [UInt8]) {
    key(field, 2)
    varint(UInt64(data.count))
    bytes += data
  }

  mutating func text(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  mutating func message(_ field: Int, _ body: (inout ProtoMessage) -> Void) {
    var inner = ProtoMessage()
    body(&inner)
    bytes(field, inner.bytes)
  }
}
