import Agents
import Environment
import Foundation
import Lanes
import Nets
import Synchronization

/// Runs an agent on a batch of environments and lets it learn.
public final class Trainer {
  public let settings: RunSettings
  public let folder: RunFolder
  public let agent: any Agent
  private let environment: any EnvironmentBatch<Int32>
  private let buffers: StepBuffers
  private let actions: AlignedBuffer<Int32>

  public private(set) var steps = 0
  public private(set) var updates = 0
  private var episodes = EpisodeRecord(lanes: 0)
  private var clock = Clock()
  private var lastCheckpoint = Date()
  private var resumed = false

  /// Seconds between checkpoints.
  public var checkpointInterval = 60.0

  public init(
    settings: RunSettings, folder: RunFolder, environment: any EnvironmentBatch<Int32>,
    agent: any Agent
  ) {
    self.settings = settings
    self.folder = folder
    self.environment = environment
    self.agent = agent
    buffers = StepBuffers(spec: environment.spec, count: environment.count)
    actions = AlignedBuffer(count: environment.count)
    episodes = EpisodeRecord(lanes: environment.count)
  }

  /// What one update tells whoever watches.
  public struct Progress: Sendable {
    public var steps = 0
    public var totalSteps = 0
    public var update = 0
    public var frames = 0
    /// Mean return of the last hundred episodes; nil before the first has ended.
    public var meanReturn: Double?
    public var meanLength: Double?
    public var episodes = 0
    public var stepsPerSecond = 0.0
    public var secondsLeft = 0.0
    /// Share of time in environment, inference, learning.
    public var shares = (environment: 0.0, inference: 0.0, learning: 0.0)
    public var report = Report()
  }

  public enum Outcome: Sendable { case finished, interrupted }

  /// Trains until the run's steps are done or `stop` says so; saves at the end in either case.
  /// - Throws: what the environment throws; `CheckpointError` and `RunError` for files.
  public func run(
    stop: () -> Bool = { false }, watch: (Progress) -> Void = { _ in }
  ) throws -> Outcome {
    if !resumed {
      try environment.reset(seeds: Self.seeds(settings.seed, environment.count), into: buffers)
    }
    lastCheckpoint = Date()
    while steps < settings.steps {
      let progressBefore = Double(steps) / Double(settings.steps)
      try collect()
      let report = clock.time(.learning) { agent.learn(progress: progressBefore) }
      updates += 1
      let progress = progress(report)
      try folder.appendUpdate(line(progress))
      watch(progress)
      if stop() {
        try checkpoint()
        return .interrupted
      }
      if Date().timeIntervalSince(lastCheckpoint) > checkpointInterval { try checkpoint() }
    }
    try checkpoint()
    return .finished
  }

  /// Seeds of the lanes: 31 bits, as every environment takes them.
  static func seeds(_ seed: UInt64, _ count: Int) -> [UInt64] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in generator.next() >> 33 }
  }

  private func collect() throws {
    while !agent.isReady {
      clock.time(.inference) {
        agent.act(UnsafePointer(buffers.observations.pointer), into: actions.pointer)
      }
      try clock.time(.environment) {
        try environment.step(UnsafeBufferPointer(actions.span), into: buffers)
      }
      clock.time(.inference) { agent.observe(buffers) }
      episodes.observe(buffers)
      steps += environment.count
    }
  }

  private func progress(_ report: Report) -> Progress {
    var progress = Progress()
    progress.steps = steps
    progress.totalSteps = settings.steps
    progress.update = updates
    progress.frames = steps * environment.spec.framesPerStep
    progress.meanReturn = episodes.meanReturn
    progress.meanLength = episodes.meanLength
    progress.episodes = episodes.count
    let (rate, shares) = clock.lap(steps: steps)
    progress.stepsPerSecond = rate
    progress.shares = shares
    progress.secondsLeft = Double(max(settings.steps - steps, 0)) / max(rate, 1e-9)
    progress.report = report
    return progress
  }

  private func line(_ progress: Progress) -> String {
    var fields: [(String, Double?)] = [
      ("update", Double(progress.update)), ("step", Double(progress.steps)),
      ("frames", Double(progress.frames)), ("episodes", Double(progress.episodes)),
      ("return_mean", progress.meanReturn), ("length_mean", progress.meanLength),
    ]
    fields += progress.report.figures.map { ($0.name, $0.value) }
    fields += [
      ("seconds", clock.total), ("steps_per_s", progress.stepsPerSecond),
      ("share_environment", progress.shares.environment),
      ("share_inference", progress.shares.inference),
      ("share_learning", progress.shares.learning),
    ]
    let text = fields.map { name, value in
      "\"\(name)\":\(value.map { $0.isFinite ? String(format: "%.10g", $0) : "null" } ?? "null")"
    }
    return "{" + text.joined(separator: ",") + "}"
  }

  // MARK: Checkpoints

  /// - Throws: `CheckpointError.unwritable`; the checkpoint before stays whole.
  public func checkpoint() throws {
    var file = SafeTensors()
    agent.save(into: &file)
    let state = try environment.save()
    state.withUnsafeBufferPointer { file.set("environment", $0, type: "U8") }
    file.set("observations", UnsafeBufferPointer(buffers.observations.span), type: "U8")
    episodes.save(into: &file)
    file.metadata["steps"] = String(steps)
    file.metadata["updates"] = String(updates)
    file.metadata["seconds"] = String(clock.total)
    try file.write(to: folder.file(RunFolder.checkpointName))
    lastCheckpoint = Date()
  }

  /// Goes on where the folder's checkpoint was written.
  /// - Throws: `CheckpointError`, `EnvironmentError.state`.
  public func resume() throws {
    let file = try SafeTensors(path: folder.file(RunFolder.checkpointName))
    guard let steps = Int(try file.text("steps")), let updates = Int(try file.text("updates")),
      let seconds = Double(try file.text("seconds"))
    else { throw CheckpointError.mismatch("steps") }
    try agent.restore(from: file)
    guard let state = file.tensors["environment"] else {
      throw CheckpointError.missing("environment")
    }
    try environment.restore(state.bytes)
    try file.copy("observations", to: buffers.observations.span, type: "U8")
    try episodes.restore(from: file)
    self.steps = steps
    self.updates = updates
    clock = Clock(total: seconds, steps: steps)
    try folder.trimUpdates(after: updates)
    resumed = true
  }
}

