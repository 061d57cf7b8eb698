import Environment
import Lanes
import Nets

/// What the trainer and the evaluator ask of an agent. One algorithm a file conforms.
public protocol Agent: AnyObject {
  /// Name on the command line.
  static var name: String { get }
  /// Settings as text, for the run's record.
  var settingsText: [String: String] { get }

  /// Chooses an action for every lane from observations [lanes, shape] and remembers the step.
  func act(_ observations: UnsafePointer<UInt8>, into actions: UnsafeMutablePointer<Int32>)
  /// Takes in what the environment answered.
  func observe(_ buffers: StepBuffers)
  /// Whether `learn` is due.
  var isReady: Bool { get }
  /// - Parameter progress: share of the run that is over, 0...1.
  func learn(progress: Double) -> Report

  /// Chooses actions without remembering, for evaluation.
  func choose(
    _ observations: UnsafePointer<UInt8>, count: Int, into actions: UnsafeMutablePointer<Int32>,
    greedy: Bool, using generator: inout SplitMix64)

  /// Everything the agent's future depends on, between two updates.
  func save(into file: inout SafeTensors)
  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws
}

/// Named figures of one update, in the order in which they are shown.
public struct Report: Sendable {
  public private(set) var figures: [(name: String, value: Double)] = []

  public init() {}

  public mutating func set(_ name: String, _ value: Double) { figures.append((name, value)) }

  public subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }
}

public enum AgentError: Error, Equatable, CustomStringConvertible {
  case setting(String, String)
  case environment(String)

  public var description: String {
    switch self {
    case .setting(let key, let reason): "setting \(key): \(reason)"
    case .environment(let reason): reason
    }
  }
}
