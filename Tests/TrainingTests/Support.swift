import Agents
import Environment
import Foundation
import Lanes
import Nets
import Pixels
import Records

@testable import Training

/// A hidden side, -1 or 1, that the observation shows; the action that names it is worth 1. Episodes
/// of five steps end, in odd lanes they are cut off instead.
final class Sides: Block {
  struct Settings: Configurable {
    var isBox = false
    init() {}
    static let owner = "sides"
    static let settings: [Setting<Self>] = [.flag("box", \.isBox, "actions are numbers")]
  }

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    EnvironmentSpec(
      id: id, observation: [Field("side", [1], .float32, low: [-1], high: [1])],
      action: settings.isBox ? .box(low: [-1], high: [1]) : .discrete(2))
  }

  private let isBox: Bool
  private var generators = [SplitMix64](repeating: SplitMix64(seed: 0), count: 64)
  private var sides = [Int32](repeating: 0, count: 64)
  private var elapsed = [Int32](repeating: 0, count: 64)

  init(_ id: String, _ settings: Settings, lanes: Int) throws { isBox = settings.isBox }

  func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { lane in
      if let seeds { generators[lane] = SplitMix64(seed: seeds[lane]) }
      elapsed[lane] = 0
      sides[lane] = Int32(generators[lane].next(below: 2))
    }
  }

  func step(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { lane in
      let side: Int32 =
        isBox ? (rows.actions(Float.self)[lane] > 0 ? 1 : 0) : rows.actions(Int32.self)[lane]
      rows.rewards[lane] = side == sides[lane] ? 1 : 0
      elapsed[lane] += 1
      let isOver: UInt8 = elapsed[lane] == 5 ? 1 : 0
      rows.terminated[lane] = lane % 2 == 0 ? isOver : 0
      rows.truncated[lane] = lane % 2 == 1 ? isOver : 0
      sides[lane] = Int32(generators[lane].next(below: 2))
    }
  }

  func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    forEachLane(lanes) { rows.observation(0, Float.self)[$0] = Float(2 * sides[$0] - 1) }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&generators[lane].state)
    state.visit(&sides[lane])
    state.visit(&elapsed[lane])
  }

  func render(lane: Int) -> Picture { Picture(width: 1, height: 1, filled: (0, 0, 0)) }

  static func batch(
    _ lanes: Int, _ autoreset: AutoresetMode = .sameStep, isBox: Bool = false
  ) throws -> BlockBatch<Sides> {
    var (settings, episode) = (Settings(), EpisodeSettings())
    settings.isBox = isBox
    episode.autoreset = autoreset
    return try BlockBatch("Sides", settings, episode, lanes: lanes, workers: 2)
  }
}

/// Draws actions and learns nothing, but says when it would, and can go wrong.
final class Guesser: Agent {
  private let spec: EnvironmentSpec
  private let lanes: Int
  private var generator: SplitMix64
  private var steps = 0
  private var updates = 0
  /// That an update takes.
  var seconds = 0.0
  let stepsPerUpdate: Int
  /// What `learn` was told.
  private(set) var heard: [Double] = []
  var weight: Float = 1
  /// The update that throws.
  var divergesAt = Int.max
  /// The update that leaves a weight that is no number.
  var spoilsAt = Int.max

  init(_ spec: EnvironmentSpec, lanes: Int, rollout: Int = 16, seed: UInt64 = 3) {
    self.spec = spec
    self.lanes = lanes
    stepsPerUpdate = rollout * lanes
    generator = SplitMix64(seed: seed)
  }

  func act(_ buffers: StepBuffers) throws { buffers.actions.draw(spec.action, using: &generator) }

  func observe(_ buffers: StepBuffers) { steps += lanes }

  var isBetweenUpdates: Bool { steps == 0 }

  func learn(progress: Double) throws -> Report? {
    guard steps == stepsPerUpdate else { return nil }
    heard.append(progress)
    (steps, updates) = (0, updates + 1)
    if seconds > 0 { usleep(useconds_t(seconds * 1e6)) }
    if updates == divergesAt { throw AgentError.diverged(layer: "heads") }
    if updates == spoilsAt { weight = .nan }
    var report = Report()
    report.set("loss", 0.5)
    report.headline = [("loss", "loss")]
    return report
  }

  func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64) {
    buffers.actions.draw(spec.action, using: &generator)
  }

  func save(into file: inout SafeTensors) {
    withUnsafeBytes(of: weight) { bytes in
      file.set("weight", bytes.bindMemory(to: Float.self), type: "F32")
    }
    file.metadata["guesser"] = String(generator.state)
  }

  func restore(from file: SafeTensors) throws {
    try restoreWeights(from: file)
    generator.state = UInt64(try file.text("guesser")) ?? 0
  }

  func saveWeights(into file: inout SafeTensors) { save(into: &file) }

  func restoreWeights(from file: SafeTensors) throws {
    try withUnsafeMutableBytes(of: &weight) { bytes in
      try file.copy("weight", to: bytes.bindMemory(to: Float.self), type: "F32")
    }
  }
}

/// A folder for a test's runs, gone with it.
final class Runs {
  let path = FileManager.default.temporaryDirectory.path + "/lockstep-\(UUID().uuidString)"

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func trainer(
    _ name: String, resume: Bool = false, steps: Int = 6 * 64,
    _ autoreset: AutoresetMode = .sameStep, keepsBest: Bool = false
  ) throws -> Trainer {
    let settings = RunSettings(
      environment: "Sides", environmentSettings: ["autoreset": .text(autoreset.rawValue)],
      agent: "guesser", agentSettings: ["rollout": 16], lanes: 4, steps: steps, seed: 3)
    let environment = try Sides.batch(4, autoreset)
    let folder = RunFolder(path: path + "/" + name)
    let trainer = try Trainer(
      settings: settings, folder: resume ? folder : RunFolder.create(folder.path, settings).folder,
      environment: environment, agent: Guesser(environment.spec, lanes: 4),
      pool: ThreadPool(threads: 2))
    trainer.keepsBest = keepsBest
    if resume { try trainer.resume() }
    return trainer
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// The file of updates without what depends on the clock.
  func updates(_ name: String) throws -> [[String: SettingValue?]] {
    let text = try String(contentsOfFile: file(name + "/updates.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      try JSONDecoder().decode([String: SettingValue?].self, from: Data(line.utf8)).filter {
        $0.key != "seconds" && $0.key != "steps_per_s" && !$0.key.hasPrefix("share_")
      }
    }
  }

  /// A run's checkpoint without what depends on the clock.
  func checkpoint(_ name: String) throws -> SafeTensors {
    var file = try tensors(name + "/checkpoint.safetensors")
    file.metadata["seconds"] = nil
    return file
  }

  func tensors(_ name: String) throws -> SafeTensors { try SafeTensors(path: file(name)) }
}
