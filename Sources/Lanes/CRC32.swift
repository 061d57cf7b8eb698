/// The 32-bit cyclic redundancy check of zlib and PNG, fed piece by piece.
///
/// - Source: ISO 3309, polynomial $04C11DB7 reflected.
public struct CRC32: Equatable, Sendable {
  private var state = ~UInt32(0)

  public init() {}

  /// The checksum of everything fed so far; what zlib's `crc32` returns.
  public var value: UInt32 { ~state }

  /// Eight lower-case hexadecimal digits.
  public var hex: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ (state >> 8) }
    }
    self.state = state
  }

  public mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { word, _ in
      word & 1 == 1 ? 0xEDB8_8320 ^ (word >> 1) : word >> 1
    }
  }
}
