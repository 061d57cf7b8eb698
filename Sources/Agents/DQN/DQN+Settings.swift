import Environment
import Nets
import Records
import Replay

extension DQN {
  public struct Settings: Configurable {
    public enum ValueKind: String, CaseIterable, Sendable {
      case scalar, c51, quantile, iqn
      case twoHot = "two-hot"
      case gaussian = "hl-gauss"
    }

    public enum Weights: String, CaseIterable, Sendable {
      case torch, xavier
      case fanIn = "fan-in"
    }

    public enum Rule: String, CaseIterable, Sendable { case adam, rmsprop }

    public var learningRate: Float = 6.25e-5
    public var rule = Rule.adam
    public var epsilon: Float = 1.5e-4
    public var rmspropDecay: Float = 0.95
    public var maxGradientNorm: Float = 0
    public var nSteps = 1
    public var updates = 1
    public var targetPeriod = 8_000
    public var targetShare: Float = 1
    public var explorationStart: Float = 1
    public var explorationEnd: Float = 0.01
    public var explorationDelay = 20_000
    public var explorationDecay = 250_000
    public var explorationEvaluation: Float = 0.001
    public var valueKind = ValueKind.scalar
    public var huber: Float = 0
    public var atoms = 51
    public var valueMin: Float = -10
    public var valueMax: Float = 10
    public var gaussianRatio: Float = 0.75
    public var quantiles = 200
    public var actingQuantiles = 32
    public var double = false
    public var dueling = false
    public var noisyDeviation: Float = 0
    public var prioritized = false
    public var priorityExponent: Float = 0.5
    public var priorityUniform: Float = 0
    public var priorityCorrection: Float = 0.5
    public var priorityCorrectionEnd: Float = 0.5
    public var munchausen = false
    public var munchausenTemperature: Float = 0.03
    public var munchausenShare: Float = 0.9
    public var munchausenFloor: Float = -1
    public var conservatism: Float = 0
    public var weights = Weights.xavier
    public var shift = 0
    public var intensity: Float = 0
    public var replay = ReplaySettings()
    public var network = NetworkSettings()

    /// Dopamine's `dqn.gin` for Atari.
    public init() {
      (replay.batch, replay.start, replay.updatePeriod) = (32, 20_000, 4)
      network.padding = .same
    }

    public static let owner = "dqn"

    public static let settings: [Setting<Self>] =
      ReplaySettings.settings.map { $0.within(\.replay) } + own
      + NetworkSettings.settings.map { $0.within(\.network) }

    private static let own: [Setting<Self>] = [
      .number("learning-rate", \.learningRate, 0...1, "the optimiser's step"),
      .choice("optimiser", \.rule, "rmsprop is centred, its epsilon under the root"),
      .number("optimiser-epsilon", \.epsilon, 1e-12...1, "added to the optimiser's denominator"),
      .number("rmsprop-decay", \.rmspropDecay, 0...0.9999, "of rmsprop's averages"),
      .number(
        "max-gradient-norm", \.maxGradientNorm, 0...1e6, "longer gradients are scaled down; 0: none"
      ),
      .whole("n-steps", \.nSteps, 1...1000, "steps whose rewards a target sums"),
      .whole("updates", \.updates, 1...1000, "updates each time"),
      .whole(
        "target-period", \.targetPeriod, 1...1 << 30,
        "steps of all lanes after which the target network follows"),
      .number(
        "target-share", \.targetShare, 1e-6...1, "how far the target network moves; 1: a copy"),
      .number("exploration-start", \.explorationStart, 0...1, "share of random actions at first"),
      .number("exploration-end", \.explorationEnd, 0...1, "share of random actions at last"),
      .whole(
        "exploration-delay", \.explorationDelay, 0...1 << 30,
        "steps before the share of random actions falls"),
      .whole(
        "exploration-decay", \.explorationDecay, 0...1 << 30,
        "steps that the share of random actions takes to fall"),
      .number(
        "exploration-evaluation", \.explorationEvaluation, 0...1,
        "share of random actions when the agent is judged"),
      .choice("values", \.valueKind, "what the network says of a value"),
      .number(
        "huber", \.huber, 0...1e6, "threshold of Huber's loss of scalar values; 0: squared error"),
      .whole("atoms", \.atoms, 2...4096, "of the support of c51, two-hot and hl-gauss"),
      .number("value-min", \.valueMin, -1e6...1e6, "the support's lower end"),
      .number("value-max", \.valueMax, -1e6...1e6, "the support's upper end"),
      .number("gaussian-ratio", \.gaussianRatio, 0.01...100, "hl-gauss' deviation in bins"),
      .whole("quantiles", \.quantiles, 1...4096, "of quantile, and samples of iqn"),
      .whole("acting-quantiles", \.actingQuantiles, 1...4096, "iqn's samples when it acts"),
      .flag("double", \.double, "the online network chooses the next action"),
      .flag("dueling", \.dueling, "a state's value and the actions' advantages apart"),
      .number(
        "noisy-deviation", \.noisyDeviation, 0...10,
        "of the dense layers' noise, over the root of their inputs; 0: none"),
      .flag("prioritized", \.prioritized, "transitions are drawn by their last loss"),
      .number("priority-exponent", \.priorityExponent, 0...10, "of the loss"),
      .number("priority-uniform", \.priorityUniform, 0...1, "share of draws that are uniform"),
      .number(
        "priority-correction", \.priorityCorrection, 0...1,
        "how far unequal chances are undone at first"),
      .number(
        "priority-correction-end", \.priorityCorrectionEnd, 0...1, "and at the run's end"),
      .flag("munchausen", \.munchausen, "rewards get the log of the policy, values are soft"),
      .number("munchausen-temperature", \.munchausenTemperature, 1e-4...100, "of the policy"),
      .number("munchausen-share", \.munchausenShare, 0...1, "of the log in the reward"),
      .number("munchausen-floor", \.munchausenFloor, -1e6...0, "least of temperature times log"),
      .number(
        "conservatism", \.conservatism, 0...1e6,
        "weight of conservative Q-learning's penalty; 0: none"),
      .choice("weights", \.weights, "what weights begin with: PyTorch's, Glorot's or Dopamine's"),
      .whole("shift", \.shift, 0...64, "places by which pictures are moved about when it learns"),
      .number("intensity", \.intensity, 0...0.4, "share by which they are made brighter or darker"),
    ]