/// Where the time goes.
private struct Clock {
  enum Part: Int { case environment, inference, learning }

  private(set) var total: Double
  private var parts = [0.0, 0.0, 0.0]
  private var start = Date()
  private var stepsBefore: Int

  init(total: Double = 0, steps: Int = 0) {
    self.total = total
    stepsBefore = steps
  }

  mutating func time<Result>(_ part: Part, _ body: () throws -> Result) rethrows -> Result {
    let begin = Date()
    let result = try body()
    parts[part.rawValue] += Date().timeIntervalSince(begin)
    return result
  }

  /// Steps a second and shares since the last lap.
  mutating func lap(
    steps: Int
  ) -> (Double, (environment: Double, inference: Double, learning: Double)) {
    let now = Date()
    let seconds = max(now.timeIntervalSince(start), 1e-9)
    let shares = (parts[0] / seconds, parts[1] / seconds, parts[2] / seconds)
    let rate = Double(steps - stepsBefore) / seconds
    total += seconds
    start = now
    stepsBefore = steps
    parts = [0, 0, 0]
    return (rate, shares)
  }
}

/// Returns and lengths of the last hundred episodes.
///
/// An environment may flag the loss of a life as an end: an episode counts when the lane has
/// really begun another.
struct EpisodeRecord {
  private static let window = 100
  private var returns: [Double] = []
  private var lengths: [Double] = []
  private(set) var count = 0
  /// Return and length at the last flag of each lane; length 0: none.
  private var pending: [Double]

  init(lanes: Int) { pending = [Double](repeating: 0, count: 2 * lanes) }

  var meanReturn: Double? {
    returns.isEmpty ? nil : returns.reduce(0, +) / Double(returns.count)
  }
  var meanLength: Double? {
    lengths.isEmpty ? nil : lengths.reduce(0, +) / Double(lengths.count)
  }

  mutating func observe(_ buffers: StepBuffers) {
    for lane in 0..<buffers.count {
      if buffers.episodeLengths[lane] <= 1 && pending[2 * lane + 1] > 0 { record(lane) }
      if buffers.terminated[lane] | buffers.truncated[lane] != 0 {
        pending[2 * lane] = buffers.episodeReturns[lane]
        pending[2 * lane + 1] = Double(buffers.episodeLengths[lane])
      }
    }
  }

  private mutating func record(_ lane: Int) {
    returns.append(pending[2 * lane])
    lengths.append(pending[2 * lane + 1])
    pending[2 * lane + 1] = 0
    count += 1
    if returns.count > Self.window {
      returns.removeFirst()
      lengths.removeFirst()
    }
  }

  func save(into file: inout SafeTensors) {
    returns.withUnsafeBufferPointer { file.set("episodes.returns", $0, type: "F64") }
    lengths.withUnsafeBufferPointer { file.set("episodes.lengths", $0, type: "F64") }
    pending.withUnsafeBufferPointer { file.set("episodes.pending", $0, type: "F64") }
    file.metadata["episodes"] = String(count)
  }

  mutating func restore(from file: SafeTensors) throws {
    guard let count = Int(try file.text("episodes")),
      let size = file.tensors["episodes.returns"]?.bytes.count, size % 8 == 0,
      size / 8 <= Self.window
    else { throw CheckpointError.mismatch("episodes") }
    var returns = [Double](repeating: 0, count: size / 8)
    var lengths = returns
    try returns.withUnsafeMutableBufferPointer {
      try file.copy("episodes.returns", to: $0, type: "F64")
    }
    try lengths.withUnsafeMutableBufferPointer {
      try file.copy("episodes.lengths", to: $0, type: "F64")
    }
    try pending.withUnsafeMutableBufferPointer {
      try file.copy("episodes.pending", to: $0, type: "F64")
    }
    self.count = count
    self.returns = returns
    self.lengths = lengths
  }
}
