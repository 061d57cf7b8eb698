/// Rules of games that a row cannot express, one named function for each game and column.
///
/// `ram` points at the lane's byte of address $80; the next address is 64 bytes on.
public enum Irregular: UInt8, Sendable, BitwiseCopyable {
  case qbert, enduro, beamRider, videoPinball, msPacman
}

/// A lane's column in the [128][64] memory of a block, by processor address.
struct LaneMemory {
  let base: UnsafePointer<UInt8>

  init(_ ram: UnsafePointer<UInt8>, lane: Int) { base = ram + lane }

  @inline(__always) subscript(_ address: UInt8) -> UInt8 {
    base[Int(address & 0x7F) * 64]
  }

  /// Two decimal digits, as ALE reads them: nibbles above 9 count as they are.
  @inline(__always) func decimal(_ address: UInt8) -> Int32 {
    let byte = self[address]
    return Int32(byte >> 4) * 10 + Int32(byte & 15)
  }
}

extension Irregular {
  func score(_ ram: LaneMemory) -> Int32 {
    switch self {
    case .enduro: enduroScore(ram)
    default: 0
    }
  }

  func over(_ ram: LaneMemory, _ state: GameState) -> Bool {
    switch self {
    // Lives fall from 2 to $FE; or the player has restarted within the frame of the last death.
    case .qbert: ram[0x88] == 0xFE || (ram[0x88] == 0x02 && state.memory == -1)
    default: false
    }
  }

  /// New lives; `state.memory` is this rule's own.
  func lives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    switch self {
    case .qbert:
      let shown = Int32(Int8(bitPattern: ram[0x88]))
      let lost = state.memory - 1 == shown
      state.memory = shown
      return lost ? state.lives - 1 : state.lives
    case .beamRider:
      // The counter blinks during the death animation: a loss counts only after it.
      let shown = Int32(ram[0x85]) + 1
      return shown == state.lives - 1 && ram[0x8C] != 1 ? state.lives : shown
    case .videoPinball:
      // The ball's number is shown, and the extra ball is kept elsewhere.
      return 4 + Int32(ram[0xA8] & 1) - Int32(ram[0x99] & 7)
    default: return state.lives
    }
  }

  /// `GameState.memory` after ALE's own reset.
  var initialMemory: Int32 { self == .qbert ? 2 : 0 }

  func shows(mode: Int, _ ram: LaneMemory) -> Bool {
    switch self {
    // The standard game is variation 1 with the flag at $A1; the others have it clear.
    case .msPacman:
      mode == 0
        ? ram[0x99] == 1 && ram[0xA1] == 1 : Int(ram[0x99]) == mode && ram[0xA1] == 0
    default: true
    }
  }
}

/// Cars passed: memory counts down from 200 on the first day and from 300 on later ones.
private func enduroScore(_ ram: LaneMemory) -> Int32 {
  let day = Int32(ram[0xAD])
  if day == 0 { return 0 }
  let left = ram.decimal(0xAB) + 100 * ram.decimal(0xAC)
  return day == 1 ? 200 - left : 200 + (day - 2) * 300 + 300 - left
}
