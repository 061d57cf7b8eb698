import Environment
import Foundation
import Lanes
import Nets
import Records

extension SAC {
  public struct Settings: Configurable {
    public var actorRate: Float = 3e-4
    public var criticRate: Float = 1e-3
    public var temperatureRate: Float = 1e-3
    public var adamEpsilon: Float = 1e-8
    public var policyPeriod = 2
    public var targetPeriod = 1
    public var targetShare: Float = 0.005
    public var automatic = true
    public var firstTemperature: Float = 1
    public var temperatureForm = TemperatureForm.temperature
    public var entropyShare: Float = 1
    public var deviation = SquashedGaussian.Deviation.tanh
    public var rewardScale: Float = 1
    public var openingHold = 1
    public var replay = ReplaySettings()
    public var network = NetworkSettings()

    /// CleanRL's `sac_continuous_action.py`.
    public init() { network.hidden = [256, 256] }

    public static let owner = "sac"

    public static let settings: [Setting<Self>] =
      ReplaySettings.settings.map { $0.within(\.replay) } + own
      + NetworkSettings.settings.map { $0.within(\.network) }

    private static let own: [Setting<Self>] = [
      .number("actor-learning-rate", \.actorRate, 0...1, "Adam's step for the policy"),
      .number("critic-learning-rate", \.criticRate, 0...1, "Adam's step for the values"),
      .number(
        "temperature-learning-rate", \.temperatureRate, 0...1, "Adam's step for the temperature"),
      .number("adam-epsilon", \.adamEpsilon, 1e-12...1, "added to Adam's denominator"),
      .whole(
        "policy-period", \.policyPeriod, 1...1000,
        "updates of the values after which the policy makes as many"),
      .whole(
        "target-period", \.targetPeriod, 1...1 << 30,
        "updates after which the target network follows"),
      .number(
        "target-share", \.targetShare, 1e-6...1, "how far the target network moves; 1: a copy"),
      .flag("automatic-temperature", \.automatic, "the temperature follows the target entropy"),
      .number("temperature", \.firstTemperature, 1e-6...1e6, "at first, or always"),
      .choice(
        "temperature-form", \.temperatureForm, "what the temperature's loss is multiplied with"),
      .number(
        "entropy-share", \.entropyShare, 0...10,
        "target entropy: less this a number of a box, or this share of a discrete policy's most"),
      .choice("deviation", \.deviation, "how the policy's deviations are kept in bounds"),
      .number("reward-scale", \.rewardScale, 1e-6...1e6, "what rewards are multiplied with"),
      .openingHold(\.openingHold),
    ]

    public func check() throws(SettingError) { try replay.check(Self.owner) }

    /// The defaults where such an environment is learned: `sac_atari.py` for discrete actions.
    public static func standard(for spec: EnvironmentSpec) -> Settings {
      var settings = Settings()
      guard case .discrete = spec.action else { return settings }
      (settings.criticRate, settings.temperatureRate, settings.adamEpsilon) = (3e-4, 3e-4, 1e-4)
      (settings.replay.batch, settings.entropyShare) = (64, 0.89)
      settings.policyPeriod = 1
      if spec.observation.contains(where: { if case .picture = $0.sense { true } else { false } }) {
        (settings.replay.start, settings.replay.updatePeriod) = (20_000, 4)
        // 8,000 steps.
        (settings.targetPeriod, settings.targetShare) = (2_000, 1)
        settings.network.hidden = [512]
      }
      return settings
    }

    func learner(_ rate: Float) -> Learner.Settings {
      var learner = Learner.Settings()
      learner.rule = .adam(epsilon: adamEpsilon)
      learner.learningRate = rate
      return learner
    }

    func makeTemperature(_ workshop: Workshop, _ generator: inout SplitMix64) -> Learner {
      let graph = Graph()
      let start = Initialiser.constant(log(firstTemperature))
      graph.output("log", graph.constant([1], name: "temperature", initialiser: start))
      return Learner(graph, learner(temperatureRate), workshop, using: &generator)
    }

    func alpha(_ temperature: Learner) -> Float { exp(temperature.weights[0]) }
  }

  static let row = AgentRow(
    name: "sac", paper: "Haarnoja et al. 2018, arXiv:1812.05905",
    settings: Settings().allDescriptions, refuses: { refusal($0) },
    defaults: { Settings.standard(for: $0).values },
    make: { spec, lanes, values, seed, workshop in
      var settings = Settings.standard(for: spec)
      try settings.change(values)
      return try SAC(spec: spec, lanes: lanes, settings: settings, seed: seed, workshop: workshop)
    },
    described: { spec, values in
      var settings = Settings.standard(for: spec)
      try settings.change(values)
      try settings.network.check(spec.observation.compactMap(\.sense))
      return settings.descriptions
    })

  /// Why it cannot learn there; nil: it can.
  static func refusal(_ spec: EnvironmentSpec) -> String? {
    if case .multiDiscrete = spec.action {
      return "sac needs a box or one discrete action; \(spec.id) has several: try ppo"
    }
    return spec.offPolicyRefusal("sac")
  }
}

extension EnvironmentSpec {
  /// What no off-policy agent with actor and critic can have.
  func offPolicyRefusal(_ name: String) -> String? {
    if players != 1 { return "\(name) plays alone, \(id) here has \(players) players" }
    if case .box(let low, let high) = action, !(low + high).allSatisfy(\.isFinite) {
      return "\(name) needs bounds of actions; \(id) has none"
    }
    if let field = Senses.unreadable(self).first {
      return "\(name) cannot read '\(field.name)' of \(id)"
    }
    let canRead = observation.contains { $0.sense?.isSeen == true }
    return canRead ? nil : "\(name) finds nothing to read in \(id)"
  }
}
