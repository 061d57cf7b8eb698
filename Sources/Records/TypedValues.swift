extension [SettingDescription] {
  /// The values, each in its setting's own case: what a person typed is text. What has no description
  /// or does not suit stays as it is, for whoever refuses it.
  public func typed(_ values: [String: SettingValue]) -> [String: SettingValue] {
    var result = values
    for row in self {
      if let value = values[row.name].flatMap(row.kind.read) { result[row.name] = value }
    }
    return result
  }
}
