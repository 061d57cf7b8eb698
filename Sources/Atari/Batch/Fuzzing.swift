import Console
import Environment
import Glibc
import Lanes

/// Random cartridges and damaged states: whatever they are, the emulator stays inside its memory and
/// every frame ends.
public enum AtariFuzz {
  /// - Parameters:
  ///   - frames: of single lanes, shared by both.
  ///   - write: gets a line after each.
  /// - Throws: `EnvironmentError` for what no damage explains.
  public static func run(
    frames: Int, seed: UInt64, threads: Int, write: (String) -> Void
  ) throws {
    let pool = ThreadPool(threads: threads)
    let start = ContinuousClock.now
    func seconds() -> Int64 { (ContinuousClock.now - start).components.seconds }
    var cartridges = CartridgeFuzzer(seed: seed, pool: pool)
    while cartridges.frames < frames * 3 / 4 { try cartridges.round() }
    write(
      "\(cartridges.programs) cartridges, \(cartridges.frames) frames, seed \(seed), \(seconds()) s"
    )
    var states = StateFuzzer(seed: seed, pool: pool)
    while states.frames < frames / 4 { try states.round() }
    write(
      "\(states.tried) damaged states, \(states.taken) of them taken, \(states.frames) frames, "
        + "\(seconds()) s")
  }

  /// Plays a cartridge whose banks the first byte chooses; the others repeat until it is full.
  public static func play(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    guard let first = bytes.first, bytes.count > 1 else { return }
    let scheme = BankScheme.allCases[Int(first) % BankScheme.allCases.count]
    let rom = (0..<scheme.size).map { bytes[1 + $0 % (bytes.count - 1)] }
    let block = ConsoleBlock(program: try Program(rom: rom, scheme: scheme))
    CartridgeFuzzer.play(block, SplitMix64(seed: generator.next()), frames: 2)
  }

  /// WSYNC, VSYNC on and off, stores to the TIA and the timer, loops, jumps into RAM, hot spots, stack
  /// pointers into the TIA, polls, collisions, HMOVE, resets of positions.
  public static let pieces: [[UInt8]] = [
    [0x85, 0x02], [0xA9, 0x02, 0x85, 0x00], [0xA9, 0x00, 0x85, 0x00], [0x85, 0x1B], [0x86, 0x1C],
    [0x8D, 0x96, 0x02], [0xAD, 0x84, 0x02, 0xD0, 0xFB], [0xAD, 0x84, 0x02, 0x10, 0xFB],
    [0x4C, 0x80, 0x00], [0x4C, 0x00, 0xF0], [0x20, 0x34, 0xF2], [0x60], [0xD0, 0xFE], [0x90, 0xF0],
    [0xAD, 0xF8, 0x1F], [0x8D, 0xF9, 0x1F], [0x2C, 0xE3, 0x1F], [0xBD, 0xF0, 0x1F],
    [0x9D, 0x00, 0x10],
    [0xA2, 0x1F, 0x9A], [0x48], [0x08], [0xA5, 0x07], [0x85, 0x2A], [0x85, 0x10], [0x85, 0x12],
    [0x95, 0x00], [0x91, 0x80], [0xB1, 0x80], [0x6C, 0x80, 0x00], [0x00], [0x40],
    [0xB9, 0x40, 0x10],
    [0xE8, 0xD0, 0xFD], [0xCA, 0x10, 0xFA], [0xF8], [0x65, 0x90], [0x85, 0x0E], [0x85, 0x01],
  ]
}

/// Runs random programs.
private struct CartridgeFuzzer {
  private(set) var frames = 0
  private(set) var programs = 0
  private var generator: SplitMix64
  private let pool: ThreadPool

  init(seed: UInt64, pool: ThreadPool) {
    generator = SplitMix64(seed: seed)
    self.pool = pool
  }

  /// One cartridge in some blocks that share it.
  mutating func round() throws {
    let scheme = BankScheme.allCases[programs % BankScheme.allCases.count]
    let program = try Program(rom: rom(scheme), scheme: scheme, display: display())
    programs += 1
    let blocks = (0..<pool.threads).map { _ in ConsoleBlock(program: program) }
    let seeds = blocks.map { _ in generator.next() }
    let count = [2, 6, 40][Int(generator.next(below: 3))]
    pool.forEach(blocks.count) { index, _ in
      Self.play(blocks[index], SplitMix64(seed: seeds[index]), frames: count)
    }
    frames += blocks.count * count * 64
    exchange(blocks)
  }

