import CLanes
import Lanes

/// Reads and writes that are not simply a row of RAM.
///
/// An access first tries one address for all lanes; otherwise ROM and RAM are gathered lane by lane
/// and whatever else is met goes group by group.
extension ConsoleBlock {
  /// Fills `scratch.value` with what `op` reads in the lanes of `group`.
  @inline(never)
  func read(_ op: UnsafePointer<MicroOperation>, _ group: UInt64) {
    if op.pointee.fetch == Access.fixed.rawValue {
      let value = readUniform(Int(op.pointee.operand), group, op, bus: op.pointee.bus)
      return store(value, scratch.value)
    }
    if op.pointee.fetch == Access.immediate.rawValue {
      return store(lanes_splat(UInt8(truncatingIfNeeded: op.pointee.operand)), scratch.value)
    }
    let crossing = op.pointee.store == Access.none.rawValue
    if let address = resolve(op, op.pointee.fetch, group, addPageCrossing: crossing) {
      store(
        readUniform(address, group, op, bus: busOf(op, address, group)), scratch.value)
    } else {
      gather(op, group)
    }
  }

  /// Writes `scratch.value` to where `op` says.
  @inline(never)
  func write(_ op: UnsafePointer<MicroOperation>, _ group: UInt64) {
    if op.pointee.store == Access.fixed.rawValue {
      return writeUniform(Int(op.pointee.operand), group, op)
    }
    if let address = resolve(op, op.pointee.store, group, addPageCrossing: false) {
      maskByAddressHigh(op, group, uniform: address)
      return writeUniform(address, group, op)
    }
    maskByAddressHigh(op, group, uniform: nil)
    var rest = group
    let addresses = scratch.addresses
    forEachLane(group) { lane in
      let address = Int(addresses[lane])
      guard address & 0x1280 == 0x80 else { return }
      ram[(address & 0x7F) << 6 | lane] = scratch.value[lane]
      rest &= ~laneBit(lane)
    }
    while rest != 0 {
      let address = addresses[rest.trailingZeroBitCount]
      let same = lanes_equal_i32(addresses, address) & rest
      writeUniform(Int(address), same, op)
      rest &= ~same
    }
  }

  /// SHA, SHS, SHX and SHY store their value AND the address's high byte + 1.
  private func maskByAddressHigh(
    _ op: UnsafePointer<MicroOperation>, _ group: UInt64, uniform: Int?
  ) {
    switch Operation(rawValue: op.pointee.operation).unsafelyUnwrapped {
    case .sha, .shs, .shx, .shy:
      forEachLane(group) { lane in
        let address = uniform ?? Int(scratch.addresses[lane])
        scratch.value[lane] &= UInt8(truncatingIfNeeded: address >> 8) &+ 1
      }
    default: break
    }
  }

  /// The last byte fetched before an access at a computed address.
  private func busOf(_ op: UnsafePointer<MicroOperation>, _ address: Int, _ group: UInt64) -> UInt8
  {
    switch Access(rawValue: op.pointee.fetch).unsafelyUnwrapped {
    case .indirectX: return UInt8(truncatingIfNeeded: address >> 8)
    case .indirectY:
      let index = Int(scratch.y[group.trailingZeroBitCount])
      return UInt8(truncatingIfNeeded: (address &- index) >> 8)
    default: return op.pointee.bus
    }
  }

  // MARK: Addresses

  private func uniform(_ row: UnsafeMutablePointer<UInt8>, _ group: UInt64) -> UInt8? {
    let first = row[group.trailingZeroBitCount]
    return lanes_equal(load(row), lanes_splat(first)) & group == group ? first : nil
  }

  /// The address if all lanes agree; else fills `scratch.addresses` and returns nil.
  private func resolve(
    _ op: UnsafePointer<MicroOperation>, _ access: UInt8, _ group: UInt64, addPageCrossing: Bool
  ) -> Int? {
    let base = Int(op.pointee.operand)
    switch Access(rawValue: access).unsafelyUnwrapped {
    case .zeroX: return indexed(base, scratch.x, group, wrap: 0xFF, penalty: false)
    case .zeroY: return indexed(base, scratch.y, group, wrap: 0xFF, penalty: false)
    case .absoluteX:
      return indexed(base, scratch.x, group, wrap: 0xFFFF, penalty: addPageCrossing)
    case .absoluteY:
      return indexed(base, scratch.y, group, wrap: 0xFFFF, penalty: addPageCrossing)
    case .indirectX:
      forEachLane(group) { lane in
        let pointer = Int(UInt8(truncatingIfNeeded: base) &+ scratch.x[lane])
        scratch.addresses[lane] = Int32(word(lane, pointer, elapsed(op)))
      }
      return nil
    default: return indirectY(base, group, elapsed(op), penalty: addPageCrossing)
    }
  }

