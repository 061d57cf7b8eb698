import Glibc

/// What kept a file from being read or written, in the system's words.
public enum FileError: Error, Equatable, CustomStringConvertible {
  case unreadable(String, String)
  case unwritable(String, String)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }

  /// Of `errno`, or of another number.
  public static func reason(_ number: Int32 = errno) -> String { String(cString: strerror(number)) }
}
