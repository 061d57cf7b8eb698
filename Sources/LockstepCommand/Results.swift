import Agents
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import PictureFiles
import Pixels
import Records
import Training

/// What the end of a run leaves: an evaluation beside random play, a curve, a contact sheet.
struct Results {
  let run: Run
  let settings: RunSettings
  let folder: RunFolder
  let pool: ThreadPool

  func write(episodes: Int) throws {
    try writeCurve()
    guard episodes > 0 else { return }
    print("Evaluating over \(episodes) episodes ...")
    fflush(nil)
    let judge = Judge(settings: settings, pool: pool)
    let policy = Evaluator.Policy.agent(run.agent, greedy: false)
    let trained = try judge.evaluate(policy, episodes, seed: settings.seed &+ 1)
    let random = try judge.evaluate(.random, episodes, seed: settings.seed &+ 1)
    let both = ["trained": trained.summary, "random": random.summary]
    try AtomicFile.write(try JSON.pretty(both), to: folder.file("evaluation.json"))
    let sheet = try Gallery(judge: judge).sheet(policy, seed: settings.seed &+ 2)
    try PNG.write(sheet, to: folder.file("episode.png"))
    for (name, result) in [("trained", trained), ("random ", random)] {
      for task in result.tasks ?? [] {
        print("  \(name) " + String(format: "%8.2f  ", task.mean) + task.name)
      }
      print(
        "  \(name) "
          + String(
            format: "%8.2f  (iqm %.2f, %.0f to %.0f)", result.mean, result.interquartileMean,
            result.returns.min() ?? 0, result.returns.max() ?? 0))
    }
    print("In \(folder.path): curve.png, episode.png, evaluation.json, updates.jsonl")
  }

  private struct Row: Decodable {
    let step: Double
    let return_mean: Double?
  }

  private func writeCurve() throws {
    let text = try String(contentsOfFile: folder.file(RunFolder.updatesName), encoding: .utf8)
    let points = text.split(separator: "\n").compactMap { line -> Chart.Point? in
      guard let row = try? JSONDecoder().decode(Row.self, from: Data(line.utf8)),
        let value = row.return_mean
      else { return nil }
      return Chart.Point(x: row.step, y: value)
    }
    let chart = Chart(
      title: "\(settings.agent) on \(settings.environment)", xLabel: "agent steps",
      yLabel: "mean return, last 100 episodes", series: [Chart.Series(points: points)])
    try PNG.write(chart.picture(width: 960, height: 540), to: folder.file("curve.png"))
  }
}

/// Measures policies where a run's agent is to be judged: whole games.
struct Judge {
  let settings: RunSettings
  /// Further settings of the environment.
  var changes: [String: SettingValue] = [:]
  let pool: ThreadPool

  func environment(lanes: Int) throws -> any EnvironmentBatch {
    let row = try Catalog.row(settings.environment)
    return try row.make(lanes, environmentSettings(row), pool.threads)
  }

  /// Of the environment in which it measures.
  func environmentSettings(_ row: EnvironmentRow) -> [String: SettingValue] {
    row.measuring(settings.environmentSettings).merging(changes) { $1 }
  }

  /// Unclipped returns.
  func evaluate(
    _ policy: Evaluator.Policy, _ episodes: Int, seed: UInt64
  ) throws -> Evaluation {
    try Evaluator.play(try environment(lanes: episodes), policy, seed: seed, on: pool)
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
