import Environment

extension AtariBatch {
  /// Which original the batch equals byte for byte.
  public enum Preset: String, Sendable, CaseIterable {
    /// ale-py's `AtariVectorEnv`: 84x84 grey, four stacked.
    case aleVector = "ale-vector"
    /// Gymnasium's `AtariPreprocessing` and `FrameStackObservation(4)` around
    /// `make("ALE/...-v5", frameskip=1)`.
    case gymnasium
    /// The bare ALE interface: the picture as palette indices, [height, 160].
    case raw
  }

  /// What a seed stands for.
  public enum Seeding: String, Sendable, CaseIterable {
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
struct Manner: Sendable {
  var seeding = AtariBatch.Seeding.ale
  /// Who draws the number of no-ops: a Mersenne Twister with the lane's seed, or NumPy's generator.
  var drawsWithNumPy = false
  /// No-ops are this many more than what is drawn from 0..<`noopMax`.
  var noopsAtLeast: Int32 = 0
  /// A reset in the middle of the no-ops begins with the seed again, where the episode has one.
  var seedsAgain = false
  /// Older places of the stack show an episode's first picture, too; else they are black.
  var padsWithFirst = false
  var life = Life.withinStep
  var limit = Limit.frames
  /// A frame skip goes on after the end: nothing is emulated, but sticky actions are drawn.
  var drawsAfterEnd = false
  /// Settings that mean nothing here.
  var lacks: Set<String> = []
  /// What an agent can be shown, the default first.
  var observations: [AtariBatch.Observation] = [.grey, .rgb]

  /// When a life counts as lost; `episodicLife` makes that the end.
  enum Life: Sendable {
    /// Fewer than after the last step, but some: looked at after every frame.
    case withinStep
    /// Fewer than after the frame before.
    case everyFrame
  }

  /// What `frameLimit` counts.
  enum Limit: Sendable {
    /// Frames since the episode began.
    case frames
    /// ALE's own count since the game's reset; then ALE emulates no more.
    case emulated
  }
}

extension AtariBatch.Preset {
  var manner: Manner {
    var row = Manner()
    switch self {
    case .aleVector: row.lacks = ["seeding"]
    case .gymnasium:
      row.seeding = .gymnasium
      row.drawsWithNumPy = true
      row.noopsAtLeast = 1
      row.seedsAgain = true
      row.padsWithFirst = true
      row.life = .everyFrame
      row.limit = .emulated
      row.lacks = ["seeding", "max-pool", "fire-reset", "life-loss-info"]
    case .raw:
      row.limit = .emulated
      row.drawsAfterEnd = true
      row.observations = [.palette, .grey, .rgb, .ram]
      row.lacks = [
        "max-pool", "noop-max", "fire-reset", "life-loss-info", "image-size", "stack",
      ]
    }
    return row
  }

  /// Changes what is other than `ale-vector`'s.
  func prepare(_ settings: inout AtariBatch.Settings) {
    settings.observation = manner.observations[0]
    settings.seeding = manner.seeding
    switch self {
    case .aleVector: break
    case .gymnasium:
      settings.stickyProbability = 0.25
      settings.fireReset = false
      settings.clipRewards = false
    case .raw:
      settings.frameSkip = 1
      settings.maxPool = false
      settings.noopMax = 0
      settings.fireReset = false
      settings.clipRewards = false
    }
  }
}
