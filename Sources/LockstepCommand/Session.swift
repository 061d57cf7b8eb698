import Agents
import ArgumentParser
import Environment
import Foundation
import Lanes
import Logging
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
  var output = OutputOptions()

  private var messages: Logger { output.messages }

  private var resuming: String { "lockstep train --resume \(folder.path)" }

  func train(resume: Bool) throws {
    Interruption.leaves("go on with: \(resuming)")
    let trainer = try Trainer(
      settings: settings, folder: folder, environment: run.environment, agent: run.agent,
      pool: pool)
    trainer.keepsBest = keepsBest
    trainer.keptCheckpoints = keep
    if resume { try goOn(trainer) }
    if let window { trainer.onStep = { window.look(at: $0) } }
    introduce(trainer, resume: resume)
    let logs = RunLogs(folder, resumedAt: resume ? trainer.steps : nil, messages)
    let outcome = try train(trainer, logs)
    let results = Results(
      run: run, settings: settings, folder: folder, pool: pool, output: output, logs: logs)
    if outcome == .interrupted {
      Interruption.say("saved at step \(trainer.steps); go on with: \(resuming)")
      try results.writePages()
      throw ExitCode(Interruption.status)
    }
    if Interruption.isAsked {
      Interruption.say("the run is finished and saved")
      throw ExitCode(Interruption.status)
    }
    Interruption.leaves("the run is saved; measure it with: lockstep evaluate \(folder.path)")
    try results.write(episodes: episodes, step: trainer.steps)
  }

  /// - Throws: `UsageError` for a number of steps that the run has passed.
  private func goOn(_ trainer: Trainer) throws {
    let old = try folder.settings().steps
    if let note = try trainer.resume() { Interruption.say(note) }
    if !folder.hasBegun, let from = settings.from {
      try run.agent.restoreWeights(from: Weights(from).file())
    }
    guard settings.steps != old else { return }
    guard trainer.totalSteps > trainer.steps else {
      throw UsageError(
        "the run has made \(trainer.steps) steps: --steps must be "
          + "\(trainer.steps + run.agent.stepsPerUpdate) or more to go on")
    }
    try folder.write(settings)
  }

  private func train(_ trainer: Trainer, _ logs: RunLogs) throws -> Trainer.Outcome {
    var line = StatusLine(isQuiet: output.quiet)
    defer { line.end() }
    // The first checkpoint is yet to be written.
    let now = trainer.savedSteps.map { "the checkpoint of step \($0) is kept; " } ?? ""
    let later = "saves and stops, at the latest after this update (once more: at once)"
    Interruption.stops(later, now: "\(now)go on with: \(resuming)")
    Interruption.guardUpdates(of: trainer)
    do {
      return try trainer.run(
        stop: { Interruption.isAsked },
        watch: { progress in
          line.show(progress)
          window?.text = StatusLine.text(progress, width: 79)
          logs.add(progress)
          if output.json { output.answer(progress) }
        })
    } catch AgentError.diverged(let layer) {
      let kept = trainer.savedSteps.map { "; the checkpoint of step \($0) is kept" } ?? ""
      throw Failure("\(AgentError.diverged(layer: layer))\(kept) in \(folder.path)")
    }
  }

  private func introduce(_ trainer: Trainer, resume: Bool) {
    let verb = resume ? "Going on at step \(trainer.steps) of" : "Training"
    messages.info("\(verb) \(settings.agent) on \(settings.environment):")
    let total = trainer.totalSteps
    let asked =
      total == settings.steps
      ? ""
      : " (\(settings.steps) were asked for; updates of \(run.agent.stepsPerUpdate) steps fit no better)"
    messages.info("  \(total) agent steps\(asked)")
    messages.info("  \(settings.lanes) lanes, \(pool.threads) threads")
    messages.info("  run folder \(folder.path)")
    messages.info("  ctrl-C saves and stops; go on with --resume \(folder.path)")
  }
}
