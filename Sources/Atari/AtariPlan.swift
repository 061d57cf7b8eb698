import Console
import Lanes
import Pixels

/// What all lanes of a batch share: the game, its rules laid out flat, the settings resolved.
final class AtariPlan: @unchecked Sendable {
  let game: Game
  let program: Program
  let reader: GameReader
  let settings: AtariBatch.Settings
  /// The agent's actions in order.
  let actions: [AtariAction]
  /// Number of each agent action, illegal ones already no-op.
  let numbers: AlignedBuffer<UInt8>
  /// Port bits of each of the 18 actions.
  let presses: AlignedBuffer<UInt8>
  let starting: [Opening]
  let sticky: Double
  let mode: Int
  let height: Int
  /// Whether fire opens an episode.
  let opensWithFire: Bool
  /// What the preset's original does in its own way.
  let manner: Manner
  /// Colour code to grey, or to red, green and blue: [channels][256].
  let tables: AlignedBuffer<UInt8>
  let channels: Int
  let palette: Palette
  let resizer: AreaResize
  let starts: EpisodeStarts
  /// Off in tests that compare copied beginnings with emulated ones.
  var copiesStarts = true

  /// Pictures in an observation.
  let stack: Int

  static let width = 160

  init(game: Game, rom: [UInt8], settings: AtariBatch.Settings) throws {
    try settings.check(for: game)
    self.game = game
    self.settings = settings
    program = try Program(rom: rom, scheme: game.scheme, display: game.display)
    reader = GameReader(game)
    actions = settings.fullActions ? game.legal : game.actions
    numbers = AlignedBuffer(count: actions.count)
    for (index, action) in actions.enumerated() {
      numbers[index] = game.legal.contains(action) ? action.rawValue : 0
    }
    presses = AlignedBuffer(count: 18)
    for action in AtariAction.allCases { presses[Int(action.rawValue)] = action.presses.rawValue }
    starting = game.starting
    sticky = settings.keptProbability
    mode = settings.mode ?? game.modes.initial
    height = game.display.height
    opensWithFire = settings.fireReset && actions.contains(.fire)
    manner = settings.preset.manner
    stack = settings.stack
    palette = game.display.format == .pal ? .pal : .ntsc
    channels = settings.observation == .rgb ? 3 : 1
    tables = AlignedBuffer(count: channels * 256)
    for code in 0..<256 {
      switch settings.observation {
      case .grey: tables[code] = palette.grey[code]
      case .rgb:
        for channel in 0..<3 { tables[channel * 256 + code] = palette.rgb[code * 3 + channel] }
      case .palette, .ram: tables[code] = UInt8(code)
      }
    }
    resizer = AreaResize(
      from: (width: Self.width, height: height),
      to: (width: settings.imageWidth, height: settings.imageHeight))
    starts = EpisodeStarts()
  }

  var pictureBytes: Int { height * Self.width }
  /// A row of one picture of the stack.
  var rowBytes: Int { settings.imageWidth * channels }
  /// One picture of the stack.
  var smallBytes: Int { rowBytes * settings.imageHeight }
  /// All of them; none for the raw preset.
  var stackBytes: Int { isRaw ? 0 : stack * smallBytes }
  /// What is kept of a picture that the stack shows.
  var keptBytes: Int { isRaw ? 0 : channels * pictureBytes }

  /// One lane's observation.
  var observationShape: [Int] {
    let color = channels == 1 ? [] : [channels]
    if !isRaw { return [stack, settings.imageHeight, settings.imageWidth] + color }
    return settings.observation == .ram ? [128] : [height, Self.width] + color
  }
  var isRaw: Bool { settings.preset == .raw }

  /// Number of the action ALE plays for this one.
  func legalNumber(_ action: AtariAction) -> UInt8 {
    game.legal.contains(action) ? action.rawValue : 0
  }
}

/// A worker's own memory while it handles one block.
final class AtariScratch: @unchecked Sendable {
  let resize: AreaResize.Scratch
  /// One channel of a small picture.
  let plane: AlignedBuffer<UInt8>
  let console: ConsoleWorkspace
  let nursery: EpisodeNursery

  init(_ plan: AtariPlan) {
    resize = plan.resizer.makeScratch()
    plane = AlignedBuffer(count: plan.smallBytes / plan.channels)
    console = ConsoleWorkspace(display: plan.game.display)
    nursery = EpisodeNursery(plan, console)
  }
}
