import ArgumentParser
import Catalog
@preconcurrency import Foundation  // for stdout
import Lanes
import Records

@main
struct Lockstep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstep",
    abstract: "Reinforcement-learning environments in lockstep, and agents that learn on them.",
    version: "lockstep \(lockstepVersion), kernels for \(KernelLevel.name)",
    subcommands: [
      Train.self, Evaluate.self, Play.self, MakeReport.self, Render.self, Record.self, Envs.self,
      Settings.self, Bench.self, Trace.self, Manual.self, Fuzz.self,
    ])

  /// One clear line on standard error; exit status 2 for wrong usage, 1 for failures.
  static func main() {
    Interruption.watch()
    let given = Array(CommandLine.arguments.dropFirst())
    do {
      var command = try parseAsRoot(arguments(given))
      try command.run()
      try flushOutput()
    } catch {
      fflush(nil)
      // What has failed because nobody reads it has been said.
      if Interruption.isOutputClosed { Foundation.exit(Interruption.status) }
      leave(error, given)
    }
  }

  private static let names = configuration.subcommands.map { $0._commandName }

  /// `help settings NAME` is `settings NAME`.
  /// - Throws: `UsageError` for a command that is none.
  static func arguments(_ given: [String]) throws -> [String] {
    if let first = given.first, !first.hasPrefix("-"), !(names + ["help"]).contains(first) {
      let near = nearest(to: first, among: names)
      let hint = near.isEmpty ? "'lockstep help' lists them" : "did you mean \(near.quotedList)?"
      throw UsageError("there is no command '\(first)'; \(hint)")
    }
    return given.starts(with: ["help", "settings"]) && given.count > 2
      ? Array(given.dropFirst()) : given
  }

  /// - Throws: `OutputError` when anything that was printed has been lost.
  static func flushOutput() throws {
    let isFlushed = fflush(stdout) == 0
    let reason = isFlushed ? "it was closed or is full" : String(cString: strerror(errno))
    if !isFlushed || ferror(stdout) != 0 { throw OutputError(description: reason) }
  }

  private static func leave(_ error: any Error, _ given: [String]) -> Never {
    if isAnswer(error) { exit(withError: error) }
    var text = Complaint.text(error)
    if Complaint.isParsers(error), let command = given.first, names.contains(command) {
      text += "; see 'lockstep help \(command)'"
    }
    Interruption.write("lockstep: \(text)\n")
    Foundation.exit(Complaint.status(error))
  }

  /// Help and versions are answers; an `ExitCode` has said what there is to say.
  private static func isAnswer(_ error: any Error) -> Bool {
    exitCode(for: error) == .success || error is CleanExit || error is ExitCode
  }
}
