import Environment
import Foundation
import Lanes
import Nets

/// Proximal policy optimisation, clipped objective, on pictures.
///
/// Source: Schulman et al. 2017, arXiv:1707.06347; details as CleanRL `ppo_atari.py`. One thing is
/// done better: an episode that was cut off is bootstrapped from its last observation's value.
public final class PPO: Agent {
  public static let name = "ppo"

  public struct Settings: Codable, Equatable, Sendable {
    public var learningRate: Float = 2.5e-4
    /// Learning rate falls linearly to zero over the run.
    public var anneal = true
    /// Agent steps of every lane between updates.
    public var rolloutSteps = 128
    public var discount: Float = 0.99
    /// Of generalised advantage estimation.
    public var lambda: Float = 0.95
    public var minibatches = 4
    public var epochs = 4
    /// Bound on |probability ratio - 1|, and on the change of the value if that is clipped too.
    public var clip: Float = 0.1
    public var clipValueLoss = true
    public var entropyCoefficient: Float = 0.01
    public var valueCoefficient: Float = 0.5
    public var maxGradientNorm: Float = 0.5
    public var normalizeAdvantages = true
    public var adamEpsilon: Float = 1e-5

    public init() {}
  }

  public let settings: Settings
  private let lanes: Int
  private let actionCount: Int
  private let network: Network
  private let rollout: Rollout
  private var optimizer: Adam
  private var generator: SplitMix64
  private let pool: ThreadPool

  private let outputs: AlignedBuffer<Float>
  private let pictures: UnsafeMutablePointer<UnsafePointer<UInt8>>
  private let observationBytes: Int
  private let capacity: Int

  /// - Throws: `AgentError` when the environment or a setting does not suit.
  public init(
    spec: EnvironmentSpec, lanes: Int, settings: Settings = Settings(), seed: UInt64,
    pool: ThreadPool
  ) throws {
    guard case .discrete(let actionCount) = spec.actions else {
      throw AgentError.environment("ppo needs discrete actions, which \(spec.id) does not have")
    }
    guard spec.players == 1 else {
      throw AgentError.environment("ppo plays alone, \(spec.id) here has \(spec.players) players")
    }
    guard spec.observation.element == .uint8, spec.observation.shape.count == 3,
      spec.observation.shape[1] >= 36, spec.observation.shape[2] >= 36
    else { throw AgentError.environment("ppo needs pictures, [channels, height, width] of bytes") }
    try settings.check(lanes: lanes)
    self.settings = settings
    self.lanes = lanes
    self.actionCount = actionCount
    self.pool = pool
    observationBytes = spec.observation.byteCount
    generator = SplitMix64(seed: seed)
    let minibatch = lanes * settings.rolloutSteps / settings.minibatches
    capacity = max(minibatch, lanes)
    network = Network(
      input: spec.observation.shape,
      plan: [
        .convolution(filters: 32, kernel: 8, stride: 4),
        .convolution(filters: 64, kernel: 4, stride: 2),
        .convolution(filters: 64, kernel: 3, stride: 1),
        .dense(512),
        .heads([(actionCount, 0.01), (1, 1)]),
      ],
      capacity: capacity, pool: pool, using: &generator)
    rollout = Rollout(
      steps: settings.rolloutSteps, lanes: lanes, observationBytes: observationBytes)
    optimizer = Adam(learningRate: settings.learningRate, epsilon: settings.adamEpsilon)
    outputs = AlignedBuffer(count: capacity * network.outputCount)
    pictures = .allocate(capacity: capacity)
  }

  deinit { pictures.deallocate() }

  // MARK: Acting

  public func act(
    _ observations: UnsafePointer<UInt8>, into actions: UnsafeMutablePointer<Int32>
  ) {
    let step = rollout.step
    rollout.keep(observations, pool: pool)
    forward(rollout.observations(step), count: lanes)
    let width = network.outputCount
    for lane in 0..<lanes {
      let logits = outputs.pointer + lane * width
      let action = sample(logits, &generator)
      actions[lane] = Int32(action)
      let index = step * lanes + lane
      rollout.actions[index] = Int32(action)
      rollout.logProbabilities[index] = logits[action] - logSumExp(logits)
      rollout.values[index] = logits[actionCount]
    }
  }

