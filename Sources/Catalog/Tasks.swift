import Environment
import Records

/// Several environments that step as one: ids beside each other, with commas.
extension Catalog {
  /// - Throws: `CatalogError`.
  static func tasks(_ ids: String) throws(CatalogError) -> EnvironmentRow {
    var parts: [EnvironmentRow] = []
    for id in ids.split(separator: ",", omittingEmptySubsequences: false) {
      parts.append(try row(String(id)))
    }
    return mixed(parts)
  }

  private static func mixed(_ parts: [EnvironmentRow]) -> EnvironmentRow {
    let id = parts.map(\.id).joined(separator: ",")
    let make: @Sendable (Int, [String: SettingValue], Int) throws -> any EnvironmentBatch = {
      lanes, settings, workers in
      guard lanes >= parts.count else {
        throw EnvironmentError.settings("\(parts.count) tasks need as many lanes, not \(lanes)")
      }
      let batches = try parts.enumerated().map { number, part in
        let ends = (number...number + 1).map { $0 * lanes / parts.count }
        return (
          task: part.id, batch: try part.make(ends[1] - ends[0], settings, workers)
        )
      }
      return try MixedBatch(batches, id: id)
    }
    var row = EnvironmentRow(
      id: id, family: "tasks", settings: { shared(parts.map { $0.settings() }) }, make: make,
      trace: { try traceSteps($0, make: make) })
    row.playing = { given in agreed(parts.map { $0.playing(given) }) }
    row.viewing = parts[0].viewing
    row.missing = { parts.lazy.compactMap { $0.missing() }.first }
    row.learning = { given in agreed(parts.map { $0.learning(given) }) }
    row.measuring = { given in agreed(parts.map { $0.measuring(given) }) }
    return row
  }

  /// Settings that all have, as the first has them.
  private static func shared(_ lists: [[SettingDescription]]) -> [SettingDescription] {
    lists[0].filter { setting in
      lists.allSatisfy { $0.contains { $0.name == setting.name && $0.kind == setting.kind } }
    }
  }

  /// Values that are the same in all.
  private static func agreed(_ lists: [[String: SettingValue]]) -> [String: SettingValue] {
    lists[0].filter { setting in lists.allSatisfy { $0[setting.key] == setting.value } }
  }
}
