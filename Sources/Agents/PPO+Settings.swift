import Environment
import Glibc
import Nets
import Records

extension PPO {
  public struct Settings: Configurable {
    public enum Memory: String, CaseIterable, Sendable {
      case none, lstm, gru

      var cell: Cell? { Cell(rawValue: rawValue) }
    }

    public var learningRate: Float = 2.5e-4
    public var anneal = true
    public var rolloutSteps = 128
    public var discount: Float = 0.99
    public var lambda: Float = 0.95
    public var minibatches = 4
    public var epochs = 4
    public var clip: Float = 0.1
    public var clipValueLoss = true
    public var entropyCoefficient: Float = 0.01
    public var valueCoefficient: Float = 0.5
    public var maxGradientNorm: Float = 0.5
    public var normalizeAdvantages = true
    public var normalizeObservations = false
    public var normalizeRewards = false
    public var adamEpsilon: Float = 1e-5
    public var separate = false
    public var policyLag = 0
    public var memory = Memory.none
    public var memoryUnits = 128
    public var memorySpan: Int?
    public var network = NetworkSettings()

    /// CleanRL's `ppo_atari.py`.
    public init() {}

    public static let owner = "ppo"

    public static let settings: [Setting<Self>] =
      [
        .number("learning-rate", \.learningRate, 0...1, "Adam's step"),
        .flag("anneal", \.anneal, "the learning rate falls linearly to 0 over the run"),
        .whole(
          "rollout-steps", \.rolloutSteps, 1...100_000, "steps of every lane between two updates"),
        .number("discount", \.discount, 0...1, "weight of the next step's return, per agent step"),
        .number("lambda", \.lambda, 0...1, "of generalised advantage estimation"),
        .whole(
          "minibatches", \.minibatches, 1...1_000_000, "parts of a rollout, a gradient step each"),
        .whole("epochs", \.epochs, 1...1000, "times that a rollout is learned from"),
        .number(
          "clip", \.clip, 1e-6...100,
          "bound on |probability ratio - 1|, and on the value's change if that is clipped too"),
        .flag(
          "clip-value-loss", \.clipValueLoss, "the larger of the free and the clipped value's error"
        ),
        .number(
          "entropy-coefficient", \.entropyCoefficient, 0...100, "weight of the policy's entropy"),
        .number("value-coefficient", \.valueCoefficient, 0...100, "weight of the value's error"),
        .number(
          "max-gradient-norm", \.maxGradientNorm, 1e-6...1e6, "longer gradients are scaled down"),
        .flag(
          "normalize-advantages", \.normalizeAdvantages, "mean 0 and deviation 1 in each minibatch"),
        .flag(
          "normalize-observations", \.normalizeObservations,
          "vectors by running mean and deviation, cut at 10"),
        .flag(
          "normalize-rewards", \.normalizeRewards,
          "rewards by the running deviation of discounted returns, cut at 10"),
        .number("adam-epsilon", \.adamEpsilon, 1e-12...1, "added to Adam's denominator"),
        .flag("separate", \.separate, "value and policy have a network each"),
        .whole(
          "policy-lag", \.policyLag, 0...1,
          "rollouts by which the policy that acts is older than the one that learns; 1: it learns "
            + "while the next rollout is simulated"),
        .choice("memory", \.memory, "a layer that remembers, behind the hidden layers"),
        .whole("memory-units", \.memoryUnits, 1...65_536, "of that layer")
          .absent { $0.memory == .none ? "memory none" : nil },
        .whole(
          "memory-span", \.memorySpan, 1...100_000, or: "rollout",
          "steps through which memory is learned; parts of a rollout"
        ).absent { $0.memory == .none ? "memory none" : nil },
      ] + NetworkSettings.settings.map { $0.within(\.network) }

