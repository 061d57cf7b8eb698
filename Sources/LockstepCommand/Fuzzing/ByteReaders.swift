import Agents
import Atari
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import Records
import Replay
import Training

/// Every reader of bytes that come from outside.
enum ByteReaders {
  struct Row: Sendable {
    let name: String
    let make: @Sendable () throws -> any ByteReading
  }

  static let all: [Row] = {
    var rows = [
      Row(name: "tensor-files") { try TensorFileReading() },
      Row(name: "headers") { HeaderReading() },
      Row(name: "settings") { try SettingsReading() },
      Row(name: "actions") { ActionReading() },
      Row(name: "data-sets") { try DatasetReading() },
      Row(name: "batches") { try BatchReading() },
      Row(name: "cartridges") { CartridgeReading() },
    ]
    for agent in ["ppo", "dqn"] {
      rows.append(Row(name: "checkpoint-\(agent)") { try AgentReading(agent, "CartPole-v1") })
    }
    for agent in ["sac", "td3"] {
      rows.append(Row(name: "checkpoint-\(agent)") { try AgentReading(agent, "Pendulum-v1") })
    }
    for id in families { rows.append(Row(name: "states-\(id)") { try StateReading(id) }) }
    return rows
  }()

  /// An environment of every family and kind.
  private static let families = [
    "CartPole-v1", "Acrobot-v1", "MountainCar-v0", "MountainCarContinuous-v0", "Pendulum-v1",
    "LunarLander-v3", "MinAtar/Breakout-v1", "MinAtar/Seaquest-v1", "MinAtar/Asterix-v1",
    "MinAtar/Freeway-v1", "MinAtar/SpaceInvaders-v1", "MiniGrid-DoorKey-8x8-v0",
    "MiniGrid-Dynamic-Obstacles-6x6-v0", "MiniGrid-MemoryS7-v0", "BabyAI-GoToLocal-v0",
    "BabyAI-BossLevel-v0", "Lockstep/Corridor-v0",
  ]
}

/// Bytes of a file as it is written.
private func written(_ file: SafeTensors) throws -> [UInt8] {
  let path = NSTemporaryDirectory() + "lockstep-fuzz-\(getpid())"
  defer { unlink(path) }
  try file.write(to: path)
  return try InputFile.bytes(path)
}

private func tensors(_ names: [String]) -> SafeTensors {
  var file = SafeTensors()
  for (index, name) in names.enumerated() {
    [Float](repeating: 1, count: 2 * index).withUnsafeBufferPointer {
      file.set(name, $0, type: "F32", shape: [2, index])
    }
  }
  file.metadata["steps"] = "12"
  return file
}

private struct TensorFileReading: ByteReading {
  let samples: [[UInt8]]

  init() throws { samples = [try written(tensors(["a", "b/c"])), try written(SafeTensors())] }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    _ = try SafeTensors(bytes, from: .any)
  }
}

/// Headers whose length is always right: deeper than the above.
private struct HeaderReading: ByteReading {
  private static let good = [
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"x":"\u00e9\n"}}"#,
    #"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"#
      + #""data_offsets":[1,1]},"c":{"data_offsets":[1,8],"shape":[7],"dtype":"U8"}}"#,
  ]

  var samples: [[UInt8]] { Self.good.map { Array($0.utf8) } }
  var words: [[UInt8]] {
    [
      "\"", "\\u", "\\ud83d", "{", "}", "[", "]", "9223372036854775807", "18446744073709551616",
      ",",
    ]
    .map { Array($0.utf8) }
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { [UInt8]($0) }
    _ = try SafeTensors(length + bytes + [UInt8](repeating: 0, count: 8), from: .any)
  }
}

private struct SettingsReading: ByteReading {
  let samples: [[UInt8]]
  var words: [[UInt8]] {
    ["-1", "1e300", "null", "\"x\"", "[]", "{}", "true", "9223372036854775808", "0.5"]
      .map { Array($0.utf8) }
  }

  init() throws {
    let settings = RunSettings(
      environment: "CartPole-v1", environmentSettings: ["autoreset": "disabled"], agent: "ppo",
      agentSettings: ["epochs": 3, "learning-rate": 0.5], lanes: 4, steps: 1000, seed: 3)
    samples = [Array(try JSON.pretty(settings)), Array(try JSON.line(settings).utf8)]
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    let settings = try JSONDecoder().decode(RunSettings.self, from: Data(bytes))
    let row = try Catalog.row(settings.environment)
    _ = try row.make(1, settings.environmentSettings, 1)
    _ = try AgentRow.named(settings.agent).settings.typed(settings.agentSettings)
  }
}

private struct ActionReading: ByteReading {
  var samples: [[UInt8]] { ["0 1 2\n3\n\t-1.5e3 nan", "1"].map { Array($0.utf8) } }
  var words: [[UInt8]] { ["1e999", "0x1p3", "inf", "\r\n", "\u{85}"].map { Array($0.utf8) } }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError("no text") }
    _ = try ActionFile.numbers(text, "the file")
  }
}

/// Shards under a manifest, and the manifest, of a small data set.
private struct DatasetReading: ByteReading {
  private let folder = NSTemporaryDirectory() + "lockstep-fuzz-data-\(getpid())"
  private let names: [String]
  let samples: [[UInt8]]

