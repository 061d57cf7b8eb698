import Console

/// A lane's column in the [128][64] memory of a block, by processor address.
struct LaneMemory {
  let base: UnsafePointer<UInt8>

  init(_ ram: UnsafePointer<UInt8>, lane: Int) { base = ram + lane }

  @inline(__always) subscript(_ address: UInt8) -> UInt8 {
    base[Int(address & 0x7F) * 64]
  }

  /// A byte of the cartridge's own memory.
  func cartridge(_ index: Int) -> UInt8 { base[(ConsoleBlock.cartridgeRow + index) * 64] }

  @inline(__always) func word(_ address: UInt8) -> Int32 { Int32(self[address]) }

  /// Decimal digits of the cartridge's memory, lowest byte first.
  func decimal(cartridge indices: Int...) -> Int32 {
    indices.reversed().reduce(0) { sum, index in
      sum * 100 + Int32(cartridge(index) >> 4) * 10 + Int32(cartridge(index) & 15)
    }
  }

  /// Two decimal digits, as ALE reads them: nibbles above 9 count as they are.
  @inline(__always) func decimal(_ address: UInt8) -> Int32 {
    let byte = self[address]
    return Int32(byte >> 4) * 10 + Int32(byte & 15)
  }

  /// The same from several bytes, lowest first.
  func decimal(_ addresses: UInt8...) -> Int32 {
    addresses.reversed().reduce(0) { $0 * 100 + decimal($1) }
  }
}
