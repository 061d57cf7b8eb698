import Environment

extension AtariBatch {
  /// Which original the batch equals byte for byte.
  public enum Preset: String, Sendable, CaseIterable {
    /// ale-py's `AtariVectorEnv`: 84x84 grey, four stacked.
    case aleVector = "ale-vector"
    /// Gymnasium's `AtariPreprocessing` and `FrameStackObservation(4)` around
    /// `make("ALE/...-v5", frameskip=1)`.
    case gymnasium
    /// The protocol of Machado et al. 2018 (sticky actions, all 18 actions, the end of the game alone
    /// ends an episode) with the pictures of Dopamine's `AtariPreprocessing`.
    case machado2018
    /// Mnih et al. 2015 as the wrappers of OpenAI Baselines have handed it on, after Stable
    /// Baselines3's `AtariWrapper` and `VecFrameStack(4)`.
    case dqn2015
    /// EnvPool 1.2.5's Atari environments.
    case envpool
    /// The bare ALE interface: the picture as palette indices, [height, 160].
    case raw
  }

  /// What a seed stands for.
  public enum Seeding: String, Sendable, CaseIterable, BitwiseCopyable {
    /// ALE's `random_seed`: its low 32 bits.
    case ale
    /// `AtariEnv.reset(seed=...)`: NumPy's `SeedSequence` makes two words of it, one for NumPy's
    /// generator and one for ALE.
    case gymnasium
  }

  /// What an agent sees of a frame, as bytes.
  public enum Observation: String, Sendable, CaseIterable {
    case grey, rgb
    /// ALE's colour codes.
    case palette
    /// RIOT memory, 128 bytes.
    case ram
  }
}

/// What an original does in its own way and no setting changes. A preset is a row of these and of
/// the settings it begins with.
struct Manner: BitwiseCopyable, Sendable {
  var seeding = AtariBatch.Seeding.ale
  /// Who draws the number of no-ops: a Mersenne Twister with the lane's seed, or NumPy's generator.
  var drawsWithNumPy = false
  /// No-ops are this many more than what is drawn from 0..<`noopMax`.
  var noopsAtLeast: Int32 = 0
  /// A reset in the middle of the no-ops begins with the seed again, where the episode has one.
  var seedsAgain = false
  /// Older places of the stack show an episode's first picture, too; else they are black.
  var padsWithFirst = false
  var opening = Opening.fireFirst
  var frames = Frames.untilEnd
  var afterLife = AfterLife.reset
  var life = Life.withinStep
  var limit = Limit.frames
  /// A frame skip goes on after the end: nothing is emulated, but sticky actions are drawn.
  var drawsAfterEnd = false
  /// A step that reaches the limit is truncated even if the game is over, too.
  var limitWins = false
  /// Lines of the picture that the original looks at.
  var lines = Int.max
  /// Larger red, green and blue first, then OpenCV's grey; else ALE's grey, then the larger.
  var greysAfterPooling = false
  /// An RGB picture is three planes.
  var isPlanar = false
  /// The number of the action that a continuous one stands for is taken for a place in the list of
  /// legal actions, which is another action where some are not legal.
  var countsLegal = false

  /// When a life counts as lost; `episodicLife` makes that the end.
  enum Life: BitwiseCopyable {
    /// Fewer than after the last step, but some: looked at after every frame.
    case withinStep
    /// Fewer than after the frame before.
    case everyFrame
    /// Fewer than after the last step, but some; the step goes on to its end.
    case afterStep
  }

  /// Which frames of a step count for its picture.
  enum Frames: BitwiseCopyable, Equatable {
    /// The last two, unless the step ends with or before them; what they are not, stays.
    case untilEnd
    /// The last two have a slot each, which the episode's first picture clears when `clears`.
    case slots(clears: Bool)
    /// The last two; the last but one by itself if the step ends with it.
    case atEnd
  }

