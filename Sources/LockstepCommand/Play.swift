import Agents
import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import Records
import Replay
import Training
import Window

struct Play: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A window: play yourself, or watch a trained agent and take over.",
    discussion: """
      F1 shows the keys. Arrows and space play, for a second player W, A, S, D and F; game controllers \
      work, and where there is a paddle or CALE's stick the mouse. P pauses, N makes a step, backspace \
      goes back in time, F5 and F8 save and load, F12 makes a screenshot, T takes over from an agent.

      An Atari game is played frame by frame unless --env-set says otherwise; what a data set is to \
      have is such a setting, for example --env-set preset=ale-vector. --record keeps the actions: \
      'lockstep trace' plays them again, as the file's first lines say.
      """)

  @Argument(help: "Environment id, or the folder of a run, or a file of weights in it.")
  var source: String

  @Option(help: ArgumentHelp("A player that was programmed, to watch: bot.", valueName: "name"))
  var agent: String?

  @Option(
    help: ArgumentHelp("So many lanes side by side, across by down.", valueName: "8x8"))
  var mosaic: String?

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed of the first lane.", valueName: "n"))
  var seed: UInt64 = 1

  @Flag(help: "A watched agent always takes the likeliest action.")
  var greedy = false

  @Option(help: ArgumentHelp("Keep the actions in this file.", valueName: "file"))
  var record: String?

  @Option(help: ArgumentHelp("Keep play as a data set in this folder.", valueName: "dir"))
  var dataset: String?

  @Option(
    help: ArgumentHelp("Folder for saved states and screenshots.", valueName: "dir"))
  var out = "play"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Minutes that one can go back in time.", valueName: "n"))
  var rewind = 5.0

  @Flag(help: "At the end, one JSON line: ticks and steps a second, sound, returns.")
  var json = false

  @Option(help: .hidden)
  var script: String?

  @Flag(help: .hidden)
  var unpaced = false

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    guard rewind.isFinite, (0...60).contains(rewind) else {
      throw UsageError("--rewind must be 0 to 60 minutes, not \(rewind)")
    }
    let pool = try threads.pool()
    let script = try script.map(Self.read)
    let grid = try grid()
    let game = try game(lanes: grid.columns * grid.rows, pool)
    let player = try player(game, grid, pool)
    let summary = try show(player, game.row.id, script)
    try keep(player.recording, game.row)
    if json { print(try JSON.line(summary)) }
  }

  /// The window is gone afterwards.
  private func show(
    _ player: Player, _ id: String, _ script: Script?
  ) throws -> Stage.Summary {
    let stage = try Stage(player, title: "\(id) - lockstep", script: script, isPaced: !unpaced)
    Interruption.stops("closes the window", now: "the window is closed")
    return try stage.run(stop: { Interruption.isAsked })
  }

  // MARK: What is played

  /// An environment and who plays it.
  private struct Game {
    let row: EnvironmentRow
    let settings: [String: SettingValue]
    let batch: any EnvironmentBatch
    /// nil: a person.
    var pilot: (any Pilot)?
  }

  private func grid() throws -> (columns: Int, rows: Int) {
    guard let mosaic else { return (1, 1) }
    let sides = mosaic.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let columns = sides[0], let rows = sides[1],
      (1...64).contains(columns), (1...64).contains(rows)
    else { throw UsageError("--mosaic must be like 8x8, at most 64x64, not \(mosaic)") }
    return (columns, rows)
  }

  private func game(lanes: Int, _ pool: ThreadPool) throws -> Game {
    let weights = Weights(source)
    if weights.folder.holdsRun {
      if agent != nil { throw UsageError("--agent is for environments; \(source) is a run") }
      return try watched(weights, lanes, pool)
    }
    let row = try LockstepCommand.environment(of: source)
    let given = try environment.values()
    var settings = row.playing(given)
    settings["autoreset"] = "disabled"
    settings.merge(given) { $1 }
    let tasks = source.split(separator: ",").count
    guard lanes == 1 || lanes >= tasks else {
      throw UsageError("\(tasks) tasks need as many lanes: give a larger --mosaic")
    }
    let batch = try row.make(max(lanes, tasks), settings, pool.threads)
    var game = Game(row: row, settings: settings, batch: batch)
    if let agent {
      game.pilot = ScriptedPilot(try row.player(agent)(batch))
    } else if batch.lanes > 1 {
      game.pilot = RandomPilot(batch.spec.action, seed: seed)
    }
    return game
  }

  private func watched(_ weights: Weights, _ lanes: Int, _ pool: ThreadPool) throws -> Game {
    let settings = try weights.folder.settings()
    let run = try Run(settings, Workshop(pool: pool), lanes: settings.tasks)
    var changes: [String: SettingValue] = ["autoreset": "disabled"]
    changes.merge(try environment.values()) { $1 }
    let judge = Judge(settings: settings, changes: changes, pool: pool)
    try judge.check(run.environment.spec)
    try run.agent.restoreWeights(from: weights.file())
    let batch = try judge.environment(lanes: max(lanes, settings.tasks))
    return Game(
      row: try Catalog.row(settings.environment),
      settings: judge.environmentSettings(try Catalog.row(settings.environment)), batch: batch,
      pilot: AgentPilot(run.agent, batch.spec, lanes: batch.lanes, seed: seed, greedy: greedy))
  }

  private func player(
    _ game: Game, _ grid: (columns: Int, rows: Int), _ pool: ThreadPool
  ) throws -> Player {
    var settings = Player.Settings(viewing: game.row.viewing)
    settings.seed = seed
    (settings.columns, settings.rows) = (grid.columns, grid.rows)
    settings.rewindSeconds = rewind * 60
    settings.folder = out
    settings.choices = game.row.choices
    settings.beginsHuman = game.pilot == nil
    settings.hasPanel = game.pilot is RandomPilot ? false : nil
    return try Player(
      game.batch, settings, pilot: game.pilot, recording: try recording(game), pool: pool)
  }

  // MARK: What is kept

  private func recording(_ game: Game) throws -> Recording? {
    if record == nil && dataset == nil { return nil }
    let spec = game.batch.spec
    guard game.batch.lanes == 1 else {
      throw UsageError("--record and --dataset are for one lane, without --mosaic")
    }
    guard spec.autoreset == .disabled else {
      throw UsageError("--record and --dataset need autoreset=disabled, which is the default here")
    }
    if dataset != nil && spec.players > 1 {
      throw UsageError("--dataset is for one player; --record keeps the actions of both")
    }
    if let dataset, FileManager.default.fileExists(atPath: dataset + "/manifest.json") {
      throw UsageError("\(dataset) holds a data set already")
    }
    return Recording(id: game.row.id, settings: game.settings, seed: seed)
  }

  private func keep(_ recording: Recording?, _ row: EnvironmentRow) throws {
    guard let recording else { return }
    if let record {
      try AtomicFile.write(Data(recording.text(file: record).utf8), to: record)
      if recording.steps.first?.count == 2 {
        let text = recording.text(player: 1, file: record)
        try AtomicFile.write(Data(text.utf8), to: record + ".b")
      }
    }
    if let dataset, !recording.steps.isEmpty {
      try Self.write(recording, row, to: dataset)
    }
  }

  /// Plays it again, and keeps what there is to see.
  static func write(_ recording: Recording, _ row: EnvironmentRow, to folder: String) throws {
    let batch = try row.make(1, recording.settings, 1)
    let recorder = try DatasetRecorder(folder, spec: batch.spec)
    try recording.replay(batch) { buffers, isStep in
      if isStep { try recorder.add(buffers) } else { try recorder.begin(buffers) }
    }
    try recorder.finish()
  }

  private static func read(_ path: String) throws -> Script {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw UsageError("cannot read the script \(path)")
    }
    return try Script(text)
  }
}

extension EnvironmentRow {
  /// A player that the row brings along.
  /// - Throws: `UsageError`.
  func player(
    _ name: String
  ) throws -> @Sendable (any EnvironmentBatch) throws -> any ScriptedPolicy {
    if let make = bots[name] { return make }
    let known = bots.keys.sorted()
    let hint = known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))"
    throw UsageError("\(id) brings no player '\(name)' along; \(hint)")
  }
}
