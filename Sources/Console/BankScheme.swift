/// How a cartridge maps its ROM into the 4 KB window at $1000.
///
/// The window is four 1 KB slots. The bank state of a lane is one number: which 1 KB slice of the
/// ROM each slot shows is a function of it. Touching a hot spot changes the state.
/// Source: ALE `emucore/Cart*.cxx`.
public enum BankScheme: String, Sendable, CaseIterable {
  case rom2K = "2K"
  case rom4K = "4K"
  case f8 = "F8"
  case f6 = "F6"
  case e0 = "E0"

  /// The scheme that a ROM of this size has unless a game row names another.
  /// - Throws: `CartridgeError.size` when none fits.
  public init(rom: [UInt8]) throws {
    switch rom.count {
    case 2048: self = .rom2K
    case 4096: self = .rom4K
    case 8192: self = .f8
    case 16384: self = .f6
    default: throw CartridgeError.size(rom.count)
    }
  }

  /// Bytes of ROM.
  var size: Int {
    switch self {
    case .rom2K: 2048
    case .rom4K: 4096
    case .f8, .e0: 8192
    case .f6: 16384
    }
  }

  /// Bank state after a machine reset.
  var start: Int32 {
    switch self {
    case .rom2K, .rom4K, .f6: 0
    case .f8: 1
    case .e0: 4 | 5 << 3 | 6 << 6
    }
  }

  /// Addresses in the window, 0...$FFF, whose access changes the bank state.
  var hotSpots: ClosedRange<Int>? {
    switch self {
    case .rom2K, .rom4K: nil
    case .f8: 0xFF8...0xFF9
    case .f6: 0xFF6...0xFF9
    case .e0: 0xFE0...0xFF7
    }
  }

  /// The bank state after touching `address` in `hotSpots`.
  func touched(_ address: Int, state: Int32) -> Int32 {
    switch self {
    case .rom2K, .rom4K: return state
    case .f8: return Int32(address & 1)
    case .f6: return Int32(address - 0xFF6)
    case .e0:
      let shift = Int32((address - 0xFE0) >> 3) * 3
      return state & ~(7 << shift) | Int32(address & 7) << shift
    }
  }

  /// Which 1 KB slice of the ROM the slot 0...3 shows.
  @inline(__always)
  func slice(_ slot: Int, state: Int32) -> Int {
    switch self {
    case .rom2K: slot & 1
    case .rom4K: slot
    case .f8, .f6: Int(state) << 2 | slot
    case .e0: slot == 3 ? 7 : Int(state >> Int32(slot * 3)) & 7
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
