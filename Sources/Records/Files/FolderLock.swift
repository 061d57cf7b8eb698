import Glibc

/// A folder that one process at a time works in.
///
/// The system keeps the lock and gives it up when the process ends, however it ends: a file that was
/// left behind locks nothing. It names its owner for those who find it locked. Where a file system
/// has no locks, the owner's name is the lock.
public final class FolderLock {
  public static let name = "lock"
  private let path: String
  private let descriptor: Int32

  /// - Throws: `FileError.unwritable` with the owner, where another has it.
  public init(_ folder: String) throws(FileError) {
    path = folder + "/" + Self.name
    var opened: Int32 = -1
    repeat {
      if opened >= 0 { close(opened) }
      opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o644)
      if opened < 0 { throw .unwritable(folder, FileError.reason()) }
      // Who had it may have removed the file in between.
    } while try !Self.take(opened, path, folder)
    descriptor = opened
    let owner = "\(getpid()) \(Self.host)\n"
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, owner, owner.utf8.count, 0)
  }

  deinit {
    unlink(path)
    close(descriptor)
  }

  /// - Returns: false: the file is not the folder's any more.
  private static func take(
    _ descriptor: Int32, _ path: String, _ folder: String
  ) throws(FileError) -> Bool {
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let isTaken = errno == EWOULDBLOCK || isAlive(owner(descriptor))
      if isTaken {
        let owner = owner(descriptor)
        close(descriptor)
        throw .unwritable(folder, "it is in use by \(text(owner))")
      }
    }
    var (mine, theirs) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &theirs) == 0
      && mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev
  }

  private static func owner(_ descriptor: Int32) -> (process: Int32, host: String)? {
    var bytes = [UInt8](repeating: 0, count: 300)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let process = Int32(words[0]), process > 0 else { return nil }
    return (process, String(words[1]))
  }

  private static func isAlive(_ owner: (process: Int32, host: String)?) -> Bool {
    guard let owner else { return false }
    // Of another machine's processes nothing is known.
    return owner.host != host || kill(owner.process, 0) == 0 || errno == EPERM
  }

  private static func text(_ owner: (process: Int32, host: String)?) -> String {
    guard let owner else { return "another process" }
    return "process \(owner.process) of \(owner.host == host ? "this machine" : owner.host)"
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, 255)
    let text = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.isEmpty ? "?" : text.filter { !$0.isWhitespace }
  }
}
