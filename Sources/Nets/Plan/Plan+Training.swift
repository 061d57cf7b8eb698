import Lanes

extension Plan {
  /// Some rows of a batch that is being learned from.
  public struct Part {
    public let shard: Int
    /// Of the batch.
    public let rows: Range<Int>
    let plan: Plan
    let workspace: Workspace
    /// Where a device's outputs lie, and the first of these rows there; nil: in the workspace.
    var landing: Landing?
    var place = 0

    /// [rows, count], from the first of these rows on.
    public func outputs(_ output: OutputShape) -> UnsafePointer<Float> {
      if let landing {
        return UnsafePointer(landing.outputs[output.place].pointer + place * output.count)
      }
      return UnsafePointer(workspace.arrays[plan.schedule.outputs[output.place].array])
    }

    /// [rows, count], zero at first; to be written or added to. What is written for an output from
    /// which no learned weights are reached is ignored.
    public func slopes(_ output: OutputShape) -> UnsafeMutablePointer<Float> {
      if let landing { return landing.slopes[output.place].pointer + place * output.count }
      let output = plan.schedule.outputs[output.place]
      return workspace.slopes[output.array] ?? workspace.scratch
    }
  }

  /// Shards into which a batch of so many rows is cut.
  public func shards(_ count: Int) -> Int {
    let largest = max(1, (64 << 20) / max(layout.count, 1))
    let steps = count * steps
    let few = steps >= 32 ? 2 : 1
    return max(1, min(Self.mostShards, largest, count, max(few, steps / Self.shardRows)))
  }

  /// Forward and backward; overwrites all gradients. The mean of the graph's penalties is added to
  /// the loss.
  /// - Parameters:
  ///   - noise: seed of noisy layers; nil: they are still.
  ///   - loss: writes the slopes of the outputs; called for the parts of one shard in order, for
  ///     different shards at once.
  public func train(
    _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer, noise: UInt64? = nil,
    loss: (Part) -> Void
  ) {
    precondition(weights.count == layout.count && gradients.count == layout.count)
    reserveInputSlopes(count)
    if let device = workshop.backend.device {
      train(on: device, weights, inputs, count: count, gradients: gradients, noise, loss: loss)
    } else {
      prepare(weights, noise)
      trainShards(weights, inputs, count: count, gradients: gradients, noise: noise, loss: loss)
    }
    if let noise { finishNoise(weights, gradients, noise) }
  }

  func finishNoise(_ weights: Buffer, _ gradients: Buffer, _ noise: UInt64) {
    for (index, step) in schedule.steps.enumerated() where step.learns {
      guard let run = preparation(index, step, weights, noise) else { continue }
      step.operation.finish(run, gradients.address)
    }
  }

  private func trainShards(
    _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer, noise: UInt64?,
    loss: (Part) -> Void
  ) {
    let shards = shards(count)
    for layer in late { layer?.reserve(count) }
    while shards > 1 && shardGradients.count < shards {
      shardGradients.append(layout.makeBuffer())
    }
    let time = count * (products.forward + products.backward) / Self.productsInNanosecond
    workshop.pool.forEach(shards, nanoseconds: time) { shard, worker in
      let range = (shard * count / shards)..<((shard + 1) * count / shards)
      let sum = (shards > 1 ? shardGradients[shard] : gradients).pointer
      for range in summed { (sum + range.lowerBound).update(repeating: 0, count: range.count) }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
        let part = first..<min(first + chunk, range.upperBound)
        let call = Call(
          self, weights, inputs, noise, workspaces[worker], first: first, count: part.count,
          gradients: sum)
        forward(call)
        clearSlopes(call)
        let rows = Part(shard: shard, rows: part, plan: self, workspace: call.workspace)
        loss(rows)
        penalise(rows, of: count)
        backward(call)
      }
    }
    if shards > 1 { for range in summed { reduce(shards, range, into: gradients) } }
    for layer in late { layer?.finish(count, gradients.pointer, workshop) }
  }

  /// Adds what the graph's penalties say of rows.
  func penalise(_ part: Part, of count: Int) {
    for penalty in penalties {
      let slopes = part.slopes(penalty)
      for row in 0..<part.rows.count * steps { slopes[row] += 1 / Float(count * steps) }
    }
  }

  /// Slopes of a wanted input in the last training call, [rows, count] as the network reads it.
  public func slopes(ofInput name: String) -> UnsafePointer<Float> {
    guard let place = schedule.wanted.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("slopes of \(name) are not wanted")
    }
    return UnsafePointer(inputSlopes[place].pointer)
  }

  func reserveInputSlopes(_ count: Int) {
    for (place, wanted) in schedule.wanted.enumerated()
    where inputSlopes[place].count < count * wanted.count {
      inputSlopes[place] = AlignedBuffer(count: count * wanted.count)
    }
  }

  private func clearSlopes(_ call: Call) {
    for output in schedule.outputs {
      let slopes = call.workspace.slopes[output.array] ?? call.workspace.scratch
      if output.hasSlope { slopes.update(repeating: 0, count: call.count * output.count) }
    }
  }

  func backward(_ call: Call) {
    for index in schedule.steps.indices.reversed() where schedule.steps[index].goesBack {
      let step = schedule.steps[index]
      step.operation.backward(call.run(index, step))
      call.workspace.addSpared(step, index, schedule, call.count)
    }
    if workshop.backend.device != nil { return }
    for (place, wanted) in schedule.wanted.enumerated() {
      (inputSlopes[place].pointer + call.first * wanted.count).update(
        from: call.workspace.slopes[wanted.array]!, count: call.count * wanted.count)
    }
  }

  private func reduce(_ shards: Int, _ range: Range<Int>, into gradients: Buffer) {
    let total = gradients.pointer
    workshop.forEachPart(of: range) { range in
      let first = shardGradients[0].pointer
      for index in range { total[index] = first[index] }
      for shard in 1..<shards {
        let other = shardGradients[shard].pointer
        for index in range { total[index] += other[index] }
      }
    }
  }
}
