import Lanes

/// A loss that a device computes where the outputs lie: of each row by itself, with what the program
/// gives for it, and figures that come back. The processor's are the agents' own.
public final class RowLoss {
  public enum Rule: Equatable, Sendable {
    /// PPO's; outputs are [value, policy]. Given: the action's old log probability, the advantage, the
    /// old value, its target, the row's weight, 0: nothing is learned there, and the action, [width].
    /// Figures: losses of policy and value, entropy, divergence, and 1 where the ratio is cut.
    case policy(Policy, clip: Float, clipsValue: Bool, value: Float, entropy: Float)
    /// Of the outputs of one action, [actions, numbers], or, if they are turned, [numbers, actions],
    /// and of conservative Q-learning's penalty, by its weight.
    /// Given: the action, the row's weight, targets, [numbers], and fractions, [numbers]. Figures: the
    /// loss, the action's value, and the penalty.
    case action(Values, actions: Int, numbers: Int, isTurned: Bool, conservatism: Float)
    /// Squared errors of one of so many outputs in each of two networks. Given: which output, its
    /// target, the row's weight. Figures: both errors' squares, and the first value.
    case twins(outputs: Int)
    /// Less the smaller of two outputs.
    case lesser
    /// Of an actor whose normal numbers go through a tanh; outputs are [means, numbers from which
    /// deviations follow]. Given: the slope of log p, then [width] each: noise, the action's slopes,
    /// its lowest and highest.
    case squashed(width: Int, isCut: Bool)
    /// Of an actor with discrete actions. Given: the row's weight, the temperature, then the values of
    /// two critics, [actions] each. Figures: the loss.
    case soft(actions: Int)
    /// Slopes are what is given.
    case slopes(Int)
  }

  /// What PPO's actions are: choices among so many each, or normal numbers, [means, logarithms of
  /// deviations].
  public enum Policy: Equatable, Sendable {
    case choices([Int])
    case normal(width: Int)

    /// Numbers of an action.
    package var width: Int {
      switch self {
      case .choices(let counts): counts.count
      case .normal(let width): width
      }
    }
  }

  /// What outputs of an action are.
  public enum Values: Equatable, Sendable {
    /// A number, by Huber's loss; nil: by its square.
    case number(threshold: Float?)
    /// Logits of masses on atoms.
    case masses(low: Float, spacing: Float)
    case quantiles
  }

  public let rule: Rule
  let outputs: [OutputShape]
  public let rows: Int
  private let given, told: AlignedBuffer<Float>

  /// - Parameters:
  ///   - outputs: those that the rule is about.
  ///   - rows: at most; of sequences, their steps.
  public init(_ rule: Rule, of outputs: [OutputShape], rows: Int) {
    (self.rule, self.outputs, self.rows) = (rule, outputs, rows)
    given = AlignedBuffer(count: rows * rule.given)
    told = AlignedBuffer(count: rows * rule.figures)
  }

  /// To be written, [rows, given].
  public func given(_ row: Int) -> UnsafeMutablePointer<Float> { given.pointer + row * rule.given }
  /// [rows, figures], of the last update.
  public func figures(_ row: Int) -> UnsafeMutablePointer<Float> {
    told.pointer + row * rule.figures
  }
}

extension RowLoss.Rule {
  /// Numbers that the program gives for a row.
  package var given: Int {
    switch self {
    case .policy(let policy, _, _, _, _): 5 + policy.width
    case .action(_, _, let numbers, _, _): 2 + 2 * numbers
    case .twins: 3
    case .lesser: 0
    case .squashed(let width, _): 1 + 4 * width
    case .soft(let actions): 2 + 2 * actions
    case .slopes(let count): count
    }
  }

  /// Numbers that come back for a row.
  package var figures: Int {
    switch self {
    case .policy: 5
    case .action, .twins: 3
    case .soft: 1
    case .lesser, .squashed, .slopes: 0
    }
  }
}

