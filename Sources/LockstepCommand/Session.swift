import Agents
import ArgumentParser
import Environment
import Foundation
import Lanes
import Synchronization
import Training

/// One training run as a person sees it: what happens, how far it is, what came of it.
struct Session {
  let run: Run
  let settings: RunSettings
  let folder: RunFolder
  let pool: ThreadPool
  let episodes: Int

  func train(resume: Bool) throws {
    let trainer = Trainer(
      settings: settings, folder: folder, environment: run.environment, agent: run.agent)
    if resume { try trainer.resume() }
    Interruption.watch()
    introduce(trainer, resume: resume)
    var line = StatusLine()
    let outcome = try trainer.run(stop: { Interruption.isAsked }, watch: { line.show($0) })
    line.end()
    if outcome == .interrupted {
      print("Saved. Go on with: lockstep train --resume \(folder.path)")
      fflush(nil)
      throw ExitCode(130)
    }
    try Results(run: run, settings: settings, folder: folder, pool: pool).write(episodes: episodes)
  }

  private func introduce(_ trainer: Trainer, resume: Bool) {
    let verb = resume ? "Going on at step \(trainer.steps) of" : "Training"
    print("\(verb) \(settings.agent) on \(settings.environment):")
    print("  \(settings.steps) agent steps, \(settings.lanes) lanes, \(pool.threads) threads")
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

/// The line of progress: rewritten in place on a terminal, every ten seconds elsewhere.
struct StatusLine {
  private let isTerminal = isatty(1) == 1
  private var last = Date.distantPast
  private var latest: Trainer.Progress?

  mutating func show(_ progress: Trainer.Progress) {
    latest = progress
    let now = Date()
    if now.timeIntervalSince(last) < (isTerminal ? 0.2 : 10) { return }
    last = now
    print(
      isTerminal ? "\r\u{1B}[K\(text(progress))" : text(progress),
      terminator: isTerminal ? "" : "\n")
    fflush(nil)
  }

  func end() {
    guard let latest else { return }
    print(isTerminal ? "\r\u{1B}[K\(text(latest))" : text(latest))
    fflush(nil)
  }

  private func text(_ p: Trainer.Progress) -> String {
    let share = 100 * Double(p.steps) / Double(max(p.totalSteps, 1))
    let mean = p.meanReturn.map { String(format: "%.2f", $0) } ?? "-"
    let loss = String(
      format: "loss %.3f/%.3f entropy %.2f", p.report["policy_loss"] ?? 0,
      p.report["value_loss"] ?? 0, p.report["entropy"] ?? 0)
    let shares = String(
      format: "env %.0f%% act %.0f%% learn %.0f%%", 100 * p.shares.environment,
      100 * p.shares.inference, 100 * p.shares.learning)
    return String(format: "%5.1f%% step %d", share, p.steps)
      + "  return \(mean) (\(p.episodes) episodes)  \(loss)"
      + String(format: "  %.0f steps/s  ", p.stepsPerSecond) + shares + "  "
      + "left " + Self.duration(p.secondsLeft)
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9))
    return whole >= 3600
      ? "\(whole / 3600)h\(String(format: "%02d", whole / 60 % 60))m"
      : "\(whole / 60)m\(String(format: "%02d", whole % 60))s"
  }
}
