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
      """)

  @Argument(help: "Environment id; see 'lockstep envs'.")
  var env: String

  @Option(help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64

  @Option(help: ArgumentHelp("File of numbers between white space.", valueName: "file"))
  var actions: String

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

  @Option(help: ArgumentHelp("Trace the preprocessed environment instead.", valueName: "name"))
  var preset: String?

  @Option(help: ArgumentHelp("With --preset: next-step or same-step.", valueName: "mode"))
  var autoreset = "next-step"

  @OptionGroup var options: BatchOptions

  func run() throws {
    let numbers = try readActions()
    do {
      if let preset {
        try tracePreset(preset, numbers)
      } else {
        try traceRaw(numbers)
      }
    } catch let error as CatalogError {
      throw UsageError("\(error)")
    } catch let error as EnvironmentError {
      throw UsageError("\(error)")
    }
  }

  private func readActions() throws -> [Int] {
    guard let text = try? String(contentsOfFile: actions, encoding: .utf8) else {
      throw UsageError("cannot read the actions file \(actions)")
    }
    var numbers: [Int] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      for token in line.split(whereSeparator: \.isWhitespace) {
        guard let number = Int(token), number >= 0 else {
          throw UsageError("\(actions), line \(index + 1): '\(token)' is no action number")
        }
        numbers.append(number)
      }
    }
    return numbers
  }

  private func traceRaw(_ numbers: [Int]) throws {
    let raw = try RawAtari(
      Catalog.game(env), seed: seed, sticky: sticky ?? 0.25, mode: mode, difficulty: difficulty,
      sound: sound)
    if mode != nil || difficulty != nil { raw.reset() }
    for (index, action) in numbers.enumerated() {
      if raw.isOver { raw.reset() }
      let outcome = try raw.act(action)
      let memory = raw.memory
      let heard = raw.sound.isEmpty ? "" : " " + crc32(raw.sound)
      print(
        "\(index) \(action) \(outcome.reward) \(outcome.lives) \(outcome.over ? 1 : 0)",
        crc32(memory), crc32(raw.picture) + heard + extras(raw.game, memory))
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

  private func tracePreset(_ preset: String, _ numbers: [Int]) throws {
    let lanes = try options.lanes(default: 1)
    let batch = try AtariBatch(
      Catalog.game(env), count: lanes, settings: .init(presetSettings(preset)),
      pool: options.pool())
    let buffers = StepBuffers(spec: batch.spec, count: lanes)
    let actions = numbers.map { Int32(clamping: $0) }
    guard actions.count % lanes == 0 else {
      throw UsageError("\(self.actions) has \(actions.count) numbers, not rows of \(lanes)")
    }
    try batch.reset(seeds: (0..<lanes).map { seed &+ UInt64($0) }, into: buffers)
    for lane in 0..<lanes {
      print(
        "reset - 0 0 0 \(batch.lives(lane: lane)) \(buffers.checksum(lane))"
          + heard(batch, lane))
    }
    for step in 0..<(actions.count / lanes) {
      let row = step * lanes..<(step + 1) * lanes
      try actions.withUnsafeBufferPointer {
        try batch.step(.init(rebasing: $0[row]), into: buffers)
      }
      for lane in 0..<lanes {
        print("\(step) \(numbers[row.lowerBound + lane])", line(batch, buffers, lane))
      }
    }
  }

  private func presetSettings(_ preset: String) throws -> [String: String] {
    var chosen = [
      "preset": preset, "autoreset": autoreset, "noop-max": "1", "sticky": "\(sticky ?? 0)",
      "sound": "\(sound)",
    ]
    if let difficulty { chosen["difficulty"] = "\(difficulty)" }
    if let mode { chosen["mode"] = "\(mode)" }
    for (key, value) in try settings(options.environmentSettings, option: "--env-set") {
      chosen[key] = value
    }
    return chosen
  }

  private func line(_ batch: AtariBatch, _ buffers: StepBuffers, _ lane: Int) -> String {
    let (terminated, truncated) = (buffers.terminated[lane], buffers.truncated[lane])
    let text =
      "\(Int(buffers.rewards[lane])) \(terminated) \(truncated) \(batch.lives(lane: lane)) "
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
