import Lanes
import Nets
import Replay

/// What off-policy agents save beside weights and replay.
struct AgentCounts {
  let steps, updates: Int
  let generator: UInt64

  /// - Throws: `CheckpointError`.
  init(from file: SafeTensors) throws {
    func whole(_ name: String) throws -> Int {
      guard let number = Int(try file.text(name)), (0...1 << 53).contains(number) else {
        throw CheckpointError.mismatch(name)
      }
      return number
    }
    (steps, updates) = (try whole("agent.steps"), try whole("agent.updates"))
    guard let state = UInt64(try file.text("agent.generator")) else {
      throw CheckpointError.mismatch("agent.generator")
    }
    generator = state
  }

  init(steps: Int, updates: Int, _ generator: SplitMix64) {
    (self.steps, self.updates, self.generator) = (steps, updates, generator.state)
  }

  func save(into file: inout SafeTensors) {
    file.metadata["agent.generator"] = String(generator)
    file.metadata["agent.steps"] = String(steps)
    file.metadata["agent.updates"] = String(updates)
  }
}

extension Replay {
  /// From this size on it lies in a file of the run's folder.
  private static let fileBytes = 64 << 20

  /// An empty one of the same kind, in the folder if it is large.
  /// - Throws: `ReplayError`.
  func kept(in folder: String) throws(ReplayError) -> Replay {
    guard bytes >= Self.fileBytes else { return self }
    return try Replay(
      spec, lanes: lanes, capacity: capacity, priorities: priorities, path: folder + "/replay.bin")
  }
}
