/// Text of a page. What is interpolated is escaped, unless it is markup itself: a name out of a file
/// can be no tag.
struct Markup: ExpressibleByStringInterpolation {
  private(set) var text = ""

  init() {}
  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  struct StringInterpolation: StringInterpolationProtocol {
    var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }
    mutating func appendInterpolation(_ value: Int) { text += String(value) }
    mutating func appendInterpolation(_ value: Markup) { text += value.text }
    /// Our own text that needs no escaping: style, numbers of a path.
    mutating func appendInterpolation(raw: String) { text += raw }
  }

  static func + (one: Markup, other: Markup) -> Markup {
    var sum = one
    sum += other
    return sum
  }

  static func += (one: inout Markup, other: Markup) { one.text += other.text }

  /// Safe between tags and between double or single quotes. Characters that no page may hold become
  /// the one that stands for such.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      case _ where scalar.properties.generalCategory == .control || scalar.isNoncharacter:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Sequence where Element == Markup {
  func joined() -> Markup { reduce(into: Markup()) { $0 += $1 } }
}

extension Unicode.Scalar {
  fileprivate var isNoncharacter: Bool {
    value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(value)
  }
}
