import Agents
import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import Records
import Training

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Episodes as pictures: frames, a contact sheet, an animated PNG, a video.",
    discussion: """
      What --out is called says what it becomes: a folder gets every frame and a contact sheet, a .png \
      file is a contact sheet alone, .apng an animated PNG. .mp4, .mkv, .webm and .gif are made by \
      ffmpeg, which has to be installed.

      A run plays as in training; an environment's id plays at random, or with --actions what a file \
      says, as 'trace' reads it. Play ends with the episode, with the file, or after --frames.
      """)

  @Argument(
    help: "Environment id, the folder of a run, or a file of weights in it.",
    completion: .environments)
  var source: String

  @Option(
    help: ArgumentHelp("Folder or file for the pictures.", valueName: "path"),
    completion: .file())
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("At most this many steps as pictures.", valueName: "n"))
  var frames = 200

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Many lanes side by side, for example 8x8.", valueName: "wxh"))
  var mosaic: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Rows of a pixel, 1 to 16; its columns follow from the screen it was made for.",
      valueName: "n"))
  var scale: Int?

  @Option(
    help: ArgumentHelp(
      "Drawn in below: step, return, reward, action, value, mission, with commas; or all.",
      valueName: "list"))
  var show: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Pictures a second; default: the environment's own speed.", valueName: "n"))
  var fps: Double?

  @Option(help: ArgumentHelp("File of actions to play.", valueName: "file"), completion: .file())
  var actions: String?

  @Option(
    help: ArgumentHelp("Begin with this saved state.", valueName: "file"), completion: .file())
  var state: String?

  @Option(
    help: ArgumentHelp("Save the first lane's state after the last picture.", valueName: "file"),
    completion: .file())
  var saveState: String?

  @Flag(help: "Always the likeliest action, instead of sampling as in training.")
  var greedy = false

  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    _ = try inRange(frames, 1...1_000_000, "--frames")
    if let scale { _ = try inRange(scale, 1...16, "--scale") }
    if let fps, !(fps >= 0.1 && fps <= 1000) {
      throw UsageError("--fps must be 0.1 to 1000, not \(fps)")
    }
    let target = try PictureTarget(out)
    let captions = try show.map { try CaptionPart.list($0) } ?? []
    let (across, down) = try mosaic.map(Self.mosaic) ?? (1, 1)
    let (judge, policy) = try subject(ThreadPool(threads: 1), lanes: across * down)
    let film = Film(
      judge: judge, columns: across, rows: down, scale: scale, captions: captions, seed: seed,
      start: try state.map(Self.bytes), wantsState: saveState != nil)
    let sink = try target.sink(rate: fps ?? film.rate)
    let saved = try film.play(policy, most: frames) { try sink.add($0) }
    let made = try sink.finish()
    if let saveState, let saved { try AtomicFile.write(Data(saved), to: saveState) }
    print(made)
  }

  // MARK: What plays

  private func subject(
    _ pool: ThreadPool, lanes: Int
  ) throws -> (Judge, (any EnvironmentBatch) throws -> Evaluator.Policy) {
    let changes = try environment.values()
    let weights = Weights(source)
    guard weights.folder.holdsRun else {
      if greedy { throw UsageError("--greedy is for runs; \(source) is none") }
      let row = try LockstepCommand.environment(of: source)
      let settings = RunSettings(
        environment: row.id, agent: "random", lanes: 1, steps: 1, seed: seed)
      let numbers = try actions.map { try ActionFile.read($0) }
      let judge = Judge(settings: settings, changes: changes, pool: pool)
      return (
        judge,
        { batch in
          try numbers.map { .scripted(try ActionPlayer($0, batch)) } ?? .random
        }
      )
    }
    if actions != nil { throw UsageError("--actions is for an environment's id, not for a run") }
    let settings = try weights.folder.settings()
    let run = try Run(settings, Workshop(pool: pool), lanes: settings.tasks)
    let judge = Judge(settings: settings, changes: changes, pool: pool)
    try judge.check(run.environment.spec)
    try run.agent.restoreWeights(from: weights.file())
    return (judge, { _ in .agent(run.agent, greedy: greedy) })
  }

  private static func mosaic(_ text: String) throws -> (Int, Int) {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let across = numbers[0], let down = numbers[1],
      (1...32).contains(across), (1...32).contains(down)
    else { throw UsageError("--mosaic must be 1x1 to 32x32, not \(text)") }
    return (across, down)
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw UsageError("cannot read the state file \(path)")
    }
    return Array(data)
  }
}

/// Plays a file's actions, the same in every lane.
final class ActionPlayer: ScriptedPolicy {
  private let numbers: [Double]
  private let width: Int
  private(set) var step = 0

  /// - Throws: `UsageError` where they do not fill whole steps or are none that can be written.
  init(_ numbers: [Double], _ batch: any EnvironmentBatch) throws {
    width = batch.spec.action.width * batch.spec.players
    self.numbers = numbers
    guard numbers.count % width == 0 else {
      throw UsageError("actions of \(batch.spec.id) have \(width) numbers each")
    }
    if batch.spec.action.element == .int32,
      let odd = numbers.first(where: { Int32(exactly: $0) == nil })
    {
      throw UsageError("action \(odd) is no whole number")
    }
  }

  var isOver: Bool { (step + 1) * width > numbers.count }

  func act(_ buffers: StepBuffers) {
    let own = Array(numbers[step * width..<(step + 1) * width])
    let players = width / buffers.actions.field.count
    for player in 0..<players {
      let action = Array(own[player * width / players..<(player + 1) * width / players])
      for lane in 0..<buffers.lanes {
        // Whole numbers, as `init` has seen.
        try? buffers.setAction(action, lane: player * buffers.lanes + lane)
      }
    }
    step += 1
  }
}
