import Environment
import Foundation

extension AtariBatch {
  /// Whether the game's sound is made, and when; see `AtariBatch.sounds`.
  public enum Sound: String, Sendable, CaseIterable {
    case off = "false"
    /// After every frame, as Gymnasium's `AtariEnv` skips frames: it acts a frame at a time. The
    /// last frame's samples stay.
    case everyFrame = "true"
    /// Once a step, as with the core's own `frame_skip`, which holds in the routines of modes too.
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
    /// 1 or 2; nil: as many as the game needs. Two have a row of actions and rewards each; lives are
    /// player A's.
    public var players: Int?
    /// Actions are CALE's radius, angle and fire; `AtariBatch.step(continuous:into:)` takes them. The
    /// discrete ones are then the full set.
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

    public init(preset: Preset = .aleVector) {
      self.preset = preset
      preset.prepare(&self)
    }
  }
}

extension AtariBatch.Settings {
  /// The preset's settings with some of them changed, by name, as a command line gives them:
  /// `keys` has the names. `frame-skip` may be a range, 2-4; `image-size` is WIDTHxHEIGHT.
  /// - Throws: `EnvironmentError.settings`.
  public init(_ values: [String: String]) throws {
    let preset: AtariBatch.Preset =
      try values["preset"].map { try Self.named("preset", $0) } ?? .aleVector
    self.init(preset: preset)
    for (key, value) in values.sorted(by: { $0.key < $1.key }) where key != "preset" {
      if preset.lacks.contains(key) {
        throw EnvironmentError.settings("preset \(preset.rawValue) has no setting '\(key)'")
      }
      try set(key, value)
    }
  }

  public static let keys = [
    "preset", "frame-skip", "sticky", "max-pool", "noop-max", "fire-reset", "episodic-life",
    "life-loss-info", "clip-rewards", "frame-limit", "full-actions", "players", "continuous",
    "continuous-threshold", "autoreset", "true-terminal-picture", "replay-identical", "mode",
    "difficulty", "sound", "observation", "image-size", "stack", "seeding",
  ]

  /// All of them in one line.
  public static var keyList: String { keys.joined(separator: ", ") }

  private static func named<Choice: RawRepresentable<String> & CaseIterable>(
    _ key: String, _ text: String, _ type: Choice.Type = Choice.self
  ) throws -> Choice {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    return try parse(key, text, Choice.init(rawValue:), "one of: \(names)")
  }

  private mutating func set(_ key: String, _ value: String) throws {
    switch key {
    case "frame-skip":
      let skips = try Self.parse(key, value, Self.skips, "a whole number or a range")
      (shortestSkip, frameSkip) = skips
    case "sticky": stickyProbability = try Self.parse(key, value, { Double($0) }, "a number")
    case "max-pool": maxPool = try Self.flag(key, value)
    case "noop-max": noopMax = try Self.integer(key, value)
    case "fire-reset": fireReset = try Self.flag(key, value)
    case "life-loss-info": lifeLossInfo = try Self.flag(key, value)
    case "episodic-life": episodicLife = try Self.flag(key, value)
    case "clip-rewards": clipRewards = try Self.flag(key, value)
    case "frame-limit": frameLimit = try Self.integer(key, value)
    case "full-actions": fullActions = try Self.flag(key, value)
    case "players": players = try Self.integer(key, value)
    case "continuous": continuous = try Self.flag(key, value)
    case "continuous-threshold":
      continuousThreshold = try Self.parse(key, value, { Double($0) }, "a number")
    case "autoreset": autoreset = try Self.named(key, value)
    case "observation": observation = try Self.named(key, value)
    case "seeding": seeding = try Self.named(key, value)
    case "stack": stack = try Self.integer(key, value)
    case "image-size":
      let sides = try Self.parse(key, value, Self.size, "WIDTHxHEIGHT")
      (imageWidth, imageHeight) = sides
    case "true-terminal-picture": trueTerminalPicture = try Self.flag(key, value)
    case "replay-identical": replayIdentical = try Self.flag(key, value)
    case "mode": mode = try Self.integer(key, value)
    case "sound": sound = try Self.named(key, value)
    case "difficulty": difficulty = try Self.integer(key, value)
    default:
      let near = nearest(to: key, among: Self.keys)
      let hint = near.isEmpty ? Self.keyList : near.quotedList
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

  /// `4`, or `2-4`.
  private static func skips(_ text: String) -> (Int?, Int)? {
    if let skip = Int(text) { return (nil, skip) }
    let ends = text.split(separator: "-").map { Int($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1] else { return nil }
    return (low, high)
  }

  private static func size(_ text: String) -> (Int, Int)? {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1] else { return nil }
    return (width, height)
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
    try require(
      (0...1).contains(continuousThreshold),
      "continuous-threshold must be 0 to 1, not \(continuousThreshold)")
    try require((0...100_000).contains(noopMax), "noop-max must be 0 to 100000, not \(noopMax)")
    try require(
      (0...Int(Int32.max)).contains(frameLimit), "frame-limit must be 0 or more, not \(frameLimit)")
    try require(
      shortestSkip.map { (1..<frameSkip).contains($0) && preset == .raw } ?? true,
      "a range of frame skips is LOW-HIGH, both 1 to 1000, with preset raw only")
    let kinds = preset.observations
    try require(
      kinds.contains(observation),
      "preset \(preset.rawValue) has no observation \(observation.rawValue); it has "
        + kinds.map(\.rawValue).joined(separator: ", "))
    if case .slots(clears: true) = preset.manner.frames {
      try require(frameSkip > 1, "preset \(preset.rawValue) needs a frame-skip of 2 or more")
    }
    try require((1...64).contains(stack), "stack must be 1 to 64, not \(stack)")
    try require(
      (1...160).contains(imageWidth) && (1...game.display.height).contains(imageHeight),
      "image-size must be 1x1 to 160x\(game.display.height), not \(imageWidth)x\(imageHeight)")
    if let players, !game.players.contains(players) {
      let needed = game.players.upperBound == 1 ? "for one player" : "for two players"
      throw EnvironmentError.settings("players=\(players): \(game.id) is \(needed)")
    }
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
