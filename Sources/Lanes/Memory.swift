import FoundationEssentials
import Glibc
import Synchronization

/// Memory that the process may take and has taken.
public enum Memory {
  /// Bytes that are still to be had: of the machine, of its control group and of the process's own
  /// limit. Larger requests would be granted, and the process ended when it uses them.
  public static var free: Int { max(0, min(ofMachine, ofGroup, ofProcess)) }

  /// Bytes in all aligned buffers.
  static let held = Atomic<Int>(0)

  /// Bytes of the aligned buffers that live on when `body` is done, as far as no other thread makes
  /// or frees some meanwhile.
  public static func kept<Result>(
    by body: () throws -> Result
  ) rethrows -> (result: Result, bytes: Int) {
    let before = held.load(ordering: .relaxed)
    let result = try body()
    return (result, held.load(ordering: .relaxed) - before)
  }

  private static var ofMachine: Int {
    (number("MemAvailable:", in: "/proc/meminfo") ?? .max >> 10) << 10
  }

  /// What files hold of a group's memory is given back when it is needed.
  private static var ofGroup: Int {
    let folder = "/sys/fs/cgroup/memory."
    guard let limit = words(folder + "max").first.flatMap({ Int($0) }),
      let used = words(folder + "current").first.flatMap({ Int($0) })
    else { return .max }
    let files = number("file", in: folder + "stat") ?? 0
    return limit - used + files - (number("shmem", in: folder + "stat") ?? 0)
  }

  private static var ofProcess: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_AS.rawValue)), &limit) == 0,
      limit.rlim_cur < Int.max
    else { return .max }
    let used = words("/proc/self/statm").first.flatMap { Int($0) } ?? 0
    return Int(limit.rlim_cur) - used * sysconf(Int32(_SC_PAGESIZE))
  }

  private static func words(_ path: String) -> [Substring] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(whereSeparator: \.isWhitespace)
  }

  /// What follows a word.
  private static func number(_ name: String, in path: String) -> Int? {
    let words = words(path)
    guard let place = words.firstIndex(where: { $0 == name }), place + 1 < words.count else {
      return nil
    }
    return Int(words[place + 1])
  }
}
