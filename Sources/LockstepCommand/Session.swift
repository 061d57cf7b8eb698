import Agents
import ArgumentParser
import Environment
import Foundation
import Lanes
import Synchronization
import Training
import Window

/// One training run as a person sees it: what happens, how far it is, what came of it.
struct Session {
  let run: Run
  let settings: RunSettings
  let folder: RunFolder
  let pool: ThreadPool
  let episodes: Int
  let keepsBest: Bool
  let keep: Int
  /// Shows lanes while they learn.
  var window: LaneWindow?

  func train(resume: Bool) throws {
    let trainer = try Trainer(
      settings: settings, folder: folder, environment: run.environment, agent: run.agent,
      pool: pool)
    trainer.keepsBest = keepsBest
    trainer.keptCheckpoints = keep
    if resume { try goOn(trainer) }
    if let window { trainer.onStep = { window.look(at: $0) } }
    Interruption.watch()
    introduce(trainer, resume: resume)
    if try train(trainer) == .interrupted {
      print("Saved. Go on with: lockstep train --resume \(folder.path)")
      fflush(nil)
      throw ExitCode(130)
    }
    try Results(run: run, settings: settings, folder: folder, pool: pool).write(episodes: episodes)
  }

  /// - Throws: `UsageError` for a number of steps that the run has passed.
  private func goOn(_ trainer: Trainer) throws {
    let old = try folder.settings().steps
    try trainer.resume()
    guard settings.steps != old else { return }
    guard trainer.totalSteps > trainer.steps else {
      throw UsageError(
        "the run has made \(trainer.steps) steps: --steps must be "
          + "\(trainer.steps + run.agent.stepsPerUpdate) or more to go on")
    }
    try folder.write(settings)
  }

  private func train(_ trainer: Trainer) throws -> Trainer.Outcome {
    var line = StatusLine()
    defer { line.end() }
    do {
      return try trainer.run(
        stop: { Interruption.isAsked },
        watch: { progress in
          line.show(progress)
          window?.text = StatusLine.text(progress)
        })
    } catch AgentError.diverged(let layer) {
      let kept = trainer.savedSteps.map { "; the checkpoint of step \($0) is kept" } ?? ""
      throw Failure("\(AgentError.diverged(layer: layer))\(kept) in \(folder.path)")
    }
  }

  private func introduce(_ trainer: Trainer, resume: Bool) {
    let verb = resume ? "Going on at step \(trainer.steps) of" : "Training"
    print("\(verb) \(settings.agent) on \(settings.environment):")
    let total = trainer.totalSteps
    let asked =
      total == settings.steps
      ? ""
      : " (\(settings.steps) were asked for; updates of \(run.agent.stepsPerUpdate) steps fit no better)"
    print("  \(total) agent steps\(asked)")
    print("  \(settings.lanes) lanes, \(pool.threads) threads")
    print("  run folder \(folder.path)")
    print("  ctrl-C saves and stops; go on with --resume \(folder.path)")
    fflush(nil)
  }
}

/// ctrl-C and SIGTERM ask for a stop; a second one stops at once.
enum Interruption {
  private static let asked = Atomic<Bool>(false)

  static var isAsked: Bool { asked.load(ordering: .relaxed) }

  static func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.asked.exchange(true, ordering: .relaxed) { _exit(130) }
      }
    }
  }
}
