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
  private let numbers: [UInt8]

  /// Loads the ROM, as `loadROM` does, game reset included. A mode or difficulty other than the
  /// default takes hold at the next `reset`.
  /// - Throws: `ROMError`, `CartridgeError`, `EnvironmentError`.
  public init(
    _ game: Game, seed: UInt64, sticky: Double = 0.25, mode: Int? = nil, difficulty: Int? = nil,
    sound: Bool = false, store: ROMStore = .standard
  ) throws {
    var settings = AtariBatch.Settings(preset: .raw)
    settings.stickyProbability = sticky
    settings.mode = mode
    settings.difficulty = difficulty
    settings.sound = sound ? .everyFrame : .off
    settings.frameLimit = 0
    settings.fullActions = true
    let plan = try AtariPlan(game: game, rom: store.load(game), settings: settings)
    self.game = game
    height = plan.height
    block = AtariBlock(plan: plan, count: 1)
    numbers = AtariAction.allCases.map { plan.legalNumber($0) }
    block.load(0, seed: seed, thenReset: false)
    block.bringUp(1)
  }

  /// `reset_game`.
  public func reset() {
    block.beginEpisode(0)
    block.bringUp(1)
  }

  /// One frame. After the end of a game nothing is emulated.
  /// - Parameter action: ALE's number, 0...17.
  /// - Throws: `EnvironmentError.action`.
  @discardableResult
  public func act(_ action: Int) throws -> (reward: Int, lives: Int, over: Bool) {
    guard (0..<numbers.count).contains(action) else {
      throw EnvironmentError.action(lane: 0, value: String(action), allowed: "0...17")
    }
    return (Int(block.actAlone(numbers[action])), lives, isOver)
  }

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
  /// One frame of lane 0 under ALE's action number; the frame's reward.
  func actAlone(_ number: UInt8) -> Int32 {
    defer { playSound(0) }
    stick(0, number)
    if lanes[0].game.over { return 0 }
    setInputs(0, action: lanes[0].held)
    console.runFrame(1)
    countFrame(0)
    return lanes[0].game.reward
  }
}
