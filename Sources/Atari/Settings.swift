import Environment
import Foundation

extension AtariBatch {
  /// Which original the batch equals byte for byte.
  public enum Preset: String, Sendable, CaseIterable {
    /// ale-py's `AtariVectorEnv`: 84x84 grey, four stacked.
    case aleVector = "ale-vector"
    /// The bare ALE interface: the picture as palette indices, [height, 160].
    case raw
  }

  /// Whether the game's sound is made, and when; see `AtariBatch.sounds`.
  public enum Sound: String, Sendable, CaseIterable {
    case off = "false"
    /// After every frame, as Gymnasium's `AtariEnv` skips frames: it acts a frame at a time. The
    /// last frame's samples stay.
    case everyFrame = "true"
    /// Once a step, as with the core's own `frame_skip`. (That would also stretch the frames which
    /// berzerk's mode routine acts; these stay as they are.)
    case everyStep = "every-step"
  }

  public struct Settings: Equatable, Sendable {
    public var preset = Preset.aleVector
    /// Emulated frames an agent step lasts.
    public var frameSkip = 4
    /// Chance that a frame repeats the action before. ALE keeps six significant digits.
    public var stickyProbability = 0.0
    /// Larger of the last two frames, pixel by pixel.
    public var maxPool = true
    /// An episode starts with fewer than this many frames of no-op.
    public var noopMax = 30
    /// Presses fire at the start of an episode, where the game has it in its action set.
    public var fireReset = true
    /// A lost life ends an episode.
    public var episodicLife = false
    /// A lost life is reported as the end of an episode, but the game goes on.
    public var lifeLossInfo = false
    /// Rewards of a step, after summing, to -1...1.
    public var clipRewards = true
    /// Emulated frames after which an episode is truncated; 0 = never.
    public var frameLimit = 108_000
    /// All legal actions instead of the game's minimal set.
    public var fullActions = false
    public var autoreset = AutoresetMode.sameStep
    /// The last observation of an episode shows the frame in which it ended, and the one before.
    /// ALE's vector environment leaves a step's loop before it looks at that frame.
    public var trueTerminalPicture = false
    /// Every episode of a lane begins from the machine as the ROM's loading leaves it, power-on
    /// memory, timer and cartridge RAM included: equal actions then give equal episodes. In ALE the
    /// random numbers for these go on from episode to episode. Sticky actions and the number of no-ops
    /// at the start are drawn as ever.
    public var replayIdentical = false
    /// nil: the game's default.
    public var mode: Int?
    /// nil: both switches at B, as ALE starts, even where a game's list has no such difficulty.
    public var difficulty: Int?
    public var sound = Sound.off

    public init(preset: Preset = .aleVector) {
      self.preset = preset
      if preset == .raw {
        frameSkip = 1
        maxPool = false
        noopMax = 0
        fireReset = false
        clipRewards = false
      }
    }
  }
}

extension AtariBatch.Settings {
  /// The preset's settings with some of them changed, by name, as a command line gives them:
  /// `preset`, `frame-skip`, `sticky`, `max-pool`, `noop-max`, `fire-reset`, `episodic-life`, `life-loss-info`,
  /// `clip-rewards`, `frame-limit`, `full-actions`, `autoreset`, `true-terminal-picture`,
  /// `replay-identical`, `mode`, `difficulty`, `sound`.
  /// - Throws: `EnvironmentError.settings`.
  public init(_ values: [String: String]) throws {
    var preset = AtariBatch.Preset.aleVector
    if let name = values["preset"] {
      preset = try Self.parse(
        "preset", name, AtariBatch.Preset.init(rawValue:), "one of: \(Self.presetNames)")
    }
    self.init(preset: preset)
    for (key, value) in values.sorted(by: { $0.key < $1.key }) where key != "preset" {
      try set(key, value)
    }
  }

