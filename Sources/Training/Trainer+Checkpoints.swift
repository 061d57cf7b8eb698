import Agents
import Environment
import Foundation
import Nets

extension Trainer {
  /// - Throws: `CheckpointError.unwritable`, `AgentError.diverged` for weights that are not finite;
  ///   the checkpoint before stays whole.
  public func checkpoint() throws {
    var file = SafeTensors()
    try agent.save(into: &file)
    try file.checkFinite()
    let state = try environment.checkpoint()
    state.withUnsafeBufferPointer { file.set("environment", $0, type: "U8") }
    episodes.save(into: &file)
    file.metadata["steps"] = String(steps)
    file.metadata["updates"] = String(updates)
    file.metadata["seconds"] = String(clock.total)
    try file.write(to: folder.file(RunFolder.checkpointName))
    savedSteps = steps
    try best.write(to: folder.file(RunFolder.bestName))
    if keptCheckpoints > 0 { try folder.number(checkpointOf: steps, keep: keptCheckpoints) }
  }

  /// Goes on from the folder's checkpoint.
  /// - Throws: `CheckpointError`, `EnvironmentError` when it is missing, damaged or of another run.
  public func resume() throws {
    let file = try SafeTensors(path: folder.file(RunFolder.checkpointName))
    try file.checkFinite()
    guard let steps = Int(try file.text("steps")), let updates = Int(try file.text("updates")),
      let seconds = Double(try file.text("seconds")), (0...Int(Int64.max / 2)).contains(steps),
      (0...steps).contains(updates)
    else { throw CheckpointError.mismatch("steps") }
    try agent.keep(in: folder.path)
    try agent.restore(from: file)
    guard let state = file.tensors["environment"] else {
      throw CheckpointError.missing("environment")
    }
    try environment.resume(state.bytes, into: buffers)
    try episodes.restore(from: file)
    self.steps = steps
    self.updates = updates
    savedSteps = steps
    clock = RunClock(total: seconds, steps: steps)
    try folder.trimUpdates(after: updates)
    best = Best(path: folder.file(RunFolder.bestName))
    hasBegun = true
  }
}

/// The best weights so far: in memory at once, on disk with the next checkpoint.
struct Best {
  private var mean = -Double.infinity
  private var file: SafeTensors?

  init() {}

  /// - Parameter path: of a file that this wrote; if there is none, any mean is better.
  init(path: String) {
    guard let old = try? SafeTensors(path: path) else { return }
    mean = old.metadata["return_mean"].flatMap(Double.init) ?? -.infinity
  }

  mutating func offer(_ mean: Double, steps: Int, _ agent: any Agent) {
    guard mean > self.mean else { return }
    var file = SafeTensors()
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
