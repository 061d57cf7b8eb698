/// How a person sees an environment and plays it.
public struct Viewing: Equatable, Sendable {
  /// Emulated frames a second at the speed it is meant for; a step lasts `framesPerStep` of them.
  public var framesPerSecond: Double
  /// Of a pixel of the picture that `render` makes: its width over its height on the screen.
  public var pixelAspect: Double
  /// Nothing moves before the player does.
  public var isTurnBased: Bool
  /// Steps of one action that turn a paddle from end to end; nil: there is none.
  public var paddleSteps: Double?

  public init(
    framesPerSecond: Double = 30, pixelAspect: Double = 1, isTurnBased: Bool = false,
    paddleSteps: Double? = nil
  ) {
    self.framesPerSecond = framesPerSecond
    self.pixelAspect = pixelAspect
    self.isTurnBased = isTurnBased
    self.paddleSteps = paddleSteps
  }

  /// Steps a second at the speed that the environment is meant for.
  public func stepsPerSecond(_ spec: EnvironmentSpec) -> Double {
    framesPerSecond / Double(max(spec.framesPerStep, 1))
  }
}

/// A batch whose lanes have a console's switches.
public protocol SwitchedBatch: EnvironmentBatch {
  /// The game's variation.
  func mode(lane: Int) -> Int
  /// Bit 0: left switch at A, bit 1: right one.
  func difficulty(lane: Int) -> Int
  /// A mode takes hold at the lane's next reset, a difficulty at its next frame.
  /// - Throws: `EnvironmentError`, `SettingError` for what the game does not have.
  func set(mode: Int?, difficulty: Int?, lane: Int) throws
}
