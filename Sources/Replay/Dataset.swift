import Environment
import Foundation
import Nets
import Records

/// Episodes in a folder: safetensors files, the shards, and `manifest.json`, which names them.
///
/// A shard has `episode_steps` [episodes] int64; for each field `observations.NAME` [rows, shape] with
/// an episode's steps and its last observation, of stacks the newest picture alone, after the older
/// pictures of the first one; `actions` [steps, width], `rewards` [steps] float64, `terminations` and
/// `truncations` [steps] uint8, of which only an episode's last step may have one. Text is left out.
public struct Dataset: Sendable {
  /// The file that names the others.
  struct Manifest: Codable, Equatable {
    struct Shard: Codable, Equatable {
      var file: String
      var episodes, steps, rows: Int
    }

    var format = "lockstep-dataset"
    var version = 1
    var spec: EnvironmentSpec
    /// Older pictures before an episode's first row.
    var history: Int
    var shards: [Shard] = []
  }

  static let manifestName = "manifest.json"

  public let folder: String
  public var spec: EnvironmentSpec { manifest.spec }
  public var episodes: Int { manifest.shards.reduce(0) { $0 + $1.episodes } }
  public var steps: Int { manifest.shards.reduce(0) { $0 + $1.steps } }
  let manifest: Manifest
  /// Of its observations.
  public var bytes: Int {
    let row = spec.keptFields.reduce(0) { $0 + $1.bytes }
    return manifest.shards.reduce(0) { $0 + $1.rows } * row
  }

  /// - Throws: `ReplayError.dataset` for a folder that holds none, or whose files do not fit its
  ///   manifest.
  public init(_ folder: String) throws(ReplayError) {
    self.folder = folder
    let data: [UInt8]
    do {
      data = try InputFile.bytes(folder + "/" + Self.manifestName, atMost: 64 << 20)
    } catch { throw .dataset(folder, "\(error)") }
    guard let manifest = try? JSONDecoder().decode(Manifest.self, from: Data(data)),
      manifest.format == "lockstep-dataset"
    else { throw .dataset(folder, "\(Self.manifestName) is damaged, or of something else") }
    self.manifest = manifest
    if let flaw = flaw { throw .dataset(folder, flaw) }
  }

  private var flaw: String? {
    if manifest.version != 1 { return "version \(manifest.version) is not known" }
    if let flaw = spec.flaw { return flaw }
    if manifest.history != spec.keptFields.map({ $0.stack - 1 }).max() ?? 0 {
      return "its history does not fit its stacks"
    }
    let rowBytes = spec.keptFields.reduce(1) { $0 + $1.bytes }
    for shard in manifest.shards {
      let name = shard.file
      if name.isEmpty || name.hasPrefix(".") || name.contains("/") {
        return "a shard is named '\(name)'"
      }
      let size = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)[.size]
      guard let bytes = size as? Int else { return "\(name) is missing" }
      let counts = [shard.episodes, shard.steps, shard.rows]
      guard counts.allSatisfy({ $0 >= 0 && $0 <= bytes }), shard.rows <= bytes / rowBytes + 1
      else { return "\(name) is too small for what the manifest says" }
    }
    return steps == 0 ? "it has no steps" : nil
  }

  /// A replay with room for all of it, filled.
  /// - Throws: `ReplayError`.
  public func replay(
    priorities: Priorities? = nil, path: String? = nil
  ) throws(ReplayError) -> Replay {
    let rows = manifest.shards.reduce(0) { $0 + $1.rows }
    let replay = try Replay(spec, lanes: 1, capacity: rows, priorities: priorities, path: path)
    for shard in manifest.shards {
      for episode in try read(shard) { replay.add(episode) }
    }
    return replay
  }

  func read(_ shard: Manifest.Shard) throws(ReplayError) -> [Episode] {
    let path = folder + "/" + shard.file
    do {
      let reader = ShardReader(
        try SafeTensors(path: path), spec: spec, history: manifest.history)
      return try reader.episodes(shard)
    } catch let error as CheckpointError {
      throw .dataset(path, error.description)
    } catch let error as ShardReader.Flaw {
      throw .dataset(path, error.reason)
    } catch { throw .dataset(path, "\(error)") }
  }
}

/// One episode's rows, in memory.
struct Episode: Equatable {
  /// By kept field: [history + steps + 1] pictures or vectors.
  var observations: [[UInt8]]
  var actions: [UInt8] = []
  var rewards: [Double] = []
  /// Of the last step.
  var terminated = false
  var truncated = false

  var steps: Int { rewards.count }
}

extension EnvironmentSpec {
  var keptFields: [KeptField] { observation.enumerated().compactMap { KeptField($0, $1) } }

  /// Why nobody can have such rows; nil: they can.
  var flaw: String? {
    if players != 1 { return "it is of \(players) players" }
    if Set(observation.map(\.name)).count != observation.count { return "two fields share a name" }
    var bytes = 0
    for field in observation {
      var count = field.element.bytes
      for size in field.shape {
        let (product, isMany) = count.multipliedReportingOverflow(by: size)
        if size < 1 || isMany || product > 1 << 31 { return "'\(field.name)' has no such shape" }
        count = product
      }
      bytes += count
    }
    if bytes == 0 { return "it has no observation" }
    switch action {
    case .discrete(let count): return count < 1 ? "it has no action" : nil
    case .multiDiscrete(let counts):
      return counts.isEmpty || counts.contains { $0 < 1 } ? "it has no action" : nil
    case .box(let low, let high):
      let isSound =
        !low.isEmpty && low.count == high.count && zip(low, high).allSatisfy { $0 <= $1 }
      return isSound ? nil : "its actions have no bounds"
    }
  }
}
