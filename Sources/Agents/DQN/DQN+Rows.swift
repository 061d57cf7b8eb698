import Environment
import Records

/// The descendants of DQN: settings, no code.
extension DQN {
  /// What the environment shows, by which papers choose networks and schedules.
  enum Sight {
    case pictures, planes, vectors

    init(_ spec: EnvironmentSpec) {
      let senses = spec.observation.compactMap(\.sense)
      if senses.contains(where: { if case .picture = $0 { true } else { false } }) {
        self = .pictures
      } else {
        self = senses.contains(where: \.isGrid) ? .planes : .vectors
      }
    }
  }

  /// A descendant's settings for an environment of this kind.
  typealias Change = @Sendable (inout Settings, Sight) -> Void

  static let rows: [AgentRow] = [
    row("dqn", "Mnih et al. 2015, doi:10.1038/nature14236") { _, _ in },
    row("dqn-nature", "Mnih et al. 2015, doi:10.1038/nature14236, its own settings") {
      settings, _ in nature(&settings)
    },
    row("double-dqn", "van Hasselt et al. 2016, arXiv:1509.06461") { settings, _ in
      settings.double = true
    },
    row("dueling-dqn", "Wang et al. 2016, arXiv:1511.06581") { settings, _ in
      settings.double = true
      settings.dueling = true
    },
    row("c51", "Bellemare et al. 2017, arXiv:1707.06887", c51),
    row("hl-gauss", "Farebrother et al. 2024, arXiv:2403.03950") { settings, sight in
      c51(&settings, sight)
      settings.valueKind = .gaussian
    },
    row("qr-dqn", "Dabney et al. 2018, arXiv:1710.10044") { settings, sight in
      settings.valueKind = .quantile
      if sight != .vectors { settings.weights = .fanIn }
      if sight == .pictures { (settings.learningRate, settings.epsilon) = (5e-5, 3.125e-4) }
      if sight != .vectors { settings.nSteps = 3 }
      if sight == .pictures { settings.prioritized = true }
      if sight == .vectors { settings.quantiles = 51 }
    },
    row("iqn", "Dabney et al. 2018, arXiv:1806.06923") { settings, sight in
      settings.valueKind = .iqn
      settings.quantiles = sight == .pictures ? 64 : 32
      if sight != .vectors { settings.weights = .fanIn }
      if sight == .pictures { (settings.learningRate, settings.epsilon) = (5e-5, 3.125e-4) }
      if sight != .vectors { settings.nSteps = 3 }
    },
    row("m-dqn", "Vieillard et al. 2020, arXiv:2007.14430") { settings, sight in
      settings.munchausen = true
      if sight == .pictures { (settings.learningRate, settings.epsilon) = (5e-5, 3.125e-4) }
    },
    row("m-iqn", "Vieillard et al. 2020, arXiv:2007.14430") { settings, sight in
      settings.munchausen = true
      settings.valueKind = .iqn
      settings.quantiles = sight == .pictures ? 64 : 32
      if sight != .vectors { settings.weights = .fanIn }
      if sight == .pictures { (settings.learningRate, settings.epsilon) = (5e-5, 3.125e-4) }
    },
    row(
      "rainbow", "Hessel et al. 2018, arXiv:1710.02298, as Dopamine's: three of its six", rainbow),
    row("full-rainbow", "Hessel et al. 2018, arXiv:1710.02298") { settings, sight in
      fullRainbow(&settings, sight)
    },
    row("der", "van Hasselt et al. 2019, arXiv:1906.05243") { settings, sight in
      fullRainbow(&settings, sight)
      settings.nSteps = 10
      (settings.learningRate, settings.epsilon) = (1e-4, 1.5e-4)
      (settings.replay.start, settings.explorationDelay) = (1_600, 1_600)
      (settings.replay.capacity, settings.replay.updatePeriod) = (100_000, 1)
      settings.targetPeriod = 2_000
    },
    row(
      "drq-eps", "Agarwal et al. 2021, arXiv:2108.13264, of Kostrikov et al. 2020, arXiv:2004.13649"
    ) { settings, sight in
      (settings.double, settings.dueling) = (true, true)
      settings.nSteps = 10
      (settings.learningRate, settings.epsilon) = (1e-4, 1.5e-4)
      (settings.replay.start, settings.explorationDelay) = (1_600, 1_600)
      (settings.replay.capacity, settings.replay.updatePeriod) = (100_000, 1)
      (settings.targetPeriod, settings.explorationDecay) = (1, 5_000)
      if sight != .vectors { (settings.shift, settings.intensity) = (4, 0.05) }
    },
    row("otrainbow", "Kielak 2020, arXiv:2003.10181") { settings, sight in
      rainbow(&settings, sight)
      (settings.replay.start, settings.explorationDelay) = (20_000, 20_000)
      (settings.replay.capacity, settings.replay.updatePeriod, settings.updates) = (100_000, 1, 8)
      (settings.targetPeriod, settings.explorationDecay) = (500, 50_000)
    },
    row("cql", "Kumar et al. 2020, arXiv:2006.04779") { settings, sight in
      settings.conservatism = 0.1
      if sight == .pictures { (settings.learningRate, settings.epsilon) = (5e-5, 3.125e-4) }
    },
    row("cql-c51", "Kumar et al. 2020, arXiv:2006.04779, on C51") { settings, sight in
      c51(&settings, sight)
      settings.conservatism = 0.1
      (settings.double, settings.dueling) = (true, true)
      if sight != .vectors { settings.nSteps = 3 }
    },
  ]

