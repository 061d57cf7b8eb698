import Lanes
import Nets
import Replay

extension SAC {
  public func keep(in folder: String) throws {
    replay = try replay.kept(in: folder)
  }

  public var mustSave: Bool { replay.mustSave }

  public func save(into file: inout SafeTensors) throws {
    actor.save("actor.", into: &file)
    critic.save(into: &file)
    temperature.save("temperature.", into: &file)
    try replay.save(into: &file)
    averages.save("agent.averages", into: &file)
    AgentCounts(steps: steps, updates: updates, generator).save(into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    let counts = try AgentCounts(from: file)
    try actor.restore("actor.", from: file)
    try critic.restore(from: file)
    try temperature.restore("temperature.", from: file)
    try replay.restore(from: file)
    try averages.restore("agent.averages", from: file)
    (steps, updates, generator.state) = (counts.steps, counts.updates, counts.generator)
  }

  public func saveWeights(into file: inout SafeTensors) {
    actor.layout.save(actor.weights, "actor.", into: &file)
    critic.saveWeights(into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try actor.restoreWeights("actor.", from: file)
    try critic.restoreWeights(from: file)
  }
}
