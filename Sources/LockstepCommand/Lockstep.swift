import ArgumentParser
import Foundation

@main
struct Lockstep: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lockstep",
    abstract: "Reinforcement-learning environments in lockstep, and agents that learn on them.",
    subcommands: [
      Train.self, Evaluate.self, Bench.self, Trace.self, Render.self, Envs.self, Fuzz.self,
    ])

  /// One clear line on standard error; exit status 2 for wrong usage, 1 for failures.
  static func main() {
    chooseMatrixKernels()

    do {
      var command = try parseAsRoot()
      try command.run()
      fflush(nil)
    } catch {
      fflush(nil)
      leave(error)
    }
  }

  private static func leave(_ error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == .success || error is CleanExit || error is ExitCode { exit(withError: error) }
    if code == .validationFailure {
      let text = message(for: error)
      complain(text)
      Foundation.exit(2)
    }
    complain("\(error)")
    Foundation.exit(error is UsageError ? 2 : 1)
  }

  static func complain(_ message: String) {
    FileHandle.standardError.write(Data("lockstep: \(message)\n".utf8))
  }

  /// OpenBLAS does not know every new processor and then falls back to old kernels; with AVX-512
  /// its SkylakeX kernels serve. It reads the choice when it is loaded, hence the new start.
  private static func chooseMatrixKernels() {
    #if arch(x86_64)
      guard getenv("OPENBLAS_CORETYPE") == nil, Processor.hasAVX512 else { return }
      setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
      execv("/proc/self/exe", CommandLine.unsafeArgv)
    #endif
  }
}

/// Wrong use of the command, found after parsing.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

enum Processor {
  /// From the kernel's list of features.
  static var hasAVX512: Bool {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let flags = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return false }
    let names = Set(flags.split(separator: " "))
    return ["avx512f", "avx512bw", "avx512vl", "avx512dq"].allSatisfy {
      names.contains(Substring($0))
    }
  }
}
