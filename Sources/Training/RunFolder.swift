import Foundation
import Nets
import Records

/// The folder of one run: `settings.json`, `updates.jsonl`, `checkpoint.safetensors` and what the
/// end of the run adds.
public struct RunFolder: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public func file(_ name: String) -> String { path + "/" + name }

  public static let settingsName = "settings.json"
  public static let updatesName = "updates.jsonl"
  public static let checkpointName = "checkpoint.safetensors"
  public static let bestName = "best.safetensors"

  /// Whether there is a run in it.
  public var holdsRun: Bool { FileManager.default.fileExists(atPath: file(Self.settingsName)) }

  /// Makes the folder and writes the settings.
  /// - Throws: `RunError.folder` when it cannot be made or holds a run already.
  public static func create(_ path: String, _ settings: RunSettings) throws -> RunFolder {
    let folder = RunFolder(path: path)
    if folder.holdsRun {
      throw RunError.folder(path, "holds a run already; go on with --resume or name another")
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(path, "cannot be made (\(Self.reason(error)))")
    }
    try folder.write(settings)
    return folder
  }

  public func write(_ settings: RunSettings) throws {
    try AtomicFile.write(try JSON.pretty(settings), to: file(Self.settingsName))
  }

  /// - Throws: `RunError.folder` when there is no run in it.
  public func settings() throws -> RunSettings {
    guard let data = FileManager.default.contents(atPath: file(Self.settingsName)) else {
      throw RunError.folder(path, "is no run: it has no \(Self.settingsName)")
    }
    guard let settings = try? JSONDecoder().decode(RunSettings.self, from: data),
      settings.lanes > 0,
      settings.steps > 0
    else { throw RunError.folder(path, "has a damaged \(Self.settingsName)") }
    return settings.withTodaysNames()
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

  /// The checkpoint as it now is gets a second name with its number of steps; of these the newest
  /// `keep` stay.
  func number(checkpointOf steps: Int, keep: Int) throws {
    let name = "checkpoint-" + String(repeating: "0", count: max(0, 12 - "\(steps)".count))
    let path = file(name + "\(steps).safetensors")
    // A checkpoint is replaced by renaming, so this one stays what it is.
    guard link(file(Self.checkpointName), path) == 0 || errno == EEXIST else {
      throw RunError.folder(self.path, "cannot be written (\(String(cString: strerror(errno))))")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
    let numbered = names.filter { $0.hasPrefix("checkpoint-") && $0.hasSuffix(".safetensors") }
    for old in numbered.sorted().dropLast(keep) { unlink(file(old)) }
  }
}

/// A text file that grows line by line; every line is there once `add` returns.
final class LineFile {
  private let path: String
  private let descriptor: Int32

  /// - Throws: `RunError.folder`.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw failure }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func add(_ line: String) throws {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw failure }
      rest = rest.dropFirst(count)
    }
  }

  private var failure: RunError {
    .folder(path, "cannot be written (\(String(cString: strerror(errno))))")
  }
}

public enum RunError: Error, Equatable, CustomStringConvertible {
  case folder(String, String)
  /// Steps asked for, steps of one update.
  case tooFewSteps(Int, Int)

  public var description: String {
    switch self {
    case .folder(let path, let reason): "\(path) \(reason)"
    case .tooFewSteps(let asked, let update):
      "\(asked) steps are less than one update, which takes \(update)"
    }
  }
}
