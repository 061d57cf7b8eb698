import Lanes
import Nets

/// A network and what moves its weights: where weights change, whatever the algorithm.
///
/// Copies of the weights (targets, averages) are further buffers of the same layout.
public final class Learner {
  public struct Settings: Sendable {
    public var rule: Descending = .adam()
    public var learningRate: Float = 1e-3
    /// Longer gradients are scaled down; nil: none are.
    public var maxGradientNorm: Float?
    /// Groups whose weights it learns; nil: all.
    public var groups: [String]?
    /// Inputs whose slopes updates give back.
    public var wanted: [String] = []

    public init() {}
  }

  public let settings: Settings
  /// Of all outputs.
  public let plan: Plan
  public let weights, gradients: Buffer
  public let optimiser: Optimiser
  public var layout: Layout { plan.layout }

  public init(
    _ graph: Graph, _ settings: Settings, _ workshop: Workshop,
    using generator: inout SplitMix64
  ) {
    self.settings = settings
    plan = Plan(
      graph, workshop, learns: settings.groups.map { .groups($0) } ?? .everything,
      wanted: settings.wanted)
    weights = graph.layout.makeBuffer(workshop.backend)
    gradients = graph.layout.makeBuffer(workshop.backend)
    optimiser = Optimiser(
      graph.layout, settings.rule, learningRate: settings.learningRate, groups: settings.groups,
      workshop)
    graph.layout.fill(weights, using: &generator)
  }

  public struct Update: Sendable {
    /// Of the gradient before it was cut.
    public let gradientNorm: Float
  }

  /// Outputs of `count` rows.
  /// - Parameter other: weights to use instead of the learned ones: a target's.
  public func values(
    _ inputs: Inputs, count: Int, with other: Buffer? = nil, into outputs: HostRows,
    noise: UInt64? = nil
  ) {
    plan.forward(other ?? weights, inputs, count: count, into: outputs, noise: noise)
  }

  /// Forward, loss and backward: fills `gradients`; `loss` as `Plan.train`.
  public func slope(
    _ inputs: Inputs, count: Int, noise: UInt64? = nil, loss: (Plan.Part) -> Void
  ) {
    plan.train(weights, inputs, count: count, gradients: gradients, noise: noise, loss: loss)
  }

  /// One step along the gradient of the loss.
  /// - Throws: `AgentError.diverged`; weights are then as they were.
  public func update(
    _ inputs: Inputs, count: Int, noise: UInt64? = nil, loss: (Plan.Part) -> Void
  ) throws -> Update {
    slope(inputs, count: count, noise: noise, loss: loss)
    return try step()
  }

  /// As `update`, by a loss that the plan takes where its outputs lie; its figures are there then.
  public func update(
    _ inputs: Inputs, count: Int, noise: UInt64? = nil, _ loss: RowLoss
  ) throws -> Update {
    guard let device = plan.device else { preconditionFailure("outputs lie here") }
    device.sequence {
      plan.ask(
        device, weights, inputs, count: count, gradients: gradients, noise: noise, loss)
      optimiser.ask(device, weights, gradients, atMost: settings.maxGradientNorm)
    }
    device.wait()
    return try checked(optimiser.length[0])
  }

  /// The same of rows that a device has drawn: nothing of them comes here before the step is done.
  /// - Parameters:
  ///   - begin: asks for what comes before; what the network reads, and what the loss is given.
  ///   - rank: gets the loss's figures as they lie there.
  func update(
    _ count: Int, _ loss: RowLoss, begin: () -> (Inputs, noise: UInt64?, given: Floats),
    rank: (Floats) -> Void
  ) throws -> Update {
    guard let device = plan.device else { preconditionFailure("outputs lie here") }
    device.sequence {
      let (inputs, noise, given) = begin()
      plan.ask(
        device, weights, inputs, count: count, gradients: gradients, noise: noise, loss,
        there: given, told: rank)
      optimiser.ask(device, weights, gradients, atMost: settings.maxGradientNorm)
    }
    device.wait()
    return try checked(optimiser.length[0])
  }

  /// The step along `gradients`.
  /// - Throws: `AgentError.diverged`; weights are then as they were.
  public func step() throws -> Update {
    try checked(optimiser.step(weights, gradients, atMost: settings.maxGradientNorm))
  }

  private func checked(_ norm: Float) throws -> Update {
    try plan.check()
    guard norm.isFinite else {
      throw AgentError.diverged(layer: notFinite ?? "the gradient")
    }
    return Update(gradientNorm: norm)
  }

  /// The first layer whose weights or gradients are no numbers any more.
  public var notFinite: String? { layout.firstNotFinite([weights, gradients]) }

  // MARK: Saving

  /// - Parameter name: begins every name in the file; empty where an agent has one learner.
  public func save(_ name: String = "", into file: inout SafeTensors) {
    layout.save(weights, name, into: &file)
    for moment in optimiser.moments {
      layout.save(moment.numbers, "\(name)\(moment.name).", into: &file)
    }
    file.metadata["\(name)adam.updates"] = String(optimiser.updates)
  }

  /// - Throws: `CheckpointError`.
  public func restore(_ name: String = "", from file: SafeTensors) throws {
    let key = "\(name)adam.updates"
    guard let updates = Int(try file.text(key)), (0...1 << 53).contains(updates) else {
      throw CheckpointError.mismatch(key)
    }
    try restoreWeights(name, from: file)
    for moment in optimiser.moments {
      try layout.restore(moment.numbers, "\(name)\(moment.name).", from: file)
    }
    optimiser.updates = updates
  }

  /// - Throws: `CheckpointError`.
  public func restoreWeights(_ name: String = "", from file: SafeTensors) throws {
    try layout.restore(weights, name, from: file)
  }
}

extension Layout {
  /// A tensor for each slice.
  public func save(_ numbers: Buffer, _ prefix: String, into file: inout SafeTensors) {
    for slice in slices {
      file.set(
        prefix + slice.name,
        UnsafeBufferPointer(start: numbers.numbers + slice.offset, count: slice.count), type: "F32",
        shape: slice.shape)
    }
  }

  /// - Throws: `CheckpointError` for a tensor that is missing, of another shape or not of numbers.
  public func restore(_ numbers: Buffer, _ prefix: String, from file: SafeTensors) throws {
    for slice in slices {
      let name = prefix + slice.name
      guard file.tensors[name]?.shape ?? slice.shape == slice.shape else {
        throw CheckpointError.mismatch(name)
      }
      let target = UnsafeMutableBufferPointer(
        start: numbers.pointer + slice.offset, count: slice.count)
      try file.copy(name, to: target, type: "F32")
      guard target.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch(name) }
    }
  }
}
