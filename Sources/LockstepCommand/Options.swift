import ArgumentParser
import Atari
import Catalog
import Environment
import Foundation
import Lanes

/// Options that several subcommands share.
struct BatchOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Lanes: environments that step together.", valueName: "n"))
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Threads; default: all cores.", valueName: "n"))
  var threads: Int?

  @Option(
    name: .customLong("env-set"),
    help: ArgumentHelp(
      "An environment setting, for example sticky=0.25: \(AtariBatch.Settings.keyList).",
      valueName: "key=value"))
  var environmentSettings: [String] = []

  func lanes(default standard: Int) throws -> Int {
    let lanes = batch ?? standard
    guard (1...1_048_576).contains(lanes) else {
      throw UsageError("--batch must be 1 to 1048576, not \(lanes)")
    }
    return lanes
  }

  func pool() throws -> ThreadPool {
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    guard (1...1024).contains(threads) else {
      throw UsageError("--threads must be 1 to 1024, not \(threads)")
    }
    return ThreadPool(threads: threads)
  }
}

/// What presets are called.
let presetNames = AtariBatch.Preset.allCases.map(\.rawValue).joined(separator: ", ")

/// Splits `key=value`.
func settings(_ texts: [String], option: String) throws -> [(String, String)] {
  try texts.map { text in
    let parts = text.split(separator: "=", maxSplits: 1)
    guard parts.count == 2 else {
      throw UsageError("\(option) \(text): expected key=value")
    }
    return (String(parts[0]), String(parts[1]))
  }
}

/// Makes an environment; what is wrong with its name or settings is wrong usage.
func makeEnvironment(
  _ id: String, count: Int, settings: [String: String], pool: ThreadPool
) throws -> any EnvironmentBatch<Int32> {
  do {
    return try Catalog.make(id: id, count: count, settings: settings, pool: pool)
  } catch let error as CatalogError {
    throw UsageError("\(error)")
  } catch let error as EnvironmentError {
    throw UsageError("\(error)")
  }
}
