/// How often a transition is drawn. Source: Schaul et al. 2016, arXiv:1511.05952.
///
/// Defaults are Dopamine's: the square root of the loss, corrected by its own square root.
public struct Priorities: Equatable, Sendable {
  /// A transition is drawn with probability proportional to (priority + slack)^exponent.
  public var exponent = 0.5
  public var slack = 1e-10
  /// Share of the draws that are uniform.
  public var uniformShare = 0.0

  public init(exponent: Double = 0.5, slack: Double = 1e-10, uniformShare: Double = 0) {
    self.exponent = exponent
    self.slack = slack
    self.uniformShare = uniformShare
  }
}
