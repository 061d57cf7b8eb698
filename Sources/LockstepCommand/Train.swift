import Agents
import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an agent; without arguments, PPO on our own cartridge.")

  @Argument(help: "Environment id; see 'lockstep envs'.")
  var env: String?

  @Option(help: "Algorithm: ppo.")
  var agent = "ppo"

  @Option(help: ArgumentHelp("Agent steps over all lanes.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Seed of everything random.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("An agent setting, for example learningRate=1e-4.", valueName: "key=value"))
  var agentSettings: [String] = []

  @Option(help: ArgumentHelp("Folder of the run; default: runs/<name>.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"))
  var resume: String?

  @Option(help: ArgumentHelp("Episodes of the evaluation at the end; 0: none.", valueName: "n"))
  var episodes = 20

  @OptionGroup var options: BatchOptions

  func run() throws {
    let pool = try options.pool()
    guard episodes >= 0 else { throw UsageError("--episodes must not be negative") }
    if let resume {
      guard env == nil, steps == nil, agentSettings.isEmpty, out == nil, options.batch == nil else {
        throw UsageError("--resume takes the run's own settings: give it no others")
      }
      let folder = RunFolder(path: resume)
      let settings = try folder.settings()
      let run = try Run(settings, pool: pool)
      try Session(run: run, settings: settings, folder: folder, pool: pool, episodes: episodes)
        .train(resume: true)
    } else {
      let settings = try newRun()
      // Settings that do not suit are refused before there is a folder.
      let run = try Run(settings, pool: pool)
      let folder = try RunFolder.create(out ?? Self.defaultFolder(settings), settings)
      try Session(run: run, settings: settings, folder: folder, pool: pool, episodes: episodes)
        .train(resume: false)
    }
  }

  private func newRun() throws -> RunSettings {
    guard agent == PPO.name else {
      throw UsageError("unknown agent '\(agent)'; there is: \(PPO.name)")
    }
    let id = env ?? Catalog.standard
    let isOwn = id == Catalog.standard
    let lanes = try options.lanes(default: isOwn ? 32 : 16)
    let total = steps ?? (isOwn ? 250_000 : 10_000_000)
    guard total > 0 else { throw UsageError("--steps must be positive, not \(total)") }
    // For the agent a lost life is an end; the game goes on.
    var environment = ["noop-max": "30", "life-loss-info": "true"]
    for (key, value) in try settings(options.environmentSettings, option: "--env-set") {
      environment[key] = value
    }
    // Our own cartridge learns in a few minutes with these.
    var chosen = isOwn ? ["learningRate": "5e-4", "minibatches": "16", "epochs": "3"] : [:]
    for (key, value) in try settings(agentSettings, option: "--set") { chosen[key] = value }
    return RunSettings(
      environment: id, environmentSettings: environment, agent: agent, agentSettings: chosen,
      lanes: lanes, steps: total, seed: seed)
  }

  private static func defaultFolder(_ settings: RunSettings) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyyMMdd-HHmmss"
    let name = settings.environment.replacingOccurrences(of: "/", with: "-")
    return "runs/\(name)-\(settings.agent)-\(settings.seed)-\(format.string(from: Date()))"
  }
}

/// An environment and an agent made from a run's settings.
struct Run {
  let environment: any EnvironmentBatch<Int32>
  let agent: any Agent

  /// - Parameter lanes: of the environment; the agent always gets those of the run.
  init(_ settings: RunSettings, pool: ThreadPool, lanes: Int? = nil) throws {
    environment = try makeEnvironment(
      settings.environment, count: lanes ?? settings.lanes,
      settings: settings.environmentSettings, pool: pool)
    var ppo = PPO.Settings()
    do {
      for (key, value) in settings.agentSettings.sorted(by: { $0.key < $1.key }) {
        try ppo.set(key, value)
      }
      agent = try PPO(
        spec: environment.spec, lanes: settings.lanes, settings: ppo, seed: settings.seed,
        pool: pool)
    } catch let error as AgentError {
      throw UsageError("\(error)")
    }
  }
}
