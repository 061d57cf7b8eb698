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
