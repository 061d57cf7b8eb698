import Nets

extension SAC {
  public func save(into file: inout SafeTensors) throws {
    actor.save("actor.", into: &file)
    critic.save(into: &file)
    temperature.save("temperature.", into: &file)
    averages.save("agent.averages", into: &file)
    try experience.save(into: &file)
    generator.save(into: &file)
    opening.save(into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    try actor.restore("actor.", from: file)
    try critic.restore(from: file)
    try temperature.restore("temperature.", from: file)
    try averages.restore("agent.averages", from: file)
    try experience.restore(from: file)
    try generator.restore(from: file)
    try opening.restore(from: file)
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
