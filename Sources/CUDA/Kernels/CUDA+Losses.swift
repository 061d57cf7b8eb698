import CCUDA
import Nets

extension CUDA {
  public func lose(
    _ rule: RowLoss.Rule, _ rows: Int, _ outputs: Floats, given: Floats, slopes: MutableFloats,
    figures: MutableFloats
  ) {
    switch rule {
    case .policy(let choices, let clip, let clipsValue, let value, let entropy):
      let loss = KernelPolicyLoss(
        choices: Int32(choices), clipsValue: clipsValue ? 1 : 0, clip: clip, value: value,
        entropy: entropy)
      launch(.policyLoss, rows, outputs, given, slopes, figures, Int32(rows), loss)
    case .action(let values, let actions, let numbers, let isTurned):
      var loss = KernelActionLoss(
        kind: 0, actions: Int32(actions), numbers: Int32(numbers), isTurned: isTurned ? 1 : 0,
        threshold: 0, low: 0, spacing: 0)
      switch values {
      case .number(let threshold): loss.threshold = threshold ?? -1
      case .masses(let low, let spacing): (loss.kind, loss.low, loss.spacing) = (1, low, spacing)
      case .quantiles: loss.kind = 2
      }
      launch(
        .actionLoss, grid: (rows, 1, 1), block: 128, outputs, given, slopes, figures, loss)
    }
  }
}
