import Environment
import Foundation
import Nets
import Records

/// Writes a data set, a shard whenever there is enough for one. Until `finish` the folder is none.
final class DatasetWriter {
  private let folder: String
  private var manifest: Dataset.Manifest
  private let shardBytes: Int
  private var episodes: [Episode] = []
  private var bytes = 0

  /// - Throws: `ReplayError.dataset` for a folder that cannot be made or holds a data set already.
  init(_ folder: String, spec: EnvironmentSpec, shardBytes: Int) throws(ReplayError) {
    self.folder = folder
    self.shardBytes = shardBytes
    let history = spec.keptFields.map { $0.stack - 1 }.max() ?? 0
    manifest = Dataset.Manifest(spec: spec, history: history)
    if FileManager.default.fileExists(atPath: folder + "/" + Dataset.manifestName) {
      throw .dataset(folder, "holds a data set already")
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch { throw .dataset(folder, "cannot be made") }
  }

  func add(_ episode: Episode) throws(ReplayError) {
    episodes.append(episode)
    bytes += episode.observations.reduce(0) { $0 + $1.count }
    if bytes >= shardBytes { try flush() }
  }

  /// - Throws: `ReplayError.dataset`.
  func finish() throws(ReplayError) {
    try flush()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try writing { [manifest, folder] in
      try AtomicFile.write(
        try encoder.encode(manifest), to: folder + "/" + Dataset.manifestName)
    }
  }

  private func flush() throws(ReplayError) {
    if episodes.isEmpty { return }
    let fields = manifest.spec.keptFields
    let steps = episodes.reduce(0) { $0 + $1.steps }
    let rows = steps + episodes.count * (manifest.history + 1)
    var file = SafeTensors()
    func set<Number: BitwiseCopyable>(
      _ name: String, _ numbers: [Number], _ type: String, _ shape: [Int]? = nil
    ) {
      numbers.withUnsafeBufferPointer { file.set(name, $0, type: type, shape: shape) }
    }
    for (index, kept) in fields.enumerated() {
      var shape = kept.field.shape
      if kept.stack > 1 { shape[0] /= kept.stack }
      set(
        "observations.\(kept.field.name)", episodes.flatMap { $0.observations[index] },
        kept.field.element.tensorType, [rows] + shape)
    }
    let action = manifest.spec.action
    set("actions", episodes.flatMap(\.actions), action.element.tensorType, [steps, action.width])
    set("rewards", episodes.flatMap(\.rewards), "F64")
    set("terminations", episodes.flatMap { flags($0, $0.terminated) }, "U8")
    set("truncations", episodes.flatMap { flags($0, $0.truncated) }, "U8")
    set("episode_steps", episodes.map { Int64($0.steps) }, "I64")
    let number = "\(manifest.shards.count)"
    let name = "shard-" + String(repeating: "0", count: max(0, 5 - number.count)) + number
    let path = "\(folder)/\(name).safetensors"
    try writing { [file] in try file.write(to: path) }
    manifest.shards.append(
      .init(
        file: "\(name).safetensors", episodes: episodes.count, steps: steps, rows: rows))
    (episodes, bytes) = ([], 0)
  }

  private func flags(_ episode: Episode, _ isSet: Bool) -> [UInt8] {
    [UInt8](repeating: 0, count: episode.steps - 1) + [isSet ? 1 : 0]
  }

  private func writing(_ body: () throws -> Void) throws(ReplayError) {
    do { try body() } catch { throw .dataset(folder, "\(error)") }
  }
}
