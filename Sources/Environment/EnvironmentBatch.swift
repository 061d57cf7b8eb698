import Pixels

/// Many copies of one environment that step together; a position in the batch is a lane.
///
/// A lane's future depends only on its seed and its actions: the same bits come out for any batch
/// size, lane order and thread count.
public protocol EnvironmentBatch<Action>: AnyObject {
  /// `Int32` for discrete actions.
  associatedtype Action: BitwiseCopyable & Sendable

  var spec: EnvironmentSpec { get }
  /// Lanes.
  var count: Int { get }

  /// Starts a new episode in every lane and writes its first observation; flags and rewards
  /// become zero.
  /// - Parameter seeds: [count] restarts every generator; nil goes on with those that run.
  func reset(seeds: [UInt64]?, into buffers: StepBuffers) throws

  /// Advances every lane by one agent step under `actions` [count]; with two players
  /// [2, count], all of the first player's before all of the second's.
  ///
  /// Allocates nothing once warm.
  /// - Throws: `EnvironmentError.action` for an action out of range; then no lane has moved.
  func step(_ actions: UnsafeBufferPointer<Action>, into buffers: StepBuffers) throws

  /// The lane's picture as a person sees it, in RGB.
  func render(lane: Int) -> Picture

  /// Everything the future of the whole batch depends on, observation stacks included, as bytes
  /// that `restore` takes back. For checkpoints.
  func save() throws -> [UInt8]

  /// - Throws: `EnvironmentError.state` when `saved` does not come from an equal batch; the batch
  ///   then stays as it was.
  func restore(_ saved: [UInt8]) throws
}

public enum EnvironmentError: Error, Equatable, CustomStringConvertible {
  case action(lane: Int, value: String, allowed: String)
  case batch(Int)
  case state(String)
  case settings(String)

  public var description: String {
    switch self {
    case .action(let lane, let value, let allowed):
      "action \(value) in lane \(lane) is out of range (\(allowed))"
    case .batch(let count): "a batch needs at least 1 lane, not \(count)"
    case .state(let reason): "saved environment state refused: \(reason)"
    case .settings(let reason): reason
    }
  }
}
