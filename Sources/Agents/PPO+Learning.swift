import Lanes
import Nets

extension PPO {
  public func learn(progress: Double) throws -> Report? {
    guard rollout.isFull else { return nil }
    guard let study else { return try study(at: progress, using: &generator) }
    try study.finish()
    followLearner()
    (rollout, studied) = (studied, rollout)
    rollout.clear()
    return study.begin(generator.next()) { try self.study(at: progress, using: &$0) }
  }

  public var learnsBeside: Bool { study != nil }
  public func takeSecondsBeside() -> Double { study?.takeSeconds() ?? 0 }

  /// Acts with what has been learned, from now on.
  func followLearner() {
    if policyWeights === learner.weights { return }
    policyWeights.copy(from: learner.weights)
    // Whoever reads them asks for it elsewhere.
    study?.workshop.backend.device?.wait()
  }

  /// Learns from a whole rollout.
  private func study(
    at progress: Double, using generator: inout SplitMix64
  ) throws -> Report {
    let rollout = studied
    rollout.estimateAdvantages(discount: settings.discount, lambda: settings.lambda)
    learner.optimiser.learningRate = settings.learningRate(at: progress)
    let explained = rollout.explainedVariance(rollout.learned)
    var samples = memory == nil ? rollout.learned : rollout.sequences
    var losses = Losses()
    for _ in 0..<settings.epochs {
      samples.shuffle(using: &generator)
      for part in 0..<settings.minibatches {
        let ends = (part...part + 1).map { $0 * samples.count / settings.minibatches }
        if ends[0] < ends[1] { losses += try update(Array(samples[ends[0]..<ends[1]])) }
      }
    }
    if let layer = learner.notFinite { throw AgentError.diverged(layer: layer) }
    var report = losses.report(
      explained: explained, learningRate: learner.optimiser.learningRate)
    for figure in watched(samples) { report.set(figure.name, figure.value) }
    rollout.clear()
    return report
  }

  private func watched(_ samples: [Int32]) -> [(name: String, value: Double)] {
    guard let watch else { return [] }
    let samples = Array(samples.suffix(watch.rows))
    return studied.withInputs(samples) {
      watch.figures(learner.weights, $0, count: samples.count)
    }
  }

  /// One step along the gradient of these samples: transitions, or sequences by their first.
  private func update(_ samples: [Int32]) throws -> Losses {
    if let rule = rowRule { return try update(samples, rule) }
    var losses = gradient(samples)
    losses.gradientNorm = Double(try learner.step().gradientNorm)
    return losses
  }

  /// Fills the learner's gradients with those of the mean loss.
  func gradient(_ samples: [Int32]) -> Losses {
    let (steps, width) = (settings.sequence, 1 + distribution.outputs)
    let minibatch = Minibatch(
      studied, samples, steps: steps, normalizes: settings.normalizeAdvantages)
    let output = learner.plan.output("value and policy")
    let shards = AlignedBuffer<Losses>(count: learner.plan.shards(samples.count))
    studied.withInputs(samples) { inputs in
      learner.slope(inputs, count: samples.count) { part in
        let (outputs, slopes) = (part.outputs(output), part.slopes(output))
        for row in 0..<part.rows.count * steps {
          let number = part.rows.lowerBound * steps + row
          guard let place = minibatch.places[number] else { continue }
          shards[part.shard] += objective(
            place, minibatch.advantages[number], outputs + row * width, slopes + row * width,
            scale: 1 / Float(minibatch.count))
        }
      }
    }
    var losses = shards.span.reduce(into: Losses()) { $0 += $1 }
    losses.updates = 1
    return losses
  }

  /// Losses of one transition; writes the slopes of `scale` times
  /// policy loss + value coefficient * value loss - entropy coefficient * entropy.
  func objective(
    _ place: Int, _ advantage: Float, _ row: UnsafePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>, scale: Float
  ) -> Losses {
    let action = UnsafePointer(studied.action(place))
    let logRatio =
      distribution.logProbability(row + 1, of: action) - studied.logProbabilities[place]
    let policy = Objective.policy(logRatio: logRatio, advantage: advantage, clip: settings.clip)
    let old = studied.values[place]
    let error = Objective.value(
      row[0], old: old, target: old + studied.advantages[place],
      clip: settings.clipValueLoss ? settings.clip : nil)
    let entropy = distribution.writeSlopes(
      row + 1, of: action, logProbability: scale * policy.slope,
      entropy: -scale * settings.entropyCoefficient, into: slopes + 1)
    slopes[0] = scale * settings.valueCoefficient * error.slope
    return Losses(
      policy: Double(policy.loss), value: Double(error.loss),
      entropy: Double(entropy), divergence: Double(policy.divergence),
      clipped: policy.isClipped ? 1 : 0, samples: 1)
  }
}
