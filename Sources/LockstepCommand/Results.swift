import Agents
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import PictureFiles
import Pixels
import Records
import Report
import Training

/// What the end of a run leaves: a curve, a table, an evaluation beside random play, a contact sheet,
/// a page.
struct Results {
  let run: Run
  let settings: RunSettings
  let folder: RunFolder
  let pool: ThreadPool
  let output: OutputOptions
  let logs: RunLogs

  /// - Parameter step: where the run has ended.
  func write(episodes: Int, step: Int) throws {
    let judged = try episodes > 0 ? judge(episodes, step: step) : nil
    try writePages()
    let names =
      [RunFolder.reportName, RunFolder.curveName] + (judged == nil ? [] : [RunFolder.pictureName])
    if output.json {
      print(try JSON.line(Answer(folder: folder.path, step: step, evaluation: judged)))
    } else if !output.quiet, let judged {
      for (name, result) in [("trained", judged["trained"]), ("random ", judged["random"])] {
        result.map { show($0, name) }
      }
    }
    output.messages.info("In \(folder.path): \(names.joined(separator: ", ")) and the logs")
    output.messages.info("Watch it: lockstep play \(folder.path)")
  }

  /// Of what the folder holds by now.
  func writePages() throws {
    let record = try RunRecord.read([folder.path])
    let chart = ReportPage(record).curve
    try AtomicFile.write(Data(chart.utf8), to: folder.file(RunFolder.curveName))
    try AtomicFile.write(Data(UpdateTable(record).text.utf8), to: folder.file(RunFolder.tableName))
    let page = ReportPage(record).html()
    try AtomicFile.write(Data(page.utf8), to: folder.file(RunFolder.reportName))
  }

  private func judge(_ episodes: Int, step: Int) throws -> [String: Evaluation] {
    output.messages.info("Evaluating over \(episodes) episodes ...")
    let judge = Judge(settings: settings, pool: pool)
    let policy = Evaluator.Policy.agent(run.agent, greedy: false)
    let trained = try judge.evaluate(policy, episodes, seed: settings.seed &+ 1)
    let random = try judge.evaluate(.random, episodes, seed: settings.seed &+ 1)
    let both = ["trained": trained, "random": random]
    try AtomicFile.write(
      try JSON.pretty(both.mapValues(\.summary)), to: folder.file(RunFolder.evaluationName))
    let sheet = try Gallery(judge: judge).sheet(policy, seed: settings.seed &+ 2)
    try PNG.write(sheet, to: folder.file(RunFolder.pictureName))
    logs.add(
      [("evaluation/trained", trained.mean), ("evaluation/random", random.mean)], step: step)
    logs.add(sheet, "episode", step: step)
    return both
  }

  private func show(_ result: Evaluation, _ name: String) {
    for task in result.tasks ?? [] {
      print("  \(name) " + String(format: "%8.2f  ", task.mean) + task.name)
    }
    print(
      "  \(name) "
        + String(
          format: "%8.2f  (iqm %.2f, %.0f to %.0f)", result.mean, result.interquartileMean,
          result.returns.min() ?? 0, result.returns.max() ?? 0))
  }

  /// As `--json` ends.
  private struct Answer: Encodable {
    let folder: String
    let step: Int
    let evaluation: [String: Evaluation.Summary]?

    init(folder: String, step: Int, evaluation: [String: Evaluation]?) {
      (self.folder, self.step) = (folder, step)
      self.evaluation = evaluation?.mapValues(\.summary)
    }
  }
}

/// Measures policies where a run's agent is to be judged: whole games.
struct Judge {
  let settings: RunSettings
  /// Further settings of the environment.
  var changes: [String: SettingValue] = [:]
  /// Steps after which an episode is cut off.
  var most = Judge.standardMost
  let pool: ThreadPool

  /// More than any environment's own limit.
  static let standardMost = 200_000
  /// So that many episodes take no more memory than these; all tasks have as many.
  private var lanes: Int { max(1, 256 / settings.tasks) * settings.tasks }

  func environment(lanes: Int) throws -> any EnvironmentBatch {
    let row = try Catalog.row(settings.environment)
    return try row.make(lanes, environmentSettings(row), pool.threads)
  }

  /// Of the environment in which it measures.
  func environmentSettings(_ row: EnvironmentRow) -> [String: SettingValue] {
    var measuring = row.measuring(settings.environmentSettings)
    // Lanes that have played all their episodes stand still.
    if row.settings().contains(where: { $0.name == "autoreset" }) {
      measuring["autoreset"] = .text(AutoresetMode.disabled.rawValue)
    }
    return measuring.merging(changes) { $1 }
  }

  /// Unclipped returns.
  func evaluate(
    _ policy: Evaluator.Policy, _ episodes: Int, seed: UInt64
  ) throws -> Evaluation {
    let line = EvaluationLine(episodes: episodes)
    let result = try Evaluator.play(
      try environment(lanes: min(episodes, lanes)), policy,
      episodes: episodes, seed: seed, most: most, on: pool,
      watch: { step, _, _ in line.watch(step) },
      report: { line.ended = $0 })
    line.end()
    if result.stopped > 0 {
      Interruption.say(
        "\(result.stopped) of \(episodes) episodes were cut off at \(most) steps (--most)")
    }
    return result
  }

  /// - Throws: `UsageError` where the agent cannot read what it would see.
  func check(_ agent: EnvironmentSpec) throws {
    if changes.isEmpty { return }
    let spec = try environment(lanes: settings.tasks).spec
    guard spec.observation == agent.observation, spec.action == agent.action else {
      throw UsageError("with this --env-set the agent would see or do other things than it learned")
    }
  }
}
