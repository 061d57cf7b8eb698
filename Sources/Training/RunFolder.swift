import Foundation
import Lanes
import Nets
import Records

/// The folder of one run: `settings.json`, `updates.jsonl`, the last two checkpoints and what the end
/// of the run adds. Whoever trains in it holds its lock.
public struct RunFolder: Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  public func file(_ name: String) -> String { path + "/" + name }

  public static let settingsName = "settings.json"
  public static let updatesName = "updates.jsonl"
  public static let checkpointName = "checkpoint.safetensors"
  /// What the checkpoint was before.
  public static let previousName = "previous.safetensors"
  public static let bestName = "best.safetensors"
  /// What the end of a run adds.
  public static let evaluationName = "evaluation.json"
  public static let pictureName = "episode.png"
  public static let curveName = "curve.svg"
  public static let reportName = "report.html"
  public static let tableName = "updates.csv"
  private static let written = [
    updatesName, previousName, bestName, evaluationName, pictureName, curveName, reportName,
    tableName,
  ]

  /// Whether there is a run in it.
  public var holdsRun: Bool { has(Self.settingsName) }
  /// Whether it ever had a checkpoint.
  public var hasBegun: Bool {
    has(Self.checkpointName) || has(Self.previousName) || size(Self.updatesName) > 0
  }

  private func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  private func size(_ name: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: file(name))[.size] as? Int) ?? 0
  }

  // MARK: Creation

  /// Makes the folder, locks it and writes the settings.
  /// - Throws: `RunError.folder` when it cannot be made, is in use or holds a run already.
  public static func create(
    _ path: String, _ settings: RunSettings
  ) throws -> (folder: RunFolder, lock: FolderLock) {
    let folder = RunFolder(path: path)
    // A folder that another run is just being made in is locked, or soon holds it.
    if folder.holdsRun { throw Self.taken(path) }
    try makeFolder(path)
    let lock = try folder.lock()
    if folder.holdsRun { throw Self.taken(path) }
    try folder.write(settings)
    return (folder, lock)
  }

  /// As above, in a folder of that name or of that name and a number, which nobody had before.
  public static func createNew(
    _ path: String, _ settings: RunSettings
  ) throws -> (folder: RunFolder, lock: FolderLock) {
    try makeFolder((path as NSString).deletingLastPathComponent)
    for number in 1...10_000 {
      let name = number == 1 ? path : "\(path)-\(number)"
      if mkdir(name, 0o777) == 0 { return try create(name, settings) }
      if errno != EEXIST { throw RunError.folder(name, "cannot be made (\(FileError.reason()))") }
    }
    throw RunError.folder(path, "cannot be made: there are 10000 of that name")
  }

  private static func taken(_ path: String) -> RunError {
    .folder(path, "holds a run already; go on with --resume or name another")
  }

  private static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(path, "cannot be made (\(reason(error)))")
    }
  }

  /// The right to train here, for as long as the lock is held; cleans up after those that were killed.
  /// - Throws: `RunError.folder` where another process has it, or where a folder stands in the way of
  ///   what the run will write.
  public func lock() throws -> FolderLock {
    do {
      let lock = try FolderLock(path)
      try checkNames()
      AtomicFile.clean(path)
      return lock
    } catch FileError.unwritable(_, let reason) {
      throw RunError.folder(path, "cannot be trained in: \(reason)")
    }
  }

  /// Files of any kind give way to new ones; folders do not, and a run would find that out at its end.
  private func checkNames() throws {
    for name in Self.written {
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: file(name), isDirectory: &isFolder),
        isFolder.boolValue
      {
        throw RunError.folder(path, "cannot be trained in: its \(name) is a folder")
      }
    }
  }

  // MARK: Settings

  public func write(_ settings: RunSettings) throws {
    try AtomicFile.write(try JSON.pretty(settings), to: file(Self.settingsName))
  }

  /// - Throws: `RunError.folder` when there is no run in it.
  public func settings() throws -> RunSettings {
    guard holdsRun else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw RunError.folder(
        path, isThere ? "is no run: it has no \(Self.settingsName)" : "is not there")
    }
    let bytes = try InputFile.bytes(file(Self.settingsName), atMost: 1 << 20)
    guard let settings = try? JSONDecoder().decode(RunSettings.self, from: Data(bytes)) else {
      throw RunError.folder(path, "has a damaged \(Self.settingsName)")
    }
    guard (1...1_048_576).contains(settings.lanes), settings.steps > 0 else {
      throw RunError.folder(path, "has impossible lanes or steps in its \(Self.settingsName)")
    }
    return settings.withTodaysNames()
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return FileError.reason(Int32(underlying?.code ?? Int(errno)))
  }

  // MARK: Updates

  /// Keeps the lines of updates up to `update`, so that a resumed run's file has each once.
  func trimUpdates(after update: Int) throws {
    guard has(Self.updatesName) else { return }
    let path = file(Self.updatesName)
    let bytes = try InputFile.bytes(path)
    var (lines, end) = (0, 0)
    while lines < update, let next = bytes[end...].firstIndex(of: 0x0A) {
      (lines, end) = (lines + 1, next + 1)
    }
    if end == bytes.count { return }
    try AtomicFile.write(Data(bytes[..<end]), to: path)
  }

  // MARK: Checkpoints

  /// The newest checkpoint that is whole.
  /// - Returns: its file, and what to say where it is not the newest of all.
  /// - Throws: `CheckpointError`.
  public func checkpoint() throws -> (file: SafeTensors, note: String?) {
    do {
      return (try SafeTensors(path: file(Self.checkpointName), from: .own), nil)
    } catch let error as CheckpointError {
      guard error.isOfFile, let older = try? SafeTensors(path: file(Self.previousName), from: .own)
      else { throw error }
      let step = older.metadata["steps"].map { " of step \($0)" } ?? ""
      return (older, "\(error); going on from the checkpoint before it\(step)")
    }
  }

  /// Where the newest checkpoint is not whole: the one before takes its place, so that the next one
  /// does not push out the only one that is.
  func dropDamaged() throws {
    let newest = file(Self.checkpointName)
    if has(Self.checkpointName) { rename(newest, file("damaged.safetensors")) }
    try AtomicFile.keep(file(Self.previousName), as: newest)
  }

  /// The checkpoint as it now is gets a second name with its number of steps; of these the newest
  /// `keep` stay.
  func number(checkpointOf steps: Int, keep: Int) throws {
    let name = "checkpoint-" + String(repeating: "0", count: max(0, 12 - "\(steps)".count))
    try AtomicFile.keep(file(Self.checkpointName), as: file(name + "\(steps).safetensors"))
    let names = (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? []
    let numbered = names.filter { $0.hasPrefix("checkpoint-") && $0.hasSuffix(".safetensors") }
    for old in numbered.sorted().dropLast(keep) { unlink(file(old)) }
  }

  /// - Throws: `RunError.folder` where there is no room for so many bytes more.
  func checkRoom(_ bytes: Int) throws {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let (free, isMany) = Int(status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    if isMany || free >= bytes { return }
    throw RunError.folder(
      path,
      "lies on a disk with \(Memory.text(free)) left; the next checkpoints take \(Memory.text(bytes))"
    )
  }
}

extension CheckpointError {
  /// The file's bytes are at fault, or it is not there.
  fileprivate var isOfFile: Bool {
    switch self {
    case .damaged, .unreadable(_, "no such file"): true
    default: false
    }
  }
}

/// A text file that grows line by line; every line is there once `add` returns.
final class LineFile {
  private let path: String
  private let descriptor: Int32

  /// - Throws: `RunError.folder`.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o644)
    if descriptor < 0 { throw failure }
    var status = stat()
    if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
      throw RunError.folder(path, "is no regular file")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Returns when the lines are on the disk.
  func sync() throws { if fsync(descriptor) != 0 { throw failure } }

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
    .folder(path, "cannot be written (\(FileError.reason()))")
  }
}

public enum RunError: Error, Equatable, CustomStringConvertible {
  case folder(String, String)
  /// Steps asked for, steps of one update.
  case tooFewSteps(Int, Int)
  /// A checkpoint's difference from the run that it lies with.
  case otherRun(String)

  public var description: String {
    switch self {
    case .folder(let path, let reason): "\(path) \(reason)"
    case .tooFewSteps(let asked, let update):
      "\(asked) steps are less than one update, which takes \(update)"
    case .otherRun(let difference): "the checkpoint is of another run: \(difference)"
    }
  }
}