  public func observe(_ buffers: StepBuffers) {
    rollout.observe(buffers) { values in
      // Values of the last observations of episodes that were cut off.
      let cut = (0..<lanes).filter { buffers.truncated[$0] != 0 }
      for (place, lane) in cut.enumerated() {
        pictures[place] = UnsafePointer(buffers.finalObservation(lane: lane))
      }
      guard !cut.isEmpty else { return }
      network.forward(pictures, count: cut.count, into: outputs.pointer)
      for (place, lane) in cut.enumerated() {
        values[lane] = outputs[place * network.outputCount + actionCount]
      }
    }
    if rollout.isFull {
      forward(UnsafePointer(buffers.observations.pointer), count: lanes)
      for lane in 0..<lanes {
        rollout.lastValues[lane] = outputs[lane * network.outputCount + actionCount]
      }
    }
  }

  public func choose(
    _ observations: UnsafePointer<UInt8>, count: Int, into actions: UnsafeMutablePointer<Int32>,
    greedy: Bool, using generator: inout SplitMix64
  ) {
    var first = 0
    while first < count {
      let part = min(capacity, count - first)
      forward(observations + first * observationBytes, count: part)
      for sample in 0..<part {
        let logits = outputs.pointer + sample * network.outputCount
        let action = greedy ? best(logits) : self.sample(logits, &generator)
        actions[first + sample] = Int32(action)
      }
      first += part
    }
  }

  private func forward(_ observations: UnsafePointer<UInt8>, count: Int) {
    for sample in 0..<count { pictures[sample] = observations + sample * observationBytes }
    network.forward(pictures, count: count, into: outputs.pointer)
  }

  private func logSumExp(_ logits: UnsafePointer<Float>) -> Float {
    var most = logits[0]
    for action in 1..<actionCount { most = max(most, logits[action]) }
    var sum: Float = 0
    for action in 0..<actionCount { sum += exp(logits[action] - most) }
    return most + log(sum)
  }

  private func sample(_ logits: UnsafePointer<Float>, _ generator: inout SplitMix64) -> Int {
    let total = logSumExp(logits)
    var rest = generator.nextFloat()
    for action in 0..<actionCount {
      rest -= exp(logits[action] - total)
      if rest < 0 { return action }
    }
    return best(logits)
  }

  private func best(_ logits: UnsafePointer<Float>) -> Int {
    var best = 0
    for action in 1..<actionCount where logits[action] > logits[best] { best = action }
    return best
  }

  // MARK: Learning

  public var isReady: Bool { rollout.isFull }

  public func learn(progress: Double) -> Report {
    rollout.estimateAdvantages(discount: settings.discount, lambda: settings.lambda)
    let remaining = Float(max(0, 1 - progress))
    optimizer.learningRate = settings.learningRate * (settings.anneal ? remaining : 1)
    let count = lanes * settings.rolloutSteps
    let size = count / settings.minibatches
    var order = Array(0..<count)
    var totals = Losses()
    for _ in 0..<settings.epochs {
      order.shuffle(using: &generator)
      for batch in 0..<settings.minibatches {
        totals.add(update(Array(order[(batch * size)..<((batch + 1) * size)])))
      }
    }
    let report = totals.report(
      updates: settings.epochs * settings.minibatches, samples: size,
      explained: rollout.explainedVariance(), learningRate: optimizer.learningRate)
    rollout.clear()
    return report
  }

  /// One step along the gradient of the samples with these indices.
  private func update(_ indices: [Int]) -> Losses {
    for (place, index) in indices.enumerated() { pictures[place] = rollout.observation(index) }
    let advantages = normalized(indices.map { rollout.advantages[$0] })
    let parts = (0..<Network.shardCount).map { _ in LossBox() }
    let share = indices.count
    network.train(pictures, count: share) { range, outputs, gradient in
      // Ranges begin in the order of the shards.
      let shard = min(
        (range.lowerBound * Network.shardCount + share - 1) / share, Network.shardCount - 1)
      for sample in range {
        let offset = (sample - range.lowerBound) * network.outputCount
        self.objective(
          indices[sample], advantages[sample], outputs + offset, gradient + offset,
          scale: 1 / Float(share), &parts[shard].losses)
      }
    }
    let norm = network.gradientNorm()
    let scale = min(1, settings.maxGradientNorm / (norm + 1e-6))
    optimizer.update(network.parameters, scale: scale, pool: pool)
    var losses = Losses()
    for part in parts { losses.add(part.losses) }
    losses.gradientNorm = Double(norm)
    return losses
  }

  private func normalized(_ advantages: [Float]) -> [Float] {
    guard settings.normalizeAdvantages, advantages.count > 1 else { return advantages }
    let count = Double(advantages.count)
    let mean = advantages.reduce(0.0) { $0 + Double($1) } / count
    let squares = advantages.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    return advantages.map { Float((Double($0) - mean) / (deviation + 1e-8)) }
  }