  init() throws {
    let batch = try Catalog.row("CartPole-v1").make(2, ["step-limit": 5], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    let replay = try Replay(batch.spec, lanes: 2, capacity: 100)
    var generator = SplitMix64(seed: 1)
    try batch.reset(buffers)
    for _ in 0..<20 {
      replay.begin(buffers)
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
      replay.add(buffers)
    }
    try? FileManager.default.removeItem(atPath: folder)
    try replay.write(to: folder)
    names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    samples = try names.map { [folder] name in try InputFile.bytes(folder + "/" + name) }
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    // Which file it was is plain from how it begins.
    let place = bytes.first == UInt8(ascii: "{") ? 0 : names.count - 1
    for (index, name) in names.enumerated() {
      let content = index == place ? bytes : samples[index]
      guard FileManager.default.createFile(atPath: folder + "/" + name, contents: Data(content))
      else { throw UsageError("no room") }
    }
    let replay = try Dataset(folder).replay()
    let batch = ReplayBatch(replay.spec, count: 4)
    _ = replay.sample(Sampling(steps: 2, discount: 0.5), using: &generator, into: batch)
  }
}

/// Programs of every scheme of banks, which the first byte chooses.
private struct CartridgeReading: ByteReading {
  var samples: [[UInt8]] { (0..<16).map { [$0, 0xA9, 0x02, 0x85, 0x00, 0x4C, 0x00, 0xF0] } }
  var words: [[UInt8]] { AtariFuzz.pieces }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    try AtariFuzz.play(bytes, &generator)
  }
}

/// Checkpoints of a whole batch, with checksums made to agree.
private struct BatchReading: ByteReading {
  private let batch: any EnvironmentBatch
  private let buffers: StepBuffers
  let samples: [[UInt8]]

  init() throws {
    batch = try Catalog.row("CartPole-v1").make(3, [:], 1)
    buffers = StepBuffers(spec: batch.spec, lanes: 3)
    try batch.reset(buffers)
    samples = [try batch.checkpoint()]
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    try batch.resume(sealed(bytes), into: buffers)
    buffers.actions.draw(batch.spec.action, using: &generator)
    try batch.step(buffers)
  }
}

/// With the sum at the end that belongs to the rest.
private func sealed(_ bytes: [UInt8]) -> [UInt8] {
  let body = Array(bytes.dropLast(8))
  return body + withUnsafeBytes(of: fnv1a(body).littleEndian) { [UInt8]($0) }
}

/// States of lanes, with checksums made to agree; what is taken is played on from.
private struct StateReading: ByteReading {
  private let batch: any EnvironmentBatch
  private let buffers: StepBuffers
  private(set) var samples: [[UInt8]] = []

  init(_ id: String) throws {
    batch = try Catalog.row(id).make(4, [:], 1)
    buffers = StepBuffers(spec: batch.spec, lanes: 4)
    var generator = SplitMix64(seed: 1)
    try batch.reset(buffers)
    for _ in 0..<12 {
      for lane in 0..<4 { samples.append(try batch.state(lane: lane)) }
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
    }
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    // Mostly of the right length and environment, so that values are reached.
    var bytes = bytes
    let good = samples[0]
    if generator.next(below: 8) != 0, bytes.count >= 16 {
      bytes.replaceSubrange(0..<8, with: good[0..<8])
      if bytes.count > good.count { bytes.removeLast(bytes.count - good.count) }
      if bytes.count < good.count { bytes += good[bytes.count...] }
    }
    let lane = Int(generator.next(below: 4))
    try batch.setState(lane: lane, sealed(bytes), into: buffers)
    _ = try batch.render(lane: lane)
    for _ in 0..<6 {
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
    }
  }
}

/// What an agent is restored from: a good file in which one thing differs, since checksums refuse all
/// others; then it acts and learns.
private struct AgentReading: ByteReading {
  private let run: Run
  private let buffers: StepBuffers
  private let file: SafeTensors
  private let names: [String]
  let samples: [[UInt8]]

  init(_ agent: String, _ id: String) throws {
    var values: [String: SettingValue] = [
      "replay-start": 8, "replay-capacity": 64, "batch": 4, "update-period": 4,
    ]
    if agent == "ppo" { values = ["rollout-steps": 4, "minibatches": 1, "epochs": 1] }
    let settings = RunSettings(
      environment: id, agent: agent, agentSettings: values, lanes: 2, steps: 1000, seed: 3)
    run = try Run(settings, Workshop(pool: ThreadPool(threads: 1)))
    buffers = StepBuffers(spec: run.environment.spec, lanes: 2)
    try run.environment.reset(buffers)
    for _ in 0..<20 { try Self.advance(run, buffers) }
    var file = SafeTensors()
    try run.agent.save(into: &file)
    self.file = file
    // The trainer compares the steps with its own.
    let counts = ["agent.steps", "agent.updates"]
    names =
      file.tensors.keys.sorted() + file.metadata.keys.sorted().filter { !counts.contains($0) }
    samples =
      file.tensors.sorted { $0.key < $1.key }.map { $0.value.bytes }
      + file.metadata.sorted { $0.key < $1.key }.map { Array($0.value.utf8) }
  }

  private static func advance(_ run: Run, _ buffers: StepBuffers) throws {
    try run.agent.act(buffers)
    try run.environment.step(buffers)
    run.agent.observe(buffers)
    _ = try run.agent.learn(progress: 0)
  }

  func read(_ bytes: [UInt8], _ generator: inout SplitMix64) throws {
    var bad = file
    let name = names[Int(generator.next(below: UInt32(names.count)))]
    if let good = file.tensors[name]?.bytes {
      // Mostly of the right length.
      let isCut = generator.next(below: 4) != 0
      let own = isCut ? Array((bytes + good).prefix(good.count)) : bytes
      bad.tensors[name]?.bytes = own
    } else {
      bad.metadata[name] = String(decoding: bytes, as: UTF8.self)
    }
    try run.agent.restore(from: bad)
    for _ in 0..<6 { try Self.advance(run, buffers) }
  }
}
