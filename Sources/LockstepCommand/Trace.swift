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
      With --preset: 'index action reward terminated truncated lives crc32(observation)', and in
      same-step mode the ended episode's last observation. With --batch the file has an action a
      lane and step, lane i has seed n + i, and every step gives a line a lane.
      --continuous takes CALE's actions instead, three numbers each: radius, angle, fire. The line
      names the action that they amount to.
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

  @Option(help: ArgumentHelp("Chance that a frame repeats the action before.", valueName: "p"))
  var sticky: Double?

  @Option(help: ArgumentHelp("Game mode.", valueName: "n"))
  var mode: Int?

  @Option(help: ArgumentHelp("Difficulty switches.", valueName: "n"))
  var difficulty: Int?

  @Flag(help: "Adds the RAM, 256 hexadecimal digits.")
  var full = false

  @Option(help: ArgumentHelp("Trace the preprocessed environment instead.", valueName: "name"))
  var preset: String?

  @Option(help: ArgumentHelp("With --preset: next-step or same-step.", valueName: "mode"))
  var autoreset = "next-step"

  @OptionGroup var options: BatchOptions

  func run() throws {
    let actions = try readActions()
    do {
      if let preset {
        try tracePreset(preset, actions)
      } else {
        try traceRaw(actions)
      }
    } catch let error as CatalogError {
      throw UsageError("\(error)")
    } catch let error as EnvironmentError {
      throw UsageError("\(error)")
    }
  }

  /// What the file has an entry of for every lane and step.
  private enum TracedActions {
    case discrete([Int])
    case continuous([ContinuousAction])

    var count: Int {
      switch self {
      case .discrete(let numbers): numbers.count
      case .continuous(let actions): actions.count
      }
    }

    func name(_ index: Int, threshold: Double) -> Int {
      switch self {
      case .discrete(let numbers): numbers[index]
      case .continuous(let actions):
        Int(actions[index].action(threshold: Float(threshold)).rawValue)
      }
    }
  }

  private func readActions() throws -> TracedActions {
    switch (actions, continuous) {
    case (let file?, nil):
      return .discrete(try read(file, "action number") { Int($0).flatMap { $0 < 0 ? nil : $0 } })
    case (nil, let file?):
      let numbers = try read(file, "number", Float.init)
      guard numbers.count % 3 == 0 else {
        throw UsageError("\(file) has \(numbers.count) numbers, not three an action")
      }
      return .continuous(
        stride(from: 0, to: numbers.count, by: 3).map {
          ContinuousAction(radius: numbers[$0], angle: numbers[$0 + 1], fire: numbers[$0 + 2])
        })
    default: throw UsageError("trace needs one of --actions and --continuous")
    }
  }

  private func read<Number>(
    _ file: String, _ kind: String, _ parse: (String) -> Number?
  ) throws -> [Number] {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw UsageError("cannot read the actions file \(file)")
    }
    var numbers: [Number] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      for token in line.split(whereSeparator: \.isWhitespace) {
        guard let number = parse(String(token)) else {
          throw UsageError("\(file), line \(index + 1): '\(token)' is no \(kind)")
        }
        numbers.append(number)
      }
    }
    return numbers
  }

  private func traceRaw(_ actions: TracedActions) throws {
    let raw = try RawAtari(
      Catalog.game(env), seed: seed, sticky: sticky ?? 0.25, mode: mode, difficulty: difficulty)
    if mode != nil { raw.reset() }
    for index in 0..<actions.count {
      let outcome =
        switch actions {
        case .discrete(let numbers): try raw.act(numbers[index])
        case .continuous(let list): try raw.act(list[index], threshold: threshold)
        }
      let memory = raw.memory
      let suffix = full ? " " + memory.map { hexadecimal(UInt32($0), digits: 2) }.joined() : ""
      print(
        "\(index) \(actions.name(index, threshold: threshold)) \(outcome.reward)",
        "\(outcome.lives) \(outcome.over ? 1 : 0)", crc32(memory), crc32(raw.picture) + suffix)
      if outcome.over { raw.reset() }
    }
  }

  private func tracePreset(_ preset: String, _ actions: TracedActions) throws {
    let lanes = try options.lanes(default: 1)
    let batch = try AtariBatch(
      Catalog.game(env), count: lanes, settings: .init(presetSettings(preset)),
      pool: options.pool())
    let buffers = StepBuffers(spec: batch.spec, count: lanes)
    guard actions.count % lanes == 0 else {
      throw UsageError("the file has \(actions.count) actions, not rows of \(lanes)")
    }
    try batch.reset(seeds: (0..<lanes).map { seed &+ UInt64($0) }, into: buffers)
    for lane in 0..<lanes {
      print("reset - 0 0 0 \(batch.lives(lane: lane)) \(buffers.checksum(lane))")
    }
    for step in 0..<(actions.count / lanes) {
      let row = step * lanes..<(step + 1) * lanes
      switch actions {
      case .discrete(let numbers):
        try numbers[row].map { Int32(clamping: $0) }
          .withUnsafeBufferPointer { try batch.step($0, into: buffers) }
      case .continuous(let list):
        try list[row].flatMap { [$0.radius, $0.angle, $0.fire] }
          .withUnsafeBufferPointer { try batch.step(continuous: $0, into: buffers) }
      }
      for lane in 0..<lanes {
        let name = actions.name(row.lowerBound + lane, threshold: threshold)
        print("\(step) \(name)", line(batch, buffers, lane))
      }
    }
  }

  private func presetSettings(_ preset: String) throws -> [String: String] {
    var chosen = [
      "preset": preset, "autoreset": autoreset, "noop-max": "1", "sticky": "\(sticky ?? 0)",
    ]
    if let difficulty { chosen["difficulty"] = "\(difficulty)" }
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
    let text =
      "\(Int(buffers.rewards[lane])) \(terminated) \(truncated) \(batch.lives(lane: lane)) "
      + buffers.checksum(lane)
    guard autoreset == "same-step", terminated | truncated != 0 else { return text }
    return text + " " + buffers.finalChecksum(lane)
  }
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
