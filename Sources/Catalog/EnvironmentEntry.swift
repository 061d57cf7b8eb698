import Environment

/// An environment as people and other languages read it.
public struct EnvironmentEntry {
  public let row: EnvironmentRow
  /// Of its defaults; nil where it is missing, or has not been tried.
  public let spec: EnvironmentSpec?
  public let missing: String?

  /// - Parameter isTried: one is made, for its spec and to see whether that goes well.
  public init(_ row: EnvironmentRow, isTried: Bool = true) {
    self.row = row
    guard isTried else {
      (spec, missing) = (nil, row.missing())
      return
    }
    do {
      spec = try row.make(1, [:], 1).spec
      missing = nil
    } catch {
      spec = nil
      missing = "\(error)"
    }
  }
}

extension EnvironmentEntry: Encodable {
  private enum Key: String, CodingKey {
    case id, family, names, files, missing, verified, spec, settings
  }

  public func encode(to encoder: any Encoder) throws {
    var entry = encoder.container(keyedBy: Key.self)
    try entry.encode(row.id, forKey: .id)
    try entry.encode(row.family, forKey: .family)
    try entry.encode(row.names, forKey: .names)
    try entry.encode(row.files, forKey: .files)
    try entry.encode(missing, forKey: .missing)
    try entry.encode(row.verified, forKey: .verified)
    try entry.encode(spec.map(SpecView.init), forKey: .spec)
    try entry.encode(row.settings(), forKey: .settings)
  }
}
