import Nets

/// The objective where outputs lie elsewhere; `PPO.objective` says what it is.
extension PPO {
  /// nil: outputs are here, or come here.
  var rowRule: RowLoss.Rule? {
    let policy: RowLoss.Policy
    switch distribution {
    case let choice as Categorical: policy = .choices(choice.counts)
    case let normal as DiagonalGaussian: policy = .normal(width: normal.width)
    default: return nil
    }
    let rule = RowLoss.Rule.policy(
      policy, clip: settings.clip, clipsValue: settings.clipValueLoss,
      value: settings.valueCoefficient, entropy: settings.entropyCoefficient)
    return learner.plan.takes(rule) ? rule : nil
  }

  /// One step along the gradient of the mean loss of these transitions, or sequences by their first.
  func update(_ samples: [Int32], _ rule: RowLoss.Rule) throws -> Losses {
    let minibatch = Minibatch(
      studied, samples, steps: settings.sequence, normalizes: settings.normalizeAdvantages)
    let loss = rowLoss(rule, rows: minibatch.places.count)
    for (row, place) in minibatch.places.enumerated() {
      give(loss.given(row), place, minibatch.advantages[row], weight: 1 / Float(minibatch.count))
    }
    let update = try studied.withInputs(samples) {
      try learner.update($0, count: samples.count, loss)
    }
    var losses = Losses()
    for (row, place) in minibatch.places.enumerated() where place != nil {
      let told = loss.figures(row)
      losses += Losses(
        policy: Double(told[0]), value: Double(told[1]), entropy: Double(told[2]),
        divergence: Double(told[3]), clipped: Double(told[4]), samples: 1)
    }
    (losses.gradientNorm, losses.updates) = (Double(update.gradientNorm), 1)
    return losses
  }

  /// - Parameter place: nil: nothing is learned there.
  private func give(
    _ given: UnsafeMutablePointer<Float>, _ place: Int?, _ advantage: Float, weight: Float
  ) {
    guard let place else {
      return given.update(repeating: 0, count: 5 + distribution.width)
    }
    let old = studied.values[place]
    (given[0], given[1]) = (studied.logProbabilities[place], advantage)
    (given[2], given[3], given[4]) = (old, old + studied.advantages[place], weight)
    (given + 5).update(from: studied.action(place), count: distribution.width)
  }

  private func rowLoss(_ rule: RowLoss.Rule, rows: Int) -> RowLoss {
    if let loss = rowLoss, loss.rule == rule, loss.rows >= rows { return loss }
    let made = RowLoss(
      rule, of: [learner.plan.output("value and policy")], rows: rows)
    rowLoss = made
    return made
  }
}
