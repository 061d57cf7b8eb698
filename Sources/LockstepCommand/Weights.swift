import ArgumentParser
import Foundation
import Nets
import Training

/// A run's weights: those of its checkpoint, or of another file in its folder.
struct Weights {
  let folder: RunFolder
  private let path: String

  /// - Parameter source: a run's folder, or a file in it.
  init(_ source: String) {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
    if exists && !isFolder.boolValue {
      folder = RunFolder(path: (source as NSString).deletingLastPathComponent.orHere)
      path = source
    } else {
      folder = RunFolder(path: source)
      path = folder.file(RunFolder.checkpointName)
    }
  }

  /// - Throws: `CheckpointError`, `AgentError.diverged` for what is no number.
  func file() throws -> SafeTensors {
    let file = try SafeTensors(path: path)
    try file.checkFinite()
    return file
  }
}

extension String {
  fileprivate var orHere: String { isEmpty ? "." : self }
}
