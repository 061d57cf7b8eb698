/// y[g] = activation(x[g] W[g] + b[g]): experts. A group's lines are packed from all rows, so that
/// each has one matrix product.
struct GroupedDense: Activated {
  let groups: Int
  /// Of each group in a row.
  let lines: Int
  let inputs, units: Int
  let weights: Slice
  let bias: Slice?
  var activation = Activation.none

  var slices: [Slice] { [weights] + (bias.map { [$0] } ?? []) }
  var products: Int { groups * lines * inputs * units }
  func scratch(rows: Int, _ backend: any Backend) -> Int { rows * lines * (inputs + units) }

  func forward(_ run: Run) {
    let (rows, packed) = (run.count * lines, run.scratch)
    let answers = packed + rows * inputs
    for group in 0..<groups {
      pack(run, group, run.input(0), inputs, packed)
      run.backend.multiply(
        Product(rows, units, inputs), packed, weight(run, group), answers,
        bias: bias.map { run.weights($0) + group * units }, activation)
      unpack(run, group, answers, units, run.output)
    }
  }

  func backward(_ run: Run) {
    let (rows, packed) = (run.count * lines, run.scratch)
    let slopes = packed + rows * inputs
    run.backend.bend(run.slope, by: run.output, rows * groups * units, activation)
    for group in 0..<groups {
      pack(run, group, UnsafePointer(run.slope), units, slopes)
      if run.learns {
        pack(run, group, run.input(0), inputs, packed)
        run.backend.multiply(
          Product(inputs, units, rows, transposesA: true, beta: 1), packed, slopes,
          run.gradient(weights) + group * inputs * units)
        if let bias {
          run.backend.addColumnSums(slopes, rows, units, to: run.gradient(bias) + group * units)
        }
      }
      guard let slope = run.slope(ofInput: 0) else { continue }
      run.backend.multiply(
        Product(rows, inputs, units, transposesB: true), slopes, weight(run, group), packed)
      unpack(run, group, packed, inputs, slope)
    }
  }

  private func weight(_ run: Run, _ group: Int) -> Floats {
    run.weights(weights) + group * inputs * units
  }

  private func pack(
    _ run: Run, _ group: Int, _ values: Floats, _ width: Int, _ packed: MutableFloats
  ) {
    let block = lines * width
    run.backend.copyBlocks(
      run.count, block, values + group * block, spacing: groups * block, packed, spacing: block,
      adds: false)
  }

  private func unpack(
    _ run: Run, _ group: Int, _ packed: Floats, _ width: Int, _ values: MutableFloats
  ) {
    let block = lines * width
    run.backend.copyBlocks(
      run.count, block, packed, spacing: block, values + group * block, spacing: groups * block,
      adds: false)
  }
}
