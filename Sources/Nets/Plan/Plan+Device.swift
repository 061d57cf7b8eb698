import Lanes

/// Plans on a device: many rows at once. Losses stay with the program, so outputs come to it and their
/// slopes go back.
extension Plan {
  /// Outputs of rows and their slopes, by output, [rows, count].
  final class Landing {
    let rows: Int
    let outputs, slopes: [AlignedBuffer<Float>]

    init(_ schedule: Schedule, rows: Int) {
      self.rows = rows
      outputs = schedule.outputs.map { AlignedBuffer(count: rows * $0.count) }
      slopes = schedule.outputs.map { AlignedBuffer(count: rows * $0.count) }
    }
  }

  func forward(
    on device: any Device, _ weights: Buffer, _ inputs: Inputs, count: Int,
    into outputs: HostRows, _ noise: UInt64?
  ) {
    let workspace = space(for: count)
    device.sequence {
      prepare(weights, noise)
      for first in stride(from: 0, to: count, by: chunk) {
        let rows = min(chunk, count - first)
        forward(Call(self, weights, inputs, noise, workspace, first: first, count: rows))
        for (place, output) in schedule.outputs.enumerated() {
          device.download(
            workspace.arrays[output.array], to: outputs[place] + first * output.count,
            4 * rows * output.count)
        }
      }
    }
    device.wait()
  }

  /// As on the processor, but for the order of sums: the loss sees the same shards.
  func train(
    on device: any Device, _ weights: Buffer, _ inputs: Inputs, count: Int, gradients: Buffer,
    _ noise: UInt64?, loss: (Part) -> Void
  ) {
    let workspace = space(for: count)
    let landing = landing(for: count)
    let sums = gradients.address
    for first in stride(from: 0, to: count, by: chunk) {
      let rows = first..<min(first + chunk, count)
      let call = Call(
        self, weights, inputs, noise, workspace, first: first, count: rows.count, gradients: sums)
      device.sequence {
        if first == 0 { begin(weights, sums, noise) }
        forward(call)
        for (place, output) in schedule.outputs.enumerated() {
          device.download(
            workspace.arrays[output.array], to: landing.outputs[place].pointer,
            4 * rows.count * output.count)
        }
      }
      device.wait()
      ask(loss, rows, of: count, workspace, landing)
      device.sequence {
        for (place, output) in schedule.outputs.enumerated() where output.hasSlope {
          device.upload(
            landing.slopes[place].pointer, to: workspace.slopes[output.array]!,
            4 * rows.count * output.count)
        }
        backward(call)
        bringInputSlopes(device, call)
      }
    }
    if !schedule.wanted.isEmpty { device.wait() }
  }

  func bringInputSlopes(_ device: any Device, _ call: Call) {
    for (place, wanted) in schedule.wanted.enumerated() {
      device.download(
        call.workspace.slopes[wanted.array]!,
        to: inputSlopes[place].pointer + call.first * wanted.count, 4 * call.count * wanted.count)
    }
  }

  /// Before the first rows of a training call.
  private func begin(_ weights: Buffer, _ sums: MutableFloats, _ noise: UInt64?) {
    prepare(weights, noise)
    workshop.backend.clear(sums, layout.count)
  }

  /// The loss of rows, shard by shard.
  private func ask(
    _ loss: (Part) -> Void, _ rows: Range<Int>, of count: Int, _ workspace: Workspace,
    _ landing: Landing
  ) {
    let shards = shards(count)
    workshop.pool.forEach(shards) { shard, _ in
      let range = (shard * count / shards)..<((shard + 1) * count / shards)
      let mine = range.clamped(to: rows)
      if mine.isEmpty { return }
      let place = mine.lowerBound - rows.lowerBound
      for (slopes, output) in zip(landing.slopes, outputs) {
        (slopes.pointer + place * output.count).update(
          repeating: 0, count: mine.count * output.count)
      }
      let part = Part(
        shard: shard, rows: mine, plan: self, workspace: workspace, landing: landing, place: place)
      loss(part)
      penalise(part, of: count)
    }
  }

  func space(for count: Int) -> Workspace {
    let rows = min(count, chunk)
    if let space = workspaces.first, space.rows >= rows { return space }
    workspaces = []
    workspaces = [Workspace(schedule, rows: rows, workshop.backend)]
    return workspaces[0]
  }

  private func landing(for count: Int) -> Landing {
    let rows = min(count, chunk)
    if let landing, landing.rows >= rows { return landing }
    let made = Landing(schedule, rows: rows)
    landing = made
    return made
  }
}
