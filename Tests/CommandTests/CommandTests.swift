import ArgumentParser
import Foundation
import Testing

@testable import LockstepCommand

struct CommandTests {
  private func error(_ arguments: String...) -> (any Error)? {
    do {
      var command = try Lockstep.parseAsRoot(arguments)
      try command.run()
      return nil
    } catch { return error }
  }

  private func usage(_ error: (any Error)?) -> String {
    (error as? UsageError)?.description ?? "not a usage error: \(String(describing: error))"
  }

  @Test("Every subcommand has help", arguments: ["train", "evaluate", "bench", "trace", "render"])
  func help(name: String) {
    let text = Lockstep.helpMessage(
      for: Lockstep.configuration.subcommands.first {
        $0.configuration.commandName == name || "\($0)".lowercased() == name
      }!)
    #expect(text.contains("USAGE: lockstep \(name)"))
  }

  @Test("Numbers out of range are refused in one line")
  func ranges() {
    #expect(usage(error("bench", "ALE/Pong-v5", "--batch", "-5")).contains("not -5"))
    #expect(usage(error("bench", "ALE/Pong-v5", "--threads", "0")).contains("--threads"))
    #expect(usage(error("bench", "ALE/Pong-v5", "--seconds", "0")).contains("--seconds"))
    #expect(usage(error("train", "--steps", "0")).contains("--steps"))
    #expect(usage(error("train", "--set", "clip")).contains("key=value"))
    #expect(
      usage(error("train", "--set", "nothing=1", "--out", "/nonexistent")).contains("nothing"))
  }

  @Test("Unknown names come back with what was near")
  func names() {
    #expect(usage(error("bench", "ALE/Pomg-v5")).contains("ALE/Pong-v5"))
    #expect(usage(error("train", "--agent", "sac")).contains("ppo"))
    #expect(usage(error("bench", "Lockstep/Courier-v0", "--preset", "x")).contains("ale-vector"))
  }

  @Test("A wrong actions file is refused with its line and word")
  func actions() throws {
    let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "0 1\n2 fire".write(toFile: path, atomically: true, encoding: .utf8)
    let reason = usage(error("trace", "Lockstep/Courier-v0", "--seed", "1", "--actions", path))
    #expect(reason.contains("line 2") && reason.contains("'fire'"))
    try "0 18".write(toFile: path, atomically: true, encoding: .utf8)
    let other = usage(error("trace", "Lockstep/Courier-v0", "--seed", "1", "--actions", path))
    #expect(other.contains("18"))
  }
}
