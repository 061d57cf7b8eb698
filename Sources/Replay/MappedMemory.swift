import Glibc
import Lanes

/// Zeroed memory from the system: its own, or a file's, so that what is written outlives the process.
final class MappedMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  private let isClaimed: Bool

  /// - Parameter path: nil: memory that no file backs.
  /// - Throws: `ReplayError` where there is no room, or the file cannot be had.
  init(bytes: Int, path: String?) throws(ReplayError) {
    self.bytes = max(bytes, 1)
    isClaimed = path == nil
    guard let path else {
      if self.bytes > Memory.room { throw .memory(bytes) }
      guard let base = Self.map(self.bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1) else {
        throw .memory(bytes)
      }
      self.base = base
      Memory.claim(self.bytes)
      return
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw .file(path, Self.reason(errno)) }
    defer { close(descriptor) }
    // Room is taken now: a disk that fills up later would end the process.
    let failure =
      ftruncate(descriptor, self.bytes) == 0
      ? posix_fallocate(descriptor, 0, self.bytes) : errno
    if failure != 0 {
      throw .file(path, "\(bytes >> 20) MB are wanted: \(Self.reason(failure))")
    }
    guard let base = Self.map(self.bytes, MAP_SHARED, descriptor) else {
      throw .file(path, Self.reason(errno))
    }
    self.base = base
  }

  deinit {
    munmap(base, bytes)
    if isClaimed { Memory.release(bytes) }
  }

  /// Returns when all that was written is on the disk.
  /// - Throws: `ReplayError.file`.
  func sync(_ path: String) throws(ReplayError) {
    if msync(base, bytes, MS_SYNC) != 0 { throw .file(path, Self.reason(errno)) }
  }

  private static func map(_ bytes: Int, _ flags: Int32, _ descriptor: Int32)
    -> UnsafeMutableRawPointer?
  {
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    return memory == MAP_FAILED ? nil : memory
  }

  private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}

public enum ReplayError: Error, Equatable, CustomStringConvertible {
  /// Bytes that were asked for.
  case memory(Int)
  case file(String, String)
  case dataset(String, String)

  public var description: String {
    switch self {
    case .memory(let bytes): "a replay of \(bytes >> 20) MB does not fit this machine's memory"
    case .file(let path, let reason): "replay file \(path): \(reason)"
    case .dataset(let path, let reason): "data set \(path): \(reason)"
    }
  }
}
