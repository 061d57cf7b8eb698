import Lanes
import Nets
import Replay

extension DQN {
  /// Replays from this size on lie in a file of the run's folder.
  private static let fileBytes = 64 << 20

  public func keep(in folder: String) throws {
    guard replay.bytes >= Self.fileBytes else { return }
    replay = try Replay(
      spec, lanes: lanes, capacity: settings.replayCapacity, priorities: settings.priorities,
      path: folder + "/replay.bin")
  }

  public var mustSave: Bool { replay.mustSave }

  public func save(into file: inout SafeTensors) throws {
    saveWeights(into: &file)
    learner.save(into: &file)
    learner.layout.save(target, "target.", into: &file)
    try replay.save(into: &file)
    averages.save("agent.averages", into: &file)
    file.metadata["agent.generator"] = String(generator.state)
    file.metadata["agent.steps"] = String(steps)
    file.metadata["agent.updates"] = String(updates)
  }

  public func restore(from file: SafeTensors) throws {
    func whole(_ name: String) throws -> Int {
      guard let number = Int(try file.text(name)), (0...1 << 53).contains(number) else {
        throw CheckpointError.mismatch(name)
      }
      return number
    }
    guard let state = UInt64(try file.text("agent.generator")) else {
      throw CheckpointError.mismatch("agent.generator")
    }
    let (steps, updates) = (try whole("agent.steps"), try whole("agent.updates"))
    try learner.restore(from: file)
    try learner.layout.restore(target, "target.", from: file)
    try replay.restore(from: file)
    try averages.restore("agent.averages", from: file)
    (self.steps, self.updates) = (steps, updates)
    generator.state = state
  }

  public func saveWeights(into file: inout SafeTensors) {
    learner.layout.save(learner.weights, "", into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try learner.restoreWeights(from: file)
    target.copy(from: learner.weights)
  }
}
