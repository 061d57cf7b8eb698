import FoundationEssentials
import Glibc
import Synchronization

/// Memory that the process may take, and what its buffers have asked for: the one place where memory
/// is refused.
///
/// Pages take no room before they are touched, so that a system grants more than it has and ends the
/// process later. What buffers ask for is therefore counted here, touched or not.
public enum Memory {
  private static let held = Atomic<Int>(0)
  /// When the first buffer was made.
  private static let allowance = free

  /// Bytes that all buffers together hold.
  public static var claimed: Int { held.load(ordering: .relaxed) }

  /// Bytes that buffers may still ask for.
  public static var room: Int { max(0, min(allowance - claimed, free)) }

  /// Bytes of the buffers that live on when `body` is done, as far as no other thread makes or frees some
  /// meanwhile.
  public static func kept<Result>(
    by body: () throws -> Result
  ) rethrows -> (result: Result, bytes: Int) {
    let before = claimed
    let result = try body()
    return (result, claimed - before)
  }

  /// Bytes that the machine, the process's control groups and its own limits leave it.
  public static var free: Int {
    let limits = [
      available, ControlGroups.own.freeMemory, left(RLIMIT_AS, usedPages(0)),
      left(RLIMIT_DATA, usedPages(5)),
    ]
    return limits.compactMap(\.self).min() ?? .max
  }

  /// What a buffer does before it asks the system; ends the process where there is no room.
  public static func claim(_ bytes: Int) {
    let total = held.wrappingAdd(bytes, ordering: .relaxed).newValue
    if total > allowance {
      held.wrappingSubtract(bytes, ordering: .relaxed)
      refuse(bytes)
    }
  }

  /// Has memory that is looked at all over lie in pages of 2 MB, where the system has such: fewer
  /// addresses to be translated.
  static func useLargePages(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
    let page = 1 << 16  // a multiple of all systems' pages
    if bytes < 4 << 20 { return }
    let first = memory.alignedUp(toMultipleOf: page)
    madvise(first, (bytes - (first - memory)) & -page, MADV_HUGEPAGE)
  }

  public static func release(_ bytes: Int) { held.wrappingSubtract(bytes, ordering: .relaxed) }

  /// Ends the process with one line and status 1. What is on the disk is whole whenever that happens.
  public static func refuse(_ bytes: Int) -> Never {
    let line = "lockstep: out of memory: \(text(bytes)) more are wanted, \(text(room)) are free\n"
    line.utf8CString.withUnsafeBytes { _ = write(2, $0.baseAddress!, $0.count - 1) }
    _exit(1)
  }

  /// `300 MB`, `1.5 GB`; in powers of 1024.
  public static func text(_ bytes: Int) -> String {
    if bytes == .max { return "more bytes than there are numbers for" }
    if bytes < 10 << 10 { return "\(bytes) bytes" }
    if bytes < 10 << 20 { return "\(bytes >> 10) KB" }
    if bytes < 10 << 30 { return "\(bytes >> 20) MB" }
    return "\(bytes >> 30) GB"
  }

  // MARK: Limits

  private static var available: Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") })
    else { return nil }
    return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  private static func left(_ limit: __rlimit_resource, _ used: Int?) -> Int? {
    var limits = rlimit()
    guard getrlimit(__rlimit_resource_t(limit.rawValue), &limits) == 0, let used,
      let most = Int(exactly: limits.rlim_cur)
    else { return nil }
    return max(0, most - used)
  }

  /// Bytes, by the column of `/proc/self/statm`.
  private static func usedPages(_ column: Int) -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let numbers = text.split(separator: " ").compactMap { Int($0) }
    return numbers.count > column ? numbers[column] * sysconf(Int32(_SC_PAGESIZE)) : nil
  }
}
