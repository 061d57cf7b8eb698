import Agents
import ArgumentParser
import Catalog
import Environment
import Records
import Training
import Window

/// Wrong use of the command, found after parsing.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A failure that nobody below could put so well.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

struct OutputError: Error, CustomStringConvertible {
  private let reason: String
  init(description: String) { reason = description }
  var description: String { "cannot write the output: \(reason)" }
}

/// What a person sees of an error.
enum Complaint {
  /// 2: wrong usage; 1: failure.
  static func status(_ error: any Error) -> Int32 {
    if let code = error as? ExitCode { return code.rawValue }
    return isUsage(error) || isParsers(error) ? 2 : 1
  }

  /// One line: what arguments and files had in it cannot break it or steer the terminal.
  static func text(_ error: any Error) -> String {
    escaped(isParsers(error) ? Lockstep.message(for: error) : "\(error)")
  }

  /// The command line was not understood.
  static func isParsers(_ error: any Error) -> Bool {
    Lockstep.exitCode(for: error) == .validationFailure
  }

  /// Names, settings and actions are the caller's, whoever finds out that they do not suit.
  private static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case is UsageError, is SettingError, is CatalogError, is ScriptError: true
    // There is another command for machines without a screen.
    case WindowError.noDisplay, WindowError.lanes: true
    case EnvironmentError.settings, EnvironmentError.batch, EnvironmentError.action: true
    case AgentError.setting, AgentError.environment, AgentError.preset, RunError.tooFewSteps: true
    default: false
    }
  }

  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.properties.generalCategory == .control:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
