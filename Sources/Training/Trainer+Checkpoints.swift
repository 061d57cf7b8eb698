import Agents
import Environment
import Foundation
import Nets

extension Trainer {
  /// - Throws: `CheckpointError.unwritable`, `AgentError.diverged` for weights that are not finite;
  ///   the checkpoints before stay whole.
  public func checkpoint() throws {
    try write(try image())
    try best.write(to: folder.file(RunFolder.bestName))
    if keptCheckpoints > 0 { try folder.number(checkpointOf: steps, keep: keptCheckpoints) }
  }

  /// All that the run's future depends on.
  func image() throws -> SafeTensors {
    var file = SafeTensors()
    try agent.save(into: &file)
    try file.checkFinite()
    let state = try environment.checkpoint()
    state.withUnsafeBufferPointer { file.set("environment", $0, type: "U8") }
    episodes.save(into: &file)
    file.metadata["run"] = settings.identity
    file.metadata["steps"] = String(steps)
    file.metadata["updates"] = String(updates)
    file.metadata["seconds"] = String(clock.total)
    return file
  }

  func write(_ file: SafeTensors) throws {
    try lines?.sync()
    try file.write(
      to: folder.file(RunFolder.checkpointName), older: folder.file(RunFolder.previousName))
    savedSteps = steps
  }

  /// Goes on from the folder's last checkpoint that is whole, or from the start where there never was
  /// one.
  /// - Returns: what a person should know of it; nil: nothing.
  /// - Throws: `CheckpointError`, `EnvironmentError` when it is missing, damaged or of another run.
  @discardableResult
  public func resume() throws -> String? {
    guard folder.hasBegun else { return nil }
    let (file, note) = try folder.checkpoint()
    try file.checkRun(settings)
    try file.checkFinite()
    let steps = try file.whole("steps", 0...1 << 62)
    let updates = try file.whole("updates", 0...steps)
    guard let seconds = Double(try file.text("seconds")), (0...1e15).contains(seconds) else {
      throw CheckpointError.mismatch("seconds")
    }
    // Agents catch up with updates that are due, however many.
    if file.metadata["agent.steps"] != nil { _ = try file.whole("agent.steps", steps...steps) }
    try agent.keep(in: folder.path)
    try agent.restore(from: file)
    guard let state = file.tensors["environment"] else {
      throw CheckpointError.missing("environment")
    }
    try environment.resume(state.bytes, into: buffers)
    try episodes.restore(from: file)
    if note != nil { try folder.dropDamaged() }
    self.steps = steps
    self.updates = updates
    savedSteps = steps
    clock = RunClock(total: seconds, steps: steps)
    try folder.trimUpdates(after: updates)
    best = Best(path: folder.file(RunFolder.bestName))
    hasBegun = true
    return note
  }
}

extension SafeTensors {
  /// - Throws: `RunError.otherRun` for a file of another run.
  public func checkRun(_ settings: RunSettings) throws {
    if let difference = settings.difference(from: try text("run")) {
      throw RunError.otherRun(difference)
    }
  }
}

/// The best weights so far: in memory at once, on disk with the next checkpoint.
struct Best {
  private var mean = -Double.infinity
  private var file: SafeTensors?

  init() {}

  /// - Parameter path: of a file that this wrote; if there is none, any mean is better.
  init(path: String) {
    guard let old = try? SafeTensors(path: path, from: .own) else { return }
    let mean = old.metadata["return_mean"].flatMap(Double.init) ?? -.infinity
    if mean.isFinite { self.mean = mean }
  }

  mutating func offer(_ mean: Double, steps: Int, _ settings: RunSettings, _ agent: any Agent) {
    guard mean > self.mean else { return }
    var file = SafeTensors()
    file.metadata["run"] = settings.identity
    agent.saveWeights(into: &file)
    file.metadata["steps"] = String(steps)
    file.metadata["return_mean"] = String(mean)
    self.mean = mean
    self.file = file
  }

  mutating func write(to path: String) throws {
    guard let file else { return }
    try file.checkFinite()
    try file.write(to: path)
    self.file = nil
  }
}

extension SafeTensors {
  /// - Throws: `AgentError.diverged` for the first tensor of floats that holds another thing than
  ///   finite numbers.
  public func checkFinite() throws {
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) where tensor.type == "F32" {
      let isFinite = tensor.bytes.withUnsafeBytes { bytes in
        let exponent: UInt32 = 0x7F80_0000
        var isFinite = true
        for place in stride(from: 0, through: bytes.count - 4, by: 4) {
          let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
          isFinite = isFinite && bits & exponent != exponent
        }
        return isFinite
      }
      if !isFinite { throw AgentError.diverged(layer: name) }
    }
  }
}
