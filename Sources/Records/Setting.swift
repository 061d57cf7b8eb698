/// A type whose values are named settings, declared once as rows: the command line, its help,
/// `settings.json`, errors and foreign languages read them.
public protocol Configurable: Equatable, Sendable {
  init()
  /// Begins every error: "ppo", "atari".
  static var owner: String { get }
  /// In the order in which they apply and are shown.
  static var settings: [Setting<Self>] { get }
  /// What no single row can say.
  func check() throws(SettingError)
}

/// One row: a name, what it takes, what it means, and where its value lives.
public struct Setting<Root: Sendable>: Sendable {
  /// Lower case with hyphens.
  public let name: String
  public let kind: SettingKind
  public let help: String
  private(set) var get: @Sendable (Root) -> SettingValue
  /// Takes a value that `kind` has read; false when it does not suit after all.
  let set: @Sendable (inout Root, SettingValue) -> Bool
  /// Nil, or why the setting does not exist beside those already applied: "preset raw".
  private(set) var absence: @Sendable (Root) -> String? = { _ in nil }

  /// A setting that only exists where `owner` is nil; else that names who has no such setting.
  public func absent(_ owner: @escaping @Sendable (Root) -> String?) -> Self {
    var copy = self
    copy.absence = owner
    return copy
  }
}

extension Setting {
  public typealias Path<Value> = WritableKeyPath<Root, Value> & Sendable

  public static func flag(_ name: String, _ path: Path<Bool>, _ help: String) -> Self {
    Setting(
      name: name, kind: .flag, help: help, get: { .flag($0[keyPath: path]) },
      set: { root, value in
        guard case .flag(let flag) = value else { return false }
        root[keyPath: path] = flag
        return true
      })
  }

  public static func whole<Number: FixedWidthInteger & Sendable>(
    _ name: String, _ path: Path<Number>, _ range: ClosedRange<Int>, _ help: String
  ) -> Self {
    Setting(
      name: name, kind: .whole(range), help: help, get: { .whole(Int($0[keyPath: path])) },
      set: { root, value in
        guard case .whole(let whole) = value, let number = Number(exactly: whole) else {
          return false
        }
        root[keyPath: path] = number
        return true
      })
  }

  /// - Parameter word: stands for nil.
  public static func whole(
    _ name: String, _ path: Path<Int?>, _ range: ClosedRange<Int>, or word: String, _ help: String
  ) -> Self {
    Setting(
      name: name, kind: .wholeOr(range, word), help: help,
      get: { $0[keyPath: path].map { .whole($0) } ?? .text(word) },
      set: { root, value in
        if case .whole(let whole) = value {
          root[keyPath: path] = whole
        } else {
          root[keyPath: path] = nil
        }
        return true
      })
  }

  public static func number<Number: BinaryFloatingPoint & Sendable>(
    _ name: String, _ path: Path<Number>, _ range: ClosedRange<Double>, _ help: String
  ) -> Self {
    Setting(
      name: name, kind: .number(range), help: help,
      get: { .number(shortest($0[keyPath: path])) },
      set: { root, value in
        guard case .number(let number) = value, Number(number).isFinite else { return false }
        root[keyPath: path] = Number(number)
        return true
      })
  }

  /// One of the cases.
  public static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: Path<Choice>, _ help: String
  ) -> Self {
    Setting(
      name: name, kind: .choice(Choice.allCases.map(\.rawValue)), help: help,
      get: { .text($0[keyPath: path].rawValue) },
      set: { root, value in
        guard let choice = Choice(rawValue: value.description) else { return false }
        root[keyPath: path] = choice
        return true
      })
  }

  /// Text in a form of its own.
  /// - Parameters:
  ///   - form: what is allowed, to follow "must be".
  ///   - read: false: the text is not of the form.
  public static func text(
    _ name: String, form: String, _ help: String, write: @escaping @Sendable (Root) -> String,
    read: @escaping @Sendable (inout Root, String) -> Bool
  ) -> Self {
    Setting(
      name: name, kind: .text(form: form), help: help, get: { .text(write($0)) },
      set: { root, value in read(&root, value.description) })
  }

  /// The same setting of a part of `Whole`.
  public func within<Whole>(_ part: WritableKeyPath<Whole, Root> & Sendable) -> Setting<Whole> {
    let (get, set, absence) = (get, set, absence)
    return Setting<Whole>(
      name: name, kind: kind, help: help, get: { get($0[keyPath: part]) },
      set: { set(&$0[keyPath: part], $1) }
    ).absent { absence($0[keyPath: part]) }
  }
}

