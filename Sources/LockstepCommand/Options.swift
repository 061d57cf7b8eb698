import ArgumentParser
import Environment
import Foundation
import Lanes
import Logging
import Records
import Training

struct EnvironmentOptions: ParsableArguments {
  @Option(
    name: .customLong("env-set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "An environment setting; 'lockstep settings ENV' shows them.", valueName: "key=value"))
  var texts: [String] = []

  func values() throws -> [String: SettingValue] { try settingValues(texts, option: "--env-set") }

  /// With what options of their own names say.
  func values(_ named: [(option: String, key: String, value: SettingValue?)]) throws
    -> [String: SettingValue]
  {
    var values = try values()
    for (option, key, value) in named {
      guard let value else { continue }
      if let other = values.updateValue(value, forKey: key) {
        throw UsageError("--\(option) \(value) and --env-set \(key)=\(other): give one of them")
      }
    }
    return values
  }
}

struct LaneOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Lanes: environments that step together.", valueName: "n"))
  var batch: Int?

  func lanes(default standard: Int) throws -> Int {
    try inRange(batch ?? standard, 1...1_048_576, "--batch")
  }
}

struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads; default: one a processor that may be used.", valueName: "n"))
  var threads: Int?

  func pool() throws -> ThreadPool {
    let threads = try inRange(threads ?? Processors.usable, 1...1024, "--threads")
    let pool = ThreadPool(threads: threads)
    if pool.threads < threads {
      Interruption.say(
        "the system makes \(pool.threads) of \(threads) threads: going on with these")
    }
    return pool
  }
}

struct OutputOptions: ParsableArguments {
  @Flag(help: "Says nothing but warnings and errors.")
  var quiet = false

  @Flag(help: "JSON on standard output: an object an update, and at the end one of the results.")
  var json = false

  var messages: Logger { .messages(isQuiet: quiet) }

  func answer(_ progress: RunProgress) {
    guard let line = try? progress.line() else { return }
    print(line)
    fflush(nil)
  }
}

func inRange(_ value: Int, _ range: ClosedRange<Int>, _ option: String) throws -> Int {
  if range.contains(value) { return value }
  let allowed =
    range.upperBound == .max
    ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
  throw UsageError("\(option) must be \(allowed), not \(value)")
}

/// Splits `key=value`, each key once.
func settingValues(_ texts: [String], option: String) throws -> [String: SettingValue] {
  var values: [String: SettingValue] = [:]
  for text in texts {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw UsageError("\(option) \(text): expected key=value")
    }
    let key = String(parts[0])
    guard values.updateValue(.text(String(parts[1])), forKey: key) == nil else {
      throw UsageError("\(option) \(key) is given twice")
    }
  }
  return values
}
