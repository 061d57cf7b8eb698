import CLanes
import FoundationEssentials

/// Processors of this machine that the process may use.
public enum Processors {
  /// Of its affinity, and no more than its control group's quota pays for.
  public static var usable: Int { max(1, min(inAffinity, quota ?? .max)) }

  private static var inAffinity: Int {
    let count = Int(lanes_processors())
    return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
  }

  /// Rounded up; nil: there is none.
  private static var quota: Int? {
    guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else {
      return nil
    }
    let words = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard words.count == 2, let share = words[0], let period = words[1], period > 0 else {
      return nil
    }
    return Int(min((share / period).rounded(.up), 1024))
  }
}
