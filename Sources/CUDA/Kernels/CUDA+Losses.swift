import CCUDA
import Nets

extension CUDA {
  public func takes(_ rule: RowLoss.Rule) -> Bool {
    switch rule {
    case .policy(.choices(let counts), _, _, _, _): counts.count <= mostChoices
    case .action(_, let actions, _, _, let conservatism):
      conservatism == 0 || actions <= mostActions
    default: true
    }
  }

  public func lose(
    _ rule: RowLoss.Rule, _ rows: Int, _ outputs: [Floats], given: Floats,
    slopes: [MutableFloats], figures: MutableFloats
  ) {
    let count = Int32(rows)
    switch rule {
    case .policy:
      launch(.policyLoss, rows, outputs[0], given, slopes[0], figures, count, rule.policyLoss)
    case .action:
      launch(
        .actionLoss, grid: (rows, 1, 1), block: 128, outputs[0], given, slopes[0], figures,
        rule.actionLoss)
    case .twins(let width):
      launch(
        .twinLoss, rows, outputs[0], outputs[1], given, slopes[0], slopes[1], figures, count,
        Int32(width))
    case .lesser:
      launch(.lessLoss, rows, outputs[0], outputs[1], slopes[0], slopes[1], count)
    case .squashed(let width, let isCut):
      launch(
        .squashedLoss, rows, outputs[0], given, slopes[0], count, Int32(width),
        (isCut ? 1 : 0) as Int32)
    case .soft(let actions):
      launch(.softLoss, rows, outputs[0], given, slopes[0], figures, count, Int32(actions))
    case .slopes(let width): copy(given, to: slopes[0], rows * width)
    }
  }
}

extension RowLoss.Rule {
  fileprivate var policyLoss: KernelPolicyLoss {
    guard case .policy(let policy, let clip, let clipsValue, let value, let entropy) = self else {
      preconditionFailure("another loss")
    }
    var loss = KernelPolicyLoss()
    (loss.clip, loss.value, loss.entropy) = (clip, value, entropy)
    (loss.clipsValue, loss.width) = (clipsValue ? 1 : 0, Int32(policy.width))
    switch policy {
    case .choices(let counts):
      loss.outputs = Int32(counts.reduce(0, +))
      fill(&loss.counts, counts.map(Int32.init))
    case .normal(let width): (loss.isGaussian, loss.outputs) = (1, Int32(2 * width))
    }
    return loss
  }

  var actionLoss: KernelActionLoss {
    guard case .action(let values, let actions, let numbers, let isTurned, let conservatism) = self
    else { preconditionFailure("another loss") }
    var loss = KernelActionLoss(
      kind: 0, actions: Int32(actions), numbers: Int32(numbers), isTurned: isTurned ? 1 : 0,
      threshold: 0, low: 0, spacing: 0, conservatism: conservatism)
    switch values {
    case .number(let threshold): loss.threshold = threshold ?? -1
    case .masses(let low, let spacing): (loss.kind, loss.low, loss.spacing) = (1, low, spacing)
    case .quantiles: loss.kind = 2
    }
    return loss
  }
}
