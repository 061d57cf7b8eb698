/// A setting's value as it stands in a file or on a command line; bare in JSON.
public enum SettingValue: Equatable, Sendable {
  case flag(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
}

extension SettingValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .flag(let value): "\(value)"
    case .whole(let value): "\(value)"
    case .number(let value): value == value.rounded() ? plain(value) : "\(value)"
    case .text(let value): value
    }
  }

  /// A number without a fraction, without `.0`.
  private func plain(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }
}

extension SettingValue: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  public init(integerLiteral value: Int) { self = .whole(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
}

extension SettingValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .whole(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let value): try container.encode(value)
    case .whole(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}

/// Which values a setting takes.
public enum SettingKind: Equatable, Sendable {
  case flag
  case whole(ClosedRange<Int>)
  /// Finite.
  case number(ClosedRange<Double>)
  case choice([String])
  /// Text of a form, for example `WIDTHxHEIGHT`.
  case text(form: String)
  /// A whole number, or a word that stands for having none.
  case wholeOr(ClosedRange<Int>, String)

  /// The value in this kind's own case, whatever case it came in; nil when it does not belong here.
  func read(_ value: SettingValue) -> SettingValue? {
    switch self {
    case .flag: flag(value).map { .flag($0) }
    case .whole(let range): whole(value).flatMap { range.contains($0) ? .whole($0) : nil }
    case .number(let range):
      number(value).flatMap { $0.isFinite && range.contains($0) ? .number($0) : nil }
    case .choice(let names): names.contains(value.description) ? .text(value.description) : nil
    case .text: .text(value.description)
    case .wholeOr(let range, let word):
      value == .text(word)
        ? value : whole(value).flatMap { range.contains($0) ? .whole($0) : nil }
    }
  }

  private func flag(_ value: SettingValue) -> Bool? {
    switch value {
    case .flag(let flag): flag
    case .text(let text): Bool(text)
    default: nil
    }
  }

  private func whole(_ value: SettingValue) -> Int? {
    switch value {
    case .whole(let number): number
    case .number(let number): Int(exactly: number)
    case .text(let text): Int(text)
    case .flag: nil
    }
  }

  private func number(_ value: SettingValue) -> Double? {
    switch value {
    case .whole(let number): Double(number)
    case .number(let number): number
    case .text(let text): Double(text)
    case .flag: nil
    }
  }

  /// What is allowed, to follow "must be".
  public var allowed: String {
    switch self {
    case .flag: "true or false"
    case .whole(let range): "a whole number, \(Self.text(range))"
    case .number(let range): "a number, \(Self.text(range))"
    case .choice(let names): names.quotedList
    case .text(let form): form
    case .wholeOr(let range, let word): "a whole number, \(Self.text(range)), or '\(word)'"
    }
  }

  /// Ends that are only the machine's are left out.
  private static func text(_ range: ClosedRange<Int>) -> String {
    let ends = (range.lowerBound > Int(Int32.min), range.upperBound < Int(Int32.max) - 1)
    return switch ends {
    case (true, true): "\(range.lowerBound) to \(range.upperBound)"
    case (true, false): "\(range.lowerBound) or more"
    case (false, true): "\(range.upperBound) or less"
    case (false, false): "of any sign"
    }
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    let (low, high) = (SettingValue.number(range.lowerBound), SettingValue.number(range.upperBound))
    return range.upperBound >= Double(Float.greatestFiniteMagnitude)
      ? "\(low) or more" : "\(low) to \(high)"
  }
}

/// Why a setting was refused.
public struct SettingError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// - Throws: for names that are not among those that there are.
  public static func check(
    _ names: some Collection<String>, of owner: String, among known: [String]
  ) throws(SettingError) {
    for name in names.sorted() where !known.contains(name) {
      throw unknown(name, of: owner, among: known)
    }
  }

  /// - Parameter owner: whose setting it is: "ppo", "preset raw".
  static func unknown(_ name: String, of owner: String, among names: [String]) -> Self {
    let near = nearest(to: name, among: names)
    let hint =
      near.isEmpty
      ? names.isEmpty ? "it has none" : "it has \(names.joined(separator: ", "))"
      : "did you mean \(near.quotedList)?"
    return Self("\(owner) has no setting '\(name)'; \(hint)")
  }

  static func value(_ value: SettingValue, _ name: String, of owner: String, _ kind: SettingKind)
    -> Self
  {
    Self("\(owner): \(name) must be \(kind.allowed), not '\(value)'")
  }
}
