import Foundation

/// -log sigmoid(winner - loser): rewards learned from choices between pairs, whose probabilities are
/// proportional to an implicit density (Luce). With rewards `scale * log(pi / pi before)` it is DPO's.
///
/// Sources: Dumoulin et al. 2023, arXiv:2311.14115; Rafailov et al. 2023, arXiv:2305.18290.
/// - Returns: the slope is with respect to the winner's reward; the loser's is its negative.
public func preferenceLoss(winner: Float, loser: Float) -> (loss: Float, slope: Float) {
  let lead = Double(winner) - Double(loser)
  let power = exp(-abs(lead))
  let loss = log1p(power) + max(-lead, 0)
  return (Float(loss), Float(-(lead > 0 ? power : 1) / (1 + power)))
}
