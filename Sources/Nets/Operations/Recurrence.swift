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
  func scratch(rows: Int, _ backend: any Backend) -> Int {
    rows * (width + 2 * gates) + rows / steps * width
  }

  func forward(_ run: Run) {
    let samples = run.count / steps
    let (before, echoes) = (run.scratch, run.scratch + samples * width)
    for step in 0..<steps {
      recall(run, step..<step + 1, into: before)
      echo(run, before, samples, into: echoes)
      let shape = CellShape(
        cell: cell, units: units, rows: samples, gates: steps * gates, echoes: gates,
        before: width, states: steps * width)
      run.backend.remember(
        shape, run.input(0) + step * gates, echoes, before, run.output + step * width)
    }
  }

  /// What the memory says to the gates.
  private func echo(_ run: Run, _ before: Floats, _ rows: Int, into echoes: MutableFloats) {
    var product = Product(rows, gates, units)
    product.lineA = width
    run.backend.multiply(product, before, run.weights(weights), echoes)
    run.backend.finish(echoes, rows, gates, bias: run.weights(bias), .none)
  }

  /// The memories before steps.
  private func recall(_ run: Run, _ wanted: Range<Int>, into before: MutableFloats) {
    let shape = Recollection(
      width: width, samples: run.count / steps, steps: wanted, all: steps)
    run.backend.recall(
      shape, begins: run.input(1), memory: run.input(2), states: UnsafePointer(run.output), before)
  }

  func backward(_ run: Run) {
    let (rows, samples) = (run.count, run.count / steps)
    let before = run.scratch
    let echoes = before + rows * width
    // Where nobody wants the slopes of the gates, they are forgotten.
    let slopes = run.slope(ofInput: 0) ?? echoes + rows * gates
    let memories = echoes + 2 * rows * gates
    recall(run, 0..<steps, into: before)
    echo(run, before, rows, into: echoes)
    run.backend.clear(memories, samples * width)
    let shape = CellShape(
      cell: cell, units: units, rows: samples, gates: steps * gates, echoes: steps * gates,
      before: steps * width, states: steps * width)
    for step in (0..<steps).reversed() {
      let (gate, state) = (step * gates, step * width)
      run.backend.copyBlocks(
        samples, width, memories, spacing: width, run.slope + state, spacing: steps * width,
        adds: true)
      run.backend.rememberSlopes(
        shape, run.input(0) + gate, echoes + gate, before + state, run.output + state,
        slopeOfOutput: run.slope + state, slopes + gate, memories)
      passBack(run, step, echoes, memories)
    }
    if let slopes = run.slope(ofInput: 2) {
      run.backend.copyBlocks(
        1, samples * width, memories, spacing: 0, slopes, spacing: 0, adds: false)
    }
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
    run.backend.forget(
      samples, width, begins: run.input(1) + step, spacing: steps, memories)
  }
}
