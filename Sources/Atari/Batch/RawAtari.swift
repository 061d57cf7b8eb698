import Console
import Environment
import Lanes

/// One console as `ale_py.ALEInterface` shows it: load, act, reset, look. For traces.
///
/// A batch of one lane; nothing here is a second implementation.
public final class RawAtari {
  public let game: Game
  public let height: Int
  public static let width = AtariPlan.width
  private let block: AtariBlock

  /// Loads the ROM, as `loadROM` does, game reset included. A mode or difficulty other than the
  /// default takes hold at the next `reset`.
  /// - Throws: `ROMError`, `CartridgeError`, `EnvironmentError`.
  public init(
    _ game: Game, seed: UInt64, sticky: Double = 0.25, mode: Int? = nil, difficulty: Int? = nil,
    players: Int? = nil, sound: Bool = false, store: ROMStore = .standard
  ) throws {
    var settings = AtariBatch.Settings(preset: .raw)
    settings.stickyProbability = sticky
    settings.mode = mode
    settings.difficulty = difficulty
    settings.players = players
    settings.sound = sound ? .everyFrame : .off
    settings.frameLimit = 0
    settings.fullActions = true
    let plan = try AtariPlan(game: game, rom: store.load(game), settings: settings)
    self.game = game
    height = plan.height
    block = AtariBlock(plan: plan, count: 1)
    block.load(0, seed: seed, thenReset: false)
    block.bringUp(1)
  }

  /// `reset_game`.
  public func reset() {
    block.beginEpisode(0)
    block.bringUp(1)
  }

  /// One frame. After the end of a game nothing is emulated.
  /// - Parameters:
  ///   - action: ALE's number, 0...17.
  ///   - strength: share of a full turn by which a paddle turns, without its sign; sticks with
  ///     the action.
  ///   - actionOfB: the second player's, with its strength; no-op when there is none.
  /// - Throws: `EnvironmentError.action`.
  @discardableResult
  public func act(
    _ action: Int, strength: Float = 1, actionOfB: Int = 0, strengthOfB: Float = 1
  ) throws -> (reward: Int, lives: Int, over: Bool) {
    let moves = Moves(a: try move(action, strength), b: try move(actionOfB, strengthOfB))
    block.actAlone(moves)
    return (Int(block.lanes[0].reward), lives, isOver)
  }

  private func move(_ number: Int, _ strength: Float) throws -> Move {
    guard let action = UInt8(exactly: number).flatMap(AtariAction.init(rawValue:)) else {
      throw EnvironmentError.action(lane: 0, value: String(number), allowed: "0...17")
    }
    guard abs(strength) <= Move.strongest else {
      throw EnvironmentError.action(
        lane: 0, value: "of strength \(strength)", allowed: "\(-Move.strongest)...\(Move.strongest)"
      )
    }
    return block.plan.move(action, strength: strength)
  }

  /// One frame under a continuous action.
  /// - Parameter threshold: what a direction or the button must exceed to count.
  /// - Throws: `EnvironmentError.action`.
  @discardableResult
  public func act(
    _ action: ContinuousAction, threshold: Double = 0.5
  ) throws -> (reward: Int, lives: Int, over: Bool) {
    try action.check(lane: 0)
    let number = Int(action.action(threshold: Float(threshold)).rawValue)
    return try act(number, strength: action.radius)
  }

  /// The second player's reward of the frame.
  public var rewardOfB: Int { Int(block.lanes[0].rewardB) }
  public var lives: Int { Int(block.lives(0)) }
  public var isOver: Bool { block.lanes[0].game.over }
  /// Frames acted since the ROM was loaded, and since the game was reset.
  public var frameNumbers: (total: Int, episode: Int) {
    (Int(block.lanes[0].frame), Int(block.lanes[0].episodeFrame))
  }

  /// RIOT memory, 128 bytes from address $80.
  public var memory: [UInt8] { (0..<128).map { block.console.ram[$0 * ConsoleBlock.lanes] } }

  /// 512 samples, as `AtariBatch.sounds` has them. Empty unless asked for.
  public var sound: [UInt8] { Array(block.sound.samples.span) }

  /// Palette indices, [height, 160].
  public var picture: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: height * Self.width) { pixels, count in
      block.console.picture(lane: 0, into: pixels.baseAddress!)
      count = height * Self.width
    }
  }
}

extension AtariBlock {
  /// One frame of lane 0.
  func actAlone(_ moves: Moves) {
    defer { endAct(0) }
    stick(0, moves)
    (lanes[0].reward, lanes[0].rewardB) = (0, 0)
    if lanes[0].game.over { return }
    setInputs(0, lanes[0].held)
    console.runFrame(1)
    countFrame(0)
    (lanes[0].reward, lanes[0].rewardB) = (lanes[0].game.reward, lanes[0].gameB.reward)
  }
}
