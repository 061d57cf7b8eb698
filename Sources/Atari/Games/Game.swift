import Console

/// What ALE knows of one game: its cartridge, what is plugged in, and where the program keeps
/// score, lives and the end in memory. A game is one row; see `Games*.swift`.
///
/// Addresses are as the processor sees them, $80...$FF. What a row cannot express names a function
/// (`irregular`, see `IrregularRules.swift`).
public struct Game: Sendable {
  /// Name of the ROM file without its ending, ALE's snake-case name.
  public var rom: String
  /// Gymnasium id, for example `ALE/Pong-v5`.
  public var id: String
  /// Of the ROM file, lower-case hexadecimal.
  public var md5: String
  /// ROM size in bytes.
  public var size: Int
  /// nil: by size.
  public var scheme: BankScheme?
  public var display = Display()
  /// Whether the property list leaves the television format open, so that loading runs 60 frames
  /// to detect it.
  public var detectsFormat = true
  public var controllers = Controllers.joysticks
  /// The paddles' largest resistance in ohm.
  var paddleMaximum: Int32 = 790_196
  var score: Score
  /// Points that a game begins with.
  public var firstScore: Int32 = 0
  public var reward = Reward()
  var lives = Lives.one
  /// Whether lives are reported when the game is over, too; else they are 0 then.
  public var countsLivesWhenOver = false
  var over: Over
  /// Stands for score, reward, lives and end together.
  var rule: Rule?
  /// What the irregular rules keep when a game begins.
  var firstMemory = SIMD8<Int32>()
  public var modes = Modes()
  /// Nobody can play it alone.
  var needsTwo = false
  public var difficulties = [0]
  /// Addresses the program does not clear after a machine reset, so that they carry over from
  /// game to game; nil: not known. `RestartTests` checks it.
  public var survivors: [UInt8]?
  /// Minimal set, in ALE's order.
  public var actions: [AtariAction]
  /// Actions ALE turns into no-op when they are not here.
  public var legal: [AtariAction] = .all
  /// Played one frame each at the end of a reset.
  var starting: [Opening] = []

  init(
    _ rom: String, id: String, md5: String, size: Int, actions: [AtariAction],
    score: Score, over: Over
  ) {
    self.rom = rom
    self.id = id
    self.md5 = md5
    self.size = size
    self.actions = actions
    self.score = score
    self.over = over
  }

  /// A game whose rule stands for score, lives and end together.
  init(
    _ rom: String, id: String, md5: String, size: Int, actions: [AtariAction], rule: @escaping Rule
  ) {
    self.init(
      rom, id: id, md5: md5, size: size, actions: actions, score: .bcd([]), over: .any([]))
    self.rule = rule
  }

  /// The row with some of its columns filled in.
  func with(_ change: (inout Game) -> Void) -> Game {
    var row = self
    change(&row)
    return row
  }
}

/// What is plugged into the two ports.
public enum Controllers: Sendable, Equatable {
  case joysticks
  /// Two sticks, ports exchanged.
  case swappedJoysticks
  /// Paddles left, a stick right.
  case paddles
  /// Paddles in both ports. ALE's players turn paddles 0 and 1, in the left one.
  case twoPaddlePairs
  /// The same, paddle 0 and 1 exchanged.
  case swappedPaddles

  var usePaddles: Bool { self == .paddles || fillBothPorts }
  var fillBothPorts: Bool { self == .twoPaddlePairs || self == .swappedPaddles }
}

/// One frame at the end of a reset.
enum Opening: Sendable, Equatable {
  case action(AtariAction)
  /// The console's reset switch.
  case reset
}

/// Reads a frame into what ALE keeps of the game.
typealias Rule = @Sendable (LaneMemory, inout GameState) -> Void

enum Score: Sendable {
  /// Two decimal digits a byte, lowest byte first; only the lowest `digits` when given.
  case bcd([UInt8], digits: Int? = nil, scale: Int32 = 1)
  /// One decimal digit a byte, lowest first; 10 is a blank.
  case digits([UInt8], scale: Int32 = 1)
  /// Plain bytes.
  case difference(own: UInt8, other: UInt8)
  case irregular(@Sendable (LaneMemory) -> Int32)
}

/// From scores to reward: the change, then these in order.
public struct Reward: Sendable {
  /// A negative change gains this: the score has rolled over.
  public var rollover: Int32 = 0
  public var minimum = Int32.min
  public var maximum = Int32.max
  /// A change that is none.
  public var ignored = Int32.min
  /// No reward and no look at the score while the game is over.
  public var stopsWhenOver = false

  public init(
    rollover: Int32 = 0, minimum: Int32 = .min, maximum: Int32 = .max,
    ignored: Int32 = .min, stopsWhenOver: Bool = false
  ) {
    self.ignored = ignored
    self.rollover = rollover
    self.minimum = minimum
    self.maximum = maximum
    self.stopsWhenOver = stopsWhenOver
  }
}

enum Lives: Sendable {
  /// Always 0.
  case none
  /// 1 until the game is over.
  case one
  /// ((byte & mask) >> shift) + plus; `initial` between ALE's own reset and the next frame.
  /// Reported as 0 while the game is over.
  case at(UInt8, mask: UInt8 = 0xFF, shift: UInt8 = 0, plus: Int32 = 0, initial: Int32)
  case irregular(initial: Int32, @Sendable (LaneMemory, inout GameState) -> Int32)
}

/// When the game is over.
enum Over: Sendable {
  /// All tests hold.
  case all([ByteTest])
  /// One holds.
  case any([ByteTest])
  /// All hold, and since ALE's own reset the byte at `at` has been `seen` once. For programs
  /// whose memory looks like the end before play too.
  case allOnce(at: UInt8, seen: UInt8, [ByteTest])
  case irregular(@Sendable (LaneMemory, inout GameState) -> Bool)
}

/// A condition on one byte of memory.
public struct ByteTest: Sendable, BitwiseCopyable {
  public enum Relation: UInt8, Sendable, BitwiseCopyable { case equal, unequal, above }
  var address: UInt8
  var mask: UInt8
  var relation: Relation
  var value: UInt8

  static func byte(_ address: UInt8, mask: UInt8 = 0xFF, is value: UInt8) -> ByteTest {
    ByteTest(address: address, mask: mask, relation: .equal, value: value)
  }
  static func byte(_ address: UInt8, mask: UInt8 = 0xFF, isNot value: UInt8) -> ByteTest {
    ByteTest(address: address, mask: mask, relation: .unequal, value: value)
  }
  static func byte(_ address: UInt8, mask: UInt8 = 0xFF, above value: UInt8) -> ByteTest {
    ByteTest(address: address, mask: mask, relation: .above, value: value)
  }
}
