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
    public var discount: Float = 0.99
    public var batch = 256
    public var replayCapacity = 1_000_000
    public var replayStart = 5_000
    public var updatePeriod = 1
    public var policyPeriod = 2
    public var targetPeriod = 1
    public var targetShare: Float = 0.005
    public var automatic = true
    public var firstTemperature: Float = 1
    public var temperatureForm = TemperatureForm.temperature
    public var entropyShare: Float = 1
    public var deviation = SquashedGaussian.Deviation.tanh
    public var rewardScale: Float = 1
    public var hidden = [256, 256]

    /// CleanRL's `sac_continuous_action.py`.
    public init() {}

    public static let owner = "sac"

    public static let settings: [Setting<Self>] = [
      .number("actor-learning-rate", \.actorRate, 0...1, "Adam's step for the policy"),
      .number("critic-learning-rate", \.criticRate, 0...1, "Adam's step for the values"),
      .number(
        "temperature-learning-rate", \.temperatureRate, 0...1, "Adam's step for the temperature"),
      .number("adam-epsilon", \.adamEpsilon, 1e-12...1, "added to Adam's denominator"),
      .number("discount", \.discount, 0...1, "weight of the next step's return, per agent step"),
      .whole("batch", \.batch, 1...65_536, "transitions of an update"),
      .whole(
        "replay-capacity", \.replayCapacity, 2...1 << 30,
        "transitions that are kept, over all lanes"),
      .whole(
        "replay-start", \.replayStart, 1...1 << 30,
        "steps of random actions before the first update"),
      .whole("update-period", \.updatePeriod, 1...1 << 20, "steps of all lanes between updates"),
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
      .layers("hidden", \.hidden, "hidden layers of policy and values"),
    ]

    public func check() throws(SettingError) {
      if replayStart > replayCapacity {
        throw SettingError("sac's setting 'replay-start' must be at most replay-capacity")
      }
    }

    /// The defaults where such an environment is learned: `sac_atari.py` for discrete actions.
    public static func standard(for spec: EnvironmentSpec) -> Settings {
      var settings = Settings()
      guard case .discrete = spec.action else { return settings }
      (settings.criticRate, settings.temperatureRate, settings.adamEpsilon) = (3e-4, 3e-4, 1e-4)
      (settings.batch, settings.entropyShare) = (64, 0.89)
      settings.policyPeriod = 1
      if spec.observation.contains(where: { if case .picture = $0.sense { true } else { false } }) {
        (settings.replayStart, settings.updatePeriod) = (20_000, 4)
        // 8,000 steps.
        (settings.targetPeriod, settings.targetShare) = (2_000, 1)
        settings.hidden = [512]
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

    func targetEntropy(_ policy: SoftPolicy) -> Float {
      policy.isContinuous
        ? -entropyShare * Float(policy.width) : entropyShare * log(Float(policy.outputs))
    }
  }

  static let row = AgentRow(
    name: "sac", paper: "Haarnoja et al. 2018, arXiv:1812.05905",
    settings: Settings().descriptions, refuses: { refusal($0) },
    defaults: { Settings.standard(for: $0).values },
    make: { spec, lanes, values, seed, workshop in
      var settings = Settings.standard(for: spec)
      try settings.change(values)
      return try SAC(spec: spec, lanes: lanes, settings: settings, seed: seed, workshop: workshop)
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
