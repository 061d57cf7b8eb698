import Environment
import Lanes
import Records

extension AtariBatch {
  /// Whether the game's sound is made, and when; see `AtariBatch.sound(lane:)`.
  public enum Sound: String, Sendable, CaseIterable {
    case off = "false"
    /// After every frame, as Gymnasium's `AtariEnv` skips frames: it acts a frame at a time. The
    /// last frame's samples stay.
    case everyFrame = "true"
    /// Once a step, as with the core's own `frame_skip`, which holds in the routines of modes too.
    case everyStep = "every-step"
  }

  public struct Settings: Equatable, Sendable {
    /// Changes to another one's settings as a whole.
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
    /// Rewards of a step, after summing, are no smaller and no larger: ALE's `reward_min` and
    /// `reward_max`.
    public var rewardMinimum = Int32.min
    public var rewardMaximum = Int32.max
    /// An episode is truncated when a life is lost, as ALE's `truncate_on_loss_of_life` counts them:
    /// from those that the game's rule begins with. Preset `raw` only.
    public var truncateOnLossOfLife = false
    /// Emulated frames after which an episode is truncated; 0 = never.
    public var frameLimit = 108_000
    /// All legal actions instead of the game's minimal set.
    public var fullActions = false
    /// 1 or 2; nil: as many as the game needs. Two have a row of actions and rewards each; lives are
    /// player A's.
    public var players: Int?
    /// Actions are CALE's radius, angle and fire.
    public var continuous = false
    /// What a direction or the button must exceed to count, 0...1.
    public var continuousThreshold = 0.5
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

    /// What an agent sees; which of them a preset has is in its row.
    public var observation = Observation.grey
    /// Of a picture of the stack, at most 160 by the game's height.
    public var imageWidth = 84
    public var imageHeight = 84
    /// Pictures in an observation.
    public var stack = 4
    public var seeding = Seeding.ale
    /// The shortest frame skip: every step draws its length from here to `frameSkip`, by NumPy's
    /// generator. nil: always `frameSkip`. Preset `raw` only.
    public var shortestSkip: Int?
    /// RIOT memory, 128 bytes, is among the info fields.
    public var infoMemory = false

    public init() {}

    public init(preset: Preset = .aleVector) {
      self.preset = preset
      preset.prepare(&self)
    }
  }
}

extension AtariBatch.Settings: Configurable {
  public static let owner = "atari"

  public static let settings: [Setting<Self>] = [
    Setting.text(
      "preset", form: AtariBatch.Preset.allCases.map(\.rawValue).quotedList,
      "the original whose every byte is matched; the other settings begin with its own",
      write: { $0.preset.rawValue },
      read: { settings, name in
        guard let preset = AtariBatch.Preset(rawValue: name) else { return false }
        settings = Self(preset: preset)
        return true
      }),
    .text(
      "frame-skip", form: "a whole number, 1 to 1000, or with preset raw a range, for example 2-4",
      "emulated frames a step lasts; of a range every step draws its own",
      write: { ($0.shortestSkip.map { "\($0)-" } ?? "") + "\($0.frameSkip)" }, read: readSkips),
    .number("sticky", \.stickyProbability, 0...1, "chance that a frame repeats the action before"),
    .flag("max-pool", \.maxPool, "the larger of the last two frames, pixel by pixel"),
    .whole(
      "noop-max", \.noopMax, 0...100_000, "an episode starts with about as many no-ops, drawn"),
    .flag("fire-reset", \.fireReset, "presses fire at the start, where the game has it"),
    .flag("episodic-life", \.episodicLife, "a lost life ends an episode"),
    .flag("life-loss-info", \.lifeLossInfo, "a lost life shows as terminated; the game goes on"),
    .flag("clip-rewards", \.clipRewards, "a step's reward to -1...1"),
    .whole(
      "reward-min", \.rewardMinimum, Int(Int32.min)...Int(Int32.max), "a step's smallest reward"),
    .whole(
      "reward-max", \.rewardMaximum, Int(Int32.min)...Int(Int32.max), "a step's largest reward"),
    .flag(
      "truncate-on-loss-of-life", \.truncateOnLossOfLife, "a lost life truncates, as in ALE's core"),
    .whole(
      "frame-limit", \.frameLimit, 0...Int(Int32.max),
      "emulated frames after which an episode is truncated; 0: never"),
    .flag("full-actions", \.fullActions, "all legal actions instead of the game's own"),
    .whole("players", \.players, 1...2, or: "default", "rows of actions and rewards"),
    .flag("continuous", \.continuous, "actions are CALE's radius, angle and fire"),
    .number(
      "continuous-threshold", \.continuousThreshold, 0...1,
      "what a direction or the button must exceed to count"),
    .choice(
      "autoreset", \.autoreset,
      "what follows an episode's end, as in Gymnasium; disabled: the caller resets"),
    .flag(
      "true-terminal-picture", \.trueTerminalPicture,
      "an episode's last observation shows the frame in which it ended"),
    .flag(
      "replay-identical", \.replayIdentical,
      "equal actions give equal episodes, whatever came before"),
    .whole("mode", \.mode, 0...9999, or: "default", "the game's variation"),
    .whole("difficulty", \.difficulty, 0...3, or: "default", "the difficulty switches"),
    .choice("sound", \.sound, "whether the info field sound is made, and how often"),
    .choice("observation", \.observation, "what is seen; a preset has some of them"),
    .text(
      "image-size", form: "WIDTHxHEIGHT, at most 160 by the game's lines", "size of a picture",
      write: { "\($0.imageWidth)x\($0.imageHeight)" }, read: readSize),
    .whole("stack", \.stack, 1...64, "pictures in an observation"),
    .choice("seeding", \.seeding, "what a seed stands for"),
    .flag("info-ram", \.infoMemory, "RIOT memory is among the info fields"),
  ].map { row in
    row.absent { $0.preset.lacks.contains(row.name) ? "preset \($0.preset.rawValue)" : nil }
  }

