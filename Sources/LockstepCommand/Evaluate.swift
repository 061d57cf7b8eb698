import Agents
import ArgumentParser
import Foundation
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Statistics of a trained agent, as JSON.")

  @Argument(help: "Folder of the run, or a file of weights in it.")
  var folder: String

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Episodes to play.", valueName: "n"))
  var episodes = 20

  @Flag(help: "Always the likeliest action, instead of sampling as in training.")
  var greedy = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of environments and sampling.", valueName: "n"))
  var seed: UInt64 = 1000

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    _ = try inRange(episodes, 1...100_000, "--episodes")
    let pool = try threads.pool()
    let weights = Weights(folder)
    let settings = try weights.folder.settings()
    let run = try Run(settings, pool: pool, lanes: 1)
    let judge = Judge(settings: settings, changes: try environment.values(), pool: pool)
    try judge.check(run.environment.spec)
    try run.agent.restoreWeights(from: weights.file())
    let result = try judge.evaluate(.agent(run.agent, greedy: greedy), episodes, seed: seed)
    print(try JSON.line(result.summary))
  }
}
