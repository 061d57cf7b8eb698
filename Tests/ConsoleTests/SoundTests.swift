import Testing

@testable import Console

struct SoundTests {
  @Test("Every kind of write reaches the sound registers, lane by lane, and a reset leaves them")
  func writes() throws {
    // lda $80; sta $15; ldx $81; stx $0157 (mirror of AUDF0); ldx #$19; txs; pha; ldy #1; sta $19,y
    let code = ConsoleTests.framed([
      0xA5, 0x80, 0x85, 0x15, 0xA6, 0x81, 0x8E, 0x57, 0x01, 0xA2, 0x19, 0x9A, 0x48, 0xA0, 0x01,
      0x99, 0x19, 0x00,
    ])
    for hears in [true, false] {
      let block = ConsoleBlock(program: try ConsoleTests.program(code), hearsSound: hears)
      block.reset(ConsoleTests.everyLane, timers: ConsoleTests.timers(30))
      for lane in 0..<64 {
        block.ram[lane] = UInt8(lane &* 7 & 0xFF)
        block.ram[64 + lane] = UInt8(200 - lane)
      }
      block.runFrame(ConsoleTests.everyLane)
      block.runFrame(ConsoleTests.everyLane)
      for lane in 0..<64 {
        let (a, x) = hears ? (lane &* 7, 200 - lane) : (0, 0)
        let registers = block.soundRegisters(lane)
        #expect(registers.control(0) == a & 15 && registers.control(1) == 0)
        #expect(registers.frequency(0) == x & 31 && registers.frequency(1) == 0)
        #expect(registers.volume(0) == a & 15 && registers.volume(1) == a & 15)
        block.reset(1 << UInt64(lane), timers: ConsoleTests.timers(30))
        #expect(block.soundRegisters(lane) == registers.reset)
      }
    }
  }

  @Test("Of two programs' registers, those written since the reset come first")
  func merging() {
    let newer = SoundRegisters([0x8F, 3, 0x80, 5, 6, 7])
    let older = SoundRegisters([1, 2, 0x9E, 0x91, 4, 8])
    #expect(newer.over(older) == SoundRegisters([0x8F, 2, 0x80, 0x11, 4, 8]))
  }

  @Test("Sounds that nobody hears leave the generator as others do", arguments: 0..<16)
  func skipping(control: UInt8) {
    var (heard, unheard) = (SoundGenerator(), SoundGenerator())
    var samples = [UInt8](repeating: 0, count: SoundGenerator.samples)
    for round in 0..<128 {
      let frequency = UInt8(round * 13 & 31)
      let registers = SoundRegisters(
        [control, 15 - control, frequency, 31 - frequency, 15, 9])
      heard.play(registers, into: &samples)
      unheard.play(registers, into: nil)
      #expect(heard == unheard)
      #expect(Set(samples).isSubset(of: [128, 188, 164, 224]))
    }
  }

  @Test("AUDC 4 halves the clock, AUDC 0 is constant, each AUDF step lengthens the wave by two")
  func waves() {
    var samples = [UInt8](repeating: 0, count: SoundGenerator.samples)
    for period in 1...32 {
      var generator = SoundGenerator()
      let registers = SoundRegisters([4, 0, UInt8(period - 1), 0, 15, 0])
      for _ in 0..<4 { generator.play(registers, into: &samples) }
      let edges = (1..<512).filter { samples[$0] != samples[$0 - 1] }
      #expect(zip(edges, edges.dropFirst()).allSatisfy { $1 - $0 == period })
    }
    var generator = SoundGenerator()
    for _ in 0..<2 { generator.play(SoundRegisters([0, 0, 0, 0, 15, 0]), into: &samples) }
    #expect(Set(samples) == [188])
  }
}
