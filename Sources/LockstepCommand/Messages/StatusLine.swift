import Foundation
import Training

/// The line of progress, on standard error: rewritten in place on a terminal; elsewhere a line every
/// ten seconds, in CI every minute.
struct StatusLine {
  enum Manner: Equatable {
    case rewritten
    /// Seconds from one line to the next.
    case lines(Double)
    case silent

    static func of(isQuiet: Bool, isTerminal: Bool, _ environment: [String: String]) -> Manner {
      if isQuiet { return .silent }
      let isCI = environment["CI"].map { !["", "0", "false"].contains($0) } ?? false
      if isCI { return .lines(60) }
      return isTerminal && environment["TERM"] != "dumb" ? .rewritten : .lines(10)
    }
  }

  private let manner: Manner
  private var sinceShown: Stopwatch?
  private var latest: RunProgress?

  init(isQuiet: Bool = false) {
    manner = Manner.of(
      isQuiet: isQuiet, isTerminal: isatty(2) == 1, ProcessInfo.processInfo.environment)
  }

  mutating func show(_ progress: RunProgress) {
    latest = progress
    let pause: Double =
      switch manner {
      case .silent: .infinity
      case .rewritten: 0.2
      case .lines(let seconds): seconds
      }
    if manner == .silent || (sinceShown.map { $0.seconds < pause } ?? false) { return }
    sinceShown = Stopwatch()
    write(progress, isLast: false)
  }

  func end() {
    if manner != .silent, let latest { write(latest, isLast: true) }
  }

  private func write(_ progress: RunProgress, isLast: Bool) {
    let isRewritten = manner == .rewritten
    // All columns but one: a terminal wraps a line that has all.
    let width = isRewritten ? Self.terminalWidth - 1 : 119
    let text = Self.text(progress, width: width)
    let line = isRewritten ? "\r\u{1B}[K\(text)" + (isLast ? "\n" : "") : text + "\n"
    Interruption.write(line)
  }

  /// As it is now: windows are dragged.
  private static var terminalWidth: Int {
    var size = winsize()
    let isKnown = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 80
  }

  /// Cells of the bar, where there is room for one.
  private static let cells = 10

  /// What matters most comes first; what there is no room for is left out.
  static func text(_ progress: RunProgress, width: Int) -> String {
    let done = min(1, max(0, progress.share))
    let mean = progress.meanReturn.map { "return \(figure($0))" } ?? "no return yet"
    var parts = [String(format: "%.1f%%", 100 * done), "step \(progress.steps)", mean]
    let end = ["\(Int(progress.stepsPerSecond))/s", "\(duration(progress.secondsLeft)) left"]
    let bar = "[" + String(repeating: "#", count: Int(done * Double(cells)))
    let drawn = bar.padding(toLength: cells + 1, withPad: ".", startingAt: 0) + "]"
    if length([drawn] + parts + end) <= width { parts.insert(drawn, at: 0) }
    let shares = String(
      format: "env %.0f%% learn %.0f%%", 100 * progress.shares.environment,
      100 * progress.shares.learning)
    let headline = progress.report.headline.compactMap { label, name in
      progress.report[name].map { "\(label) \(figure($0))" }
    }
    for part in headline + [shares] where length(parts + [part] + end) <= width {
      parts.append(part)
    }
    return String((parts + end).joined(separator: "  ").prefix(max(width, 1)))
  }

  private static func length(_ parts: [String]) -> Int { parts.joined(separator: "  ").count }

  private static func figure(_ value: Double) -> String {
    abs(value) >= 1000 || (abs(value) < 0.001 && value != 0)
      ? String(format: "%.3g", value) : String(format: abs(value) < 10 ? "%.3f" : "%.2f", value)
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9))
    return whole >= 3600
      ? "\(whole / 3600)h\(String(format: "%02d", whole / 60 % 60))m"
      : "\(whole / 60)m\(String(format: "%02d", whole % 60))s"
  }
}
