import Lanes
import Nets
import Replay

extension DQN {
  /// All that a device needs to learn from steps that it draws by itself.
  struct There {
    let draws: Draws
    let aiming: Aiming
  }

  /// The targets that a device makes.
  static func aim(_ settings: Settings, head: ValueHead, actions: Int) -> Aim {
    var (form, atoms) = (Aim.Form.projected, Aim.Atoms?.none)
    if case .categorical(let support, let target) = head {
      atoms = Aim.Atoms(low: support.low, high: support.high, spacing: support.spacing)
      switch target {
      case .projection: form = .projected
      case .twoHot: form = .twoHot
      case .gaussian(let deviation): form = .normal(deviation: deviation)
      }
    }
    return Aim(
      head.rowRule(actions: actions, conservatism: settings.conservatism), form, atoms,
      isDouble: settings.double,
      soft: settings.munchausenSettings.map {
        Aim.Soft(temperature: $0.temperature, share: $0.share, floor: $0.floor)
      })
  }

  /// As `update`: draws, targets, step and new priorities are asked for at once, and nothing of the rows
  /// comes here but figures.
  func update(_ sampling: Sampling, _ there: There, _ loss: RowLoss) throws -> Bool {
    let replay = experience.replay
    guard replay.bring(sampling) else { return false }
    let update = try learner.update(batch.count, loss) {
      replay.draw(sampling, using: &generator, into: there.draws)
      see(there)
      let inputs = inputs(there, isNext: false)
      if case .implicit = head { setFractions(there) }
      there.aiming.aim(there.draws, allowed: allowedRows(there))
      return (inputs, noise(), there.aiming.given)
    } rank: {
      replay.rank(there.draws, losses: $0, apart: loss.rule.figures)
    }
    note(update, loss)
    return true
  }

  /// Outputs of which targets are made, in the order of `computeTargets`.
  private func see(_ there: There) {
    let next = inputs(there, isNext: true)
    there.aiming.see(.next, target, next, noise: noise())
    if settings.double { there.aiming.see(.chosen, learner.weights, next, noise: noise()) }
    if settings.munchausen {
      there.aiming.see(.before, target, inputs(there, isNext: false), noise: noise())
    }
  }

  func setFractions(_ there: There) {
    there.aiming.set(fractions: fractions.pointer, batch.count * head.numbers)
  }

  /// Observations of a new batch; nil: there is nothing to draw yet.
  func drawn(
    _ sampling: Sampling, _ there: There, using generator: inout SplitMix64
  ) -> [Rows]? {
    guard let device = learner.plan.device, experience.replay.bring(sampling) else { return nil }
    device.sequence { experience.replay.draw(sampling, using: &generator, into: there.draws) }
    return rows(there, isNext: false)
  }

  private func rows(_ there: There, isNext: Bool) -> [Rows] {
    let rows = experience.replay.rows(there.draws, isNext: isNext)
    return senses.places.map { place in rows.first { $0.place == place }!.rows }
  }

  private func inputs(_ there: There, isNext: Bool) -> Inputs {
    var read = rows(there, isNext: isNext)
    if let augmentation {
      read = augmentation.move(read, count: batch.count, using: &generator)
    }
    return withFractions(read, count: batch.count, samples: head.numbers, &generator)
  }

  private func allowedRows(_ there: There) -> Rows? {
    allowed.place.flatMap { place in
      experience.replay.rows(there.draws, isNext: true).first { $0.place == place }?.rows
    }
  }
}
