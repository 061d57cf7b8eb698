/// y[g] = activation(x[g] W[g] + b[g]): experts.
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
  func scratch(rows: Int, _ backend: any Backend) -> Int {
    backend.device == nil ? rows * lines * (inputs + units) : 0
  }

  private func shape(_ run: Run) -> Groups {
    Groups(samples: run.count, groups: groups, lines: lines, inputs: inputs, units: units)
  }

  func forward(_ run: Run) {
    run.backend.multiplyGroups(
      shape(run), run.input(0), weights: run.weights(weights), bias: bias.map { run.weights($0) },
      run.output, activation, scratch: run.scratch)
  }

  func backward(_ run: Run) {
    run.backend.multiplyGroupsSlopes(
      shape(run), run.input(0), weights: run.weights(weights), output: run.output, activation,
      slopeOfOutput: run.slope, gradient: run.learns ? run.gradient(weights) : nil,
      bias: run.learns ? bias.map { run.gradient($0) } : nil, run.slope(ofInput: 0),
      scratch: run.scratch)
  }
}
