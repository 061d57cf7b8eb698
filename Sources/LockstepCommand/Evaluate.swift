import Agents
import ArgumentParser
import Foundation
import Nets
import Training

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Statistics of a trained agent, as JSON.")

  @Argument(help: "Folder of the run.")
  var folder: String

  @Option(help: ArgumentHelp("Episodes to play.", valueName: "n"))
  var episodes = 20

  @Flag(help: "Always the likeliest action, instead of sampling as in training.")
  var greedy = false

  @Option(help: ArgumentHelp("Seed of environments and sampling.", valueName: "n"))
  var seed: UInt64 = 1000

  @Option(help: ArgumentHelp("Threads; default: all cores.", valueName: "n"))
  var threads: Int?

  func run() throws {
    guard (1...100_000).contains(episodes) else {
      throw UsageError("--episodes must be 1 to 100000, not \(episodes)")
    }
    var options = BatchOptions()
    options.threads = threads
    let pool = try options.pool()
    let folder = RunFolder(path: self.folder)
    let settings = try folder.settings()
    let made = try Run(settings, pool: pool)
    try made.agent.restore(from: SafeTensors(path: folder.file(RunFolder.checkpointName)))
    let evaluation = try Results(run: made, settings: settings, folder: folder, pool: pool)
      .evaluate(.agent(made.agent, greedy: greedy), episodes, seed: seed)
    let json = try JSONSerialization.data(
      withJSONObject: evaluation.summary, options: [.sortedKeys])
    print(String(decoding: json, as: UTF8.self))
  }
}
