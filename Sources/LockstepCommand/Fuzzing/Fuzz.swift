import ArgumentParser
import Atari
import Foundation

/// Random cartridges, damaged states and damaged files: whatever they are, they are refused, or the tool
/// stays inside its memory and every step ends. `Tools/fuzz` runs it with the sanitizers. The one command
/// that knows a family.
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Random bytes as cartridges, and damaged states and files.", shouldDisplay: false)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Frames of single lanes with random cartridges.", valueName: "n"))
  var frames = 1_000_000

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Damaged inputs of every reader.", valueName: "n"))
  var inputs = 10_000

  @Option(help: ArgumentHelp("One reader alone.", valueName: "name"))
  var reader: String?

  @Option(
    help: ArgumentHelp(
      "That reader under libFuzzer; what is found lies here.", valueName: "dir"))
  var guided: String?

  @Flag(help: "The names of all readers.")
  var list = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(parsing: .unconditional, help: ArgumentHelp("Threads.", valueName: "n"))
  var threads = 2

  func run() throws {
    _ = try inRange(frames, 0...Int.max / 4, "--frames")
    _ = try inRange(inputs, 0...Int.max / 4, "--inputs")
    _ = try inRange(threads, 1...1024, "--threads")
    if list { return print(ByteReaders.all.map(\.name).joined(separator: "\n")) }
    try fuzzReaders()
    guard frames > 0, reader == nil else { return }
    try AtariFuzz.run(frames: frames, seed: seed, threads: threads) {
      print($0)
      fflush(nil)
    }
  }

  private func fuzzReaders() throws {
    let readers = ByteReaders.all
    guard reader.map({ name in readers.contains { $0.name == name } }) ?? true else {
      throw UsageError("there are the readers \(readers.map(\.name).quotedList)")
    }
    if guided != nil && reader == nil { throw UsageError("--guided wants a --reader") }
    for row in readers where inputs > 0 && (reader ?? row.name) == row.name {
      if let guided { try Guided.run(row, inputs: inputs, seed: seed, folder: guided) }
      var fuzzer = ByteFuzzer(seed: seed, try row.make())
      for _ in 0..<inputs { try fuzzer.round() }
      print("\(row.name): \(inputs) inputs, \(fuzzer.taken) taken, seed \(seed)")
      fflush(nil)
    }
  }
}
