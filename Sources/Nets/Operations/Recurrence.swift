extension Value {
  /// A layer that remembers: features of each step of a sample, and what it made of them, [units].
  ///
  /// - Parameters:
  ///   - first: at each step, [1]: not 0 where an episode begins and nothing is remembered.
  ///   - memory: of a sample, before its first step: [units] of a GRU, [2 * units] of an LSTM: what it
  ///     gave out, then its cells.
  /// - Returns: what it gives out, and its memory after each step.
  /// Source: Hochreiter and Schmidhuber 1997 with forget gates; Cho et al. 2014, arXiv:1406.1078.
  /// Gates, their order and both biases as in PyTorch.
  public func remembered(
    _ cell: Cell, _ units: Int, first: Value, memory: Value, name: String? = nil
  ) -> (hidden: Value, memory: Value) {
    precondition(first.count == 1 && first.fold == fold, "one flag a step, not \(first.shape)")
    precondition(memory.shape == [cell.memory(units)] && memory.fold == 1, "no memory of \(units)")
    let layer = graph.layer(name, "\(cell)")
    let width = cell.gates * units
    let last = layer.split(separator: "/").last!
    let gates = dense(width, initialiser: .orthogonal(1), name: "\(last)-input")
    func slice(_ part: String, _ shape: [Int], _ initialiser: Initialiser) -> Slice {
      graph.reserve(layer, part, shape, initialiser, fan: (units, width))
    }
    let operation = Recurrence(
      cell: cell, units: units, steps: fold,
      weights: slice("weight", [units, width], .orthogonal(1)),
      bias: slice("bias", [width], .zero))
    let inputs = [gates.index, first.index, memory.index]
    let states = graph.add(operation, inputs, [cell.memory(units)], fold: fold)
    return (states.part(0..<units), states)
  }
}

public enum Cell: String, CaseIterable, Sendable {
  case lstm, gru

  /// Of a unit; in PyTorch's order: input, forget, cell, output; reset, update, new.
  var gates: Int { self == .lstm ? 4 : 3 }
  /// Floats that so many units carry from step to step.
  public func memory(_ units: Int) -> Int { self == .lstm ? 2 * units : units }
}

/// Gates of each step's features are its first input; the rest goes from step to step. The rows are
/// [samples, steps].
struct Recurrence: Operation {
  let cell: Cell
  let units, steps: Int
  /// [units, gates * units]
  let weights: Slice
  let bias: Slice

  private var gates: Int { cell.gates * units }
  private var width: Int { cell.memory(units) }

  var slices: [Slice] { [weights, bias] }
  var products: Int { units * gates }
  /// Memories before each step, what comes of them, slopes of gates, and of memories.
  func scratch(rows: Int) -> Int { rows * (width + 2 * gates) + rows / steps * width }

  func forward(_ run: Run) {
    let samples = run.count / steps
    let (before, echoes) = (run.scratch, run.scratch + samples * width)
    for step in 0..<steps {
      for sample in 0..<samples {
        remember(run, sample, step, into: before + sample * width)
      }
      echo(run, before, samples, into: echoes)
      for sample in 0..<samples {
        let row = sample * steps + step
        run.backend.remember(
          cell, units, run.input(0) + row * gates, echoes + sample * gates,
          before + sample * width, run.output + row * width)
      }
    }
  }

  /// What the memory says to the gates.
  private func echo(_ run: Run, _ before: Floats, _ rows: Int, into echoes: MutableFloats) {
    var product = Product(rows, gates, units)
    product.lineA = width
    run.backend.multiply(product, before, run.weights(weights), echoes)
    run.backend.finish(echoes, rows, gates, bias: run.weights(bias), .none)
  }

  /// The memory before a step: nothing where an episode begins.
  private func remember(_ run: Run, _ sample: Int, _ step: Int, into before: MutableFloats) {
    let row = sample * steps + step
    if run.input(1)[row] != 0 {
      before.update(repeating: 0, count: width)
    } else if step == 0 {
      before.update(from: run.input(2) + sample * width, count: width)
    } else {
      before.update(from: run.output + (row - 1) * width, count: width)
    }
  }

  func backward(_ run: Run) {
    let (rows, samples) = (run.count, run.count / steps)
    let before = run.scratch
    let echoes = before + rows * width
    // Where nobody wants the slopes of the gates, they are forgotten.
    let slopes = run.slope(ofInput: 0) ?? echoes + rows * gates
    let memories = echoes + 2 * rows * gates
    for row in 0..<rows {
      remember(run, row / steps, row % steps, into: before + row * width)
    }
    echo(run, before, rows, into: echoes)
    memories.update(repeating: 0, count: samples * width)
    for step in (0..<steps).reversed() {
      for sample in 0..<samples {
        let (row, memory) = (sample * steps + step, memories + sample * width)
        let slope = run.slope + row * width
        for index in 0..<width { slope[index] += memory[index] }
        run.backend.rememberSlopes(
          cell, units, run.input(0) + row * gates, echoes + row * gates, before + row * width,
          run.output + row * width, slopeOfOutput: slope, slopes + row * gates, memory)
      }
      passBack(run, step, echoes, memories)
    }
    run.slope(ofInput: 2)?.update(from: memories, count: samples * width)
    guard run.learns else { return }
    var product = Product(units, gates, rows, transposesA: true, beta: 1)
    product.lineA = width
    run.backend.multiply(product, before, echoes, run.gradient(weights))
    run.backend.addColumnSums(echoes, rows, gates, to: run.gradient(bias))
  }

  /// Adds what the gates' slopes say of the memories before the step; where an episode began nothing
  /// was remembered.
  private func passBack(
    _ run: Run, _ step: Int, _ echoes: MutableFloats, _ memories: MutableFloats
  ) {
    let samples = run.count / steps
    var product = Product(samples, units, gates, transposesB: true, beta: 1)
    (product.lineA, product.lineC) = (steps * gates, width)
    run.backend.multiply(product, echoes + step * gates, run.weights(weights), memories)
    for sample in 0..<samples where run.input(1)[sample * steps + step] != 0 {
      (memories + sample * width).update(repeating: 0, count: width)
    }
  }
}
