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
      With --preset: 'index action reward terminated truncated lives crc32(observation)'.
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
  var difficulty = 0

  @Flag(help: "Adds the RAM, 256 hexadecimal digits.")
  var full = false

  @Option(help: ArgumentHelp("Trace the preprocessed environment instead.", valueName: "name"))
  var preset: String?

  @Option(help: ArgumentHelp("With --preset: next-step or same-step.", valueName: "mode"))
  var autoreset = "next-step"

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
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
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
      Catalog.game(env), seed: seed, sticky: sticky ?? 0.25, mode: mode, difficulty: difficulty)
    if mode != nil { raw.reset() }
    for (index, action) in numbers.enumerated() {
      let outcome = try raw.act(action)
      let memory = raw.memory
      let suffix = full ? " " + memory.map { hexadecimal(UInt32($0), digits: 2) }.joined() : ""
      print(
        "\(index) \(action) \(outcome.reward) \(outcome.lives) \(outcome.over ? 1 : 0)",
        CRC32.text(memory), CRC32.text(raw.picture) + suffix)
      if outcome.over { raw.reset() }
    }
  }

  private func tracePreset(_ preset: String, _ numbers: [Int]) throws {
    var settings = [
      "preset": preset, "autoreset": autoreset, "noop-max": "1", "sticky": "\(sticky ?? 0)",
      "difficulty": "\(difficulty)",
    ]
    if let mode { settings["mode"] = "\(mode)" }
    let batch = try AtariBatch(Catalog.game(env), count: 1, settings: .init(settings))
    let buffers = StepBuffers(spec: batch.spec, count: 1)
    func sum() -> String { CRC32.text(buffers.observations.span) }
    try batch.reset(seeds: [seed], into: buffers)
    print("reset - 0 0 0 \(batch.lives(lane: 0)) \(sum())")
    for (index, number) in numbers.enumerated() {
      var action = Int32(clamping: number)
      try withUnsafePointer(to: &action) {
        try batch.step(UnsafeBufferPointer(start: $0, count: 1), into: buffers)
      }
      print(
        "\(index) \(number) \(Int(buffers.rewards[0])) \(buffers.terminated[0])",
        "\(buffers.truncated[0]) \(batch.lives(lane: 0)) \(sum())")
    }
  }
}

/// zlib's CRC-32.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
  }

  static func text(_ bytes: some Sequence<UInt8>) -> String {
    let crc = table.withUnsafeBufferPointer { table in
      bytes.reduce(UInt32.max) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
    return hexadecimal(crc ^ .max, digits: 8)
  }
}

func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}
