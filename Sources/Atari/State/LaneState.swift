import Console
import Environment
import Lanes
import Records

/// A lane as bytes that may leave the program.
///
/// All numbers are little-endian.
///
/// | bytes | what |
/// | --- | --- |
/// | 8 | "LOCKLANE" |
/// | 4 | version of this format: 2 |
/// | 4 | flags: bit 0 generators, bit 1 pictures |
/// | 16 | MD5 of the ROM |
/// | 8 | hash of game, preset and size of pictures |
/// | 4 | m, bytes of the machine |
/// | 4 | bytes of all, the checksum included |
/// | m | machine: 128 bytes of RAM from $80 on, then rows as in `ConsoleState.Byte`, then, from a multiple of 4 on, 32-bit words as in `ConsoleState.Word`, then the cartridge's memory |
/// | 215 | what ALE and its preprocessing keep, in the order of `AtariLane.visit` |
/// | 8 | of each sound channel, 16 bits each: clocks of its divider, its shift registers |
/// | 3 x 2512 | with flag 0: system, environment and no-op generator, each 624 32-bit words, 8 bytes of draws still to be thrown away, 8 bytes of position (0...624) |
/// | 48 | with flag 0: NumPy's generator, as `PCG64.words` |
/// | ... | with flag 1: pictures, packed as `AtariBlock.packPictures` says |
/// | 8 | FNV-1a over all before, by 64-bit words as far as there are any |
///
/// The version changes with the machine's rows.
struct LaneState {
  static let magic: UInt64 = 0x454E_414C_4B43_4F4C
  static let version: UInt32 = 2
  private static let headerBytes = 48

  var machine: [UInt8]
  var lane: AtariLane
  var sound: SoundGenerator
  var generators: LaneGenerators?
  /// Packed.
  var pictures: [UInt8]?

  // MARK: Writing

  func bytes(for plan: AtariPlan) -> [UInt8] {
    var out = ByteWriter()
    out.add(Self.magic)
    out.add(Self.version)
    out.add(UInt32((generators == nil ? 0 : 1) | (pictures == nil ? 0 : 2)))
    out.bytes += plan.digest
    out.add(plan.laneIdentity)
    out.add(UInt32(machine.count))
    out.add(UInt32(0))
    out.bytes += machine
    var lane = lane
    lane.visit(&out)
    out.add(sound.bits)
    if let generators {
      for state in [generators.system, generators.environment, generators.noops] {
        for word in state.words.span { out.add(word) }
        out.add(state.pending)
        out.add(UInt64(state.position))
      }
      for word in generators.numbers.words { out.add(word) }
    }
    out.bytes += pictures ?? []
    withUnsafeBytes(of: UInt32(out.bytes.count + 8).littleEndian) {
      out.bytes.replaceSubrange(44..<48, with: $0)
    }
    out.add(fnv1a(out.bytes))
    return out.bytes
  }

  // MARK: Reading

  /// - Throws: `EnvironmentError.state` for bytes that are no state of such a lane. Whatever the
  ///   bytes are, a lane that takes over what has been read stays inside its memory.
  init(_ bytes: ArraySlice<UInt8>, for plan: AtariPlan) throws(EnvironmentError) {
    let flags = try Self.checkHeader(bytes, plan)
    var reader = ByteReader(bytes.dropFirst(Self.headerBytes).dropLast(8))
    machine = try Self.take(plan.program.machineBytes, &reader)
    let program = plan.program
    if let flaw = machine.withUnsafeBytes({
      ConsoleBlock.flaw(ofMachine: $0.baseAddress!, for: program)
    }) {
      throw .state(flaw)
    }
    lane = plan.blankLane
    lane.visit(&reader)
    sound = SoundGenerator(bits: reader.next(UInt64.self))
    if reader.isShort { throw .state("it is too short") }
    if let flaw = lane.flaw { throw .state(flaw) }
    let modes = plan.game.modes.all
    guard modes.contains(Int(lane.game.mode)), modes.contains(Int(lane.mode)),
      modes.contains(Int(lane.gameB.mode))
    else {
      throw .state("its mode does not exist")
    }
    if flags & 1 != 0 { generators = try Self.readGenerators(&reader) }
    if flags & 2 != 0 { pictures = try Self.readPictures(&reader, plan) }
    if !reader.rest.isEmpty { throw .state("it is too long") }
  }

