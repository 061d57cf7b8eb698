import Agents
import ArgumentParser
import Foundation
import Lanes
import Nets
import Pixels
import Training

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "An episode as PNG pictures and one contact sheet: random play, or a trained agent.")

  @Argument(help: "Environment id, or the folder of a run.")
  var source: String

  @Option(help: ArgumentHelp("Folder for the pictures.", valueName: "dir"))
  var out: String

  @Option(help: ArgumentHelp("At most this many steps as pictures.", valueName: "n"))
  var frames = 200

  @Option(help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64 = 1

  func run() throws {
    guard frames >= 0 else { throw UsageError("--frames must not be negative") }
    let pool = ThreadPool(threads: 1)
    let (settings, policy) = try subject(pool)
    do {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(out, "cannot be made")
    }
    let gallery = Gallery(run: nil, settings: settings, pool: pool)
    var count = 0
    try gallery.play(policy, seed: seed, limit: frames) { step, environment in
      guard step < frames else { return }
      let name = String(format: "%05d.png", step)
      try PNG.write(environment.render(lane: 0), to: out + "/" + name)
      count += 1
    }
    try PNG.write(gallery.sheet(policy, seed: seed), to: out + "/sheet.png")
    print("\(count) pictures and sheet.png in \(out)")
  }

  private func subject(_ pool: ThreadPool) throws -> (RunSettings, Evaluator.Policy) {
    let folder = RunFolder(path: source)
    guard FileManager.default.fileExists(atPath: folder.file(RunFolder.settingsName)) else {
      let settings = RunSettings(
        environment: source, environmentSettings: [:], agent: "random", agentSettings: [:],
        lanes: 1, steps: 1, seed: seed)
      return (settings, .random)
    }
    let settings = try folder.settings()
    let run = try Run(settings, pool: pool)
    try run.agent.restore(from: SafeTensors(path: folder.file(RunFolder.checkpointName)))
    return (settings, .agent(run.agent, greedy: false))
  }
}
