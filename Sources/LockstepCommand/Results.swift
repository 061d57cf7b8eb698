import Agents
import Environment
import Foundation
import Lanes
import Nets
import Pixels
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
    let trained = try evaluate(.agent(run.agent, greedy: false), episodes, seed: settings.seed &+ 1)
    let random = try evaluate(.random, episodes, seed: settings.seed &+ 1)
    let both: [String: Any] = ["trained": trained.summary, "random": random.summary]
    let json = try JSONSerialization.data(
      withJSONObject: both, options: [.prettyPrinted, .sortedKeys])
    try AtomicFile.write(json, to: folder.file("evaluation.json"))
    let sheet = try Gallery(run: run, settings: settings, pool: pool)
      .sheet(.agent(run.agent, greedy: false), seed: settings.seed &+ 2)
    try PNG.write(sheet, to: folder.file("episode.png"))
    print(
      String(
        format: "  trained %8.2f  (iqm %.2f, %.0f to %.0f)", trained.mean,
        trained.interquartileMean, trained.returns.min() ?? 0, trained.returns.max() ?? 0))
    print(
      String(
        format: "  random  %8.2f  (iqm %.2f, %.0f to %.0f)", random.mean,
        random.interquartileMean, random.returns.min() ?? 0, random.returns.max() ?? 0))
    print("In \(folder.path): curve.png, episode.png, evaluation.json, updates.jsonl")
  }

  /// Unclipped returns of whole games.
  func evaluate(
    _ policy: Evaluator.Policy, _ episodes: Int, seed: UInt64
  ) throws -> Evaluation {
    try Evaluator.play(
      try evaluationEnvironment(settings, lanes: episodes, pool: pool), policy, seed: seed)
  }

  private func writeCurve() throws {
    var points: [Chart.Point] = []
    let text = try String(contentsOfFile: folder.file(RunFolder.updatesName), encoding: .utf8)
    for line in text.split(separator: "\n") {
      guard let row = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let step = row["step"] as? Double, let value = row["return_mean"] as? Double
      else { continue }
      points.append(Chart.Point(x: step, y: value))
    }
    let chart = Chart(
      title: "\(settings.agent) on \(settings.environment)", xLabel: "agent steps",
      yLabel: "mean return, last 100 episodes", series: [Chart.Series(points: points)])
    try PNG.write(chart.picture(width: 960, height: 540), to: folder.file("curve.png"))
  }
}

/// The run's environment without what only training wants: a lost life does not end a game.
func evaluationEnvironment(
  _ settings: RunSettings, lanes: Int, pool: ThreadPool
) throws -> any EnvironmentBatch<Int32> {
  var environment = settings.environmentSettings
  environment["episodic-life"] = "false"
  environment["life-loss-info"] = "false"
  return try makeEnvironment(
    settings.environment, count: lanes, settings: environment, pool: pool)
}

/// Pictures of an episode.
struct Gallery {
  let run: Run?
  let settings: RunSettings
  let pool: ThreadPool

  /// About two dozen moments of one episode, evenly spread.
  func sheet(_ policy: Evaluator.Policy, seed: UInt64, pictures: Int = 24) throws -> Picture {
    var frames: [Picture] = []
    var stride = 1
    try play(policy, seed: seed, limit: nil) { step, environment in
      if step % stride != 0 { return }
      frames.append(environment.render(lane: 0))
      if frames.count == 2 * pictures {  // thin out and go on more slowly
        frames = frames.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        stride *= 2
      }
    }
    let every = max(1, frames.count / pictures)
    let chosen = frames.enumerated().filter { $0.offset % every == 0 }.map(\.element)
    return ContactSheet.picture(Array(chosen.prefix(pictures)), columns: 6)
  }

  /// Plays one episode and shows every step.
  func play(
    _ policy: Evaluator.Policy, seed: UInt64, limit: Int?,
    _ body: (_ step: Int, _ environment: any EnvironmentBatch<Int32>) throws -> Void
  ) throws {
    let environment = try evaluationEnvironment(settings, lanes: 1, pool: pool)
    var failure: (any Error)?
    do {
      _ = try Evaluator.play(environment, policy, seed: seed) { step in
        if failure != nil { return }
        do { try body(step, environment) } catch { failure = error }
      }
    }
    if let failure { throw failure }
  }
}