    public func check() throws(SettingError) {
      func refuse(_ name: String, _ reason: String) throws(SettingError) {
        throw SettingError("\(Self.owner)'s setting '\(name)' \(reason)")
      }
      if valueMin >= valueMax { try refuse("value-max", "must be above value-min") }
      if munchausen && valueKind == .c51 {
        try refuse("munchausen", "needs other values than c51: try hl-gauss, quantile or iqn")
      }
      if dueling && valueKind == .iqn { try refuse("dueling", "does not go with iqn") }
      if network.bottleneck.isMixture && valueKind == .iqn,
        network.placement == .final || network.placement == .all
      {
        try refuse("placement", "\(network.placement) does not go with iqn: try middle or big")
      }
      if prioritized && replay.dataset != nil {
        try refuse("prioritized", "does not go with a data set")
      }
      try replay.check(Self.owner)
    }

    // MARK: What follows

    var augments: Bool { shift > 0 || intensity > 0 }

    var head: ValueHead {
      switch valueKind {
      case .scalar: .scalar(threshold: huber > 0 ? huber : nil)
      case .c51: .categorical(Support(valueMin, valueMax, count: atoms), .projection)
      case .twoHot: .categorical(Support(valueMin, valueMax, count: atoms), .twoHot)
      case .gaussian:
        .categorical(
          Support.bins(valueMin, valueMax, count: atoms),
          .gaussian(gaussianRatio * (valueMax - valueMin) / Float(atoms)))
      case .quantile: .quantile(quantiles)
      case .iqn: .implicit(quantiles)
      }
    }

    /// Of the network with which it acts.
    var actingHead: ValueHead { valueKind == .iqn ? .implicit(actingQuantiles) : head }

    /// - Throws: `AgentError.setting` for what cannot be made of such fields.
    func check(_ senses: [Sense]) throws {
      let hasPlaces = senses.contains { network.encoder.suited(to: $0) != .mlp }
      if valueKind == .iqn, network.hasTwoLayers, !hasPlaces {
        throw AgentError.setting("bottleneck", "experts of a vector do not go with iqn")
      }
      if augments, !senses.contains(where: \.isAugmented) {
        throw AgentError.setting(shift > 0 ? "shift" : "intensity", "there is no picture")
      }
    }

    var munchausenSettings: Backup.Munchausen? {
      munchausen
        ? Backup.Munchausen(
          temperature: munchausenTemperature, share: munchausenShare, floor: munchausenFloor) : nil
    }

    var exploration: EpsilonSchedule {
      EpsilonSchedule(
        start: explorationStart, end: explorationEnd, delay: explorationDelay,
        decay: explorationDecay)
    }

    var priorities: Priorities? {
      prioritized
        ? Priorities(
          exponent: Double(priorityExponent), uniformShare: Double(priorityUniform)) : nil
    }

    /// - Parameter progress: share of the run that is over, 0...1.
    func sampling(at progress: Double) -> Sampling {
      let share = Float(max(0, min(1, progress)))
      return Sampling(
        steps: nSteps, discount: replay.discount,
        correction: priorityCorrection + share * (priorityCorrectionEnd - priorityCorrection))
    }

    var initialisers: (weights: Initialiser, biases: Initialiser) {
      switch weights {
      case .torch: (.torch, .torch)
      case .xavier: (.xavierUniform, .zero)
      // Uniform with scale 1 / sqrt(3) over the inputs, as Dopamine's Rainbow and quantile networks.
      case .fanIn: (.variance(1 / 3.0.squareRoot(), .input, .uniform), .zero)
      }
    }

    var learner: Learner.Settings {
      var learner = Learner.Settings()
      learner.rule =
        rule == .adam
        ? .adam(epsilon: epsilon)
        : .rmsProp(decay: rmspropDecay, epsilon: epsilon, isCentred: true, epsilonInside: true)
      learner.learningRate = learningRate
      learner.maxGradientNorm = maxGradientNorm > 0 ? maxGradientNorm : nil
      return learner
    }
  }
}
