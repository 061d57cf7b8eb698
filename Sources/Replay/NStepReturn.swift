/// The sum of discounted rewards of some steps in a row, and the weight of what comes after them.
///
/// Source: Sutton 1988; as Mnih et al. 2016, arXiv:1602.01783, use it.
public struct NStepReturn: Equatable, Sendable {
  public private(set) var sum = 0.0
  /// Of the value of the observation after the last step: 0 once an episode has ended by itself.
  public private(set) var discount = 1.0
  public private(set) var steps = 0
  /// Nothing follows, or the episode was cut off.
  public private(set) var isOver = false

  public init() {}

  /// - Parameter truncated: where both are set, the episode has ended by itself.
  public mutating func add(
    _ reward: Double, terminated: Bool, truncated: Bool, discount perStep: Double
  ) {
    precondition(!isOver, "a step after the last")
    sum += discount * reward
    discount = terminated ? 0 : discount * perStep
    steps += 1
    isOver = terminated || truncated
  }
}
