/// Reads JSON whose form is known beforehand: the caller asks for what has to come next. Never deeper
/// than the caller goes, and no key is lost where it is there twice.
public struct StrictJSON {
  public struct Failure: Error, Equatable {
    /// Of the byte that is not what was asked for.
    public let place: Int
  }

  private let bytes: [UInt8]
  private var place = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private var failure: Failure { Failure(place: place) }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { place += 1 }
  }

  /// The character, and the space before and behind it; false: something else comes.
  private mutating func take(_ character: UnicodeScalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    skipSpace()
    return true
  }

  private mutating func need(_ character: UnicodeScalar) throws(Failure) {
    if !take(character) { throw failure }
  }

  /// - Parameter body: reads the value.
  public mutating func object(
    _ body: (_ key: String, inout StrictJSON) throws -> Void
  ) throws {
    try need("{")
    if take("}") { return }
    repeat {
      let key = try text()
      try need(":")
      try body(key, &self)
    } while take(",")
    try need("}")
  }

  /// Whole numbers from 0 on.
  public mutating func wholes() throws(Failure) -> [Int] {
    try need("[")
    var numbers: [Int] = []
    if take("]") { return numbers }
    repeat { numbers.append(try whole()) } while take(",")
    try need("]")
    return numbers
  }

  private mutating func whole() throws(Failure) -> Int {
    let start = place
    var number = 0
    while let byte = next, (0x30...0x39).contains(byte) {
      let (tens, isMany) = number.multipliedReportingOverflow(by: 10)
      let (sum, isMore) = tens.addingReportingOverflow(Int(byte - 0x30))
      if isMany || isMore { throw failure }
      number = sum
      place += 1
    }
    if place == start || place - start > 1 && bytes[start] == 0x30 { throw failure }
    return number
  }

  public mutating func text() throws(Failure) -> String {
    skipSpace()
    guard next == UInt8(ascii: "\"") else { throw failure }
    place += 1
    var text: [UInt8] = []
    while true {
      guard let byte = next, byte >= 0x20 else { throw failure }
      place += 1
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") { try escape(&text) } else { text.append(byte) }
    }
    guard let valid = String(validating: text, as: UTF8.self) else { throw failure }
    return valid
  }

  private mutating func escape(_ text: inout [UInt8]) throws(Failure) {
    guard let byte = next else { throw failure }
    place += 1
    switch UnicodeScalar(byte) {
    case "\"", "\\", "/": text.append(byte)
    case "b": text.append(0x08)
    case "f": text.append(0x0C)
    case "n": text.append(0x0A)
    case "r": text.append(0x0D)
    case "t": text.append(0x09)
    case "u":
      var value = try unit()
      if (0xD800...0xDBFF).contains(value) {
        guard next == UInt8(ascii: "\\") else { throw failure }
        place += 1
        guard next == UInt8(ascii: "u") else { throw failure }
        place += 1
        let low = try unit()
        guard (0xDC00...0xDFFF).contains(low) else { throw failure }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(value) else { throw failure }
      text += Array(String(Character(scalar)).utf8)
    default: throw failure
    }
  }

  private mutating func unit() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw failure
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }

  /// That nothing but space is left.
  public mutating func end() throws(Failure) {
    skipSpace()
    if next != nil { throw failure }
  }
}