    /// The defaults where such an environment is learned: CleanRL's `ppo_atari.py` for pictures,
    /// `ppo_continuous_action.py` for boxes, `ppo.py` else.
    public static func standard(for spec: EnvironmentSpec) -> Settings {
      var settings = Settings()
      let senses = spec.observation.compactMap(\.sense)
      // Tasks pay differently; Hessel et al. 2019, arXiv:1809.04474.
      settings.normalizeRewards = spec.tasks.count > 1
      let seesPictures = senses.contains { if case .picture = $0 { true } else { false } }
      if seesPictures { return settings }
      settings.clip = 0.2
      settings.network.hidden = [128]
      if !senses.contains(where: \.isGrid) {
        settings.separate = true
        settings.network.hidden = [64, 64]
        settings.network.bend = .tanh
      }
      guard case .box = spec.action else { return settings }
      settings.learningRate = 3e-4
      settings.rolloutSteps = 2048
      settings.minibatches = 32
      settings.epochs = 10
      settings.entropyCoefficient = 0
      settings.normalizeObservations = true
      settings.normalizeRewards = true
      return settings
    }

    /// - Throws: `AgentError.setting` for what does not suit so many lanes or this machine.
    func check(lanes: Int, _ fields: [Field], actionWidth: Int) throws {
      guard rolloutSteps % sequence == 0 else {
        throw AgentError.setting(
          "memory-span", "must divide the \(rolloutSteps) steps of a rollout")
      }
      let samples = lanes * rolloutSteps / sequence
      guard minibatches <= samples else {
        let what = memory == .none ? "transitions" : "sequences"
        throw AgentError.setting(
          "minibatches", "must be at most the \(samples) \(what) of a rollout")
      }
      if memory != .none, network.bottleneck.isMixture, network.placement == .big {
        throw AgentError.setting("placement", "big is for networks that remember nothing")
      }
      let bytes = Rollout.bytes(fields, actionWidth: actionWidth, steps: rolloutSteps, lanes: lanes)
      let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
      guard let bytes, bytes < memory else {
        let wanted = bytes.map { "\($0 >> 20) MB" } ?? "more than can be counted"
        throw AgentError.setting(
          "rollout-steps",
          "a rollout of \(rolloutSteps) steps in \(lanes) lanes takes \(wanted), "
            + "this machine has \(memory >> 20) MB")
      }
    }

    /// Steps of a sample.
    var sequence: Int { memory == .none ? 1 : memorySpan ?? rolloutSteps }

    var learner: Learner.Settings {
      var learner = Learner.Settings()
      learner.rule = .adam(epsilon: adamEpsilon)
      learner.learningRate = learningRate
      learner.maxGradientNorm = maxGradientNorm
      return learner
    }

    /// - Parameter progress: share of the run that is over, 0...1.
    func learningRate(at progress: Double) -> Float {
      learningRate * (anneal ? Float(max(0, min(1, 1 - progress))) : 1)
    }
  }

  public static let row = AgentRow(
    name: "ppo", paper: "Schulman et al. 2017, arXiv:1707.06347",
    settings: Settings().allDescriptions, refuses: { refusal($0) },
    defaults: { Settings.standard(for: $0).values },
    make: { spec, lanes, values, seed, workshop in
      var settings = Settings.standard(for: spec)
      try settings.change(values)
      return try PPO(spec: spec, lanes: lanes, settings: settings, seed: seed, workshop: workshop)
    },
    described: { spec, values in
      var settings = Settings.standard(for: spec)
      try settings.change(values)
      try settings.network.check(spec.observation.compactMap(\.sense))
      return settings.descriptions
    })

  /// Why it cannot learn there; nil: it can.
  static func refusal(_ spec: EnvironmentSpec) -> String? {
    if spec.players != 1 { return "ppo plays alone, \(spec.id) here has \(spec.players) players" }
    if let field = Senses.unreadable(spec).first {
      return "ppo cannot read '\(field.name)' of \(spec.id)"
    }
    let canRead = spec.observation.contains { $0.sense?.isSeen ?? false }
    return canRead ? nil : "ppo finds nothing to read in \(spec.id)"
  }
}