  private func indexed(
    _ base: Int, _ row: UnsafeMutablePointer<UInt8>, _ group: UInt64, wrap: Int, penalty: Bool
  ) -> Int? {
    if let index = uniform(row, group) {
      let address = (base + Int(index)) & wrap
      if penalty && (base ^ (base + Int(index))) & 0xFF00 != 0 {
        addCycle(group)
      }
      return address
    }
    let crossed = lanes_index(scratch.addresses, row, Int32(base), Int32(wrap))
    if penalty { addCycle(crossed & group) }
    return nil
  }

  private func addCycle(_ lanes: UInt64) {
    if lanes == 0 { return }
    lanes_settle_touch(run, chain)
    lanes_add_i32(state[.clock], 1, lanes)
  }

  private func indirectY(
    _ pointer: Int, _ group: UInt64, _ elapsed: Int32, penalty: Bool
  ) -> Int? {
    var crossed: UInt64 = 0
    if pointer >= 0x80 && pointer < 0xFF {
      let low = ram + (pointer & 0x7F) << 6
      let high = low + 64
      if let l = uniform(low, group), let h = uniform(high, group) {
        return indexed(Int(l) | Int(h) << 8, scratch.y, group, wrap: 0xFFFF, penalty: penalty)
      }
      crossed = lanes_index_rows(scratch.addresses, low, high, scratch.y)
    } else {
      forEachLane(group) { lane in
        let base = Int32(word(lane, pointer, elapsed))
        let sum = base &+ Int32(scratch.y[lane])
        if (base ^ sum) & 0xFF00 != 0 { crossed |= laneBit(lane) }
        scratch.addresses[lane] = sum & 0xFFFF
      }
    }
    if penalty { addCycle(crossed & group) }
    return nil
  }

  private func word(_ lane: Int, _ pointer: Int, _ elapsed: Int32) -> Int {
    let low = peek(lane, pointer, bus: UInt8(truncatingIfNeeded: pointer), elapsed: elapsed)
    return Int(low) | Int(peek(lane, pointer + 1, bus: low, elapsed: elapsed)) << 8
  }

  // MARK: One address for all lanes

  private func readUniform(
    _ address: Int, _ group: UInt64, _ op: UnsafePointer<MicroOperation>, bus: UInt8
  ) -> Vector {
    if address & 0x1000 != 0 { return readCartridge(address, group, elapsed: elapsed(op)) }
    if address & 0x80 == 0 {
      return readTIA(address & 0xF, group, elapsed: elapsed(op), bus: bus)
    }
    if address & 0x200 == 0 { return load(ram + (address & 0x7F) << 6) }
    return readRIOT(address & 7, group, elapsed: elapsed(op))
  }

  private func writeUniform(_ address: Int, _ group: UInt64, _ op: UnsafePointer<MicroOperation>) {
    if address & 0x1000 != 0 {
      writeCartridge(address, group, elapsed: elapsed(op))
    } else if address & 0x80 == 0 {
      writeTIA(address & 0x3F, group, load(scratch.value), elapsed: elapsed(op))
    } else if address & 0x200 == 0 {
      store(load(scratch.value), ram + (address & 0x7F) << 6, where: group)
    } else {
      writeRIOT(address, group, elapsed: elapsed(op))
    }
  }

  // MARK: Lane by lane

  /// Reads at `scratch.addresses` into `scratch.value`.
  private func gather(_ op: UnsafePointer<MicroOperation>, _ group: UInt64) {
    let addresses = scratch.addresses
    let value = scratch.value
    let special = program.scheme.special
    var rest = lanes_gather(
      value, addresses, group, program.image, scratch.slices, ram,
      Int32(special.from), Int32(special.count))
    while rest != 0 {
      let address = addresses[rest.trailingZeroBitCount]
      let same = lanes_equal_i32(addresses, address) & rest
      let kept = load(value)
      let bus = busOf(op, Int(address), same)
      let read = readUniform(Int(address), same, op, bus: bus)
      store(lanes_select(same, read, kept), value)
      rest &= ~same
    }
  }

  /// One lane's byte at any address, without side effects: pointers and code outside ROM.
  func peek(_ lane: Int, _ address: Int, bus: UInt8, elapsed: Int32) -> UInt8 {
    if address & 0x1000 != 0 { return peekCartridge(lane, address) }
    if address & 0x280 == 0x80 { return ram[(address & 0x7F) << 6 | lane] }
    let bit: UInt64 = laneBit(lane)
    if address & 0x80 == 0 { return readTIA(address & 0xF, bit, elapsed: elapsed, bus: bus)[lane] }
    return readRIOT(address & 7, bit, elapsed: elapsed)[lane]
  }
}
