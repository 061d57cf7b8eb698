import ArgumentParser
import Catalog
import Environment
import Foundation
import Records

struct Trace: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every step as a line, for comparison with the original.",
    discussion: """
      Actions are numbers between white space, as many an action as the environment takes. A line is \
      'index action reward terminated truncated', then a checksum or the numbers of the observation; \
      an ended episode is reset without a line.

      Atari, without --preset: the raw ALE interface, one emulated frame an action, actions 0 to 17. \
      A line is 'index action reward lives over crc32(RAM) crc32(picture)'; an ended game is reset. \
      --sound adds crc32 of the act's 512 samples.

      With --preset: 'index action reward terminated truncated lives crc32(observation)', and in \
      same-step mode the ended episode's last observation. With --batch the file has an action a \
      lane and step, lane i has seed n + i, and every step gives a line a lane.

      --continuous takes CALE's actions instead, three numbers each: radius, angle, fire. The line \
      names the action that they amount to. --player-b adds a second player: the line then has two \
      actions and two rewards. Modes are those for two.
      """)

  @Argument(help: "Environment id; see 'lockstep envs'.", completion: .environments)
  var env: String

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64

  @Option(help: ArgumentHelp("File of numbers between white space.", valueName: "file"))
  var actions: String?

  @Option(help: ArgumentHelp("File of continuous actions instead.", valueName: "file"))
  var continuous: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --continuous: what a direction or the button must exceed to count; default: 0.5.",
      valueName: "t"))
  var threshold: Double?

  @Option(help: ArgumentHelp("File of a second player's actions.", valueName: "file"))
  var playerB: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Chance that a frame repeats the action before.", valueName: "p"))
  var sticky: Double?

  @Option(parsing: .unconditional, help: ArgumentHelp("Game mode.", valueName: "n"))
  var mode: Int?

  @Option(parsing: .unconditional, help: ArgumentHelp("Difficulty switches.", valueName: "n"))
  var difficulty: Int?

  @Flag(help: "Adds the RAM, 256 hexadecimal digits.")
  var full = false

  @Flag(help: "Adds the game's variables by name, where they are known.")
  var labels = false

  @Flag(help: "Adds crc32(sound).")
  var sound = false

  @Option(
    help: ArgumentHelp("Trace a preprocessed environment instead.", valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "With --preset: next-step (default), same-step, or disabled, when ended games are reset.",
      valueName: "mode"))
  var autoreset: String?

  @OptionGroup var lanes: LaneOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    let row = try Catalog.row(env)
    try row.trace(request(row))
  }

  func request(_ row: EnvironmentRow) throws -> TraceRequest {
    var request = TraceRequest(id: row.id, seed: seed, actions: [try numbers()]) { print($0) }
    if let playerB {
      request.actions.append(try ActionFile.read(playerB))
      guard request.actions[1].count == request.actions[0].count else {
        throw UsageError(
          "\(playerB) has \(request.actions[1].count) numbers, not \(request.actions[0].count)")
      }
    }
    request.lanes = try lanes.lanes(default: 1)
    request.isContinuous = continuous != nil
    request.settings = try environment.values([
      ("threshold", "continuous-threshold", threshold.map { .number($0) }),
      ("sticky", "sticky", sticky.map { .number($0) }),
      ("mode", "mode", mode.map { .whole($0) }),
      ("difficulty", "difficulty", difficulty.map { .whole($0) }),
      ("preset", "preset", preset.map { .text($0) }),
      ("autoreset", "autoreset", autoreset.map { .text($0) }),
    ])
    for (name, isWanted) in [("full", full), ("labels", labels), ("sound", sound)] where isWanted {
      request.extras.insert(name)
    }
    return request
  }

  private func numbers() throws -> [Double] {
    switch (actions, continuous) {
    case (let file?, nil):
      if threshold != nil { throw UsageError("--threshold is for --continuous") }
      return try ActionFile.read(file)
    case (nil, let file?): return try ActionFile.read(file)
    default: throw UsageError("trace needs one of --actions and --continuous")
    }
  }
}

/// Numbers between white space; what follows a `#` is for people.
enum ActionFile {
  /// - Throws: `UsageError` with the line and the word.
  static func read(_ file: String) throws -> [Double] {
    let text: String
    do {
      text = try InputFile.text(file)
    } catch { throw UsageError("\(error)") }
    return try numbers(text, file)
  }

  static func numbers(_ text: String, _ file: String) throws -> [Double] {
    var numbers: [Double] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.prefix { $0 != "#" }
      for token in words.split(whereSeparator: \.isWhitespace) {
        guard let number = Double(String(token)), number.isFinite else {
          throw UsageError("\(file), line \(index + 1): '\(token)' is no number")
        }
        numbers.append(number)
      }
    }
    return numbers
  }
}