  public static let keys = [
    "preset", "frame-skip", "sticky", "max-pool", "noop-max", "fire-reset", "episodic-life",
    "life-loss-info",
    "clip-rewards", "frame-limit", "full-actions", "autoreset", "true-terminal-picture",
    "replay-identical", "mode", "difficulty", "sound",
  ]

  private static var presetNames: String {
    AtariBatch.Preset.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private mutating func set(_ key: String, _ value: String) throws {
    switch key {
    case "frame-skip": frameSkip = try Self.integer(key, value)
    case "sticky": stickyProbability = try Self.parse(key, value, { Double($0) }, "a number")
    case "max-pool": maxPool = try Self.flag(key, value)
    case "noop-max": noopMax = try Self.integer(key, value)
    case "fire-reset": fireReset = try Self.flag(key, value)
    case "life-loss-info": lifeLossInfo = try Self.flag(key, value)
    case "episodic-life": episodicLife = try Self.flag(key, value)
    case "clip-rewards": clipRewards = try Self.flag(key, value)
    case "frame-limit": frameLimit = try Self.integer(key, value)
    case "full-actions": fullActions = try Self.flag(key, value)
    case "autoreset":
      let names = AutoresetMode.allCases.map(\.rawValue).joined(separator: ", ")
      autoreset = try Self.parse(key, value, AutoresetMode.init(rawValue:), "one of: \(names)")
    case "true-terminal-picture": trueTerminalPicture = try Self.flag(key, value)
    case "replay-identical": replayIdentical = try Self.flag(key, value)
    case "mode": mode = try Self.integer(key, value)
    case "sound":
      let names = AtariBatch.Sound.allCases.map(\.rawValue).joined(separator: ", ")
      sound = try Self.parse(key, value, AtariBatch.Sound.init(rawValue:), "one of: \(names)")
    case "difficulty": difficulty = try Self.integer(key, value)
    default:
      let near = nearest(to: key, among: Self.keys)
      let hint = near.isEmpty ? Self.keys.joined(separator: ", ") : near.quotedList
      throw EnvironmentError.settings("unknown setting '\(key)'; try \(hint)")
    }
  }

  private static func parse<Value>(
    _ key: String, _ text: String, _ read: (String) -> Value?, _ allowed: String
  ) throws -> Value {
    if let value = read(text) { return value }
    throw EnvironmentError.settings("setting \(key)=\(text) is not \(allowed)")
  }

  private static func integer(_ key: String, _ text: String) throws -> Int {
    try parse(key, text, { Int($0) }, "a whole number")
  }

  private static func flag(_ key: String, _ text: String) throws -> Bool {
    try parse(key, text, { Bool($0) }, "true or false")
  }

  /// - Throws: `EnvironmentError.settings` for what the game or the machine cannot do.
  func check(for game: Game) throws {
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
      if !holds { throw EnvironmentError.settings(reason()) }
    }
    try require((1...1000).contains(frameSkip), "frame-skip must be 1 to 1000, not \(frameSkip)")
    try require(
      (0...1).contains(stickyProbability), "sticky must be 0 to 1, not \(stickyProbability)")
    try require((0...100_000).contains(noopMax), "noop-max must be 0 to 100000, not \(noopMax)")
    try require(
      (0...Int(Int32.max)).contains(frameLimit), "frame-limit must be 0 or more, not \(frameLimit)")
    if let mode, !game.modes.all.contains(mode) {
      throw EnvironmentError.settings(
        "\(game.id) has no mode \(mode); its modes are \(Self.list(game.modes.all))")
    }
    if let difficulty, !game.difficulties.contains(difficulty) {
      throw EnvironmentError.settings(
        "\(game.id) has no difficulty \(difficulty); it has \(Self.list(game.difficulties))")
    }
  }

  private static func list(_ values: [Int]) -> String {
    values.map(String.init).joined(separator: ", ")
  }

  /// The repeat probability as ALE keeps it: text with six significant digits, then a float.
  var keptProbability: Double {
    Double(Float(String(format: "%g", Double(Float(stickyProbability)))) ?? 0)
  }
}
