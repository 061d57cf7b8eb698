import Lanes
import Nets

extension PPO {
  public func save(into file: inout SafeTensors) {
    set(network.parameters.values, "", into: &file)
    set(optimizer.firstMoments, "adam.m.", into: &file)
    set(optimizer.secondMoments, "adam.v.", into: &file)
    senses.save(into: &file)
    rewardScale?.save(into: &file)
    isOver.map { $0 ? 1 : 0 }.withUnsafeBufferPointer { (flags: UnsafeBufferPointer<UInt8>) in
      file.set("agent.over", flags, type: "U8")
    }
    file.metadata["adam.updates"] = String(optimizer.updates)
    file.metadata["agent.generator"] = String(generator.state)
  }

  public func restore(from file: SafeTensors) throws {
    guard let updates = Int(try file.text("adam.updates")), (0...1 << 53).contains(updates) else {
      throw CheckpointError.mismatch("adam.updates")
    }
    guard let state = UInt64(try file.text("agent.generator")) else {
      throw CheckpointError.mismatch("agent.generator")
    }
    try restoreWeights(from: file)
    try copy("adam.m.", to: optimizer.firstMoments, from: file)
    try copy("adam.v.", to: optimizer.secondMoments, from: file)
    try rewardScale?.restore(from: file)
    var flags = [UInt8](repeating: 0, count: lanes)
    try flags.withUnsafeMutableBufferPointer { try file.copy("agent.over", to: $0, type: "U8") }
    isOver = flags.map { $0 != 0 }
    optimizer.updates = updates
    generator.state = state
    rollout.clear()
  }

  /// Weights, and the statistics by which observations are normalised.
  public func restoreWeights(from file: SafeTensors) throws {
    try copy("", to: network.parameters.values, from: file)
    try senses.restore(from: file)
  }

  private func set(_ buffer: AlignedBuffer<Float>, _ prefix: String, into file: inout SafeTensors) {
    for slice in network.parameters.slices {
      file.set(
        prefix + slice.name,
        UnsafeBufferPointer(start: buffer.pointer + slice.offset, count: slice.count), type: "F32",
        shape: slice.shape)
    }
  }

  private func copy(
    _ prefix: String, to buffer: AlignedBuffer<Float>, from file: SafeTensors
  ) throws {
    for slice in network.parameters.slices {
      let (name, numbers) = (prefix + slice.name, buffer.pointer + slice.offset)
      guard file.tensors[name]?.shape ?? slice.shape == slice.shape else {
        throw CheckpointError.mismatch(name)
      }
      let target = UnsafeMutableBufferPointer(start: numbers, count: slice.count)
      try file.copy(name, to: target, type: "F32")
      guard target.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch(name) }
    }
  }
}
