import Environment
import Nets

/// Rewards in running deviations of the discounted return.
///
/// Source: Engstrom et al. 2020, arXiv:2005.12729, section 3; Gym's `NormalizeReward`.
struct RewardScale {
  private let discount: Double
  /// By lane: discounted sum of the episode's rewards so far.
  private var returns: [Double]
  /// By task: each pays in its own measure.
  private var moments: [RunningMoments]
  /// Place of the observation that names the task; nil: there is one.
  private let field: Int?
  /// By lane.
  private var tasks: [Int]

  init(_ spec: EnvironmentSpec, lanes: Int, discount: Double) {
    self.discount = discount
    let field = spec.observation("task")
    self.field = field?.index
    moments = [RunningMoments](
      repeating: RunningMoments(1), count: field == nil ? 1 : spec.tasks.count)
    tasks = [Int](repeating: 0, count: lanes)
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
    if let field {
      let column = buffers.observations[field].of(Int32.self)
      for lane in tasks.indices { tasks[lane] = min(max(Int(column[lane]), 0), moments.count - 1) }
    }
    for task in moments.indices {
      let lanes = lanes.filter { tasks[$0] == task }
      moments[task].add(rows: lanes.count) { row, _ in returns[lanes[row]] }
    }
    for lane in lanes where terminated[lane] | truncated[lane] != 0 { returns[lane] = 0 }
  }

  func scaled(_ reward: Double, lane: Int) -> Float { moments[tasks[lane]].scaled(reward) }

  private func name(_ task: Int) -> String { "moments.rewards" + (task == 0 ? "" : ".\(task)") }

  func save(into file: inout SafeTensors) {
    for task in moments.indices { moments[task].save(name(task), into: &file) }
    returns.withUnsafeBufferPointer { file.set("moments.returns", $0, type: "F64") }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(from file: SafeTensors) throws {
    for task in moments.indices { try moments[task].restore(name(task), from: file) }
    try returns.withUnsafeMutableBufferPointer {
      try file.copy("moments.returns", to: $0, type: "F64")
    }
    guard returns.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch("moments.returns") }
  }
}
