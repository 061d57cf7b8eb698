import ArgumentParser
import Atari
import Foundation

/// Random cartridges and damaged states: whatever they are, the emulator stays inside its memory and
/// every frame ends. `Tools/fuzz` runs it with the sanitizers. The one command that knows a family.
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Random bytes as cartridges, and damaged states.", shouldDisplay: false)

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Frames of single lanes, shared by both.", valueName: "n"))
  var frames = 1_000_000

  @Option(parsing: .unconditional, help: ArgumentHelp("Seed.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(parsing: .unconditional, help: ArgumentHelp("Threads.", valueName: "n"))
  var threads = 2

  func run() throws {
    _ = try inRange(frames, 1...Int.max / 4, "--frames")
    _ = try inRange(threads, 1...1024, "--threads")
    try AtariFuzz.run(frames: frames, seed: seed, threads: threads) {
      print($0)
      fflush(nil)
    }
  }
}
