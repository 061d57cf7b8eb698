import Lanes
import Nets

/// Two estimates of the value of actions, of which the smaller is believed, and their targets.
///
/// Source: Fujimoto et al. 2018, arXiv:1802.09477, section 4.2.
final class TwinCritic {
  let learner: Learner
  /// Weights of the target network.
  let target: Buffer
  /// Gives back slopes with respect to actions; nil: actions are outputs.
  private let slopes: Plan?
  private let unused: Buffer
  let first, second: OutputShape
  let readsActions: Bool
  /// Slopes are those of the smaller value; else of the first.
  private let followsSmaller: Bool
  private let seen: () -> Watch?
  private(set) lazy var watch = seen()
  /// Where a device computes losses; nil: they are computed here.
  private var errors, least: RowLoss?

  /// Two networks in one graph, each with an encoder of its own.
  /// - Parameters:
  ///   - actionWidth: of an action that is read; nil: there is an output for each action.
  ///   - outputs: of each network.
  ///   - followsSmaller: actions go where the smaller value rises; else where the first does.
  ///   - watched: rows that a `Watch` looks at.
  init(
    _ senses: [Sense], actionWidth: Int?, outputs: Int, followsSmaller: Bool = true,
    _ network: NetworkSettings, _ settings: Learner.Settings, watched: Int = 1,
    _ workshop: Workshop, using generator: inout SplitMix64
  ) {
    func made(on layout: Layout, isSeen: Bool) -> Graph {
      Self.network(senses, actionWidth, outputs, network, on: layout, isSeen: isSeen)
    }
    let graph = made(on: Layout(), isSeen: false)
    (readsActions, self.followsSmaller) = (actionWidth != nil, followsSmaller)
    seen = {
      Watch(made(on: graph.layout, isSeen: true), workshop, rows: watched, name: "critic_")
    }
    learner = Learner(graph, settings, workshop, using: &generator)
    target = graph.layout.makeBuffer(workshop.backend)
    target.copy(from: learner.weights)
    // Without the penalties on routers.
    slopes = actionWidth.map { _ in
      Plan(
        graph, workshop, outputs: ["first"] + (followsSmaller ? ["second"] : []),
        wanted: ["action"])
    }
    unused = Buffer(count: slopes == nil ? 0 : graph.layout.count, workshop.backend)
    (first, second) = (learner.plan.output("first"), learner.plan.output("second"))
  }

  private static func network(
    _ senses: [Sense], _ actionWidth: Int?, _ outputs: Int, _ settings: NetworkSettings,
    on layout: Layout, isSeen: Bool
  ) -> Graph {
    let graph = Graph(layout, weights: .torch, biases: .torch)
    let inputs = graph.inputs(senses)
    let action = actionWidth.map { graph.input("action", Input(vector: $0, .float32)) }
    let network = Network(
      settings, graph, senses, inputs,
      joined: action.map { action in { graph.join([$0, action]) } })
    for name in ["first", "second"] {
      graph.output(name, network.read(name) { network.last($0, "value", outputs) })
    }
    if isSeen { network.giveOut() }
    return graph
  }

  /// One step along the gradient of the mean of both squared errors.
  /// - Parameters:
  ///   - targets: by row.
  ///   - output: of the row, which of the outputs it is about.
  /// - Returns: the mean loss and the mean value of the first.
  func update(
    _ inputs: Inputs, count: Int, targets: UnsafePointer<Float>, output: (Int) -> Int
  ) throws -> (loss: Double, value: Double) {
    let rule = RowLoss.Rule.twins(outputs: first.count)
    if learner.plan.takes(rule) {
      errors = errors.of(rule, [first, second], rows: count)
      return try update(inputs, count: count, targets: targets, output: output, errors!)
    }
    var sums = [(loss: Double, value: Double)](
      repeating: (0, 0), count: learner.plan.shards(count))
    _ = try sums.withUnsafeMutableBufferPointer { sums in
      try learner.update(inputs, count: count) { part in
        for (index, row) in part.rows.enumerated() {
          for shape in [first, second] {
            let place = index * shape.count + output(row)
            let value = part.outputs(shape)[place]
            let error = squaredError(value, targets[row])
            part.slopes(shape)[place] = error.slope / Float(count)
            sums[part.shard].loss += Double(error.loss) / Double(2 * count)
            if shape.name == "first" { sums[part.shard].value += Double(value) / Double(count) }
          }
        }
      }
    }
    return sums.reduce((0, 0)) { ($0.0 + $1.loss, $0.1 + $1.value) }
  }

  /// The same where outputs lie elsewhere.
  private func update(
    _ inputs: Inputs, count: Int, targets: UnsafePointer<Float>, output: (Int) -> Int,
    _ loss: RowLoss
  ) throws -> (loss: Double, value: Double) {
    for row in 0..<count {
      let given = loss.given(row)
      (given[0], given[1], given[2]) = (Float(output(row)), targets[row], 1 / Float(count))
    }
    _ = try learner.update(inputs, count: count, loss)
    return (0..<count).reduce((0, 0)) { sums, row in
      let told = loss.figures(row)
      return (
        sums.0 + Double(told[0]) / Double(2 * count) + Double(told[1]) / Double(2 * count),
        sums.1 + Double(told[2]) / Double(count)
      )
    }
  }

  /// Slopes of less the value that is followed, with respect to actions, [count, width].
  func actionSlopes(_ inputs: Inputs, count: Int) -> UnsafePointer<Float> {
    let plan = slopes!
    let values = plan.outputs
    let rule = followsSmaller ? RowLoss.Rule.lesser : .slopes(1)
    if plan.takes(rule) {
      least = least.of(rule, values, rows: count)
      if !followsSmaller { for row in 0..<count { least!.given(row)[0] = -1 } }
      plan.train(learner.weights, inputs, count: count, gradients: unused, least!)
      return plan.slopes(ofInput: "action")
    }
    plan.train(learner.weights, inputs, count: count, gradients: unused) { part in
      for index in 0..<part.rows.count {
        let least = values.min { part.outputs($0)[index] < part.outputs($1)[index] }!
        part.slopes(least)[index] = -1
      }
    }
    return plan.slopes(ofInput: "action")
  }

  /// The smaller estimate of each output, of one row.
  func smaller(_ inputs: Inputs) -> [Double] {
    let rows = HostRows(learner.plan, rows: 1)
    learner.values(inputs, count: 1, into: rows)
    return (0..<first.count).map { Double(min(rows[first][$0], rows[second][$0])) }
  }

  func followTarget(share: Float, _ workshop: Workshop) {
    target.mix(learner.weights, share: share, workshop)
  }

  // MARK: Saving

  func save(into file: inout SafeTensors) {
    learner.save("critic.", into: &file)
    learner.layout.save(target, "target.critic.", into: &file)
  }

  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws {
    try learner.restore("critic.", from: file)
    try learner.layout.restore(target, "target.critic.", from: file)
  }

  func saveWeights(into file: inout SafeTensors) {
    learner.layout.save(learner.weights, "critic.", into: &file)
  }

  /// - Throws: `CheckpointError`.
  func restoreWeights(from file: SafeTensors) throws {
    try learner.restoreWeights("critic.", from: file)
    target.copy(from: learner.weights)
  }
}
