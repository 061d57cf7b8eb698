import Environment
import Lanes
import Nets
import Records
import Replay

/// What the trainer and the evaluator ask of an agent. One algorithm a file conforms.
public protocol Agent: AnyObject {
  /// Chooses an action for every lane, writes it to `buffers.actions` and remembers the step. May aim
  /// the buffers at memory of its own, so that the next observations are written where they are kept.
  func act(_ buffers: StepBuffers) throws
  /// Takes in what the environment answered. Under autoreset `disabled` the caller resets lanes that
  /// have ended after this.
  func observe(_ buffers: StepBuffers)
  /// The update that is due; nil: none is.
  /// - Parameter progress: share of the run that is over, 0...1.
  /// - Throws: `AgentError.diverged`; the agent is then of no more use.
  func learn(progress: Double) throws -> Report?
  /// Learning goes on beside other things: who asks for its state waits for it.
  var learnsBeside: Bool { get }
  /// Seconds of learning that went on beside other things, since this was last asked.
  func takeSecondsBeside() -> Double
  /// Steps of all lanes from one update to the next.
  var stepsPerUpdate: Int { get }

  /// Writes actions without remembering, for evaluation; for any number of lanes.
  func choose(_ buffers: StepBuffers, greedy: Bool, using generator: inout SplitMix64)
  /// Floats that the policy carries from step to step in each lane; 0: none.
  var memoryWidth: Int { get }
  /// As above, by a policy that remembers; as many lanes in both.
  func choose(
    _ buffers: StepBuffers, _ memory: PolicyMemory, greedy: Bool,
    using generator: inout SplitMix64)

  /// Before anything else in a run: a folder for what is too large for a checkpoint.
  /// - Throws: `ReplayError` where there is no room.
  func keep(in folder: String) throws
  /// What the last checkpoint needs is about to be written over: save before the next step.
  var mustSave: Bool { get }
  /// What it keeps to learn from again; nil: nothing.
  var replay: Replay? { get }
  /// Whether it can be saved now.
  var isBetweenUpdates: Bool { get }
  /// Everything the agent's future depends on, between two updates.
  /// - Throws: `ReplayError` where what lies in the folder cannot be saved.
  func save(into file: inout SafeTensors) throws
  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws
  /// Weights alone, for evaluation, and for a new run from an old one's.
  func saveWeights(into file: inout SafeTensors)
  func restoreWeights(from file: SafeTensors) throws
}

/// An agent that can act for some lanes while others are simulated.
public protocol GroupedAgent: Agent {
  /// Why it acts for all lanes at once all the same; nil: it need not.
  var groupsRefusal: String? { get }
  /// As `act` and `observe`, for the lanes from `first` on that the buffers have; every lane as often as
  /// every other before it learns.
  func act(_ buffers: StepBuffers, from first: Int) throws
  func observe(_ buffers: StepBuffers, from first: Int)
}

extension Agent {
  public var memoryWidth: Int { 0 }

  public func choose(
    _ buffers: StepBuffers, _ memory: PolicyMemory, greedy: Bool,
    using generator: inout SplitMix64
  ) {
    choose(buffers, greedy: greedy, using: &generator)
  }

  public var learnsBeside: Bool { false }
  public func takeSecondsBeside() -> Double { 0 }
  public func keep(in folder: String) {}
  public var mustSave: Bool { false }
  public var replay: Replay? { nil }
  public var isBetweenUpdates: Bool { true }
}

/// An algorithm by its name on the command line.
public struct AgentRow: Sendable {
  public let name: String
  /// Author, year, number.
  public let paper: String
  public let settings: [SettingDescription]
  /// Why it cannot learn there, and what to change; nil: it suits.
  public let refuses: @Sendable (EnvironmentSpec) -> String?
  /// Every setting's value for such an environment where the user says nothing.
  public let defaults: @Sendable (EnvironmentSpec) -> [String: SettingValue]
  /// - Throws: `AgentError`, `SettingError`.
  public let make:
    @Sendable (
      _ spec: EnvironmentSpec, _ lanes: Int, _ settings: [String: SettingValue], _ seed: UInt64,
      _ workshop: Workshop
    ) throws -> any Agent

  /// The settings that exist beside the given ones, with the values in force, where one setting decides
  /// about others; nil: none does.
  /// - Throws: `AgentError`, `SettingError` for what is wrong with the given ones.
  public var described:
    (
      @Sendable (_ spec: EnvironmentSpec, _ given: [String: SettingValue]) throws ->
        [SettingDescription]
    )?

  /// Every setting that exists beside the given ones, with the value in force.
  public func settings(
    for spec: EnvironmentSpec, given: [String: SettingValue]
  ) throws -> [SettingDescription] {
    if let described { return try described(spec, given) }
    let (defaults, typed) = (defaults(spec), settings.typed(given))
    return settings.map {
      SettingDescription(
        name: $0.name, kind: $0.kind, help: $0.help,
        value: typed[$0.name] ?? defaults[$0.name] ?? $0.value)
    }
  }

  /// Every agent.
  public static let all: [AgentRow] = [PPO.row] + DQN.rows + [SAC.row, TD3.row]
}

/// Named figures of one update, in the order in which they are shown.
public struct Report: Sendable {
  public private(set) var figures: [(name: String, value: Double)] = []
  /// The few that a line of progress has room for, with short labels.
  public var headline: [(label: String, name: String)] = []

  public init() {}

  public mutating func set(_ name: String, _ value: Double) { figures.append((name, value)) }

  public subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }
}

public enum AgentError: Error, Equatable, CustomStringConvertible {
  case setting(String, String)
  case environment(String)
  case preset(String, near: [String])
  /// A weight or an output is no number any more.
  case diverged(layer: String)

  public var description: String {
    switch self {
    case .setting(let key, let reason): "setting \(key): \(reason)"
    case .environment(let reason): reason
    case .preset(let name, let near):
      "there are no settings called '\(name)'; did you mean \(near.quotedList)?"
    case .diverged(let layer):
      "training has diverged: \(layer) holds values that are not finite; try a smaller learning rate"
    }
  }
}
