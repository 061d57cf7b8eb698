import Console
import Lanes
import Pixels

/// What all lanes of a batch share: the game, its rules laid out flat, the settings resolved.
final class AtariPlan: @unchecked Sendable {
  let game: Game
  let program: Program
  let reader: GameReader
  /// nil: there is no B, or B loses what A wins.
  let readerB: GameReader?
  let players: Int
  let settings: AtariBatch.Settings
  /// The agent's actions in order.
  let actions: [AtariAction]
  /// The move of each agent action.
  let moves: AlignedBuffer<Move>
  /// Number of the action ALE plays for each of the 18: illegal ones are no-op.
  private let legalNumbers: AlignedBuffer<UInt8>
  /// Port bits of each of the 18 actions.
  let presses: AlignedBuffer<UInt8>
  let starting: [Opening]
  let sticky: Double
  /// Of continuous actions.
  let threshold: Float
  let mode: Int
  let height: Int
  /// Whether fire opens an episode.
  let opensWithFire: Bool
  /// Palette index to grey.
  let grey: AlignedBuffer<UInt8>
  let palette: Palette
  let resizer: AreaResize
  let starts: EpisodeStarts
  /// Off in tests that compare copied beginnings with emulated ones.
  var copiesStarts = true

  static let width = 160
  static let side = 84
  static let stack = 4

  init(game: Game, rom: [UInt8], settings: AtariBatch.Settings) throws {
    players = settings.players ?? game.players.lowerBound
    let rows = players == 2 ? game.secondPlayer.map(game.rows) : nil
    let row = rows?.a ?? game
    try settings.check(for: row)
    self.game = row
    self.settings = settings
    program = try Program(rom: rom, scheme: game.scheme, display: game.display)
    reader = GameReader(row)
    readerB = rows?.b.map(GameReader.init)
    actions = settings.fullActions || settings.continuous ? game.legal : game.actions
    legalNumbers = AlignedBuffer(count: 18)
    for action in AtariAction.allCases {
      legalNumbers[Int(action.rawValue)] = game.legal.contains(action) ? action.rawValue : 0
    }
    moves = AlignedBuffer(count: actions.count)
    for (index, action) in actions.enumerated() {
      moves[index] = Move(action: legalNumbers[Int(action.rawValue)])
    }
    presses = AlignedBuffer(count: 18)
    for action in AtariAction.allCases { presses[Int(action.rawValue)] = action.presses.rawValue }
    starting = game.starting
    sticky = settings.keptProbability
    threshold = Float(settings.continuousThreshold)
    mode = settings.mode ?? row.modes.initial
    height = game.display.height
    opensWithFire = settings.fireReset && actions.contains(.fire)
    grey = AlignedBuffer(count: 256)
    palette = game.display.format == .pal ? .pal : .ntsc
    for index in 0..<256 { grey[index] = palette.grey[index] }
    resizer = AreaResize(
      from: (width: Self.width, height: height), to: (width: Self.side, height: Self.side))
    starts = EpisodeStarts()
  }

  var initialB: GameState { readerB?.initial ?? GameState() }
  var pictureBytes: Int { height * Self.width }
  /// One 84x84 picture.
  var smallBytes: Int { Self.side * Self.side }
  /// A stack of them; none for the raw preset.
  var stackBytes: Int { isRaw ? 0 : Self.stack * smallBytes }
  var isRaw: Bool { settings.preset == .raw }

  /// What ALE plays for an action.
  func move(_ action: AtariAction, strength: Float = 1) -> Move {
    Move(action: legalNumbers.pointer[Int(action.rawValue)], strength: strength)
  }
}

/// A worker's own memory while it handles one block.
final class AtariScratch: @unchecked Sendable {
  let resize: AreaResize.Scratch
  let console: ConsoleWorkspace
  let nursery: EpisodeNursery

  init(_ plan: AtariPlan) {
    resize = plan.resizer.makeScratch()
    console = ConsoleWorkspace(display: plan.game.display)
    nursery = EpisodeNursery(plan, console)
  }
}
