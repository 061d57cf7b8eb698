import Foundation

/// Finds cartridges in folders and checks that they are the right ones.
///
/// Looked through in order: the folder named by `ALE_ROMS_DIR`, `Roms` beside the working
/// directory and the folders above it, `Roms` beside the executable and above it, and `Roms` of
/// the package as it stood when this was compiled.
public struct ROMStore: Sendable {
  public var folders: [String]

  public init(folders: [String]) { self.folders = folders }

  public static var standard: ROMStore {
    var folders: [String] = []
    if let named = ProcessInfo.processInfo.environment["ALE_ROMS_DIR"], !named.isEmpty {
      folders.append(named)
    }
    let executable = URL(fileURLWithPath: CommandLine.arguments.first ?? ".")
      .resolvingSymlinksInPath().deletingLastPathComponent().path
    let package = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    for start in [FileManager.default.currentDirectoryPath, executable, package] {
      for folder in parents(of: start, levels: start == package ? 0 : 5) {
        let path = folder + "/Roms"
        if !folders.contains(path) { folders.append(path) }
      }
    }
    return ROMStore(folders: folders)
  }

  private static func parents(of folder: String, levels: Int) -> [String] {
    var found = [folder]
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

public enum ROMError: Error, Equatable, CustomStringConvertible {
  case missing(game: String, expected: String, folders: [String])
  case unreadable(game: String, path: String)
  case wrong(
    game: String, path: String, expected: String, found: String, size: Int, expectedSize: Int)

  public var description: String {
    switch self {
    case .missing(let game, let expected, let folders):
      "no ROM for \(game) (MD5 \(expected)) in \(folders.first ?? "any folder"); "
        + "run Tools/import-roms, or name a folder with ALE_ROMS_DIR"
    case .unreadable(let game, let path):
      "the ROM of \(game) at \(path) cannot be read; run Tools/import-roms"
    case .wrong(let game, let path, let expected, let found, let size, let expectedSize):
      "\(path) is not the ROM of \(game): MD5 \(found), expected \(expected)"
        + (size == expectedSize ? "" : "; it has \(size) bytes, expected \(expectedSize)")
        + "; run Tools/import-roms"
    }
  }
}
