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
  let height: Int
  /// Whether fire opens an episode.
  let opensWithFire: Bool
  /// Palette index to grey.
  let grey: AlignedBuffer<UInt8>
  let palette: Palette
  let resizer: AreaResize
  let starts: EpisodeStarts
  /// A black picture, and a black stack. Nobody writes to it.
  let black: AlignedBuffer<UInt8>
  /// Off in tests that compare copied beginnings with emulated ones.
  var copiesStarts = true

  static let width = 160
  static let side = 84
  static let stack = 4

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
    height = game.display.height
    opensWithFire = settings.fireReset && actions.contains(.fire)
    grey = AlignedBuffer(count: 256)
    palette = game.display.format == .pal ? .pal : .ntsc
    for index in 0..<256 { grey[index] = palette.grey[index] }
    resizer = AreaResize(
      from: (width: Self.width, height: height), to: (width: Self.side, height: Self.side))
    starts = EpisodeStarts()
    black = AlignedBuffer(count: max(height * Self.width, Self.stack * Self.side * Self.side))
  }

  /// Bytes of a lane without generators and pictures, in this program's own layout: the console's,
  /// then an `AtariLane` and a `SoundGenerator`.
  var machineBytes: Int { (soundOffset + MemoryLayout<SoundGenerator>.stride + 15) / 16 * 16 }
  var laneOffset: Int { (program.machineBytes + 15) / 16 * 16 }
  var soundOffset: Int { laneOffset + MemoryLayout<AtariLane>.stride }

  var pictureBytes: Int { height * Self.width }
  /// One 84x84 picture.
  var smallBytes: Int { Self.side * Self.side }
  /// A stack of them; none for the raw preset.
  var stackBytes: Int { isRaw ? 0 : Self.stack * smallBytes }
  var isRaw: Bool { settings.preset == .raw }
  var hearsSound: Bool { settings.sound != .off }
  /// One lane's samples.
  var soundBytes: Int { hearsSound ? SoundGenerator.samples : 0 }

  /// A lane as the settings want it, before its ROM is loaded.
  var blankLane: AtariLane {
    AtariLane(
      mode: Int32(settings.mode ?? game.modes.initial), difficulty: UInt8(settings.difficulty ?? 0))
  }

  /// Number of the action ALE plays for this one.
  func legalNumber(_ action: AtariAction) -> UInt8 {
    game.legal.contains(action) ? action.rawValue : 0
  }
}

/// A worker's own memory while it handles one block.
final class AtariScratch: @unchecked Sendable {
  let resize: AreaResize.Scratch
  let console: ConsoleWorkspace
  let nursery: EpisodeNursery
  /// For pictures on their way to a store or a file.
  private(set) lazy var packed = AlignedBuffer<UInt8>(count: packedBytes)
  private let packedBytes: Int

  init(_ plan: AtariPlan) {
    resize = plan.resizer.makeScratch()
    console = ConsoleWorkspace(display: plan.game.display)
    nursery = EpisodeNursery(plan, console)
    packedBytes = AtariBlock.mostPackedBytes(plan)
  }
}
