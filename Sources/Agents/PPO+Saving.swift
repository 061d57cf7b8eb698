import Lanes
import Nets

extension PPO {
  /// What a rollout holds is learned from before anything is saved.
  public var isBetweenUpdates: Bool { rollout.isEmpty }

  public func save(into file: inout SafeTensors) throws {
    try study?.finish()
    learner.save(into: &file)
    senses.save(into: &file)
    rewardScale?.save(into: &file)
    memory?.save(into: &file)
    isOver.map { $0 ? 1 : 0 }.withUnsafeBufferPointer { (flags: UnsafeBufferPointer<UInt8>) in
      file.set("agent.over", flags, type: "U8")
    }
    generator.save(into: &file)
    guard let study else { return }
    learner.layout.save(policyWeights, "policy.", into: &file)
    study.save(into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    try study?.finish()
    try learner.restore(from: file)
    try senses.restore(from: file)
    try rewardScale?.restore(from: file)
    try memory?.restore(from: file)
    var flags = [UInt8](repeating: 0, count: lanes)
    try flags.withUnsafeMutableBufferPointer { try file.copy("agent.over", to: $0, type: "U8") }
    isOver = flags.map { $0 != 0 }
    try generator.restore(from: file)
    rollout.clear()
    guard let study else { return }
    try learner.layout.restore(policyWeights, "policy.", from: file)
    try study.restore(from: file, Losses().report(explained: 0, learningRate: 0).headline)
  }

  /// Weights, and the statistics by which observations are normalised.
  public func saveWeights(into file: inout SafeTensors) {
    // What it throws, the next update says.
    study?.wait()
    learner.layout.save(learner.weights, "", into: &file)
    senses.save(into: &file)
  }

  public func restoreWeights(from file: SafeTensors) throws {
    try study?.finish()
    try learner.restoreWeights(from: file)
    try senses.restore(from: file)
    followLearner()
  }
}
