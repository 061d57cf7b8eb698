import CLanes
import Lanes

/// The cartridge's side of the bus: ROM, hot spots, memory and chips.
extension ConsoleBlock {
  func readCartridge(_ address: Int, _ group: UInt64, elapsed: Int32) -> Vector {
    let banks = touchCartridge(address, group)
    let offset = address & 0xFFF
    if let byte = program.scheme.byteRead(at: offset) { return load(state.cartridge + byte << 6) }
    if program.scheme == .dpc && program.scheme.isSpecial(offset) { clockDPC(group) }
    if program.scheme == .dpc && offset < 0x40 {
      return readDPC(offset, group, clock: state[.clock], elapsed: elapsed)
    }
    return lanes_splat(program.byte(address, state: banks))
  }

  func writeCartridge(_ address: Int, _ group: UInt64, elapsed: Int32) {
    touchCartridge(address, group)
    let offset = address & 0xFFF
    if let byte = program.scheme.byteWritten(at: offset) {
      store(load(scratch.value), state.cartridge + byte << 6, where: group)
    }
    if program.scheme == .dpc { writeDPC(offset, group) }
  }

  /// - Returns: the bank state from now on.
  @discardableResult
  private func touchCartridge(_ address: Int, _ group: UInt64) -> Int32 {
    let before = run.pointee.bank >> 16
    guard program.scheme.hotSpots?.contains(address & 0xFFF) == true else { return before }
    let banks = program.scheme.touched(address & 0xFFF, state: before)
    forEachLane(group) { newBanks[$0] = banks }
    bankChanged |= group
    run.pointee.is_leaving = 1
    return banks
  }

  /// One lane's byte, without touching hot spots.
  func peekCartridge(_ lane: Int, _ address: Int) -> UInt8 {
    if let byte = program.scheme.byteRead(at: address) {
      return state.cartridge[byte << 6 | lane]
    }
    return program.byte(address, state: state[.place][lane] >> 16)
  }

  /// The lanes of `group` have fetched an instruction of `length` bytes that was not decoded
  /// before.
  func noteFetch(_ counter: Int, length: Int, _ group: UInt64) {
    guard program.scheme == .dpc, counter & 0x1000 != 0 else { return }
    for address in counter..<counter + length where address & 0xFFF >= DPC.watched {
      clockDPC(group)
    }
  }
}
