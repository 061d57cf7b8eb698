import Nets

extension DQN {
  public func save(into file: inout SafeTensors) throws {
    learner.save(into: &file)
    learner.layout.save(target, "target.", into: &file)
    averages.save("agent.averages", into: &file)
    try experience.save(into: &file)
    generator.save(into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    try learner.restore(from: file)
    try learner.layout.restore(target, "target.", from: file)
    try averages.restore("agent.averages", from: file)
    try experience.restore(from: file)
    try generator.restore(from: file)
  }

  public func saveWeights(into file: inout SafeTensors) {
    learner.layout.save(learner.weights, "", into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try learner.restoreWeights(from: file)
    target.copy(from: learner.weights)
  }
}
