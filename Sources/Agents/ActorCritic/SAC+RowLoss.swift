import Nets

/// Losses of the actor where its outputs lie elsewhere.
extension SAC {
  /// What `SquashedGaussian.addPathSlopes` says of the batch; nil: outputs are here.
  /// - Parameter slopes: of actions, [batch, width].
  func rowLoss(
    _ policy: SquashedGaussian, _ slopes: UnsafePointer<Float>, scale: Float
  ) -> RowLoss? {
    let width = policy.width
    let rule = RowLoss.Rule.squashed(width: width, isCut: policy.deviation == .cut)
    guard let loss = rowLoss(rule) else { return nil }
    let alpha = alpha
    for row in 0..<batch.count {
      let given = loss.given(row)
      given[0] = scale * alpha
      for place in 0..<width {
        given[1 + place] = noise[row * width + place]
        given[1 + width + place] = scale * slopes[row * width + place]
        given[1 + 2 * width + place] = policy.low[place]
        given[1 + 3 * width + place] = policy.high[place]
      }
    }
    return loss
  }

  /// What `discreteActorLoss` says of the batch.
  /// - Parameters:
  ///   - first, second: the critics' values, [batch, actions].
  func rowLoss(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, scale: Float
  ) -> RowLoss? {
    let count = policy.outputs
    let rule = RowLoss.Rule.soft(actions: count)
    guard let loss = rowLoss(rule) else { return nil }
    let alpha = alpha
    for row in 0..<batch.count {
      let given = loss.given(row)
      (given[0], given[1]) = (scale, alpha)
      (given + 2).update(from: first + row * count, count: count)
      (given + 2 + count).update(from: second + row * count, count: count)
    }
    return loss
  }

  /// The actor's loss of that kind over a batch, kept for the next time; nil: outputs are here.
  private func rowLoss(_ rule: RowLoss.Rule) -> RowLoss? {
    guard actor.plan.takes(rule) else { return nil }
    actorLoss = actorLoss.of(rule, [actor.plan.outputs[0]], rows: batch.count)
    return actorLoss
  }
}

extension Learner {
  /// One step along slopes of the only output that are known before it is.
  /// - Parameters:
  ///   - slopes: [rows, count].
  ///   - loss: kept for the next time.
  func update(
    _ inputs: Inputs, slopes: [Float], _ loss: inout RowLoss?
  ) throws -> Update {
    let output = plan.outputs[0]
    let (width, count) = (output.count, slopes.count / output.count)
    let rule = RowLoss.Rule.slopes(width)
    if plan.takes(rule) {
      loss = loss.of(rule, [output], rows: count)
      for (place, slope) in slopes.enumerated() { loss!.given(0)[place] = slope }
      return try update(inputs, count: count, loss!)
    }
    return try update(inputs, count: count) { part in
      for place in 0..<part.rows.count * width {
        part.slopes(output)[place] = slopes[part.rows.lowerBound * width + place]
      }
    }
  }
}