  /// How fire opens an episode, if the setting is on and the game has it.
  enum Opening: BitwiseCopyable {
    /// A frame before the no-ops, or after them.
    case fireFirst, fireLast
    /// Two steps after the no-ops, of actions 1 and 2. The second one's picture is the first one
    /// shown; a step that ends the episode is followed by another reset.
    case steps
  }

  /// What follows an episode that a lost life has ended, or a reset in its middle.
  enum AfterLife: BitwiseCopyable {
    case reset
    /// No-ops and fire in the same game; unless the caller resets.
    case play
    /// A step of no-op in the same game, in its middle even if the caller resets.
    case step
  }

  /// What `frameLimit` counts.
  enum Limit: BitwiseCopyable {
    /// Frames since the episode began.
    case frames
    /// Whole steps since the game's reset.
    case steps
    /// ALE's own count since the game's reset; then ALE emulates no more.
    case emulated
  }
}

extension AtariBatch.Preset {
  var manner: Manner {
    var row = Manner()
    switch self {
    case .aleVector: row.countsLegal = true
    case .gymnasium:
      row.seeding = .gymnasium
      row.drawsWithNumPy = true
      row.noopsAtLeast = 1
      row.seedsAgain = true
      row.padsWithFirst = true
      row.life = .everyFrame
      row.limit = .emulated
    case .machado2018:
      row.seeding = .gymnasium
      row.frames = .slots(clears: true)
      row.life = .everyFrame
      row.limit = .steps
    case .dqn2015:
      row.seeding = .gymnasium
      row.drawsWithNumPy = true
      row.noopsAtLeast = 1
      row.seedsAgain = true
      row.opening = .steps
      row.frames = .slots(clears: false)
      row.afterLife = .step
      row.life = .afterStep
      row.limit = .emulated
      row.greysAfterPooling = true
    case .envpool:
      row.noopsAtLeast = 1
      row.padsWithFirst = true
      row.opening = .fireLast
      row.frames = .atEnd
      row.afterLife = .play
      row.life = .afterStep
      row.limit = .steps
      row.limitWins = true
      row.lines = 210
      row.isPlanar = true
    case .raw:
      row.limit = .emulated
      row.drawsAfterEnd = true
    }
    return row
  }

  /// What an agent can be shown, the default first.
  var observations: [AtariBatch.Observation] {
    switch self {
    case .aleVector, .gymnasium, .envpool: [.grey, .rgb]
    case .machado2018, .dqn2015: [.grey]
    case .raw: [.palette, .grey, .rgb, .ram]
    }
  }

  /// Settings that the original has not.
  var lacks: Set<String> {
    switch self {
    case .aleVector: ["seeding", "truncate-on-loss-of-life"]
    case .gymnasium, .dqn2015:
      ["seeding", "max-pool", "fire-reset", "life-loss-info", "truncate-on-loss-of-life"]
    case .machado2018:
      [
        "seeding", "max-pool", "noop-max", "fire-reset", "life-loss-info",
        "truncate-on-loss-of-life",
      ]
    case .envpool: ["seeding", "max-pool", "life-loss-info", "truncate-on-loss-of-life"]
    case .raw: ["max-pool", "noop-max", "fire-reset", "life-loss-info", "image-size", "stack"]
    }
  }

  /// Changes what is other than `ale-vector`'s.
  func prepare(_ settings: inout AtariBatch.Settings) {
    settings.observation = observations[0]
    settings.seeding = manner.seeding
    switch self {
    case .aleVector: break
    case .gymnasium:
      settings.stickyProbability = 0.25
      settings.fireReset = false
      settings.clipRewards = false
    case .machado2018:
      settings.stickyProbability = 0.25
      settings.noopMax = 0
      settings.fireReset = false
      settings.clipRewards = false
      settings.fullActions = true
    case .dqn2015: settings.episodicLife = true
    case .envpool: settings.clipRewards = false
    case .raw:
      settings.frameSkip = 1
      settings.maxPool = false
      settings.noopMax = 0
      settings.fireReset = false
      settings.clipRewards = false
    }
  }
}
