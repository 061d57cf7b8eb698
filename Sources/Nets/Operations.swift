/// One step of a network over a few rows. Operations never mix rows.
protocol Operation: Sendable {
  /// Floats of working memory that either pass needs.
  var scratch: Int { get }

  func forward(_ run: Run)
  /// Adds to the gradients of the weights and writes the slopes of the inputs that have one. The
  /// output's slope may be overwritten.
  func backward(_ run: Run)
}

/// What an operation works on.
struct Run {
  let kernels: Kernels
  let rows: Rows
  let count: Int
  let weights: UnsafePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>
  /// Of inputs; [rows, count]. Pictures are [rows, height, width, channels].
  let inputs: [UnsafePointer<Float>]
  let inputSlopes: [UnsafeMutablePointer<Float>?]
  let output: UnsafeMutablePointer<Float>
  let outputSlope: UnsafeMutablePointer<Float>
}

/// y = activation(x W + b), W [inputs, units].
struct Dense: Operation {
  let inputs, units: Int
  let activation: Activation
  let weights, bias: Slice
  var scratch: Int { 0 }

  func forward(_ run: Run) {
    run.kernels.multiply(
      run.inputs[0], run.weights + weights.offset, run.output, m: run.count, n: units, k: inputs)
    Kernels.addBias(
      run.weights + bias.offset, to: run.output, rows: run.count, columns: units, activation)
  }

  func backward(_ run: Run) {
    Kernels.bend(run.outputSlope, by: run.output, count: run.count * units, activation)
    run.kernels.multiplyTransposed(
      run.inputs[0], run.outputSlope, run.gradients + weights.offset,
      m: inputs, n: units, k: run.count, beta: 1)
    Kernels.addColumnSums(
      run.outputSlope, to: run.gradients + bias.offset, count: run.count, columns: units)
    guard let slope = run.inputSlopes[0] else { return }
    run.kernels.multiplyByTransposed(
      run.outputSlope, run.weights + weights.offset, slope, m: run.count, n: inputs, k: units)
  }
}

/// The same learned numbers for every row.
struct Constant: Operation {
  let count: Int
  let slice: Slice
  var scratch: Int { 0 }

  func forward(_ run: Run) {
    for row in 0..<run.count {
      (run.output + row * count).update(from: run.weights + slice.offset, count: count)
    }
  }

  func backward(_ run: Run) {
    Kernels.addColumnSums(
      run.outputSlope, to: run.gradients + slice.offset, count: run.count, columns: count)
  }
}

/// Values side by side.
struct Join: Operation {
  let counts: [Int]
  var scratch: Int { 0 }

  func forward(_ run: Run) {
    forEachPart(run) { part, row, place in
      (run.output + place).update(from: run.inputs[part] + row * counts[part], count: counts[part])
    }
  }

  func backward(_ run: Run) {
    forEachPart(run) { part, row, place in
      guard let slope = run.inputSlopes[part] else { return }
      (slope + row * counts[part]).update(from: run.outputSlope + place, count: counts[part])
    }
  }

  private func forEachPart(_ run: Run, _ body: (_ part: Int, _ row: Int, _ place: Int) -> Void) {
    var place = 0
    for row in 0..<run.count {
      for part in counts.indices {
        body(part, row, place)
        place += counts[part]
      }
    }
  }
}
