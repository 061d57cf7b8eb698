import Environment
import Nets

/// Rewards in running deviations of the discounted return.
///
/// Source: Engstrom et al. 2020, arXiv:2005.12729, section 3; Gym's `NormalizeReward`.
struct RewardScale {
  private let discount: Double
  /// By lane: discounted sum of the episode's rewards so far.
  private var returns: [Double]
  private var moments = RunningMoments(1)

  init(lanes: Int, discount: Double) {
    self.discount = discount
    returns = [Double](repeating: 0, count: lanes)
  }

  /// Takes in a step.
  /// - Parameter isSkipped: by lane.
  mutating func add(_ buffers: StepBuffers, skipping isSkipped: [Bool]) {
    let rewards = buffers.rewards.of(Double.self)
    let (terminated, truncated) = (
      buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self)
    )
    let lanes = returns.indices.filter { !isSkipped[$0] }
    for lane in lanes { returns[lane] = returns[lane] * discount + rewards[lane] }
    moments.add(rows: lanes.count) { row, _ in returns[lanes[row]] }
    for lane in lanes where terminated[lane] | truncated[lane] != 0 { returns[lane] = 0 }
  }

  func scaled(_ reward: Double) -> Float { moments.scaled(reward) }

  func save(into file: inout SafeTensors) {
    moments.save("moments.rewards", into: &file)
    returns.withUnsafeBufferPointer { file.set("moments.returns", $0, type: "F64") }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(from file: SafeTensors) throws {
    try moments.restore("moments.rewards", from: file)
    try returns.withUnsafeMutableBufferPointer {
      try file.copy("moments.returns", to: $0, type: "F64")
    }
    guard returns.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch("moments.returns") }
  }
}
