/// What can be known of a batch before its first step.
public struct EnvironmentSpec: Equatable, Sendable, Codable {
  /// Gymnasium-style id, for example `ALE/Pong-v5`.
  public var id: String
  public var observation: [Field]
  public var action: ActionSpace
  /// Names of the discrete actions, in order; empty when they have none.
  public var actionNames: [String]
  /// Facts beside the observation: lives, memory, sound, success.
  public var info: [Field]
  /// Players of one lane. Actions and rewards have a row of lanes for each: [players, lanes].
  public var players: Int
  /// Emulated frames one step stands for; 1 where there is no frame skip.
  public var framesPerStep: Int
  /// Steps after which an episode is cut off; nil: never, or counted in another way.
  public var stepLimit: Int?
  public var autoreset: AutoresetMode
  /// Names of the tasks that share the batch; most batches have one.
  public var tasks: [String]

  public init(
    id: String, observation: [Field], action: ActionSpace, actionNames: [String] = [],
    info: [Field] = [], players: Int = 1, framesPerStep: Int = 1, stepLimit: Int? = nil,
    autoreset: AutoresetMode = .sameStep, tasks: [String]? = nil
  ) {
    self.id = id
    self.observation = observation
    self.action = action
    self.actionNames = actionNames
    self.info = info
    self.players = players
    self.framesPerStep = framesPerStep
    self.stepLimit = stepLimit
    self.autoreset = autoreset
    self.tasks = tasks ?? [id]
  }

  /// The field of that name, and its place.
  public func observation(_ name: String) -> (index: Int, field: Field)? {
    observation.firstIndex { $0.name == name }.map { ($0, observation[$0]) }
  }

  public func info(_ name: String) -> Int? { info.firstIndex { $0.name == name } }
}

/// What happens in a lane whose episode has ended. Names and meanings are Gymnasium's.
public enum AutoresetMode: String, Sendable, Codable, CaseIterable {
  /// The next step ignores its action and returns the first observation of a new episode.
  case nextStep = "next-step"
  /// The same step returns the new episode's first observation; the last one of the old episode
  /// stands in `StepBuffers.finalObservations`.
  case sameStep = "same-step"
  /// The caller resets. Until then a step leaves the lane as it is: no reward, flags and last
  /// observation stay.
  case disabled
}
