import Nets

extension SAC {
  public func save(into file: inout SafeTensors) throws {
    try saveShared(into: &file)
    temperature.save("temperature.", into: &file)
  }

  public func restore(from file: SafeTensors) throws {
    try restoreShared(from: file)
    try temperature.restore("temperature.", from: file)
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