  /// Loss and its gradient with respect to logits and value, for one sample.
  func objective(
    _ index: Int, _ advantage: Float, _ outputs: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>, scale: Float, _ losses: inout Losses
  ) {
    let action = Int(rollout.actions[index])
    let total = logSumExp(outputs)
    let logRatio = outputs[action] - total - rollout.logProbabilities[index]
    let ratio = exp(logRatio)
    let clipped = min(max(ratio, 1 - settings.clip), 1 + settings.clip)
    let unclippedLoss = -advantage * ratio
    let clippedLoss = -advantage * clipped
    // d(policy loss)/d(log probability): zero where the clipped branch holds.
    let slope: Float = unclippedLoss >= clippedLoss ? unclippedLoss : 0
    var entropy: Float = 0
    for other in 0..<actionCount {
      let logProbability = outputs[other] - total
      entropy -= exp(logProbability) * logProbability
    }
    for other in 0..<actionCount {
      let logProbability = outputs[other] - total
      let probability = exp(logProbability)
      let policy = slope * ((other == action ? 1 : 0) - probability)
      let spread = settings.entropyCoefficient * probability * (logProbability + entropy)
      gradient[other] = scale * (policy + spread)
    }
    let (valueLoss, valueSlope) = valueObjective(index, outputs[actionCount])
    gradient[actionCount] = scale * settings.valueCoefficient * valueSlope
    losses.policy += Double(max(unclippedLoss, clippedLoss))
    losses.value += Double(valueLoss)
    losses.entropy += Double(entropy)
    losses.divergence += Double(ratio - 1 - logRatio)
    losses.clipped += abs(ratio - 1) > settings.clip ? 1 : 0
  }

  /// Half the squared error, or the larger of that and the clipped value's, and its slope.
  private func valueObjective(_ index: Int, _ value: Float) -> (loss: Float, slope: Float) {
    let old = rollout.values[index]
    let target = rollout.advantages[index] + old
    let error = value - target
    guard settings.clipValueLoss else { return (0.5 * error * error, error) }
    let step = min(max(value - old, -settings.clip), settings.clip)
    let clippedError = old + step - target
    if error * error >= clippedError * clippedError { return (0.5 * error * error, error) }
    let moves = abs(value - old) < settings.clip
    return (0.5 * clippedError * clippedError, moves ? clippedError : 0)
  }

  // MARK: Saving

  public var settingsText: [String: String] { settings.text }

  public func save(into file: inout SafeTensors) {
    let parameters = network.parameters
    for slice in parameters.slices {
      for (prefix, buffer) in [
        ("", parameters.values), ("adam.m.", parameters.firstMoments),
        ("adam.v.", parameters.secondMoments),
      ] {
        file.set(
          prefix + slice.name,
          UnsafeBufferPointer(start: buffer.pointer + slice.offset, count: slice.count),
          type: "F32", shape: slice.shape)
      }
    }
    file.metadata["adam.updates"] = String(parameters.updates)
    file.metadata["agent.generator"] = String(generator.state)
  }

  public func restore(from file: SafeTensors) throws {
    let parameters = network.parameters
    for slice in parameters.slices {
      for (prefix, buffer) in [
        ("", parameters.values), ("adam.m.", parameters.firstMoments),
        ("adam.v.", parameters.secondMoments),
      ] {
        try file.copy(
          prefix + slice.name,
          to: UnsafeMutableBufferPointer(start: buffer.pointer + slice.offset, count: slice.count),
          type: "F32")
      }
    }
    guard let updates = Int(try file.text("adam.updates")),
      let state = UInt64(try file.text("agent.generator"))
    else { throw CheckpointError.mismatch("adam.updates") }
    parameters.updates = updates
    generator.state = state
    rollout.clear()
  }
}

/// Sums over samples of an update.
struct Losses {
  var policy = 0.0
  var value = 0.0
  var entropy = 0.0
  var divergence = 0.0
  var clipped = 0.0
  var gradientNorm = 0.0

  mutating func add(_ other: Losses) {
    policy += other.policy
    value += other.value
    entropy += other.entropy
    divergence += other.divergence
    clipped += other.clipped
    gradientNorm += other.gradientNorm
  }

  func report(updates: Int, samples: Int, explained: Double, learningRate: Float) -> Report {
    let count = Double(updates * samples)
    var report = Report()
    report.set("policy_loss", policy / count)
    report.set("value_loss", value / count)
    report.set("entropy", entropy / count)
    report.set("approximate_kl", divergence / count)
    report.set("clip_fraction", clipped / count)
    report.set("gradient_norm", gradientNorm / Double(updates))
    report.set("explained_variance", explained)
    report.set("learning_rate", Double(learningRate))
    return report
  }
}

private final class LossBox: @unchecked Sendable {
  var losses = Losses()
}
