import Environment
import Records
import Replay

/// What off-policy agents learn from, and how often: rows of their settings, the same for each.
public struct ReplaySettings: Equatable, Sendable {
  public var discount: Float = 0.99
  public var batch = 256
  public var capacity = 1_000_000
  public var start = 5_000
  public var updatePeriod = 1
  /// A folder; nil: what the agent does.
  public var dataset: String?

  public init() {}

  /// One step each.
  var sampling: Sampling { Sampling(discount: discount) }
  /// Rows of a batch that reports look at.
  var watched: Int { min(batch, 256) }

  public static let settings: [Setting<Self>] = [
    .number("discount", \.discount, 0...1, "weight of the next step's return, per agent step"),
    .whole("batch", \.batch, 1...65_536, "transitions of an update"),
    .whole(
      "replay-capacity", \.capacity, 2...1 << 30, "transitions that are kept, over all lanes"),
    .whole(
      "replay-start", \.start, 1...1 << 30, "steps of random actions before the first update"),
    .whole("update-period", \.updatePeriod, 1...1 << 20, "steps of all lanes between updates"),
    .text(
      "dataset", form: "a folder with a data set, or 'none'",
      "learns from these steps alone; the environment then only shows what came of it",
      write: { $0.dataset ?? "none" },
      read: { settings, text in
        settings.dataset = text == "none" ? nil : text
        return !text.isEmpty
      }),
  ]

  /// - Parameter owner: whose settings these are.
  func check(_ owner: String) throws(SettingError) {
    if dataset == nil && start > capacity {
      throw SettingError("\(owner)'s setting 'replay-start' must be at most replay-capacity")
    }
  }

  /// - Throws: `ReplayError`, and `AgentError.setting` for steps of something else.
  func openDataset(_ spec: EnvironmentSpec) throws -> Dataset? {
    guard let dataset else { return nil }
    let data = try Dataset(dataset)
    guard data.spec.action == spec.action else {
      throw AgentError.setting("dataset", "\(dataset) has other actions than \(spec.id)")
    }
    guard data.spec.observation == spec.observation else {
      throw AgentError.setting("dataset", "\(dataset) has other observations than \(spec.id)")
    }
    return data
  }
}
