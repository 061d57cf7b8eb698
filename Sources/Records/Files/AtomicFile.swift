import FoundationEssentials
import Glibc

/// Files that are there as a whole or not at all: written beside their place, brought to the disk,
/// then renamed.
public enum AtomicFile {
  fileprivate static let mark = ".part-"

  /// Replaces the file as a whole or leaves it as it was.
  public static func write(_ data: Data, to path: String) throws(FileError) {
    try write(to: path) { file throws(FileError) in
      try data.withUnsafeBytes { bytes in Result { () throws(FileError) in try file.add(bytes) } }
        .get()
    }
  }

  /// As above, piece by piece.
  /// - Parameter older: gets what the file was before; a reader finds one of them whatever happens.
  public static func write(
    to path: String, older: String? = nil, _ body: (PartFile) throws(FileError) -> Void
  ) throws(FileError) {
    let file = try PartFile(path)
    try body(file)
    try file.finish(older: older)
  }

  /// A second name for the file as it now is, which stays whatever becomes of the first: files are
  /// replaced, never changed.
  public static func keep(_ path: String, as other: String) throws(FileError) {
    let part = other + mark + String(getpid())
    unlink(part)
    if link(path, part) != 0 {
      if errno == ENOENT { return }
      return try copy(path, to: other)  // this file system has no second names
    }
    if rename(part, other) != 0 {
      let reason = FileError.reason()
      unlink(part)
      throw .unwritable(other, reason)
    }
    // Where both are names of one file, renaming does nothing.
    unlink(part)
  }

  private static func copy(_ path: String, to other: String) throws(FileError) {
    let (file, source) = (try PartFile(other), try InputFile(path))
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    var place = 0
    while place < source.size {
      let count = min(piece.count, source.size - place)
      do {
        try piece.withUnsafeMutableBytes {
          try source.read(.init(rebasing: $0[..<count]), at: place)
        }
        try piece.withUnsafeBytes { try file.add(.init(rebasing: $0[..<count])) }
      } catch { throw error as? FileError ?? .unwritable(other, "\(error)") }
      place += count
    }
    try file.finish()
  }

  /// Removes what processes that were killed have left half written.
  public static func clean(_ folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let parts = name.components(separatedBy: mark)
      guard parts.count > 1, Int(parts.last!) != nil else { continue }
      unlink(folder + "/" + name)
    }
  }

  /// So that the new name, too, survives a loss of power; a file system may have no such thing.
  fileprivate static func sync(folderOf path: String) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// A file that is being written, beside its place. Finished, it takes its name; what is never finished
/// leaves nothing.
public final class PartFile {
  private let path, part: String
  private let descriptor: Int32
  private var isFinished = false

  /// - Parameter path: what it will be called.
  public init(_ path: String) throws(FileError) {
    self.path = path
    part = path + AtomicFile.mark + String(getpid())
    descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { throw .unwritable(path, FileError.reason()) }
  }

  deinit {
    if descriptor < 0 { return }
    close(descriptor)
    if !isFinished { unlink(part) }
  }

  /// - Parameter place: where they stand in what has been written; nil: behind it.
  public func add(_ bytes: UnsafeRawBufferPointer, at place: Int? = nil) throws(FileError) {
    var (rest, place) = (bytes, place)
    while let base = rest.baseAddress, !rest.isEmpty {
      let most = min(rest.count, 1 << 30)
      let count =
        place.map { pwrite(descriptor, base, most, $0) } ?? Glibc.write(descriptor, base, most)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw .unwritable(path, FileError.reason(count == 0 ? ENOSPC : errno)) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      place = place.map { $0 + count }
    }
  }

  /// The file takes its name, in place of what was called so.
  /// - Parameters:
  ///   - older: gets what the file was before.
  ///   - isSynced: first it is brought to the disk, so that after a loss of power, too, the name is
  ///     that of a whole file; false: that would take too long for what can be had again.
  public func finish(older: String? = nil, isSynced: Bool = true) throws(FileError) {
    if isSynced, fsync(descriptor) != 0, errno != EINVAL {
      throw .unwritable(path, FileError.reason())
    }
    if let older { try AtomicFile.keep(path, as: older) }
    if rename(part, path) != 0 { throw .unwritable(path, FileError.reason()) }
    isFinished = true
    if isSynced { AtomicFile.sync(folderOf: path) }
  }
}
