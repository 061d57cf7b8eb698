import Foundation

/// Round tick positions that cover the values.
struct Axis: Equatable {
  let low, high, step: Double

  /// - Parameter fits: the axis begins at zero and ends at the largest value, tick or not.
  init(_ values: [Double], ticks: Int, fits: Bool) {
    let least = fits ? min(0, values.min() ?? 0) : values.min() ?? 0
    let most = values.max() ?? 1
    let span = max(most - least, max(abs(least), abs(most)) * 1e-6, 1e-9)
    let raw = span / Double(ticks)
    let power = pow(10, log10(raw).rounded(.down))
    step = ([1.0, 2, 5, 10].first { $0 * power >= raw } ?? 10) * power
    low = (least / step).rounded(.down) * step
    high = fits ? max(most, low + span) : max((most / step).rounded(.up) * step, low + step)
  }

  var ticks: [Double] {
    (0...Int(((high - low) / step + 0.001).rounded(.down))).map { low + Double($0) * step }
  }

  /// 0 at its beginning, 1 at its end.
  func share(_ value: Double) -> Double { (value - low) / (high - low) }

  func text(_ value: Double) -> String {
    let value = abs(value) < step / 1e6 ? 0 : value
    let (number, unit) =
      switch max(abs(low), abs(high)) {
      case 1e9...: (value / 1e9, "G")
      case 1e6...: (value / 1e6, "M")
      case 1e4...: (value / 1e3, "k")
      default: (value, "")
      }
    let text = String(format: "%.6g", number) + (number == 0 ? "" : unit)
    return text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }
}
