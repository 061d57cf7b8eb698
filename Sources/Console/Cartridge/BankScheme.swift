/// How a cartridge maps its ROM, its memory and its hardware into the 4 KB window at $1000.
///
/// The window is four 1 KB slots. The bank state of a lane is one number: which 1 KB slice of the
/// ROM each slot shows is a function of it. Touching a hot spot changes the state.
/// Source: ALE `emucore/Cart*.cxx`.
public enum BankScheme: String, Sendable, CaseIterable {
  case rom2K = "2K"
  case rom4K = "4K"
  case f8 = "F8"
  /// With 128 bytes of memory: written at $1000, read at $1080.
  case f8SC = "F8SC"
  case f6 = "F6"
  case f6SC = "F6SC"
  case e0 = "E0"
  /// Address bit 13 chooses the bank.
  case fe = "FE"
  /// F8 with a display ROM behind it and the chip that reads it.
  case dpc = "DPC"

  /// The scheme that a ROM of this size has unless a game row names another.
  /// - Throws: `CartridgeError.size` when none fits.
  public init(rom: [UInt8]) throws {
    switch rom.count {
    case 2048: self = .rom2K
    case 4096: self = .rom4K
    case 8192: self = .f8
    case 16384: self = .f6
    case BankScheme.dpc.size: self = .dpc
    default: throw CartridgeError.size(rom.count)
    }
  }

  /// Bytes of ROM.
  public var size: Int {
    switch self {
    case .rom2K: 2048
    case .rom4K: 4096
    case .f8, .f8SC, .e0, .fe: 8192
    case .f6, .f6SC: 16384
    case .dpc: 8192 + 2048 + 255
    }
  }

  /// Bank state after a machine reset.
  var start: Int32 {
    switch self {
    case .rom2K, .rom4K, .f6, .f6SC, .fe: 0
    case .f8, .f8SC, .dpc: 1
    case .e0: 4 | 5 << 3 | 6 << 6
    }
  }

  /// Addresses in the window, 0...$FFF, whose access changes the bank state.
  var hotSpots: ClosedRange<Int>? {
    switch self {
    case .rom2K, .rom4K, .fe: nil
    case .f8, .f8SC, .dpc: 0xFF8...0xFF9
    case .f6, .f6SC: 0xFF6...0xFF9
    case .e0: 0xFE0...0xFF7
    }
  }

  /// Bytes of memory that a lane's cartridge has; 0 for most.
  var memoryBytes: Int {
    switch self {
    case .dpc: DPC.bytes
    default: randomBytes
    }
  }

  /// Bytes of memory that every machine reset fills with random numbers.
  public var randomBytes: Int { self == .f8SC || self == .f6SC ? 128 : 0 }

  /// Which of these is read at the address, or nil.
  func byteRead(at address: Int) -> Int? {
    randomBytes != 0 && address & 0xF80 == 0x80 ? address & 0x7F : nil
  }

  /// Which of them is written at the address, or nil.
  func byteWritten(at address: Int) -> Int? {
    randomBytes != 0 && address & 0xF80 == 0 ? address & 0x7F : nil
  }

  /// Addresses that are not plain ROM: from $1000 + `from` on, over the end of the window.
  var special: (from: Int, count: Int) {
    switch self {
    case .f8SC, .f6SC: (hotSpots!.lowerBound, 0x1100 - hotSpots!.lowerBound)
    case .dpc: (DPC.watched, 0x1080 - DPC.watched)
    default: (hotSpots?.lowerBound ?? 0, hotSpots?.count ?? 0)
    }
  }

  @inline(__always)
  func isSpecial(_ address: Int) -> Bool { (address &- special.from) & 0xFFF < special.count }

  /// Whether code at the address can be decoded once for all: it lies in ROM, and fetching it has no
  /// effect.
  @inline(__always)
  func runsAhead(_ address: Int) -> Bool {
    if address & 0x1000 == 0 { return false }
    switch self {
    case .f8SC, .f6SC: return address & 0xFFF >= 0x100
    // The longest instruction must end before the watched page.
    case .dpc: return (0x80...DPC.watched - 3).contains(address & 0xFFF)
    default: return true
    }
  }

  /// The bank state after touching `address`, if that is a hot spot.
  func touched(_ address: Int, state: Int32) -> Int32 {
    guard let hotSpots, hotSpots.contains(address) else { return state }
    switch self {
    case .f8, .f8SC, .dpc: return Int32(address & 1)
    case .f6, .f6SC: return Int32(address - 0xFF6)
    case .e0:
      let shift = Int32((address - 0xFE0) >> 3) * 3
      return state & ~(7 << shift) | Int32(address & 7) << shift
    default: return state
    }
  }

  /// Which 1 KB slice of the ROM is shown at the address.
  @inline(__always)
  func slice(_ address: Int, state: Int32) -> Int {
    let slot = (address >> 10) & 3
    return switch self {
    case .rom2K: slot & 1
    case .rom4K: slot
    case .f8, .f8SC, .f6, .f6SC, .dpc: Int(state) << 2 | slot
    case .e0: slot == 3 ? 7 : Int(state >> Int32(slot * 3)) & 7
    case .fe: slot | (address & 0x2000 == 0 ? 4 : 0)
    }
  }
}

public enum CartridgeError: Error, Equatable, CustomStringConvertible {
  case size(Int)
  case scheme(BankScheme, size: Int)

  public var description: String {
    switch self {
    case .size(let bytes): "a cartridge of \(bytes) bytes fits no known scheme"
    case .scheme(let scheme, let bytes):
      "a cartridge of \(bytes) bytes does not fit the scheme \(scheme.rawValue) (\(scheme.size) bytes)"
    }
  }
}