  private static func row(
    _ name: String, _ paper: String, _ change: @escaping Change
  ) -> AgentRow {
    let standard: @Sendable (EnvironmentSpec) -> Settings = { spec in
      var settings = base(Sight(spec))
      change(&settings, Sight(spec))
      return settings
    }
    return AgentRow(
      name: name, paper: paper, settings: Settings().allDescriptions,
      refuses: { refusal($0, name: name) }, defaults: { standard($0).values },
      make: { spec, lanes, values, seed, workshop in
        var settings = standard(spec)
        try settings.change(values)
        return try DQN(spec: spec, lanes: lanes, settings: settings, seed: seed, workshop: workshop)
      },
      described: { spec, values in
        var settings = standard(spec)
        try settings.change(values)
        try settings.network.check(spec.observation.compactMap(\.sense))
        return settings.descriptions
      })
  }

  /// Dopamine's `dqn.gin` for Atari, its settings for MinAtar, CleanRL's `dqn.py` for vectors.
  private static func base(_ sight: Sight) -> Settings {
    var settings = Settings()
    switch sight {
    case .pictures: return settings
    case .planes:
      (settings.learningRate, settings.epsilon) = (2.5e-4, 3.125e-4)
      (settings.replay.capacity, settings.replay.start) = (100_000, 1_000)
      (settings.targetPeriod, settings.explorationDelay) = (1_000, 1_000)
      settings.network.hidden = []
    case .vectors:
      (settings.learningRate, settings.epsilon) = (2.5e-4, 1e-8)
      (settings.replay.capacity, settings.replay.start, settings.replay.batch) = (
        10_000, 10_000, 128
      )
      (settings.replay.updatePeriod, settings.targetPeriod) = (10, 500)
      (settings.explorationEnd, settings.explorationEvaluation) = (0.05, 0.05)
      (settings.explorationDelay, settings.explorationDecay) = (0, 250_000)
      settings.network.hidden = [120, 84]
      settings.weights = .torch
    }
    return settings
  }

  private static func nature(_ settings: inout Settings) {
    settings.rule = .rmsprop
    (settings.learningRate, settings.epsilon, settings.rmspropDecay) = (2.5e-4, 1e-5, 0.95)
    settings.huber = 1
    (settings.replay.start, settings.targetPeriod) = (50_000, 10_000)
    (settings.explorationEnd, settings.explorationEvaluation) = (0.1, 0.05)
    (settings.explorationDelay, settings.explorationDecay) = (50_000, 1_000_000)
    settings.network.padding = .valid
  }

  private static let c51: Change = { settings, sight in
    settings.valueKind = .c51
    switch sight {
    case .pictures: (settings.learningRate, settings.epsilon) = (2.5e-4, 3.125e-4)
    case .planes: (settings.valueMin, settings.valueMax) = (-100, 100)
    case .vectors:
      settings.atoms = 101
      (settings.valueMin, settings.valueMax) = (-100, 100)
    }
    if sight != .vectors { settings.weights = .fanIn }
  }

  private static let rainbow: Change = { settings, sight in
    c51(&settings, sight)
    if sight == .pictures { (settings.learningRate, settings.epsilon) = (6.25e-5, 1.5e-4) }
    settings.nSteps = 3
    settings.prioritized = true
  }

  private static let fullRainbow: Change = { settings, sight in
    rainbow(&settings, sight)
    (settings.double, settings.dueling) = (true, true)
    settings.noisyDeviation = 0.1
    (settings.explorationStart, settings.explorationEnd) = (0, 0)
    settings.explorationEvaluation = 0
    if settings.network.hidden.isEmpty { settings.network.hidden = [128] }
  }

  /// Why it cannot learn there; nil: it can.
  static func refusal(_ spec: EnvironmentSpec, name: String = "dqn") -> String? {
    if spec.players != 1 {
      return "\(name) plays alone, \(spec.id) here has \(spec.players) players"
    }
    guard case .discrete = spec.action else {
      return "\(name) needs one discrete action; \(spec.id) has others: try ppo or sac"
    }
    let unreadable = Senses.unreadable(spec).first { !($0.role == .mask && $0.name == "allowed") }
    if let field = unreadable { return "\(name) cannot read '\(field.name)' of \(spec.id)" }
    let canRead = spec.observation.contains { $0.sense?.isSeen == true }
    return canRead ? nil : "\(name) finds nothing to read in \(spec.id)"
  }
}
