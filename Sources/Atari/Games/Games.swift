import Console
import Records

/// The rows. Sources: ALE `games/supported/*.cpp` and `emucore/DefProps.hxx`.
extension Game {
  public static let all: [Game] =
    (rowsAtoC + rowsDtoH + rowsItoP + rowsQtoZ).sorted { $0.rom < $1.rom } + rowsForTwo + [courier]

  /// Our own cartridge; `Roms/README.md` has its memory map.
  static let courier = Game(
    "lockstep-courier", id: "Lockstep/Courier-v0", md5: "39a31d3baa0d5a43d50861ee68ceaed9",
    size: 4096,
    actions: [.noop, .right, .left],
    score: .bcd([0x82, 0x83]),
    over: .all([.byte(0x85, isNot: 0)])
  ).with {
    $0.survivors = []
    $0.lives = .at(0x84, initial: 5)
  }
}

extension Game {
  /// The row of a ROM, known by its MD5.
  public static func whose(rom: [UInt8]) -> Game? {
    let digest = MD5.hex(rom)
    return all.first { $0.md5 == digest }
  }

  /// The row with this Gymnasium id or ROM name.
  /// - Throws: `GameError.unknown` with near matches.
  public static func named(_ name: String) throws -> Game {
    if let game = all.first(where: { $0.id == name || $0.rom == name }) { return game }
    throw GameError.unknown(name, near: nearest(to: name, among: all.flatMap { [$0.id, $0.rom] }))
  }
}

public enum GameError: Error, Equatable, CustomStringConvertible {
  case unknown(String, near: [String])

  public var description: String {
    switch self {
    case .unknown(let name, let near):
      near.isEmpty
        ? "unknown game '\(name)'" : "unknown game '\(name)'; did you mean \(near.quotedList)?"
    }
  }
}
