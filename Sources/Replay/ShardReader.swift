import Environment
import Nets

/// Episodes of one shard.
struct ShardReader {
  struct Flaw: Error { let reason: String }

  private let file: SafeTensors
  private let spec: EnvironmentSpec
  private let history: Int

  init(_ file: SafeTensors, spec: EnvironmentSpec, history: Int) {
    (self.file, self.spec, self.history) = (file, spec, history)
  }

  /// - Throws: `Flaw`, `CheckpointError`.
  func episodes(_ shard: Dataset.Manifest.Shard) throws -> [Episode] {
    let lengths = try numbers("episode_steps", "I64", Int64.self, shard.episodes)
    guard lengths.allSatisfy({ $0 > 0 && $0 <= shard.steps }),
      lengths.reduce(0, +) == shard.steps,
      shard.rows == shard.steps + shard.episodes * (history + 1)
    else { throw Flaw(reason: "its episodes do not fit the manifest") }
    let rewards = try numbers("rewards", "F64", Double.self, shard.steps)
    guard rewards.allSatisfy(\.isFinite) else { throw Flaw(reason: "a reward is no number") }
    let terminations = try numbers("terminations", "U8", UInt8.self, shard.steps)
    let truncations = try numbers("truncations", "U8", UInt8.self, shard.steps)
    let actions = try readActions(shard.steps)
    let observations = try spec.keptFields.map { try readObservations($0, shard.rows) }
    var (episodes, step, row) = ([Episode](), 0, 0)
    let width = spec.action.width * spec.action.element.bytes
    for length in lengths.map(Int.init) {
      let (end, last) = (step + length, row + history + length + 1)
      if (step..<end - 1).contains(where: { terminations[$0] | truncations[$0] != 0 }) {
        throw Flaw(reason: "an episode goes on behind its end")
      }
      episodes.append(
        Episode(
          observations: zip(spec.keptFields, observations).map { field, bytes in
            Array(bytes[row * field.bytes..<last * field.bytes])
          },
          actions: Array(actions[step * width..<end * width]), rewards: Array(rewards[step..<end]),
          terminated: terminations[end - 1] != 0, truncated: truncations[end - 1] != 0))
      (step, row) = (end, last)
    }
    return episodes
  }

  private func readObservations(_ field: KeptField, _ rows: Int) throws -> [UInt8] {
    let name = "observations.\(field.field.name)"
    guard let tensor = file.tensors[name] else { throw CheckpointError.missing(name) }
    guard tensor.type == field.field.element.tensorType,
      tensor.bytes.count == rows * field.bytes
    else { throw CheckpointError.mismatch(name) }
    return tensor.bytes
  }

  private func readActions(_ steps: Int) throws -> [UInt8] {
    guard let tensor = file.tensors["actions"] else { throw CheckpointError.missing("actions") }
    let count = steps * spec.action.width
    switch spec.action {
    case .box(let low, let high):
      let numbers = try numbers("actions", "F32", Float.self, count)
      let isSound = numbers.indices.allSatisfy {
        numbers[$0] >= low[$0 % low.count] && numbers[$0] <= high[$0 % low.count]
      }
      guard isSound else { throw Flaw(reason: "an action is out of range") }
    case .discrete, .multiDiscrete:
      let numbers = try numbers("actions", "I32", Int32.self, count)
      let isSound = numbers.indices.allSatisfy {
        spec.action.bounds(of: $0 % spec.action.width).contains(Double(numbers[$0]))
      }
      guard isSound else { throw Flaw(reason: "an action is out of range") }
    }
    return tensor.bytes
  }

  private func numbers<Number: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ name: String, _ type: String, _: Number.Type, _ count: Int
  ) throws -> [Number] {
    var numbers = [Number](repeating: 0, count: count)
    try numbers.withUnsafeMutableBufferPointer { try file.copy(name, to: $0, type: type) }
    return numbers
  }
}

extension Element {
  /// In safetensors.
  var tensorType: String {
    switch self {
    case .uint8: "U8"
    case .int32: "I32"
    case .float32: "F32"
    case .float64: "F64"
    }
  }
}
