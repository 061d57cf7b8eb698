import Testing

@testable import Console

/// Small programs written for the purpose, so that these tests need no ROM.
struct ConsoleTests {
  /// A 4K cartridge that runs `code` from $F000.
  static func program(_ code: [UInt8]) throws -> Program {
    var rom = [UInt8](repeating: 0xEA, count: 4096)
    rom.replaceSubrange(0..<code.count, with: code)
    rom[0xFFC] = 0x00
    rom[0xFFD] = 0xF0
    return try Program(rom: rom)
  }

  /// VSYNC on, three lines, VSYNC off, then `body`, then 40 lines of nothing, and again.
  static func framed(_ body: [UInt8]) -> [UInt8] {
    let begin: [UInt8] = [
      0xA9, 0x02, 0x85, 0x00, 0x85, 0x02, 0x85, 0x02, 0x85, 0x02, 0xA9, 0x00, 0x85, 0x00,
    ]
    let wait: [UInt8] = [0xA0, 40, 0x85, 0x02, 0x88, 0xD0, 0xFB, 0x4C, 0x00, 0xF0]
    return begin + body + wait
  }

  static let everyLane = ~UInt64(0)
  static func timers(_ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: 64) }

  @Test("An instruction computes the same in every lane, whatever stands in the others")
  func arithmetic() throws {
    // lda $80; clc; adc $81; sta $82; lda $80; sec; sbc $81; sta $83; php; pla; sta $84
    let code = Self.framed([
      0xA5, 0x80, 0x18, 0x65, 0x81, 0x85, 0x82, 0xA5, 0x80, 0x38, 0xE5, 0x81, 0x85, 0x83,
      0x08, 0x68, 0x85, 0x84,
    ])
    let block = ConsoleBlock(program: try Self.program(code))
    block.reset(Self.everyLane, timers: Self.timers(30))
    for lane in 0..<64 {
      block.ram[lane] = UInt8(lane &* 37 & 0xFF)
      block.ram[64 + lane] = UInt8(lane &* 91 & 0xFF)
    }
    block.runFrame(Self.everyLane)
    block.runFrame(Self.everyLane)
    for lane in 0..<64 {
      let (a, b) = (UInt8(lane &* 37 & 0xFF), UInt8(lane &* 91 & 0xFF))
      #expect(block.ram[2 * 64 + lane] == a &+ b)
      #expect(block.ram[3 * 64 + lane] == a &- b)
      let status = block.ram[4 * 64 + lane]
      #expect(status & 0x01 == (a >= b ? 1 : 0), "carry in lane \(lane)")
      #expect(status & 0x02 == (a == b ? 2 : 0), "zero in lane \(lane)")
      #expect(status & 0x80 == (a &- b) & 0x80, "negative in lane \(lane)")
      let signed = Int(Int8(bitPattern: a)) - Int(Int8(bitPattern: b))
      #expect(status & 0x40 == ((-128...127).contains(signed) ? 0 : 0x40), "overflow in \(lane)")
    }
  }

  @Test("Decimal addition counts in tens")
  func decimal() throws {
    // sed; lda $80; clc; adc $81; sta $82; cld
    let code = Self.framed([0xF8, 0xA5, 0x80, 0x18, 0x65, 0x81, 0x85, 0x82, 0xD8])
    let block = ConsoleBlock(program: try Self.program(code))
    block.reset(Self.everyLane, timers: Self.timers(30))
    func packed(_ value: Int) -> UInt8 { UInt8(value / 10 << 4 | value % 10) }
    for lane in 0..<64 {
      block.ram[lane] = packed(lane + 30)
      block.ram[64 + lane] = packed(99 - lane)
    }
    block.runFrame(Self.everyLane)
    block.runFrame(Self.everyLane)
    for lane in 0..<64 {
      #expect(block.ram[2 * 64 + lane] == packed((lane + 30 + 99 - lane) % 100))
    }
  }

  /// What X and the pointers are: the same in all lanes; pointers differ, into RAM and ROM; X too; some
  /// pointers lie in the TIA.
  enum Pointers: CaseIterable { case same, differing, scattered, elsewhere }

  @Test("Pointers at zero page plus X", arguments: Pointers.allCases)
  func pointers(kind: Pointers) throws {
    // ldx $80; lda ($90,x); sta $81; sta ($A0,x)
    let code = Self.framed([0xA6, 0x80, 0xA1, 0x90, 0x85, 0x81, 0x81, 0xA0])
    let program = try Self.program(code)
    func index(_ lane: Int) -> Int {
      switch kind {
      case .same: 2
      case .differing: 4
      case .scattered: lane % 5 * 2
      case .elsewhere: lane % 3 == 0 ? 0x74 + lane % 2 : 0
      }
    }
    func source(_ lane: Int) -> Int {
      kind == .same ? 0xC3 : lane % 4 == 1 ? 0xF000 + lane % code.count : 0xC0 + lane % 16
    }
    func target(_ lane: Int) -> Int { kind == .same ? 0xE1 : 0xE0 + lane % 16 }
    func ram(of lanes: UInt64) -> [UInt8] {
      let block = ConsoleBlock(program: program)
      block.reset(Self.everyLane, timers: Self.timers(30))
      func put(_ value: Int, _ address: Int, _ lane: Int) {
        block.ram[(address & 0x7F) * 64 + lane] = UInt8(truncatingIfNeeded: value)
      }
      for lane in 0..<64 {
        for row in 0xC0..<0xD0 { put(row ^ lane * 5, row, lane) }
        put(index(lane), 0x80, lane)
        for (base, place) in [(0x90, source(lane)), (0xA0, target(lane))] {
          let pointer = base + (kind == .elsewhere ? 0 : index(lane))
          put(place, pointer, lane)
          put(place >> 8, pointer + 1, lane)
        }
      }
      for _ in 0..<2 { block.runFrame(lanes) }
      return Array(UnsafeBufferPointer(start: block.ram, count: 128 * 64))
    }
    let together = ram(of: Self.everyLane)
    for lane in 0..<64 {
      let alone = ram(of: 1 << UInt64(lane))
      for row in 0..<128 { #expect(together[row * 64 + lane] == alone[row * 64 + lane]) }
      if index(lane) > 0x70 { continue }
      let read =
        source(lane) & 0x1000 == 0
        ? UInt8(truncatingIfNeeded: source(lane) ^ lane * 5) : code[source(lane) & 0xFFF]
      #expect(together[64 + lane] == read, "read in lane \(lane)")
      #expect(together[(target(lane) & 0x7F) * 64 + lane] == read, "written in lane \(lane)")
    }
  }

  @Test("A background colour fills the picture")
  func background() throws {
    // lda #$46; sta COLUBK; then 215 lines
    let code: [UInt8] = [0xA9, 0x46, 0x85, 0x09, 0xA2, 215, 0x85, 0x02, 0xCA, 0xD0, 0xFB]
    let block = ConsoleBlock(program: try Self.program(Self.framed(code)))
    block.reset(1, timers: Self.timers(30))
    for _ in 0..<3 { block.runFrame(1) }
    let picture = UnsafeBufferPointer(start: block.picture(lane: 0), count: 160 * 210)
    #expect(picture.allSatisfy { $0 == 0x46 })
  }

  @Test("A program that never ends a frame is stopped, and the block goes on")
  func endless() throws {
    // jmp $F000
    let block = ConsoleBlock(program: try Self.program([0x4C, 0x00, 0xF0]))
    block.reset(Self.everyLane, timers: Self.timers(30))
    for _ in 0..<3 { block.runFrame(Self.everyLane) }
    #expect(block.partial == Self.everyLane)
  }

  @Test("A jammed processor stays jammed until it is reset")
  func jammed() throws {
    let block = ConsoleBlock(program: try Self.program([0x02]))
    block.reset(Self.everyLane, timers: Self.timers(30))
    block.runFrame(Self.everyLane)
    block.runFrame(Self.everyLane)
    #expect(block.jammed == Self.everyLane)
    block.reset(1, timers: Self.timers(30))
    #expect(block.jammed == ~1)
  }

  @Test("Random bytes as a cartridge neither crash nor hang", arguments: 0..<24)
  func noise(seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    let sizes = [2048, 4096, 8192]
    let rom = (0..<sizes[seed % 3]).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    let scheme: BankScheme? = seed % 6 == 2 ? .e0 : nil
    let block = ConsoleBlock(program: try Program(rom: rom, scheme: scheme))
    block.reset(Self.everyLane, timers: (0..<64).map { UInt8(25 + $0) })
    for _ in 0..<6 { block.runFrame(Self.everyLane) }
    _ = block.picture(lane: 63)
  }

  @Test("A saved lane goes on alike in another lane of another block")
  func moving() throws {
    let code = Self.framed([0xE6, 0x80, 0xA5, 0x80, 0x85, 0x09, 0x65, 0x81, 0x85, 0x81])
    let program = try Self.program(code)
    let block = ConsoleBlock(program: program)
    block.reset(Self.everyLane, timers: Self.timers(40))
    for lane in 0..<64 { block.ram[lane] = UInt8(lane) }
    for _ in 0..<5 { block.runFrame(Self.everyLane) }
    let other = ConsoleBlock(program: program)
    other.reset(Self.everyLane, timers: Self.timers(40))
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: block.laneBytes, alignment: 64)
    defer { bytes.deallocate() }
    block.saveLane(9, into: bytes)
    other.loadLane(50, from: bytes)
    for _ in 0..<5 {
      block.runFrame(Self.everyLane)
      other.runFrame(1 << 50)
    }
    for row in 0..<128 { #expect(block.ram[row * 64 + 9] == other.ram[row * 64 + 50]) }
    let (mine, theirs) = (block.picture(lane: 9), other.picture(lane: 50))
    #expect((0..<160 * 210).allSatisfy { mine[$0] == theirs[$0] })
  }

  @Test("Sizes that fit no scheme are refused", arguments: [0, 1000, 4095, 8193])
  func sizes(count: Int) {
    #expect(throws: CartridgeError.self) {
      try Program(rom: [UInt8](repeating: 0, count: count))
    }
  }

  @Test("The opcode table has 256 rows and the documented lengths of time")
  func opcodes() {
    #expect(Opcode.all.count == 256)
    #expect(Opcode.all[0xA9].cycles == 2 && Opcode.all[0xA9].operation == .lda)
    #expect(Opcode.all[0x91].cycles == 6 && Opcode.all[0x91].mode == .indirectY)
    #expect(Opcode.all[0x20].operation == .jsr && Opcode.all[0x60].operation == .rts)
  }

  @Test("Horizontal motion agrees with ALE's table where it is known by heart")
  func motion() {
    func row(_ column: Int) -> [Int8] { Array(Motion.table[column * 16..<column * 16 + 16]) }
    #expect(row(0) == [0, -1, -2, -3, -4, -5, -6, -7, 8, 7, 6, 5, 4, 3, 2, 1])
    #expect(row(16) == [3, 3, 3, 3, 3, 3, 3, 3, 8, 7, 6, 5, 4, 3, 3, 3])
    #expect(row(30) == [Int8](repeating: 0, count: 16))
    #expect(row(70) == [-5, -6, -7, -8, -9, -10, -11, -12, 0, 0, 0, 0, -1, -2, -3, -4])
    #expect(row(75) == row(0))
  }
}
