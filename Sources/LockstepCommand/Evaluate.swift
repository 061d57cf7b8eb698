import Agents
import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Records
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Statistics of a trained agent, as JSON.",
    discussion: """
      --agent takes a player that an environment brings along, as BabyAI's levels do their bot, \
      instead of a run: lane i then plays from seed n + i.
      """)

  @Argument(
    help: "Folder of the run, or a file of weights in it; with --agent an environment's id.")
  var folder: String

  @Option(help: ArgumentHelp("A player that was programmed: bot.", valueName: "name"))
  var agent: String?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Episodes to play.", valueName: "n"))
  var episodes = 20

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps after which an episode is cut off.", valueName: "n"))
  var most = Judge.standardMost

  @Flag(help: "Always the likeliest action, instead of sampling as in training.")
  var greedy = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of environments and sampling.", valueName: "n"))
  var seed: UInt64 = 1000

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    _ = try inRange(episodes, 1...100_000, "--episodes")
    _ = try inRange(most, 1...Int(Int32.max), "--most")
    let pool = try threads.pool()
    if let agent { return try play(agent, pool) }
    let weights = Weights(folder)
    let settings = try weights.folder.settings()
    let run = try Run(settings, device.workshop(pool), lanes: settings.tasks)
    let judge = Judge(settings: settings, changes: try environment.values(), most: most, pool: pool)
    try judge.check(run.environment.spec)
    try run.agent.restoreWeights(from: weights.file())
    let result = try judge.evaluate(.agent(run.agent, greedy: greedy), episodes, seed: seed)
    print(try JSON.line(result.summary))
  }

  private func play(_ agent: String, _ pool: ThreadPool) throws {
    let row = try Catalog.row(folder)
    let make = try row.player(agent)
    var settings: [String: SettingValue] = ["autoreset": "disabled"]
    settings.merge(try environment.values()) { $1 }
    let batch = try row.make(episodes, settings, pool.threads)
    let seeds = (0..<UInt64(episodes)).map { seed &+ $0 }
    let result = try Evaluator.play(
      batch, .scripted(try make(batch)), seed: seed, seeds: seeds, most: most, on: pool)
    print(try JSON.line(result.summary))
  }
}