/// The shortest decimal number that is this one in its own type.
private func shortest(_ number: some BinaryFloatingPoint) -> Double {
  Double("\(number)") ?? Double(number)
}

/// Nothing can be set.
public struct NoSettings: Configurable {
  public init() {}
  public static let owner = "this environment"
  public static let settings: [Setting<Self>] = []
}

extension Configurable {
  public func check() throws(SettingError) {}

  /// The defaults with some of them changed, by name.
  /// - Throws: `SettingError` for unknown names, values that do not suit, and settings that do not
  ///   exist beside the others.
  public init(_ values: [String: SettingValue]) throws(SettingError) {
    self.init()
    try change(values)
  }

  /// Applies the values in the rows' order, whatever order they come in, and checks the whole;
  /// changes nothing if it throws.
  public mutating func change(_ values: [String: SettingValue]) throws(SettingError) {
    try SettingError.check(values.keys, of: Self.owner, among: Self.settings.map(\.name))
    var changed = self
    for row in Self.settings {
      guard let given = values[row.name] else { continue }
      if let owner = row.absence(changed) {
        throw SettingError("\(owner) has no setting '\(row.name)'")
      }
      guard let value = row.kind.read(given), row.set(&changed, value) else {
        throw .value(given, row.name, of: Self.owner, row.kind)
      }
    }
    try changed.check()
    self = changed
  }

  /// Every setting that exists beside the others, by name.
  public var values: [String: SettingValue] {
    var values: [String: SettingValue] = [:]
    for row in Self.settings where row.absence(self) == nil { values[row.name] = row.get(self) }
    return values
  }

  /// All that exist, with these values as defaults.
  public var descriptions: [SettingDescription] {
    Self.settings.filter { $0.absence(self) == nil }.map {
      SettingDescription(name: $0.name, kind: $0.kind, help: $0.help, value: $0.get(self))
    }
  }
}

extension Configurable {
  /// Of all rows, also of those that do not exist beside these values.
  public var allDescriptions: [SettingDescription] {
    Self.settings.map {
      SettingDescription(name: $0.name, kind: $0.kind, help: $0.help, value: $0.get(self))
    }
  }
}

/// What a person or another language is told of a setting.
public struct SettingDescription: Equatable, Sendable {
  public let name: String
  public let kind: SettingKind
  public let help: String
  /// The default, or the value in force.
  public let value: SettingValue

  public init(name: String, kind: SettingKind, help: String, value: SettingValue) {
    self.name = name
    self.kind = kind
    self.help = help
    self.value = value
  }
}

extension SettingDescription: Encodable {
  private enum Key: String, CodingKey {
    case name, kind, low, high, choices, form, none, value, help
  }

  public func encode(to encoder: any Encoder) throws {
    var row = encoder.container(keyedBy: Key.self)
    try row.encode(name, forKey: .name)
    try row.encode(value, forKey: .value)
    try row.encode(help, forKey: .help)
    func range(_ kind: String, _ low: some Encodable, _ high: some Encodable) throws {
      try row.encode(kind, forKey: .kind)
      try row.encode(low, forKey: .low)
      try row.encode(high, forKey: .high)
    }
    switch kind {
    case .flag: try row.encode("flag", forKey: .kind)
    case .whole(let ends): try range("whole", ends.lowerBound, ends.upperBound)
    case .number(let ends): try range("number", ends.lowerBound, ends.upperBound)
    case .choice(let names):
      try row.encode("choice", forKey: .kind)
      try row.encode(names, forKey: .choices)
    case .text(let form):
      try row.encode("text", forKey: .kind)
      try row.encode(form, forKey: .form)
    case .wholeOr(let ends, let word):
      try range("whole", ends.lowerBound, ends.upperBound)
      try row.encode(word, forKey: .none)
    }
  }
}

extension Configurable {
  /// That every value lies in its row's range, for those that were set without their names.
  public func checkRanges() throws(SettingError) {
    for row in Self.settings where row.absence(self) == nil {
      let value = row.get(self)
      if row.kind.read(value) == nil { throw .value(value, row.name, of: Self.owner, row.kind) }
    }
  }
}
