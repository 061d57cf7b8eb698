import Testing

@testable import Console

/// The table of the TIA's registers, and that both ways of writing to them obey it.
struct TIARegisterTests {
  /// A write as the log has it.
  private struct Entry: Equatable {
    let register: UInt8
    let lanes: UInt64
    let values: [UInt8]
    let clocks: [UInt16]
  }

  @Test("There is a row for each address from $00 to $2C, in their order")
  func rows() {
    #expect(TIARegister.rows.map(\.register) == TIARegister.allCases)
    #expect(TIARegister.allCases.map(\.rawValue) == Array(0x00...0x2C))
    #expect(TIARegister(address: 0x7F) == nil && TIARegister(address: 0x42) == .WSYNC)
  }

  /// The log of a frame in which lane i stores i + 1 twice with `store`, four cycles each, while X
  /// is the register's address.
  private func log(_ register: TIARegister, _ store: [UInt8]) throws -> [Entry] {
    // ldx #register; lda $80; store; store
    let code = [0xA2, register.rawValue, 0xA5, 0x80] + store + store
    let block = ConsoleBlock(program: try ConsoleTests.program(ConsoleTests.framed(code)))
    block.reset(ConsoleTests.everyLane, timers: ConsoleTests.timers(30))
    for lane in 0..<64 { block.ram[lane] = UInt8(lane + 1) }
    for _ in 0..<2 { block.runFrame(ConsoleTests.everyLane) }
    let log = block.log.pointee
    return (0..<log.count).map { entry in
      let lanes = entry * 64..<entry * 64 + 64
      return Entry(
        register: log.kinds[entry], lanes: log.lanes[entry], values: lanes.map { log.values[$0] },
        clocks: lanes.map { log.clocks[$0] })
    }
  }

  @Test(
    "A write is logged alike whether its address is fixed or computed, and again only if that counts",
    arguments: TIARegister.allCases.filter { $0 != .VSYNC })
  func writes(register: TIARegister) throws {
    let fixed = try log(register, [0x8D, register.rawValue, 0x00])  // sta register, absolute
    let computed = try log(register, [0x95, 0x00])  // sta 0,x
    #expect(fixed == computed)
    let row = TIARegister.rows[Int(register.rawValue)]
    let isLogged = row.kind == .logged || row.kind == .heeded
    let own = fixed.filter { $0.register == register.rawValue }
    #expect(own.count == (isLogged ? row.ignoresRepeats ? 1 : 2 : 0))
    #expect(own.allSatisfy { $0.lanes == .max && $0.values == (1...64).map { UInt8($0) } })
  }
}