  /// - Returns: the flags.
  private static func checkHeader(
    _ bytes: ArraySlice<UInt8>, _ plan: AtariPlan
  ) throws(EnvironmentError) -> UInt32 {
    guard bytes.count >= headerBytes + 8 else {
      throw .state("it is only \(bytes.count) bytes long")
    }
    var reader = ByteReader(bytes)
    if reader.next(UInt64.self) != magic { throw .state("it is not an Atari lane") }
    let version = reader.next(UInt32.self)
    if version != Self.version {
      throw .state("version \(version), this program writes \(Self.version)")
    }
    var last = ByteReader(bytes.suffix(8))
    if last.next(UInt64.self) != fnv1a(bytes.dropLast(8)) {
      throw .state("it is damaged (checksum)")
    }
    let flags = reader.next(UInt32.self)
    if try take(16, &reader) != plan.digest { throw .state("it belongs to another game") }
    if reader.next(UInt64.self) != plan.laneIdentity {
      throw .state("it belongs to another preset")
    }
    let machine = reader.next(UInt32.self)
    let all = reader.next(UInt32.self)
    if Int(machine) != plan.program.machineBytes || Int(all) != bytes.count || flags > 3 {
      throw .state("its parts have other sizes")
    }
    return flags
  }

  private static func take(
    _ count: Int, _ reader: inout ByteReader
  ) throws(EnvironmentError) -> [UInt8] {
    guard let bytes = reader.take(count) else { throw .state("it is too short") }
    return Array(bytes)
  }

  private static func readGenerators(
    _ reader: inout ByteReader
  ) throws(EnvironmentError) -> LaneGenerators {
    var generators = LaneGenerators()
    generators.system = try readGenerator(&reader)
    generators.environment = try readGenerator(&reader)
    generators.noops = try readGenerator(&reader)
    guard let numbers = PCG64(words: (0..<6).map { _ in reader.next(UInt64.self) }) else {
      throw .state("a generator is out of range")
    }
    generators.numbers = numbers
    return generators
  }

  private static func readGenerator(
    _ reader: inout ByteReader
  ) throws(EnvironmentError) -> TwisterBank.State {
    let words = AlignedBuffer<UInt32>(count: TwisterBank.words)
    for index in 0..<TwisterBank.words { words[index] = reader.next(UInt32.self) }
    let pending = reader.next(UInt64.self)
    let position = reader.next(UInt64.self)
    // Draws of 2^30 frames. A twister of zeros never leaves them.
    let isZero = words[0] >> 31 == 0 && words.span.dropFirst().allSatisfy { $0 == 0 }
    if isZero || reader.isShort || position > UInt64(TwisterBank.words) || pending > 1 << 31 {
      throw .state("a generator is out of range")
    }
    return TwisterBank.State(words: words, position: Int32(position), pending: pending)
  }

  private static func readPictures(
    _ reader: inout ByteReader, _ plan: AtariPlan
  ) throws(EnvironmentError) -> [UInt8] {
    let pictures = try take(reader.rest.count, &reader)
    if !pictures.withUnsafeBufferPointer({ AtariBlock.arePictures($0, plan) }) {
      throw .state("its pictures do not fit")
    }
    return pictures
  }
}

extension AtariBlock {
  /// - Parameter scratch: room for packed pictures.
  func laneState(
    _ lane: Int, generators: Bool, pictures: Bool, _ scratch: AtariScratch
  ) -> LaneState {
    let machine = [UInt8](unsafeUninitializedCapacity: plan.program.machineBytes) { bytes, count in
      console.saveMachine(lane, into: UnsafeMutableRawPointer(bytes.baseAddress!))
      count = plan.program.machineBytes
    }
    var packed: [UInt8]?
    if pictures {
      let count = packPictures(lane, into: scratch.packed.pointer)
      packed = [UInt8](UnsafeBufferPointer(start: scratch.packed.pointer, count: count))
    }
    return LaneState(
      machine: machine, lane: lanes[lane], sound: soundGenerator(lane),
      generators: generators ? self.generators(lane) : nil,
      pictures: packed)
  }

  /// The lane keeps its own generators if the state has none.
  func setLaneState(_ lane: Int, _ state: LaneState, in rows: AtariRows?) {
    state.machine.withUnsafeBytes { load(lane, machine: $0.baseAddress!, state.lane, state.sound) }
    if let generators = state.generators { setGenerators(lane, generators) }
    guard let pictures = state.pictures else { return show(lane, pictures: nil, in: rows) }
    pictures.withUnsafeBufferPointer { show(lane, pictures: $0.baseAddress!, in: rows) }
  }
}

extension LaneState {
  fileprivate init(
    machine: [UInt8], lane: AtariLane, sound: SoundGenerator, generators: LaneGenerators?,
    pictures: [UInt8]?
  ) {
    self.machine = machine
    self.lane = lane
    self.sound = sound
    self.generators = generators
    self.pictures = pictures
  }
}

extension AtariPlan {
  /// MD5 of the ROM.
  fileprivate var digest: [UInt8] {
    let digits = Array(game.md5.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return (0..<16).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }
  }
}
