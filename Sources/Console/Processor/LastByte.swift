import CLanes
import Lanes

/// What programs find on the data bus that have gone astray, to where there is neither ROM nor RAM:
/// nothing drives all bits there, and the byte before stays.
///
/// Looked after only where that happens.
extension ConsoleBlock {
  /// No code that can be foreseen lies there.
  @inline(__always)
  private static func isAstray(_ place: Int32) -> Bool {
    place & 0x1000 == 0 && place & 0x280 != 0x80
  }

  /// ALE reads the memory after every frame, its last byte last.
  func forgetLastBytes(_ lanes: UInt64) {
    store(load(ram + 127 << 6), scratch.lastBytes, where: lanes)
  }

  /// After a chain: the last byte on the bus, where lanes of `group` are going astray.
  @inline(__always)
  func noteLastBytes(_ end: ChainEnd, _ group: UInt64) {
    if end.uniform {
      if !Self.isAstray(end.place) { return }
    } else if run.pointee.outcome == LANES_BRANCHED {
      let op = run.pointee.last.unsafelyUnwrapped
      if !Self.isAstray(Int32(op.pointee.operand)) && !Self.isAstray(Int32(op.pointee.next)) {
        return
      }
    } else if !someAreAstray() {
      return
    }
    findLastBytes(group)
  }

  @inline(__always)
  private func someAreAstray() -> Bool {
    let places = state[.place]
    var some: Int32 = 0
    for lane in 0..<64 {
      // Bit 7: not set as it is in RAM's addresses; bits 9 and 12 as they are in its and ROM's.
      let place = places[lane]
      some |= (place ^ 0x80 | place &>> 2) & ~(place &>> 5) & 0x80
    }
    return some != 0
  }

  @inline(never)
  private func findLastBytes(_ group: UInt64) {
    var op = run.pointee.last.unsafelyUnwrapped
    // What ends a block follows its last instruction.
    if op.pointee.handler == lanes_handler(Int32(LANES_DO_END)) { op -= 1 }
    forEachLane(group) { lane in
      let place = state[.place][lane]
      if Self.isAstray(place) { scratch.lastBytes[lane] = lastByte(op, lane, place) }
    }
  }

  /// What an instruction that has led to `place` read or wrote last.
  private func lastByte(
    _ op: UnsafePointer<MicroOperation>, _ lane: Int, _ place: Int32
  ) -> UInt8 {
    let operation = Operation(rawValue: op.pointee.operation).unsafelyUnwrapped
    switch operation {
    case .rts:  // reads where it returns to, before it goes one further
      let before = (place &- 1) & 0xFFFF
      return peek(lane, Int(before), bus: UInt8(before >> 8), elapsed: 0)
    case .jmp, .jsr, .jmpIndirect, .rti, .brk: return UInt8(truncatingIfNeeded: place >> 8)
    case .pha, .pla: return state[.a][lane]
    case .php: return peek(lane, Int(state[.stack][lane] &+ 1), bus: 0, elapsed: 0)
    case .plp: return peek(lane, Int(state[.stack][lane]), bus: 0, elapsed: 0)
    default: break
    }
    if operation.isBranch {
      return UInt8(truncatingIfNeeded: op.pointee.operand &- op.pointee.next)
    }
    let isStore = op.pointee.store != Access.none.rawValue
    let access = Access(rawValue: isStore ? op.pointee.store : op.pointee.fetch)
    guard let address = address(op, access.unsafelyUnwrapped, lane) else {
      return access == Access.none ? lastOpcode : UInt8(truncatingIfNeeded: op.pointee.operand)
    }
    switch operation {
    case .sta: return state[.a][lane]
    case .stx: return state[.x][lane]
    case .sty: return state[.y][lane]
    case .sax: return state[.a][lane] & state[.x][lane]
    case _ where isStore && address & 0x1280 != 0x80: return scratch.value[lane]
    default: return peek(lane, address, bus: op.pointee.bus, elapsed: 0)
    }
  }

  /// Where an instruction's operand lies; nil where it is part of the instruction, or there is none.
  private func address(
    _ op: UnsafePointer<MicroOperation>, _ access: Access, _ lane: Int
  ) -> Int? {
    let base = Int(op.pointee.operand)
    let (x, y) = (Int(state[.x][lane]), Int(state[.y][lane]))
    switch access {
    case .none, .immediate: return nil
    case .ram: return base < 128 ? 0x80 + base : nil
    case .fixed: return base
    case .zeroX: return (base + x) & 0xFF
    case .zeroY: return (base + y) & 0xFF
    case .absoluteX: return (base + x) & 0xFFFF
    case .absoluteY: return (base + y) & 0xFFFF
    case .indirectX: return word(lane, (base + x) & 0xFF, 0)
    case .indirectY: return (word(lane, base, 0) + y) & 0xFFFF
    }
  }
}
