import CLanes
import Lanes

/// A cartridge decoded into basic blocks, and how the console shows it. Shared by all blocks of
/// lanes and all threads; basic blocks are decoded when first reached.
public final class Program: @unchecked Sendable {
  public let rom: [UInt8]
  public let scheme: BankScheme
  public let display: Display

  /// The ROM, for fast reading.
  let image: UnsafeMutablePointer<UInt8>
  let blocks: UnsafeMutablePointer<lanes_blocks>
  private let storage = Storage()
  private var count = 0
  private let decoding = Locked(())

  private static let capacity = 1 << 15

  /// - Throws: `CartridgeError` when the ROM's size does not fit the scheme.
  public init(rom: [UInt8], scheme: BankScheme? = nil, display: Display = Display()) throws {
    let scheme = try scheme ?? BankScheme(rom: rom)
    guard rom.count == scheme.size else { throw CartridgeError.scheme(scheme, size: rom.count) }
    self.rom = rom
    self.scheme = scheme
    self.display = display
    image = storage.make(rom.count + 3)  // gathers read four bytes
    image.update(from: rom, count: rom.count)
    blocks = storage.make(1)
    blocks.initialize(
      to: lanes_blocks(
        table: storage.make(LANES_TABLE_SIZE), blocks: storage.make(Self.capacity)))
  }

  deinit {
    for index in 0..<count {
      blocks.pointee.blocks[index]?.pointee.steps.deallocate()
      blocks.pointee.blocks[index]?.deallocate()
    }
  }

  /// Bytes of a lane's state but for its pictures.
  public var machineBytes: Int { ConsoleState.plainColumnBytes + scheme.memoryBytes }

  /// The address the reset vector names, in the start bank.
  var entry: Int32 {
    word(0xFFFC, state: scheme.start) | scheme.start << 16
  }

  /// Where BRK goes.
  func interruptVector(_ state: Int32) -> Int32 { word(0xFFFE, state: state) }

  private func word(_ address: Int, state: Int32) -> Int32 {
    Int32(byte(address, state: state)) | Int32(byte(address + 1, state: state)) << 8
  }

  /// ROM byte at `address`, without touching hot spots.
  @inline(__always)
  func byte(_ address: Int, state: Int32) -> UInt8 {
    image[scheme.slice(address, state: state) << 10 | (address & 0x3FF)]
  }

  /// The basic block at `place`: program counter in bits 0-15, bank state above.
  /// nil when the program counter is not in plain ROM, or when the table is full.
  @inline(__always)
  func block(at place: Int32) -> UnsafePointer<BasicBlock>? {
    guard scheme.runsAhead(Int(place & 0xFFFF)) else { return nil }
    var slot: UInt32 = 0
    return lanes_find_block(blocks, place, &slot) ?? decodeShared(place)
  }

  @inline(never)
  private func decodeShared(_ place: Int32) -> UnsafePointer<BasicBlock>? {
    decoding.withLock { _ in decode(shared: place) }
  }

  private func decode(shared place: Int32) -> UnsafePointer<BasicBlock>? {
    var slot: UInt32 = 0
    if let block = lanes_find_block(blocks, place, &slot) { return block }
    guard count < Self.capacity else { return nil }
    let block = UnsafeMutablePointer<BasicBlock>.allocate(capacity: 1)
    block.initialize(to: decode(place))
    cut(block)
    blocks.pointee.blocks[count] = UnsafePointer(block)
    count += 1
    lanes_store_release(blocks.pointee.table + Int(slot), Int32(count))
    return UnsafePointer(block)
  }

  /// Ends every block where another begins: lanes that come along meet those that wait there.
  ///
  /// Threads that run a longer block meanwhile are right too.
  private func cut(_ new: UnsafeMutablePointer<BasicBlock>) {
    for index in 0..<count {
      let old = blocks.pointee.blocks[index].unsafelyUnwrapped
      old.pointee.end(at: new.pointee.place)
      new.pointee.end(at: old.pointee.place)
    }
  }
}

public enum TelevisionFormat: String, Sendable { case ntsc, pal }

/// What the property list of a cartridge says about its picture.
public struct Display: Equatable, Sendable {
  public var format = TelevisionFormat.ntsc
  /// First scanline shown.
  public var firstLine = 34
  /// Lines shown.
  public var height = 210
  /// Whether HMOVE blanks the first eight pixels of its line.
  public var hmoveBlanks = true

  public init() {}

  /// Line from which the beam counts its colour clocks: they have 16 bits, which are 287 lines.
  var origin: Int { max(firstLine + height - 287, 0) }
  /// The visible window in such clocks.
  var window: Range<Int> { 228 * (firstLine - origin)..<228 * (firstLine - origin + height) }
}
