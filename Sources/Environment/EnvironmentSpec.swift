/// What an agent needs to know of an environment before the first step.
public struct EnvironmentSpec: Equatable, Sendable {
  /// Gymnasium-style id, for example `ALE/Pong-v5`.
  public var id: String
  public var observation: ObservationSpace
  public var actions: ActionSpace
  /// Names of the discrete actions, in order; empty when they have none.
  public var actionNames: [String]
  /// Emulated frames one agent step stands for; 1 where there is no frame skip.
  public var framesPerStep: Int
  /// Players of one lane. Actions and rewards have a row of lanes for each: [players, lanes].
  public var players: Int

  public init(
    id: String, observation: ObservationSpace, actions: ActionSpace,
    actionNames: [String] = [], framesPerStep: Int = 1, players: Int = 1
  ) {
    self.id = id
    self.observation = observation
    self.actions = actions
    self.actionNames = actionNames
    self.framesPerStep = framesPerStep
    self.players = players
  }
}

/// Shape and element type of one lane's observation.
public struct ObservationSpace: Equatable, Sendable {
  public enum Element: String, Sendable { case uint8, float32 }
  /// Without the lane axis, row-major: `[4, 84, 84]` is four stacked grey pictures, oldest first.
  public var shape: [Int]
  public var element: Element

  public init(shape: [Int], element: Element) {
    self.shape = shape
    self.element = element
  }

  public var elementCount: Int { shape.reduce(1, *) }
  public var byteCount: Int { elementCount * (element == .uint8 ? 1 : 4) }
}

public enum ActionSpace: Equatable, Sendable {
  /// Actions 0..<n, as `Int32`.
  case discrete(Int)
  /// `count` floats between `low` and `high`.
  case box(low: [Float], high: [Float])
}

/// What happens in a lane whose episode has ended. Names and meanings are Gymnasium's.
public enum AutoresetMode: String, Sendable, CaseIterable {
  /// The next step ignores its action and returns the first observation of a new episode.
  case nextStep = "next-step"
  /// The same step returns the new episode's first observation; the last one of the old episode
  /// stands in `StepBuffers.finalObservations`.
  case sameStep = "same-step"
  /// The caller resets. Until then a step leaves the lane as it is: no reward, flags and last
  /// observation stay.
  case disabled
}
