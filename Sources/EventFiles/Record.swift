/// TFRecord: length, its checksum, the data, its checksum.
enum Record {
  static func framed(_ data: [UInt8]) -> [UInt8] {
    let length = little(UInt64(data.count))
    return length + little(masked(length)) + data + little(masked(data))
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// A checksum of data that contains checksums is no good: so it is turned and moved.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = crc32c(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  /// CRC-32C: Castagnoli's polynomial, reflected.
  static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82F6_3B78 : 0) }
  }
}
