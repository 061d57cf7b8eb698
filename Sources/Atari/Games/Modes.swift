/// Game variations, and how ALE brings the game to one of them.
public struct Modes: Sendable {
  /// The first is the default.
  public var all = [0]
  /// nil: nothing is pressed.
  var routine: ModeRoutine?
  /// Whether the routine acts frames as an agent does: these may stick, and count.
  var acts = false

  public init() {}

  /// - Parameter address: the byte equals the mode.
  init(
    _ all: [Int], at address: UInt8, hold: Int32 = 1, after opening: ModeStep? = nil,
    times: Int32 = 1
  ) {
    self.init(all, hold: hold, after: opening, times: times) { ram, mode in
      Int(ram[address]) == mode
    }
  }

  /// Presses select until memory shows the variation.
  /// - Parameters:
  ///   - hold: frames select is held at a press.
  ///   - opening: what comes before memory is looked at.
  ///   - times: so often.
  init(
    _ all: [Int], hold: Int32 = 1, after opening: ModeStep? = nil, times: Int32 = 1,
    shows: @escaping @Sendable (LaneMemory, Int) -> Bool
  ) {
    self.init(all, acts: opening == .act(.noop)) { ram, mode, progress, _ in
      if let opening, progress.step < times {
        progress.step += 1
        return opening
      }
      if progress.isClosing { return .done }
      return shows(ram, mode) ? progress.finish() : .select(hold)
    }
  }

  init(_ all: [Int], acts: Bool = true, routine: @escaping ModeRoutine) {
    self.all = all
    self.acts = acts
    self.routine = routine
  }

  public var initial: Int { all.first ?? 0 }
}

/// The next step towards a mode, from what memory shows after the last one.
/// - Parameter random: draws from the environment's generator.
typealias ModeRoutine =
  @Sendable (
    _ ram: LaneMemory, _ mode: Int, _ progress: inout ModeProgress, _ random: () -> UInt32
  ) -> ModeStep

enum ModeStep: Sendable, Equatable {
  /// Select, held for some frames, and a frame without it.
  case select(Int32)
  /// The console's reset switch.
  case reset
  case act(AtariAction)
  case done
}

/// What a mode's routine keeps between its steps.
struct ModeProgress: BitwiseCopyable {
  var step: Int32 = 0
  var kept: Int32 = 0
  var rests = false
  var isClosing = false

  /// The console reset that lets a mode take hold; nothing comes after it.
  mutating func finish() -> ModeStep {
    isClosing = true
    return .reset
  }

  mutating func push(_ action: AtariAction) -> ModeStep {
    rests = true
    return .act(action)
  }
}

/// Routines that are more than select. Source: ALE `games/supported/*.cpp`, `setMode`.
extension Modes {
  /// The frame counter is the seed of the randomised level: select is held for a random time.
  static let adventure = Modes([0, 1, 2]) { ram, mode, progress, random in
    if progress.isClosing { return .done }
    if progress.step == 1 {
      progress.step = 0
      return .act(.noop)
    }
    if Int(ram[0xDD] >> 1 & 3) == mode { return progress.finish() }
    progress.step = 1
    return .select(Int32(2 + random() % 256))
  }

  /// A menu: down goes to the next line, right turns it on, left off. Bits of the mode: three
  /// points, ten seconds, three seconds, fouls; 16: two players, which is the first line. Every
  /// push is followed by a frame of rest.
  static func doubleDunk(_ all: [Int]) -> Modes {
    Modes(all) { ram, mode, progress, _ in doubleDunkStep(ram, mode, &progress) }
  }

  private static func doubleDunkStep(
    _ ram: LaneMemory, _ mode: Int, _ progress: inout ModeProgress
  ) -> ModeStep {
    if progress.rests {
      progress.rests = false
      return .act(.noop)
    }
    while true {
      switch progress.step {
      case 0:
        progress = ModeProgress(step: 1, kept: -1)
        return .select(1)
      case 1 where mode >= 16 && progress.kept < 0 && ram[0x80] & 0x40 == 0:
        return progress.push(.right)
      case 1, 2, 4, 6, 8:
        if progress.kept < 0 { progress.kept = ram.word(0xB0) }
        if ram.word(0xB0) == progress.kept { return progress.push(.down) }
        progress.kept = -1
      case 3, 5, 7, 9:
        let option = Int(progress.step - 3) / 2
        let isOn = ram[0x80] & [0x08, 0x10, 0x04, 0x20][option] != 0
        let isWanted = mode >> option & 1 == 1
        if isOn != isWanted { return progress.push(isWanted ? .right : .left) }
      case 10:
        progress.step = 11
        return .reset
      case 11:
        progress.step = 12
        return progress.push(.upFire)
      default: return .done
      }
      progress.step += 1
    }
  }

  /// The program takes no reset within half a second after select: a second of rest comes between,
  /// which Multi-Agent-ALE leaves out, so that its games for two never begin.
  static let warlords = Modes([3, 5, 8, 10, 13, 15, 18, 20, 23]) { ram, mode, progress, _ in
    if progress.isClosing { return .done }
    if ram.word(0xD9) != mode - 1 { return .select(1) }
    if progress.step == 60 { return progress.finish() }
    progress.step += 1
    return .act(.noop)
  }

  /// Variations 1, 3 and 9, with the number of the cube times 100; cube 1 where none is named.
  static let videoCube = Modes((0...50).flatMap { cube in (0..<3).map { cube * 100 + $0 } }) {
    ram, mode, progress, _ in
    if progress.step == 0 {
      if Int(ram[0xFB] & 0x1F) != [0, 2, 8][mode % 100] { return .select(2) }
      progress.step = 1
      return .reset
    }
    return Int(ram.decimal(0x9F)) == max(mode / 100, 1) ? .done : .act(.right)
  }
}
