import Console
import Environment
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
  /// The same for the 18 that continuous ones stand for.
  fileprivate let continuousNumbers: AlignedBuffer<UInt8>
  /// Port bits of each of the 18 actions.
  let presses: AlignedBuffer<UInt8>
  let starting: [Opening]
  let sticky: Double
  /// Of continuous actions.
  let threshold: Float
  let height: Int
  /// Whether a frame of fire opens an episode, or steps that begin with it.
  let opensWithFire, opensWithSteps: Bool
  /// What the preset's original does in its own way.
  let manner: Manner
  /// Colour code to grey, or to red, green and blue: [channels][256].
  let tables: AlignedBuffer<UInt8>
  let channels: Int
  /// Grey of the larger of two colours, channel by channel: [256][256], where the original has it.
  let pairs: UnsafePointer<UInt8>?
  private let pairMemory: AlignedBuffer<UInt8>?
  /// A picture of colour 0.
  var black: UnsafePointer<UInt8> { UnsafePointer(blackPicture.pointer) }
  private let blackPicture: AlignedBuffer<UInt8>
  /// A black stack. Nobody writes to it.
  let blackStack: AlignedBuffer<UInt8>
  let palette: Palette
  let resizer: AreaResize
  let starts: EpisodeStarts
  /// Off in tests that compare copied beginnings with emulated ones.
  var copiesStarts = true
  /// The frames before an episode are the same whatever the generator that makes actions stick says.
  var beginsAlike: Bool { sticky == 0 || !game.modes.acts }

  /// Pictures in an observation.
  let stack: Int
  /// Whether frames of a step have slots (`Manner.Frames`).
  let hasSlots: Bool

  static let width = 160

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
    continuousNumbers = AlignedBuffer(count: 18)
    for number in 0..<18 {
      // Beyond the list ALE hangs.
      let placed = number < game.legal.count ? game.legal[number].rawValue : 0
      continuousNumbers[number] =
        settings.preset.manner.countsLegal ? placed : legalNumbers[number]
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
    height = game.display.height
    manner = settings.preset.manner
    if case .slots = manner.frames { hasSlots = true } else { hasSlots = false }
    let fires = settings.fireReset && actions.contains(.fire)
    opensWithFire = fires && manner.opening != .steps
    opensWithSteps = fires && manner.opening == .steps
    stack = settings.stack
    palette = game.display.format == .pal ? .pal : .ntsc
    channels = settings.observation == .rgb ? 3 : 1
    tables = AlignedBuffer(count: channels * 256)
    blackPicture = AlignedBuffer(count: height * Self.width)
    for code in 0..<256 {
      switch settings.observation {
      case .grey: tables[code] = palette.grey[code]
      case .rgb:
        for channel in 0..<3 { tables[channel * 256 + code] = palette.rgb[code * 3 + channel] }
      case .palette, .ram: tables[code] = UInt8(code)
      }
    }
    pairMemory = manner.greysAfterPooling ? Self.greyPairs(palette) : nil
    pairs = pairMemory.map { UnsafePointer($0.pointer) }
    resizer = AreaResize(
      from: (width: Self.width, height: min(height, manner.lines)),
      to: (width: settings.imageWidth, height: settings.imageHeight))
    starts = EpisodeStarts()
    blackStack = AlignedBuffer(
      count: stack * settings.imageWidth * settings.imageHeight * channels)
  }

  /// Before the game's first frame.
  var firstLives: Int32 { reader.lives(reader.initial) }
  var initialB: GameState { readerB?.initial ?? GameState() }
  /// Bytes of a lane without generators and pictures, in this program's own layout: the console's,
  /// then an `AtariLane` and a `SoundGenerator`.
  var machineBytes: Int { (soundOffset + MemoryLayout<SoundGenerator>.stride + 15) / 16 * 16 }
  var laneOffset: Int { (program.machineBytes + 15) / 16 * 16 }
  var soundOffset: Int { laneOffset + MemoryLayout<AtariLane>.stride }

  var pictureBytes: Int { height * Self.width }
  /// A row of one picture of the stack.
  var rowBytes: Int { settings.imageWidth * channels }
  /// One picture of the stack.
  var smallBytes: Int { rowBytes * settings.imageHeight }
  var isPlanar: Bool { manner.isPlanar && channels > 1 }
  /// All of them; none for the raw preset.
  var stackBytes: Int { isRaw ? 0 : stack * smallBytes }
  /// What is kept of a picture that the stack shows, or of two.
  var keptBytes: Int { isRaw ? 0 : hasSlots ? 2 * pictureBytes : channels * pictureBytes }

  /// The larger of two frames in one channel.
  func pooled(
    _ newest: UnsafePointer<UInt8>, _ earlier: UnsafePointer<UInt8>, channel: Int = 0
  ) -> PooledPicture {
    PooledPicture(
      newest, earlier, table: tables.pointer + channel * 256, pairs: pairs)
  }

  /// OpenCV's `COLOR_RGB2GRAY` of the larger red, green and blue of two colours.
  private static func greyPairs(_ palette: Palette) -> AlignedBuffer<UInt8> {
    let pairs = AlignedBuffer<UInt8>(count: 256 * 256)
    for index in 0..<pairs.count {
      let larger = (0..<3).map {
        Int(max(palette.rgb[index / 256 * 3 + $0], palette.rgb[index % 256 * 3 + $0]))
      }
      pairs[index] = UInt8((9798 * larger[0] + 19235 * larger[1] + 3735 * larger[2] + 16384) >> 15)
    }
    return pairs
  }

  var spec: EnvironmentSpec {
    EnvironmentSpec(
      id: game.id, observation: [observation],
      action: settings.continuous ? ContinuousAction.space : .discrete(actions.count),
      actionNames: settings.continuous ? [] : actions.map(\.name), info: info, players: players,
      framesPerStep: settings.frameSkip, autoreset: settings.autoreset)
  }

  /// One lane's observation.
  private var observation: Field {
    if isRaw && settings.observation == .ram {
      return Field("ram", [128], .uint8, .vector, low: [0], high: [255])
    }
    let color = channels == 1 ? [] : [channels]
    let size = isRaw ? [height, Self.width] : [settings.imageHeight, settings.imageWidth]
    let role = Role.picture(planesFirst: channels == 1 || isPlanar, stack: isRaw ? 1 : stack)
    if isPlanar { return Field("image", [stack * channels] + size, .uint8, role) }
    return Field("image", (isRaw ? [] : [stack]) + size + color, .uint8, role)
  }

  /// ALE's facts, in the order in which `AtariRows` knows them.
  private var info: [Field] {
    let numbers = (low: [0.0], high: [Double(Int32.max)])
    func count(_ name: String) -> Field {
      Field(name, [], .int32, low: numbers.low, high: numbers.high)
    }
    var fields = [
      Field("lives", players == 1 ? [] : [players], .int32, low: [-1 - 0x7FFF], high: [0x7FFF]),
      count("frame_number"), count("episode_frame_number"),
    ]
    if settings.infoMemory {
      fields.append(Field("ram", [128], .uint8, .vector, low: [0], high: [255]))
    }
    if hearsSound {
      fields.append(Field("sound", [soundBytes], .uint8, .vector, low: [0], high: [255]))
    }
    return fields
  }

  var isRaw: Bool { settings.preset == .raw }
  /// ALE's own `frame_skip` holds in the routines of modes, too.
  var modeActFrames: Int32 {
    settings.sound == .everyStep ? Int32(settings.frameSkip) : 1
  }
  var hearsSound: Bool { settings.sound != .off }
  /// One lane's samples.
  var soundBytes: Int { hearsSound ? SoundGenerator.samples : 0 }

  /// A lane as the settings want it, before its ROM is loaded.
  var blankLane: AtariLane {
    AtariLane(
      mode: Int32(settings.mode ?? game.modes.initial), difficulty: UInt8(settings.difficulty ?? 0))
  }

  /// What ALE plays for an action.
  func move(_ action: AtariAction, strength: Float = 1) -> Move {
    Move(action: legalNumbers.pointer[Int(action.rawValue)], strength: strength)
  }
}

extension AtariPlan {
  /// What ALE plays for a continuous action.
  func move(_ action: ContinuousAction) -> Move {
    let number = Int(action.action(threshold: threshold).rawValue)
    return Move(action: continuousNumbers.pointer[number], strength: action.radius)
  }
}

/// A worker's own memory while it handles one block.
final class AtariScratch: @unchecked Sendable {
  let resize: AreaResize.Scratch
  /// One channel of a small picture.
  let plane: AlignedBuffer<UInt8>
  let console: ConsoleWorkspace
  let nursery: EpisodeNursery
  /// For pictures on their way to a store or a file.
  private(set) lazy var packed = AlignedBuffer<UInt8>(count: packedBytes)
  private let packedBytes: Int

  init(_ plan: AtariPlan) {
    resize = plan.resizer.makeScratch()
    plane = AlignedBuffer(count: plan.smallBytes / plan.channels)
    console = ConsoleWorkspace(display: plan.game.display)
    nursery = EpisodeNursery(plan, console)
    packedBytes = AtariBlock.mostPackedBytes(plan)
  }
}
