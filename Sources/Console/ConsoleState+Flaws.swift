/// Columns that come from outside the program.
extension ConsoleState {
  /// Cycles within which a frame's clock stays; see `ConsoleBlock.beginFrame`.
  static let longestClock: Int32 = 1 << 25

  /// Why a column must not be run, or nil. Everything else in it may have any value.
  static func flaw(ofColumn bytes: UnsafeRawPointer, for program: Program) -> String? {
    func word(_ row: Word) -> Int32 {
      bytes.loadUnaligned(fromByteOffset: wordOffset + row.rawValue * 4, as: Int32.self)
    }
    func byte(_ row: Byte, _ offset: Int = 0) -> UInt8 {
      bytes.load(fromByteOffset: ramRows + row.rawValue + offset, as: UInt8.self)
    }
    if !program.scheme.isState(word(.place) >> 16) { return "its banks do not exist" }
    if !(0...longestClock).contains(word(.clock)) || !(0..<76).contains(word(.frameStart)) {
      return "its clock is out of range"
    }
    let display = program.display
    let lines = Int32(display.firstLine)...Int32(display.firstLine + display.height)
    if !(228 * lines.lowerBound...228 * lines.upperBound).contains(word(.drawn)) {
      return "its beam is out of range"
    }
    if ![0, 3, 6, 10].contains(byte(.shift)) { return "its timer has no such interval" }
    for position in [Visible.p0x, .p1x, .m0x, .m1x, .blx]
    where byte(.visible, position.rawValue) >= 160 {
      return "an object is out of range"
    }
    if program.scheme == .dpc && !DPC.isSound(bytes + plainColumnBytes) {
      return "its data fetchers are out of range"
    }
    return nil
  }
}

extension DPC {
  /// Whether a chip's column points into its display ROM and knows how late it is.
  fileprivate static func isSound(_ column: UnsafeRawPointer) -> Bool {
    let left = Double(
      bitPattern: column.loadUnaligned(fromByteOffset: fraction, as: UInt64.self))
    return (0..<1).contains(left)
      && (high..<high + 8).allSatisfy { column.load(fromByteOffset: $0, as: UInt8.self) < 8 }
  }
}

extension BankScheme {
  /// Whether the number is a bank state that exists.
  func isState(_ state: Int32) -> Bool {
    state >= 0 && (0..<16).allSatisfy { (0..<size >> 10).contains(slice($0 << 10, state: state)) }
  }
}
