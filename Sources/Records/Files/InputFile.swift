import Glibc
import Lanes

/// A file of the user's, about which nothing is known: a pipe is not waited for, a folder or a device
/// not read, and what does not fit in memory not tried.
public final class InputFile {
  public let path: String
  public let size: Int
  private let descriptor: Int32

  public init(_ path: String) throws(FileError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 {
      size = 0
      throw .unreadable(path, errno == ENOENT ? "no such file" : FileError.reason())
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      size = 0
      throw .unreadable(path, FileError.reason())
    }
    size = Int(status.st_size)
    if status.st_mode & S_IFMT != S_IFREG {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(path, isFolder ? "it is a folder" : "it is no regular file")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Fills `target` with what lies from `place` on.
  public func read(_ target: UnsafeMutableRawBufferPointer, at place: Int) throws(FileError) {
    var done = 0
    while done < target.count {
      let count = pread(
        descriptor, target.baseAddress! + done, min(target.count - done, 1 << 30), place + done)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .unreadable(path, FileError.reason()) }
      if count == 0 { throw .unreadable(path, "it is cut short") }
      done += count
    }
  }

  /// The whole file.
  /// - Parameter most: bytes that such a file can have.
  public static func bytes(
    _ path: String, atMost most: Int = .max
  ) throws(FileError) -> [UInt8] {
    let file = try InputFile(path)
    if file.size > most {
      throw .unreadable(path, "\(Memory.text(file.size)) are too many for such a file")
    }
    try file.checkRoom()
    var bytes = [UInt8](repeating: 0, count: file.size)
    try bytes.withUnsafeMutableBytes { target in
      Result { () throws(FileError) in try file.read(target, at: 0) }
    }.get()
    return bytes
  }

  /// The whole file as text.
  public static func text(_ path: String, atMost most: Int = 1 << 30) throws(FileError) -> String {
    let bytes = try bytes(path, atMost: most)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(path, "it is no text")
    }
    return text
  }

  /// That there is memory for all of it.
  public func checkRoom() throws(FileError) {
    if size > Memory.room {
      let free = Memory.text(Memory.room)
      throw .unreadable(
        path, "its \(Memory.text(size)) do not fit the memory, of which \(free) are free")
    }
  }
}
