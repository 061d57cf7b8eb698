import Console
import Environment
import Lanes
import Pixels
import Records

/// One console as `ale_py.ALEInterface` shows it: load, act, reset, look.
///
/// A batch of one lane; nothing here is a second implementation.
public final class RawAtari {
  public let game: Game
  public let height: Int
  public static let width = AtariPlan.width
  let block: AtariBlock
  private(set) lazy var scratch = AtariScratch(block.plan)

  /// Loads the ROM, as `loadROM` does, game reset included. A mode or difficulty other than the
  /// default takes hold at the next `reset`.
  /// - Throws: `ROMError`, `CartridgeError`, `EnvironmentError`.
  public convenience init(
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
    try self.init(game, rom: store.load(game), seed: seed, settings)
  }

  /// Loads the ROM's bytes.
  /// - Parameter settings: of preset `raw`; what an agent is shown does not count.
  /// - Throws: `CartridgeError`, `SettingError`.
  public init(
    _ game: Game, rom: [UInt8], seed: UInt64, _ settings: AtariBatch.Settings
  ) throws {
    var settings = settings
    settings.fullActions = true
    guard settings.preset == .raw else { throw SettingError("a console has preset raw only") }
    let plan = try AtariPlan(game: game, rom: rom, settings: settings)
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

  /// One act: a frame, or as many as the settings' frame skip. After the end of a game nothing is
  /// emulated.
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
    return (block.clampedReward(block.lanes[0].reward), lives, isOver)
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

  /// The second player's reward of the act.
  public var rewardOfB: Int { block.clampedReward(block.lanes[0].rewardB) }
  public var lives: Int { Int(block.lives(0)) }
  public var isOver: Bool { block.lanes[0].game.over }
  /// The episode has as many frames as it may, or has lost the life that it may not.
  public var isTruncated: Bool { block.isAtLimit(0) }
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

extension RawAtari {
  /// ALE's grey of the picture, [height, 160].
  public var greyPicture: [UInt8] {
    let table = block.plan.palette.grey
    return picture.map { table[Int($0)] }
  }

  /// Red, green and blue of the picture, [height, 160, 3].
  public var colourPicture: [UInt8] {
    let (colours, table) = (picture, block.plan.palette.rgb)
    return [UInt8](unsafeUninitializedCapacity: 3 * colours.count) { bytes, count in
      count = 3 * colours.count
      for (index, colour) in colours.enumerated() {
        for channel in 0..<3 { bytes[3 * index + channel] = table[3 * Int(colour) + channel] }
      }
    }
  }
}

extension AtariBlock {
  /// One act of lane 0.
  func actAlone(_ moves: Moves) {
    (lanes[0].reward, lanes[0].rewardB) = (0, 0)
    for _ in 0..<plan.settings.frameSkip {
      stick(0, moves)
      if lanes[0].game.over || isStopped(0) { continue }
      setInputs(0, lanes[0].held)
      console.runFrame(1)
      countFrame(0)
      lanes[0].reward &+= lanes[0].game.reward
      lanes[0].rewardB &+= lanes[0].gameB.reward
    }
    endAct(0)
  }

  func clampedReward(_ reward: Int32) -> Int {
    Int(min(max(reward, plan.settings.rewardMinimum), plan.settings.rewardMaximum))
  }
}
