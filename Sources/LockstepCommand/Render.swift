import Agents
import ArgumentParser
import Catalog
import Foundation
import Lanes
import Nets
import PictureFiles
import Pixels
import Training

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "An episode as PNG pictures and one contact sheet: random play, or a trained agent.")

  @Argument(help: "Environment id, or the folder of a run.")
  var source: String

  @Option(help: ArgumentHelp("Folder for the pictures.", valueName: "dir"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most this many steps as pictures.", valueName: "n"))
  var frames = 200

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    _ = try inRange(frames, 1...1_000_000, "--frames")
    let pool = ThreadPool(threads: 1)
    let (judge, policy) = try subject(pool)
    var (count, sheet) = (0, Sheet())
    let gallery = Gallery(judge: judge)
    try gallery.play(policy, seed: seed) { step, picture in
      if step == 0 { try makeFolder() }
      try PNG.write(picture, to: out + "/" + String(format: "%05d.png", step))
      sheet.add(picture, step: step)
      count += 1
      return count < frames
    }
    try PNG.write(sheet.picture, to: out + "/sheet.png")
    print("\(count) pictures and sheet.png in \(out)")
  }

  private func makeFolder() throws {
    do {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    } catch {
      throw RunError.folder(out, "cannot be made")
    }
  }

  private func subject(_ pool: ThreadPool) throws -> (Judge, Evaluator.Policy) {
    let changes = try environment.values()
    let weights = Weights(source)
    guard weights.folder.holdsRun else {
      let row = try Catalog.row(source)
      let settings = RunSettings(
        environment: row.id, agent: "random", lanes: 1, steps: 1, seed: seed)
      return (Judge(settings: settings, changes: changes, pool: pool), .random)
    }
    let settings = try weights.folder.settings()
    let run = try Run(settings, Workshop(pool: pool), lanes: 1)
    let judge = Judge(settings: settings, changes: changes, pool: pool)
    try judge.check(run.environment.spec)
    try run.agent.restoreWeights(from: weights.file())
    return (judge, .agent(run.agent, greedy: false))
  }
}
