import Foundation
import Nets

/// What a run is, enough to make its environment and agent again.
public struct RunSettings: Codable, Equatable, Sendable {
  public var environment: String
  public var environmentSettings: [String: String]
  public var agent: String
  public var agentSettings: [String: String]
  public var lanes: Int
  /// Agent steps over all lanes.
  public var steps: Int
  public var seed: UInt64

  public init(
    environment: String, environmentSettings: [String: String], agent: String,
    agentSettings: [String: String], lanes: Int, steps: Int, seed: UInt64
  ) {
    self.environment = environment
    self.environmentSettings = environmentSettings
    self.agent = agent
    self.agentSettings = agentSettings
    self.lanes = lanes
    self.steps = steps
    self.seed = seed
  }
}

/// The folder of one run: `settings.json`, `updates.jsonl`, `checkpoint.safetensors` and what the
/// end of the run adds.
public struct RunFolder: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public func file(_ name: String) -> String { path + "/" + name }

  public static let settingsName = "settings.json"
  public static let updatesName = "updates.jsonl"
  public static let checkpointName = "checkpoint.safetensors"

  /// Makes the folder and writes the settings.
  /// - Throws: `RunError.folder` when it cannot be made or holds a run already.
  public static func create(_ path: String, _ settings: RunSettings) throws -> RunFolder {
    let folder = RunFolder(path: path)
    if FileManager.default.fileExists(atPath: folder.file(settingsName)) {
      throw RunError.folder(path, "holds a run already; go on with --resume or name another")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(path, "cannot be made (\(Self.reason(error)))")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(settings), to: folder.file(settingsName))
    return folder
  }

  /// - Throws: `RunError.folder` when there is no run in it.
  public func settings() throws -> RunSettings {
    guard let data = FileManager.default.contents(atPath: file(Self.settingsName)) else {
      throw RunError.folder(path, "is no run: it has no \(Self.settingsName)")
    }
    do {
      return try JSONDecoder().decode(RunSettings.self, from: data)
    } catch {
      throw RunError.folder(path, "has a damaged \(Self.settingsName)")
    }
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return String(cString: strerror(Int32(underlying?.code ?? Int(errno))))
  }

  /// Keeps the lines of updates up to `update`, so that a resumed run's file has each once.
  func trimUpdates(after update: Int) throws {
    let path = file(Self.updatesName)
    guard let data = FileManager.default.contents(atPath: path) else { return }
    let kept = String(decoding: data, as: UTF8.self).split(separator: "\n").prefix(update)
    let text = kept.map { $0 + "\n" }.joined()
    try AtomicFile.write(Data(text.utf8), to: path)
  }

  func appendUpdate(_ line: String) throws {
    let path = file(Self.updatesName)
    guard let handle = fopen(path, "a") else {
      throw RunError.folder(self.path, "cannot be written (\(String(cString: strerror(errno))))")
    }
    let written = fputs(line + "\n", handle)
    if fclose(handle) != 0 || written < 0 {
      throw RunError.folder(self.path, "cannot be written (\(String(cString: strerror(errno))))")
    }
  }
}

public enum RunError: Error, Equatable, CustomStringConvertible {
  case folder(String, String)

  public var description: String {
    switch self {
    case .folder(let path, let reason): "\(path) \(reason)"
    }
  }
}
