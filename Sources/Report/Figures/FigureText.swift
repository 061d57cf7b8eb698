import Foundation

/// Numbers as people read them.
enum FigureText {
  /// Four digits that count, or all before the point.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    let size = abs(value)
    if size >= 1e15 || (size < 1e-4 && size > 0) { return String(format: "%.3e", value) }
    if size >= 1000 { return whole(value) }
    let text = String(format: "%.\(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4)f", value)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// With a comma between thousands.
  static func whole(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e18 else { return "–" }
    let digits = Array(String(Int(abs(value).rounded())))
    var text = value <= -0.5 ? "−" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  static func interval(_ range: ClosedRange<Double>?) -> String {
    range.map { "\(number($0.lowerBound)) to \(number($0.upperBound))" } ?? "–"
  }

  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
