/// A cartridge's ROM with its bank scheme, and how the console shows it. Shared by all blocks.
public final class Program: @unchecked Sendable {
  public let rom: [UInt8]
  public let scheme: BankScheme
  public let display: Display

  public init(rom: [UInt8], scheme: BankScheme? = nil, display: Display = Display()) throws {
    self.rom = rom
    self.scheme = try scheme ?? BankScheme(rom: rom)
    self.display = display
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
}

/// How a cartridge maps its ROM into the 4 KB window.
public enum BankScheme: String, Sendable {
  case rom2K, rom4K, f8

  public init(rom: [UInt8]) throws {
    switch rom.count {
    case 2048: self = .rom2K
    case 4096: self = .rom4K
    case 8192: self = .f8
    default: throw CartridgeError.size(rom.count)
    }
  }
}

public enum CartridgeError: Error, Equatable, CustomStringConvertible {
  case size(Int)

  public var description: String {
    switch self {
    case .size(let bytes): "a cartridge of \(bytes) bytes fits no known scheme"
    }
  }
}
