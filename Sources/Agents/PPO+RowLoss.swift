import Nets

/// The objective where outputs lie elsewhere; `PPO.objective` says what it is.
extension PPO {
  /// nil: outputs are here, or come here.
  var rowRule: RowLoss.Rule? {
    guard learner.plan.takesRowLosses, watch == nil, let choice = distribution as? Categorical,
      choice.counts.count == 1
    else { return nil }
    return .policy(
      choices: choice.counts[0], clip: settings.clip, clipsValue: settings.clipValueLoss,
      value: settings.valueCoefficient, entropy: settings.entropyCoefficient)
  }

  /// One step along the gradient of these transitions' mean loss.
  func update(_ samples: [Int32], _ rule: RowLoss.Rule) throws -> Losses {
    let minibatch = Minibatch(
      studied, samples, steps: 1, normalizes: settings.normalizeAdvantages)
    let loss = rowLoss(rule, rows: samples.count)
    for (row, place) in minibatch.places.enumerated() {
      let given = loss.given(row)
      guard let place else {
        for number in 0..<6 { given[number] = 0 }
        continue
      }
      let old = studied.values[place]
      given[0] = studied.action(place)[0]
      given[1] = studied.logProbabilities[place]
      given[2] = minibatch.advantages[row]
      (given[3], given[4]) = (old, old + studied.advantages[place])
      given[5] = 1 / Float(minibatch.count)
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

  private func rowLoss(_ rule: RowLoss.Rule, rows: Int) -> RowLoss {
    if let loss = rowLoss, loss.rule == rule, loss.rows >= rows { return loss }
    let made = RowLoss(rule, of: learner.plan.output("value and policy"), rows: rows)
    rowLoss = made
    return made
  }
}
