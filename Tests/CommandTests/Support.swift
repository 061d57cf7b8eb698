import ArgumentParser
import Foundation
import Testing

@testable import LockstepCommand

/// What a command line throws; nil: it went well.
func failure(_ arguments: [String]) -> (any Error)? {
  do {
    var command = try Lockstep.parseAsRoot(Lockstep.arguments(arguments))
    try command.run()
    return nil
  } catch { return error }
}

/// The line that a person sees, behind its exit status.
func complaint(_ arguments: String...) -> String { complaint(arguments) }

func complaint(_ arguments: [String]) -> String {
  guard let error = failure(arguments) else { return "0" }
  return "\(Complaint.status(error)): \(Complaint.text(error))"
}

/// A command's type and its options.
func parsed<Command>(_ type: Command.Type, _ arguments: String...) throws -> Command {
  try parsed(type, arguments)
}

func parsed<Command>(_ type: Command.Type, _ arguments: [String]) throws -> Command {
  try #require(try Lockstep.parseAsRoot(arguments) as? Command)
}

/// A folder that is gone with the test.
final class Folder {
  let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    return file(name)
  }

  var isEmpty: Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? true
  }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }
}

/// Compares with `Snapshots/NAME.txt`; LOCKSTEP_WRITE_SNAPSHOTS=1 writes it instead.
func compare(_ text: String, withSnapshot name: String) throws {
  let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Snapshots/\(name).txt").path
  if ProcessInfo.processInfo.environment["LOCKSTEP_WRITE_SNAPSHOTS"] == "1" {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
  let expected = try String(contentsOfFile: path, encoding: .utf8)
  #expect(text == expected, "LOCKSTEP_WRITE_SNAPSHOTS=1 writes the new text, if it is meant")
}
