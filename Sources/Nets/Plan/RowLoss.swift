import Lanes

/// A loss that a device computes where the outputs lie: of each row by itself, with what the program
/// gives for it, and figures that come back. The processor's are the agents' own.
public final class RowLoss {
  public enum Rule: Equatable, Sendable {
    /// PPO's over one choice; outputs are [value, logits]. Given: the action, its old log probability,
    /// the advantage, the old value, its target, and the row's weight; 0: nothing is learned there.
    /// Figures: losses of policy and value, entropy, divergence, and 1 where the ratio is cut.
    case policy(
      choices: Int, clip: Float, clipsValue: Bool, value: Float, entropy: Float)
    /// Of the outputs of one action, [actions, numbers], or, if they are turned, [numbers, actions].
    /// Given: the action, the row's weight, targets, [numbers], and fractions, [numbers]. Figures: the
    /// loss, and the action's value.
    case action(Values, actions: Int, numbers: Int, isTurned: Bool)
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
  let output: OutputShape
  public let rows: Int
  private let given, told: AlignedBuffer<Float>

  /// - Parameter output: the one that the rule is about.
  public init(_ rule: Rule, of output: OutputShape, rows: Int) {
    (self.rule, self.output, self.rows) = (rule, output, rows)
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
    case .policy: 6
    case .action(_, _, let numbers, _): 2 + 2 * numbers
    }
  }

  /// Numbers that come back for a row.
  package var figures: Int {
    switch self {
    case .policy: 5
    case .action: 2
    }
  }
}

extension Plan {
  /// Whether outputs lie where a device can compute a loss of rows.
  public var takesRowLosses: Bool {
    workshop.backend.device != nil && penalties.isEmpty && steps == 1
  }

  package var device: (any Device)? { workshop.backend.device }

  /// As `train`, by a loss that the device computes; part of a sequence.
  package func ask(
    _ device: any Device, _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer,
    noise: UInt64?, _ loss: RowLoss
  ) {
    let workspace = space(for: count)
    reserveInputSlopes(count)
    let (given, figures) = lossSpace(count, loss.rule)
    let sums = gradients.address
    prepare(weights, noise)
    workshop.backend.clear(sums, layout.count)
    for first in stride(from: 0, to: count, by: chunk) {
      let rows = min(chunk, count - first)
      let call = Call(
        self, weights, inputs, noise, workspace, first: first, count: rows, gradients: sums)
      device.upload(loss.given(first), to: given, 4 * rows * loss.rule.given)
      forward(call)
      for output in schedule.outputs where output.hasSlope {
        workshop.backend.clear(workspace.slopes[output.array]!, rows * output.count)
      }
      let output = schedule.outputs[loss.output.place]
      device.lose(
        loss.rule, rows, workspace.arrays[output.array], given: given,
        slopes: workspace.slopes[output.array]!, figures: figures)
      device.download(figures, to: loss.figures(first), 4 * rows * loss.rule.figures)
      backward(call)
      bringInputSlopes(device, call)
    }
    if let noise { finishNoise(weights, gradients, noise) }
  }

  private func lossSpace(
    _ count: Int, _ rule: RowLoss.Rule
  ) -> (given: MutableFloats, figures: MutableFloats) {
    let rows = min(count, chunk)
    let needed = rows * (rule.given + rule.figures)
    if lossArena?.count ?? 0 < needed {
      lossArena = Arena(count: needed, workshop.backend)
    }
    let given = lossArena!.address
    return (given, given + rows * rule.given)
  }
}
