import ArgumentParser
import Atari
import Catalog
import Environment
import Foundation
import Lanes

struct Trace: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Every step as a line, for comparison with the original.",
    discussion: """
      Without --preset: the raw ALE interface, one emulated frame an action, actions 0 to 17. A line
      is 'index action reward lives over crc32(RAM) crc32(picture)'; an ended game is reset.
      --sound adds crc32 of the act's 512 samples.
      With --preset: 'index action reward terminated truncated lives crc32(observation)', and in
      same-step mode the ended episode's last observation. With --batch the file has an action a
      lane and step, lane i has seed n + i, and every step gives a line a lane.
      --continuous takes CALE's actions instead, three numbers each: radius, angle, fire. The line
      names the action that they amount to. --player-b adds a second player: the line then has two
      actions and two rewards. Modes are those for two.
      """)

  @Argument(help: "Environment id; see 'lockstep envs'.")
  var env: String

  @Option(help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64

  @Option(help: ArgumentHelp("File of numbers between white space.", valueName: "file"))
  var actions: String?

  @Option(help: ArgumentHelp("File of continuous actions instead.", valueName: "file"))
  var continuous: String?

  @Option(
    help: ArgumentHelp("What a direction or the button must exceed to count.", valueName: "t"))
  var threshold = 0.5

  @Option(help: ArgumentHelp("File of a second player's actions.", valueName: "file"))
  var playerB: String?

  @Option(help: ArgumentHelp("Chance that a frame repeats the action before.", valueName: "p"))
  var sticky: Double?

  @Option(help: ArgumentHelp("Game mode.", valueName: "n"))
  var mode: Int?

  @Option(help: ArgumentHelp("Difficulty switches.", valueName: "n"))
  var difficulty: Int?

  @Flag(help: "Adds the RAM, 256 hexadecimal digits.")
  var full = false

  @Flag(help: "Adds the game's variables by name, where they are known.")
  var labels = false

  @Flag(help: "Adds crc32(sound).")
  var sound = false

  @Option(
    help: ArgumentHelp(
      "Trace a preprocessed environment instead: \(presetNames).", valueName: "name"))
  var preset: String?

  @Option(help: ArgumentHelp("With --preset: next-step or same-step.", valueName: "mode"))
  var autoreset = "next-step"

  @OptionGroup var options: BatchOptions

  func run() throws {
    do {
      var players: [TracedActions]
      switch (actions, continuous) {
      case (let file?, nil): players = [try TracedActions(discrete: file)]
      case (nil, let file?):
        players = [try TracedActions(continuous: file, threshold: threshold)]
      default: throw UsageError("trace needs one of --actions and --continuous")
      }
      if let file = playerB {
        players.append(
          continuous == nil
            ? try TracedActions(discrete: file)
            : try TracedActions(continuous: file, threshold: threshold))
        guard players[1].count == players[0].count else {
          throw UsageError("\(file) has \(players[1].count) actions, not \(players[0].count)")
        }
      }
      if let preset {
        try tracePreset(preset, players)
      } else {
        try traceRaw(players)
      }
    } catch let error as CatalogError {
      throw UsageError("\(error)")
    } catch let error as EnvironmentError {
      throw UsageError("\(error)")
    }
  }

  private func traceRaw(_ players: [TracedActions]) throws {
    let raw = try RawAtari(
      Catalog.game(env), seed: seed, sticky: sticky ?? 0.25, mode: mode, difficulty: difficulty,
      players: players.count, sound: sound)
    if mode != nil || difficulty != nil { raw.reset() }
    for index in 0..<players[0].count {
      if raw.isOver { raw.reset() }
      let moves = players.map { ($0.numbers[index], $0.strength(index)) }
      let (numberOfB, strengthOfB) = moves.count == 2 ? moves[1] : (0, 1)
      let outcome = try raw.act(
        moves[0].0, strength: moves[0].1, actionOfB: numberOfB, strengthOfB: strengthOfB)
      let rewards = moves.count == 2 ? [outcome.reward, raw.rewardOfB] : [outcome.reward]
      let memory = raw.memory
      let heard = raw.sound.isEmpty ? "" : " " + crc32(raw.sound)
      print(
        "\(index) \(words(moves.map(\.0))) \(words(rewards)) \(outcome.lives)",
        "\(outcome.over ? 1 : 0)", crc32(memory),
        crc32(raw.picture) + heard + extras(raw.game, memory))
    }
  }

  private func extras(_ game: Game, _ memory: [UInt8]) -> String {
    var words: [String] = []
    if full { words.append(memory.map { hexadecimal(UInt32($0), digits: 2) }.joined()) }
    if labels {
      words += game.variables(in: memory).map { name, values in
        name + "=" + values.map(String.init).joined(separator: ",")
      }
    }
    return words.map { " " + $0 }.joined()
  }

  private func words(_ numbers: [Int]) -> String {
    numbers.map(String.init).joined(separator: " ")
  }

  private func tracePreset(_ preset: String, _ players: [TracedActions]) throws {
    let lanes = try options.lanes(default: 1)
    let batch = try AtariBatch(
      Catalog.game(env), count: lanes, settings: .init(presetSettings(preset)),
      pool: options.pool())
    let buffers = StepBuffers(spec: batch.spec, count: lanes)
    guard players[0].count % lanes == 0 else {
      throw UsageError("\(players[0].count) actions are no rows of \(lanes)")
    }
    try batch.reset(seeds: (0..<lanes).map { seed &+ UInt64($0) }, into: buffers)
    let none = players.map { _ in "-" }.joined(separator: " ")
    let zeros = players.map { _ in "0" }.joined(separator: " ")
    for lane in 0..<lanes {
      print(
        "reset \(none) \(zeros) 0 0 \(batch.lives(lane: lane)) \(buffers.checksum(lane))"
          + heard(batch, lane))
    }
    for step in 0..<(players[0].count / lanes) {
      let row = step * lanes..<(step + 1) * lanes
      if continuous != nil {
        try players.flatMap { ($0.sticks ?? [])[row].flatMap { [$0.radius, $0.angle, $0.fire] } }
          .withUnsafeBufferPointer { try batch.step(continuous: $0, into: buffers) }
      } else {
        try players.flatMap { $0.numbers[row].map { Int32(clamping: $0) } }
          .withUnsafeBufferPointer { try batch.step($0, into: buffers) }
      }
      for lane in 0..<lanes {
        let numbers = players.map { $0.numbers[row.lowerBound + lane] }
        print("\(step) \(words(numbers))", line(batch, buffers, lane))
      }
    }
  }

  private func presetSettings(_ preset: String) throws -> [String: String] {
    var chosen = ["preset": preset, "autoreset": autoreset, "sound": "\(sound)"]
    if playerB != nil { chosen["players"] = "2" }
    if let difficulty { chosen["difficulty"] = "\(difficulty)" }
    if let sticky { chosen["sticky"] = "\(sticky)" }
    if let mode { chosen["mode"] = "\(mode)" }
    if continuous != nil {
      chosen["continuous"] = "true"
      chosen["continuous-threshold"] = "\(threshold)"
    }
    for (key, value) in try settings(options.environmentSettings, option: "--env-set") {
      chosen[key] = value
    }
    return chosen
  }

  private func line(_ batch: AtariBatch, _ buffers: StepBuffers, _ lane: Int) -> String {
    let (terminated, truncated) = (buffers.terminated[lane], buffers.truncated[lane])
    let rewards = (0..<batch.spec.players).map { Int(buffers.rewards[$0 * batch.count + lane]) }
    let text =
      "\(words(rewards)) \(terminated) \(truncated) \(batch.lives(lane: lane)) "
      + buffers.checksum(lane) + heard(batch, lane)
    guard autoreset == "same-step", terminated | truncated != 0 else { return text }
    return text + " " + buffers.finalChecksum(lane)
  }
}

private func heard(_ batch: AtariBatch, _ lane: Int) -> String {
  batch.settings.sound == .off ? "" : " " + crc32(batch.sound(lane: lane))
}

extension StepBuffers {
  fileprivate func checksum(_ lane: Int) -> String {
    crc32(UnsafeRawBufferPointer(start: observation(lane: lane), count: observationBytes))
  }

  fileprivate func finalChecksum(_ lane: Int) -> String {
    let last = finalObservation(lane: lane)
    return crc32(UnsafeRawBufferPointer(start: last, count: observationBytes))
  }
}

/// zlib's CRC-32 as eight hexadecimal digits.
private func crc32(_ bytes: UnsafeRawBufferPointer) -> String {
  var sum = CRC32()
  sum.add(bytes)
  return sum.hex
}

private func crc32(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes { crc32($0) } }

func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
