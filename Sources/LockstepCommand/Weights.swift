import ArgumentParser
import Catalog
import Environment
import Foundation
import Nets
import Training

/// A run's weights: those of its checkpoint, or of another file in its folder.
struct Weights {
  let folder: RunFolder
  /// nil: the last checkpoint.
  private let path: String?

  /// - Parameter source: a run's folder, or a file in it.
  init(_ source: String) {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
    if exists && !isFolder.boolValue {
      folder = RunFolder(path: (source as NSString).deletingLastPathComponent.orHere)
      path = source
    } else {
      folder = RunFolder(path: source)
      path = nil
    }
  }

  /// - Throws: `CheckpointError`, `AgentError.diverged` for what is no number.
  func file() throws -> SafeTensors {
    let file = try path.map { try SafeTensors(path: $0, from: .own) } ?? newest()
    try file.checkRun(try folder.settings())
    try file.checkFinite()
    return file
  }

  private func newest() throws -> SafeTensors {
    let (file, note) = try folder.checkpoint()
    if let note { Interruption.say(note) }
    return file
  }
}

/// The environment of a source that is no run.
/// - Throws: `CatalogError`; `UsageError` for what looks like a folder's name.
func environment(of source: String) throws -> EnvironmentRow {
  let spaces = Set(Catalog.rows.compactMap { $0.id.split(separator: "/").dropLast().first })
  let parts = source.split(separator: "/", omittingEmptySubsequences: false)
  if parts.count > 1, !spaces.contains(parts[0]), !source.contains(",") {
    throw UsageError("\(source) is neither a run's folder nor an environment")
  }
  return try Catalog.row(source)
}

extension String {
  fileprivate var orHere: String { isEmpty ? "." : self }
}