  /// `4`, or `2-4`.
  private static let readSkips: @Sendable (inout Self, String) -> Bool = { settings, text in
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard ends.count <= 2, let low = ends[0], let high = ends[ends.count - 1] else { return false }
    settings.shortestSkip = ends.count == 2 ? low : nil
    settings.frameSkip = high
    return true
  }

  private static let readSize: @Sendable (inout Self, String) -> Bool = { settings, text in
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1] else { return false }
    (settings.imageWidth, settings.imageHeight) = (width, height)
    return true
  }

  /// What holds for every game.
  public func check() throws(SettingError) {
    try checkRanges()
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws(SettingError) {
      if !holds { throw SettingError(reason()) }
    }
    try require((1...1000).contains(frameSkip), "frame-skip must be 1 to 1000, not \(frameSkip)")
    try require(
      shortestSkip.map { (1..<frameSkip).contains($0) && preset == .raw } ?? true,
      "a range of frame skips is LOW-HIGH, both 1 to 1000, with preset raw only")
    try require(
      rewardMinimum <= rewardMaximum,
      "reward-min must not be above reward-max: \(rewardMinimum), \(rewardMaximum)")
    try require(
      !truncateOnLossOfLife || preset == .raw, "truncate-on-loss-of-life is for preset raw only")
    try require(
      preset.observations.contains(observation),
      "preset \(preset.rawValue) has no observation \(observation.rawValue); it has "
        + preset.observations.map(\.rawValue).joined(separator: ", "))
    if case .slots(clears: true) = preset.manner.frames {
      try require(frameSkip > 1, "preset \(preset.rawValue) needs a frame-skip of 2 or more")
    }
    try require(
      (1...160).contains(imageWidth) && imageHeight >= 1,
      "image-size must be 1x1 or more, and at most 160 wide, not \(imageWidth)x\(imageHeight)")
  }

  /// What the game cannot do.
  /// - Throws: `SettingError`.
  func check(for game: Game) throws(SettingError) {
    try check()
    if imageHeight > game.display.height {
      throw SettingError(
        "image-size must be 1x1 to 160x\(game.display.height), not \(imageWidth)x\(imageHeight)")
    }
    if let players, !game.players.contains(players) {
      let needed = game.players.upperBound == 1 ? "for one player" : "for two players"
      throw SettingError("players=\(players): \(game.id) is \(needed)")
    }
    if let mode, !game.modes.all.contains(mode) {
      throw SettingError(
        "\(game.id) has no mode \(mode); its modes are \(Self.list(game.modes.all))")
    }
    if let difficulty, !game.difficulties.contains(difficulty) {
      throw SettingError(
        "\(game.id) has no difficulty \(difficulty); it has \(Self.list(game.difficulties))")
    }
  }

  private static func list(_ values: [Int]) -> String {
    values.map(String.init).joined(separator: ", ")
  }

  /// The repeat probability as ALE keeps it: text with six significant digits, then a float.
  var keptProbability: Double {
    Double(Float(Double(Float(stickyProbability)).text(digits: 6)) ?? 0)
  }
}
