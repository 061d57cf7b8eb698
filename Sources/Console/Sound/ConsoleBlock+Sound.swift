import CLanes

/// The TIA's sound registers. Nothing reads them back, so they are only kept, in rows of the shadow,
/// and only when sound is asked for.
extension ConsoleBlock {
  func hear(_ register: TIARegister, _ group: UInt64, _ value: Vector) {
    let kept = lanes_or(
      lanes_and(value, lanes_splat(0x1F)), lanes_splat(SoundRegisters.written))
    store(kept, state.shadow(register), where: group)
  }

  /// What the lane's program has written, since the last `setSoundRegisters`. A machine reset leaves
  /// it, but begins to mark anew what is written.
  public func soundRegisters(_ lane: Int) -> SoundRegisters {
    var registers = SoundRegisters()
    for (index, register) in SoundRegisters.order.enumerated() {
      registers.values[index] = state.shadow(register)[lane]
    }
    return registers
  }

  public func setSoundRegisters(_ lane: Int, _ registers: SoundRegisters) {
    for (index, register) in SoundRegisters.order.enumerated() {
      state.shadow(register)[lane] = registers.values[index]
    }
  }
}
