import EventFiles
import Logging
import Pixels
import Training

/// A run's figures where TensorBoard finds them. A log that cannot be written ends no training: it is
/// said once, and no more is logged.
final class RunLogs {
  private let messages: Logger
  private var events: EventFile?

  /// - Parameter step: where a run goes on; nil: it begins.
  init(_ folder: RunFolder, resumedAt step: Int?, _ messages: Logger) {
    self.messages = messages
    attempt { self.events = try EventFile(folder: folder.path, resumedAt: step) }
  }

  func add(_ progress: RunProgress) {
    attempt { try self.events?.add(Self.numbers(progress), step: progress.steps) }
  }

  func add(_ picture: Picture, _ tag: String, step: Int) {
    attempt { try self.events?.add(picture, tag: tag, step: step) }
  }

  func add(_ numbers: [(tag: String, value: Double)], step: Int) {
    attempt { try self.events?.add(numbers, step: step) }
  }

  private func attempt(_ body: () throws -> Void) {
    do {
      try body()
    } catch {
      messages.warning("\(error); TensorBoard will see no more of this run")
      events = nil
    }
  }

  /// Tags of one kind stand together in TensorBoard.
  static func numbers(_ progress: RunProgress) -> [(tag: String, value: Double)] {
    var numbers: [(tag: String, value: Double)] = [
      ("speed/steps_per_s", progress.stepsPerSecond),
      ("speed/share_environment", progress.shares.environment),
      ("speed/share_inference", progress.shares.inference),
      ("speed/share_learning", progress.shares.learning),
      ("episodes/count", Double(progress.episodes)),
    ]
    if let mean = progress.meanReturn { numbers.append(("episodes/return_mean", mean)) }
    if let mean = progress.meanLength { numbers.append(("episodes/length_mean", mean)) }
    for task in progress.taskReturns {
      if let mean = task.mean { numbers.append(("tasks/\(task.name)", mean)) }
    }
    return numbers + progress.report.figures.map { ("learning/\($0.name)", $0.value) }
  }
}
