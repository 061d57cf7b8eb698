import Foundation
import Training

/// How far an evaluation is, on standard error: its output may be read by a program.
final class EvaluationLine {
  let episodes: Int
  var ended = 0
  private let isTerminal = isatty(2) == 1
  private var sinceShown = Stopwatch()
  private var wasShown = false

  init(episodes: Int) { self.episodes = episodes }

  /// Before every step; the first line after ten seconds, on a terminal after one.
  func watch(_ step: Int) -> Bool {
    _ = Interruption.isAsked
    guard sinceShown.seconds > (isTerminal ? 1 : 10) else { return true }
    sinceShown = Stopwatch()
    wasShown = true
    show("\(ended) of \(episodes) episodes, step \(step)")
    return true
  }

  private func show(_ text: String) {
    let line = isTerminal ? "\r\u{1B}[K\(text)" : "\(text)\n"
    Interruption.write(line)
  }

  func end() { if isTerminal && wasShown { show("") } }
}

/// The line of progress: rewritten in place on a terminal, every ten seconds elsewhere.
struct StatusLine {
  private let isTerminal = isatty(1) == 1
  private var sinceShown: Stopwatch?
  private var latest: RunProgress?
  /// Columns; a terminal of 80 wraps a line that has all of them.
  static let width = 79

  mutating func show(_ progress: RunProgress) {
    latest = progress
    if let sinceShown, sinceShown.seconds < (isTerminal ? 0.2 : 10) { return }
    sinceShown = Stopwatch()
    print(
      isTerminal ? "\r\u{1B}[K\(Self.text(progress))" : Self.text(progress),
      terminator: isTerminal ? "" : "\n")
    fflush(nil)
  }

  func end() {
    guard let latest else { return }
    print(isTerminal ? "\r\u{1B}[K\(Self.text(latest))" : Self.text(latest))
    fflush(nil)
  }

  /// What matters most comes first; what there is no room for is left out.
  static func text(_ progress: RunProgress) -> String {
    let share = String(format: "%.1f%%", min(100, 100 * progress.share))
    let mean = progress.meanReturn.map { "return \(figure($0))" } ?? "no return yet"
    let always = ["\(share) step \(progress.steps)", mean]
    let end = ["\(Int(progress.stepsPerSecond))/s", "\(duration(progress.secondsLeft)) left"]
    let shares = String(
      format: "env %.0f%% learn %.0f%%", 100 * progress.shares.environment,
      100 * progress.shares.learning)
    var headline: [String] = []
    for (label, name) in progress.report.headline {
      guard let value = progress.report[name] else { continue }
      headline.append("\(label) \(figure(value))")
    }
    var parts = always
    for part in headline + [shares] where length(parts + [part] + end) <= width {
      parts.append(part)
    }
    return String((parts + end).joined(separator: "  ").prefix(width))
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
