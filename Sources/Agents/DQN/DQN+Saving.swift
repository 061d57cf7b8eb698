import Lanes
import Nets
import Replay

extension DQN {
  public func keep(in folder: String) throws { replay = try replay.kept(in: folder) }

  public var mustSave: Bool { replay.mustSave }

  public func save(into file: inout SafeTensors) throws {
    learner.save(into: &file)
    learner.layout.save(target, "target.", into: &file)
    try replay.save(into: &file)
    averages.save("agent.averages", into: &file)
    AgentCounts(steps: steps, updates: updates, generator).save(into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    let counts = try AgentCounts(from: file)
    try learner.restore(from: file)
    try learner.layout.restore(target, "target.", from: file)
    try replay.restore(from: file)
    try averages.restore("agent.averages", from: file)
    (steps, updates, generator.state) = (counts.steps, counts.updates, counts.generator)
  }

  public func saveWeights(into file: inout SafeTensors) {
    learner.layout.save(learner.weights, "", into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try learner.restoreWeights(from: file)
    target.copy(from: learner.weights)
  }
}
