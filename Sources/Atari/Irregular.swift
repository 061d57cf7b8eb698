import Console

/// A lane's column in the [128][64] memory of a block, by processor address.
struct LaneMemory {
  let base: UnsafePointer<UInt8>

  init(_ ram: UnsafePointer<UInt8>, lane: Int) { base = ram + lane }

  @inline(__always) subscript(_ address: UInt8) -> UInt8 {
    base[Int(address & 0x7F) * 64]
  }

  @inline(__always) func word(_ address: UInt8) -> Int32 { Int32(self[address]) }

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

/// Rules that a row cannot express. Source: ALE `games/supported/*.cpp`.
extension Game {
  // MARK: Scores

  /// Cars passed: memory counts down from 200 on the first day and from 300 on later ones.
  static func enduroScore(_ ram: LaneMemory) -> Int32 {
    let day = ram.word(0xAD)
    if day == 0 { return 0 }
    let left = ram.decimal(0xAB, 0xAC)
    return day == 1 ? 200 - left : 200 + (day - 2) * 300 + 300 - left
  }

  // MARK: Lives

  /// `memory[0]`: lives as shown.
  static func qbertLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    let shown = Int32(Int8(bitPattern: ram[0x88]))
    let lost = state.memory[0] - 1 == shown
    state.memory[0] = shown
    return lost ? state.lives - 1 : state.lives
  }

  /// Lives fall from 2 to $FE; or the player has restarted within the frame of the last death.
  static func qbertOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    ram[0x88] == 0xFE || (ram[0x88] == 0x02 && state.memory[0] == -1)
  }

  /// The counter blinks during the death animation: a loss counts only after it.
  static func beamRiderLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    let shown = ram.word(0x85) + 1
    return shown == state.lives - 1 && ram[0x8C] != 1 ? state.lives : shown
  }

  /// The ball's number is shown, and the extra ball is kept elsewhere.
  static func videoPinballLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    4 + Int32(ram[0xA8] & 1) - Int32(ram[0x99] & 7)
  }

  // MARK: Modes

  /// The standard game is variation 1 with the flag at $A1; the others have it clear.
  static func msPacmanShows(_ ram: LaneMemory, _ mode: Int) -> Bool {
    mode == 0
      ? ram[0x99] == 1 && ram[0xA1] == 1 : Int(ram[0x99]) == mode && ram[0xA1] == 0
  }
}
