import Environment
import Records

extension TD3 {
  public struct Settings: Configurable {
    public var learningRate: Float = 3e-4
    public var adamEpsilon: Float = 1e-8
    public var policyPeriod = 2
    public var targetShare: Float = 0.005
    public var explorationNoise: Float = 0.1
    public var targetNoise: Float = 0.2
    public var targetNoiseBound: Float = 0.5
    public var openingHold = 1
    public var replay = ReplaySettings()
    public var network = NetworkSettings()

    /// CleanRL's `td3_continuous_action.py`.
    public init() {
      replay.start = 25_000
      network.hidden = [256, 256]
    }

    public static let owner = "td3"

    public static let settings: [Setting<Self>] =
      ReplaySettings.settings.map { $0.within(\.replay) } + own
      + NetworkSettings.settings.map { $0.within(\.network) }

    private static let own: [Setting<Self>] = [
      .number("learning-rate", \.learningRate, 0...1, "Adam's step"),
      .number("adam-epsilon", \.adamEpsilon, 1e-12...1, "added to Adam's denominator"),
      .whole(
        "policy-period", \.policyPeriod, 1...1000,
        "updates of the values after which the policy and the targets move"),
      .number("target-share", \.targetShare, 1e-6...1, "how far the target networks move"),
      .number(
        "exploration-noise", \.explorationNoise, 0...10,
        "deviation of the noise on actions, in halves of their range"),
      .number(
        "target-noise", \.targetNoise, 0...10,
        "deviation of the noise on the target policy's actions"),
      .number("target-noise-bound", \.targetNoiseBound, 0...10, "where that noise is cut"),
      .openingHold(\.openingHold),
    ]

    public func check() throws(SettingError) { try replay.check(Self.owner) }

    var learner: Learner.Settings {
      var learner = Learner.Settings()
      learner.rule = .adam(epsilon: adamEpsilon)
      learner.learningRate = learningRate
      return learner
    }
  }

  static let row = AgentRow(
    name: "td3", paper: "Fujimoto et al. 2018, arXiv:1802.09477",
    settings: Settings().allDescriptions, refuses: { refusal($0) },
    defaults: { _ in Settings().values },
    make: { spec, lanes, values, seed, workshop in
      try TD3(spec: spec, lanes: lanes, settings: Settings(values), seed: seed, workshop: workshop)
    },
    described: { spec, values in
      let settings = try Settings(values)
      try settings.network.check(spec.observation.compactMap(\.sense))
      return settings.descriptions
    })

  /// Why it cannot learn there; nil: it can.
  static func refusal(_ spec: EnvironmentSpec) -> String? {
    guard case .box = spec.action else {
      return "td3 needs a box of actions; \(spec.id) has others: try dqn, ppo or sac"
    }
    return spec.offPolicyRefusal("td3")
  }
}
