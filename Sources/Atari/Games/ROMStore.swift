import CLanes
import Environment
import FoundationEssentials
import Glibc

/// Finds cartridges in folders and checks that they are the right ones.
///
/// Looked through in order: the folder named by `ALE_ROMS_DIR`, `Roms` beside the working directory
/// and the folders above it, `Roms` beside the program or library and above it, and the user's own
/// folder.
public struct ROMStore: Sendable {
  public var folders: [String]

  public init(folders: [String]) { self.folders = folders }

  public static var standard: ROMStore {
    var folders: [String] = []
    if let named = variable("ALE_ROMS_DIR") { folders.append(named) }
    for start in [FileManager.default.currentDirectoryPath, ownFolder] {
      for folder in parents(of: start, levels: 5) {
        let path = folder + "/Roms"
        if !folders.contains(path) { folders.append(path) }
      }
    }
    folders.append(userFolder)
    return ROMStore(folders: folders)
  }

  /// The user's own: `lockstep/roms` in the folder that XDG's rules name for data.
  public static var userFolder: String {
    let named = variable("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (named ?? (variable("HOME") ?? "") + "/.local/share") + "/lockstep/roms"
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Where the program, or the library that this is a part of, lies.
  private static var ownFolder: String {
    let path = lanes_image().map { String(cString: $0) } ?? ""
    return URL(fileURLWithPath: path.contains("/") ? path : "/proc/self/exe")
      .resolvingSymlinksInPath().deletingLastPathComponent().path
  }

  private static func parents(of folder: String, levels: Int) -> [String] {
    var found = [folder == "/" ? "" : folder]
    var url = URL(fileURLWithPath: folder)
    for _ in 0..<levels where url.path != "/" {
      url.deleteLastPathComponent()
      found.append(url.path == "/" ? "" : url.path)
    }
    return found
  }

  /// Whether the game's ROM is there and right.
  public func has(_ game: Game) -> Bool { (try? load(game)) != nil }

  /// The game's ROM, checked.
  /// - Throws: `ROMError`.
  public func load(_ game: Game) throws -> [UInt8] {
    for folder in folders {
      for ending in ["bin", "a26"] {
        let path = "\(folder)/\(game.rom).\(ending)"
        guard FileManager.default.fileExists(atPath: path) else { continue }
        guard let data = FileManager.default.contents(atPath: path) else {
          throw ROMError.unreadable(game: game.rom, path: path)
        }
        let bytes = [UInt8](data)
        let found = MD5.hex(bytes)
        if found == game.md5 { return bytes }
        throw ROMError.wrong(
          game: game.rom, path: path, expected: game.md5, found: found,
          size: bytes.count, expectedSize: game.size)
      }
    }
    throw ROMError.missing(game: game.rom, expected: game.md5, folders: folders)
  }
}

public enum ROMError: KnownFileError, Equatable, CustomStringConvertible {
  case missing(game: String, expected: String, folders: [String])
  case unreadable(game: String, path: String)
  case wrong(
    game: String, path: String, expected: String, found: String, size: Int, expectedSize: Int)

  public var description: String {
    switch self {
    case .missing(let game, let expected, let folders):
      "no ROM for \(game) (MD5 \(expected)) in \(folders.first ?? "any folder"); "
        + "run Tools/import-roms or Python's lockstep.import_roms(), "
        + "or name a folder with ALE_ROMS_DIR"
    case .unreadable(let game, let path):
      "the ROM of \(game) at \(path) cannot be read; run Tools/import-roms"
    case .wrong(let game, let path, let expected, let found, let size, let expectedSize):
      "\(path) is not the ROM of \(game): MD5 \(found), expected \(expected)"
        + (size == expectedSize ? "" : "; it has \(size) bytes, expected \(expectedSize)")
        + "; run Tools/import-roms"
    }
  }
}
