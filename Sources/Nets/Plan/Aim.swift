import Lanes

/// What a device makes targets of, row by row, for a loss of an action's outputs: the agents' own is
/// `Backup`.
public struct Aim: Equatable, Sendable {
  /// Of masses.
  public enum Form: Equatable, Sendable {
    case projected, twoHot
    case normal(deviation: Float)
  }

  /// Munchausen's.
  public struct Soft: Equatable, Sendable {
    package let temperature, share, floor: Float

    public init(temperature: Float, share: Float, floor: Float) {
      (self.temperature, self.share, self.floor) = (temperature, share, floor)
    }
  }

  /// Atoms on which masses lie.
  public struct Atoms: Equatable, Sendable {
    package let low, high, spacing: Double

    public init(low: Double, high: Double, spacing: Double) {
      (self.low, self.high, self.spacing) = (low, high, spacing)
    }
  }

  /// `.action`.
  package let rule: RowLoss.Rule
  package let form: Form
  package let atoms: Atoms?
  /// The learned network chooses the next action.
  package let isDouble: Bool
  package let soft: Soft?

  public init(_ rule: RowLoss.Rule, _ form: Form, _ atoms: Atoms?, isDouble: Bool, soft: Soft?) {
    guard case .action = rule else { preconditionFailure("targets of something else") }
    (self.rule, self.form, self.atoms) = (rule, form, atoms)
    (self.isDouble, self.soft) = (isDouble, soft)
  }
}

/// Outputs that a device makes targets of, and what it gives to the loss: they stay there.
///
/// All but `init` is part of a sequence.
public final class Aiming {
  private let plan: Plan
  private let output: OutputShape
  private let rows: Int
  private let arena: Arena
  private let size, givenSize: Int
  let aim: Aim

  /// - Returns: nil: no device takes such rows at once, or such targets.
  public init?(_ plan: Plan, _ output: OutputShape, _ aim: Aim, rows: Int) {
    guard let device = plan.device, device.takes(aim), rows <= plan.chunk else { return nil }
    (self.plan, self.output, self.aim, self.rows) = (plan, output, aim, rows)
    func line(_ count: Int) -> Int { (count + 63) / 64 * 64 }
    size = line(rows * output.count)
    givenSize = line(rows * aim.rule.given)
    arena = Arena(count: 3 * size + 2 * givenSize, plan.workshop.backend)
  }

  /// Of the target network in the next state, of it in the state before, of the learned one in the next.
  public enum Seen: Int { case next, before, chosen }

  private func outputs(_ seen: Seen) -> MutableFloats { arena.address + seen.rawValue * size }
  public var given: UnsafePointer<Float> { Floats(arena.address + 3 * size) }
  private var fractions: MutableFloats { arena.address + 3 * size + givenSize }

  /// Outputs of rows, which stay.
  public func see(_ seen: Seen, _ weights: Buffer, _ inputs: Inputs, noise: UInt64?) {
    plan.ask(weights, inputs, count: rows, noise, output, copiedTo: outputs(seen))
  }

  /// Fractions of the loss, [rows, numbers], until they are set anew.
  public func set(fractions: UnsafePointer<Float>, _ count: Int) {
    plan.device!.upload(fractions, to: self.fractions, 4 * count)
  }

  /// - Parameter allowed: rows of the next state's actions; nil: all are.
  public func aim(_ draws: Draws, allowed: Rows?) {
    plan.device!.aim(
      aim, rows, next: outputs(.next), before: outputs(.before), chosen: outputs(.chosen), draws,
      allowed: allowed, fractions: fractions, given: MutableFloats(mutating: given))
  }
}

extension Plan {
  /// Part of a sequence.
  fileprivate func ask(
    _ weights: Buffer, _ inputs: Inputs, count: Int, _ noise: UInt64?, _ output: OutputShape,
    copiedTo target: MutableFloats
  ) {
    let workspace = space(for: count)
    prepare(weights, noise)
    forward(Call(self, weights, inputs, noise, workspace, first: 0, count: count))
    workshop.backend.device!.copy(
      workspace.arrays[schedule.outputs[output.place].array], to: target, count * output.count)
  }
}