extension RowLoss? {
  /// It, where it is such a loss of as many rows; else a new one.
  package func of(_ rule: RowLoss.Rule, _ outputs: [OutputShape], rows: Int) -> RowLoss {
    if let loss = self, loss.rule == rule, loss.rows >= rows { return loss }
    return RowLoss(rule, of: outputs, rows: rows)
  }
}

extension Plan {
  /// Whether outputs lie where a device can compute such a loss.
  public func takes(_ rule: RowLoss.Rule) -> Bool { device?.takes(rule) ?? false }

  package var device: (any Device)? { workshop.backend.device }

  /// As `train`, by a loss that the device computes; its figures are there then.
  public func train(
    _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer, noise: UInt64? = nil,
    _ loss: RowLoss
  ) {
    guard let device else { preconditionFailure("outputs lie here") }
    device.sequence {
      ask(device, weights, inputs, count: count, gradients: gradients, noise: noise, loss)
    }
    device.wait()
  }

  /// The same, part of a sequence.
  /// - Parameters:
  ///   - there: what the loss is given, where it lies there; all rows then go through at once.
  ///   - told: gets the figures as they lie there.
  package func ask(
    _ device: any Device, _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer,
    noise: UInt64?, _ loss: RowLoss, there: Floats? = nil, told: (Floats) -> Void = { _ in }
  ) {
    precondition(there == nil || count <= chunk)
    let workspace = space(for: count)
    reserveInputSlopes(count)
    let memory = lossSpace(count, loss)
    let (sums, rule) = (gradients.address, loss.rule)
    prepare(weights, noise)
    workshop.backend.clear(sums, layout.count)
    for first in stride(from: 0, to: count, by: chunk) {
      let rows = min(chunk, count - first)
      let call = Call(
        self, weights, inputs, noise, workspace, first: first, count: rows, gradients: sums)
      if there == nil {
        device.upload(loss.given(first * steps), to: memory.given, 4 * rows * steps * rule.given)
      }
      forward(call)
      clearSlopes(rows, of: count, workspace)
      let outputs = loss.outputs.map { schedule.outputs[$0.place] }
      device.lose(
        rule, rows * steps, outputs.map { UnsafePointer(workspace.arrays[$0.array]) },
        given: there ?? Floats(memory.given),
        slopes: outputs.map { workspace.slopes[$0.array] ?? workspace.scratch },
        figures: memory.figures)
      told(memory.figures)
      device.download(
        memory.figures, to: loss.figures(first * steps), 4 * rows * steps * rule.figures)
      backward(call)
      bringInputSlopes(device, call)
    }
    if let noise { finishNoise(weights, gradients, noise) }
  }

  /// Zeros, but for what penalties say.
  private func clearSlopes(_ rows: Int, of count: Int, _ workspace: Workspace) {
    for output in schedule.outputs where output.hasSlope {
      workshop.backend.clear(workspace.slopes[output.array]!, rows * output.count)
    }
    for penalty in penalties {
      let output = schedule.outputs[penalty.place]
      guard let slopes = workspace.slopes[output.array] else { continue }
      workshop.backend.map(
        slopes, slopes, rows * output.count,
        .affine(1, 1 / Float(count * steps)))
    }
  }

  private struct LossSpace {
    let given, figures: MutableFloats
  }

  private func lossSpace(_ count: Int, _ loss: RowLoss) -> LossSpace {
    let (rows, rule) = (min(count, chunk) * steps, loss.rule)
    // Each on a line of its own.
    func line(_ count: Int) -> Int { (count + 63) / 64 * 64 }
    let (given, figures) = (line(rows * rule.given), line(rows * rule.figures))
    let needed = given + figures
    if lossArena?.count ?? -1 < needed { lossArena = Arena(count: needed, workshop.backend) }
    let start = lossArena!.address
    return LossSpace(given: start, figures: start + given)
  }
}