  /// Random bytes; in most ROMs some of them are likely instructions, or one piece is repeated.
  private mutating func rom(_ scheme: BankScheme) -> [UInt8] {
    var rom = (0..<scheme.size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    let kind = generator.next(below: 4)
    if kind == 0 { return rom }
    for _ in 0..<Int(generator.next(below: UInt32(scheme.size))) {
      let piece = AtariFuzz.pieces[Int(generator.next(below: UInt32(AtariFuzz.pieces.count)))]
      let at = Int(generator.next(below: UInt32(scheme.size - piece.count)))
      rom.replaceSubrange(at..<at + piece.count, with: piece)
    }
    if kind == 2 { for at in 256..<scheme.size { rom[at] = rom[at & 0xFF] } }
    for bank in stride(from: 0x1000, through: scheme.size, by: 0x1000) where kind == 3 {
      // Every vector leads somewhere into the window.
      for vector in [bank - 4, bank - 2] { rom[vector + 1] = 0xF0 | rom[vector + 1] & 0x0F }
    }
    return rom
  }

  private mutating func display() -> Display {
    var display = Display()
    display.format = generator.next(below: 3) == 0 ? .pal : .ntsc
    display.height = [210, 214, 220, 230, 250][Int(generator.next(below: 5))]
    // Times are 16 bits: no picture ends behind line 287.
    display.firstLine = min([26, 30, 34, 40][Int(generator.next(below: 4))], 287 - display.height)
    display.hmoveBlanks = generator.next(below: 4) != 0
    return display
  }

  static func play(_ block: ConsoleBlock, _ generator: SplitMix64, frames: Int) {
    var generator = generator
    for row in 0..<128 * 64 where generator.next(below: 4) != 0 {
      block.ram[row] = UInt8(truncatingIfNeeded: generator.next())
    }
    let timers = AlignedBuffer<UInt8>(count: 64)
    for _ in 0..<frames {
      for lane in 0..<64 { press(block.inputs, lane, &generator) }
      let skipped = generator.next() & generator.next() & generator.next()
      block.runFrame(~skipped)
      look(block, &generator)
      if generator.next(below: 16) == 0 {
        for lane in 0..<64 { timers[lane] = UInt8(25 + generator.next(below: 75)) }
        block.reset(generator.next(), timers: UnsafePointer(timers.pointer))
      }
    }
  }

  private static func press(_ inputs: ConsoleInputs, _ lane: Int, _ generator: inout SplitMix64) {
    let bits = generator.next()
    inputs.portA[lane] = UInt8(truncatingIfNeeded: bits)
    inputs.portB[lane] = UInt8(truncatingIfNeeded: bits >> 8)
    inputs.triggers[0][lane] = UInt8(bits >> 16 & 1)
    inputs.triggers[1][lane] = UInt8(bits >> 17 & 1)
    for pot in 0..<4 { inputs.resistances[pot][lane] = Int32(bits >> 20 & 0xF_FFFF) - 1 }
  }

  private static func look(_ block: ConsoleBlock, _ generator: inout SplitMix64) {
    let lane = Int(generator.next(below: 64))
    switch generator.next(below: 4) {
    case 0: block.drawPictures(newest: generator.next(), earlier: generator.next())
    case 1: _ = block.picture(lane: lane)
    case 2: _ = block.drawnPictures(lane)
    default:
      let bytes = AlignedBuffer<UInt8>(count: block.laneBytes)
      block.saveLane(lane, into: UnsafeMutableRawPointer(bytes.pointer))
      block.loadLane(Int(generator.next(below: 64)), from: UnsafeRawPointer(bytes.pointer))
    }
  }

  private mutating func exchange(_ blocks: [ConsoleBlock]) {
    guard blocks.count > 1 else { return }
    for _ in 0..<8 {
      blocks[0].exchange(
        Int(generator.next(below: 64)), with: blocks[1], Int(generator.next(below: 64)))
    }
    for block in blocks { block.runFrame(~0) }
    frames += blocks.count * 64
  }
}

/// Damages states of lanes, makes their checksums agree again, and plays on from those that are taken.
private struct StateFuzzer {
  private(set) var frames = 0
  private(set) var tried = 0
  private(set) var taken = 0
  private var generator: SplitMix64
  private let pool: ThreadPool
  private static let lanes = 128

  init(seed: UInt64, pool: ThreadPool) {
    generator = SplitMix64(seed: seed ^ 0x5EED)
    self.pool = pool
  }

  mutating func round() throws {
    for preset in AtariBatch.Preset.allCases {
      var settings = AtariBatch.Settings(preset: preset)
      settings.frameLimit = 400
      if preset == .aleVector || preset == .raw { settings.stickyProbability = 0.25 }
      let batch = try AtariBatch(
        Game.named("Lockstep/Courier-v0"), lanes: Self.lanes, settings: settings,
        workers: pool.threads)
      try play(batch)
    }
  }

  private mutating func play(_ batch: AtariBatch) throws {
    let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(buffers, on: pool)
    for step in 0..<60 {
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers, on: pool)
      frames += batch.lanes * batch.settings.frameSkip
      if step < 3 { continue }
      for _ in 0..<16 { try damage(batch, buffers) }
    }
  }

  private mutating func damage(_ batch: AtariBatch, _ buffers: StepBuffers) throws {
    let lanes = UInt32(batch.lanes)
    var bytes = try batch.state(
      lane: Int(generator.next(below: lanes)), generators: generator.next(below: 2) == 0,
      pictures: generator.next(below: 2) == 0)
    for _ in 0...generator.next(below: 12) {
      // Half of the damage in the machine and in what ALE keeps.
      let end = generator.next(below: 2) == 0 ? min(600, bytes.count - 8) : bytes.count - 8
      bytes[44 + Int(generator.next(below: UInt32(end - 44)))] = UInt8(generator.next(below: 256))
    }
    if generator.next(below: 32) == 0 { bytes.removeLast(Int(generator.next(below: 64))) }
    let sum = fnv1a(bytes.dropLast(8))
    for byte in 0..<8 { bytes[bytes.count - 8 + byte] = UInt8(sum >> UInt64(8 * byte) & 0xFF) }
    tried += 1
    do {
      try batch.setState(
        lane: Int(generator.next(below: lanes)), bytes,
        into: generator.next(below: 2) == 0 ? buffers : nil)
      taken += 1
    } catch is EnvironmentError {}
  }
}
