import Agents
import Foundation
import Records

/// What one update tells whoever watches.
public struct RunProgress: Sendable {
  public var steps = 0
  /// That the run will have made at its end.
  public var totalSteps = 0
  public var update = 0
  public var frames = 0
  /// Mean return of the last hundred episodes; nil before the first has ended.
  public var meanReturn: Double?
  public var meanLength: Double?
  /// Where several tasks share the batch: the mean return of each one's last hundred episodes.
  public var taskReturns: [(name: String, mean: Double?)] = []
  public var episodes = 0
  /// Of the whole run.
  public var seconds = 0.0
  public var stepsPerSecond = 0.0
  public var shares = Shares()
  public var report = Report()

  public init() {}

  /// 0...1
  public var share: Double { Double(steps) / Double(max(totalSteps, 1)) }
  public var secondsLeft: Double {
    Double(max(totalSteps - steps, 0)) / max(stepsPerSecond, 1e-9)
  }

  /// One line of `updates.jsonl`. What is no finite number is null.
  public func line() throws -> String {
    var fields: [String: SettingValue?] = [
      "update": .whole(update), "step": .whole(steps), "frames": .whole(frames),
      "episodes": .whole(episodes), "return_mean": Self.number(meanReturn),
      "length_mean": Self.number(meanLength), "seconds": Self.number(seconds, places: 3),
      "steps_per_s": Self.number(stepsPerSecond, places: 1),
      "share_environment": Self.number(shares.environment, places: 4),
      "share_inference": Self.number(shares.inference, places: 4),
      "share_learning": Self.number(shares.learning, places: 4),
    ]
    for task in taskReturns {
      fields.updateValue(Self.number(task.mean), forKey: "return_mean/\(task.name)")
    }
    for figure in report.figures {
      fields.updateValue(Self.number(figure.value), forKey: figure.name)
    }
    return try JSON.line(fields)
  }

  private static func number(_ value: Double?, places: Int? = nil) -> SettingValue? {
    guard let value, value.isFinite else { return nil }
    guard let places else { return .number(value) }
    let scale = pow(10, Double(places))
    return .number((value * scale).rounded() / scale)
  }
}
