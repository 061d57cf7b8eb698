import CLanes

/// A group's lines are packed from all samples, so that each has one matrix product.
extension CPU {
  public func multiplyGroups(
    _ shape: Groups, _ input: Floats, weights: Floats, bias: Floats?, _ output: MutableFloats,
    _ activation: Activation, scratch: MutableFloats
  ) {
    let answers = scratch + shape.rows * shape.inputs
    for group in 0..<shape.groups {
      pack(shape, group, input, shape.inputs, scratch)
      multiply(
        Product(shape.rows, shape.units, shape.inputs), scratch,
        weights + group * shape.inputs * shape.units, answers,
        bias: bias.map { $0 + group * shape.units }, activation)
      unpack(shape, group, answers, shape.units, output)
    }
  }

  public func multiplyGroupsSlopes(
    _ shape: Groups, _ input: Floats, weights: Floats, output: Floats, _ activation: Activation,
    slopeOfOutput: MutableFloats, gradient: MutableFloats?, bias: MutableFloats?,
    _ slopes: MutableFloats?, scratch: MutableFloats
  ) {
    let (rows, inputs, units) = (shape.rows, shape.inputs, shape.units)
    let packed = scratch + rows * inputs
    bend(slopeOfOutput, by: output, rows * shape.groups, units, activation, sums: nil)
    for group in 0..<shape.groups {
      pack(shape, group, slopeOfOutput, units, packed)
      if let gradient {
        pack(shape, group, input, inputs, scratch)
        multiply(
          Product(inputs, units, rows, transposesA: true, beta: 1), scratch, packed,
          gradient + group * inputs * units)
      }
      if let bias { addColumnSums(packed, rows, units, to: bias + group * units) }
      guard let slopes else { continue }
      multiply(
        Product(rows, inputs, units, transposesB: true), packed,
        weights + group * inputs * units, scratch)
      unpack(shape, group, scratch, inputs, slopes)
    }
  }

  private func pack(
    _ shape: Groups, _ group: Int, _ values: Floats, _ width: Int, _ packed: MutableFloats
  ) {
    let block = shape.lines * width
    copyBlocks(
      shape.samples, block, values + group * block, spacing: shape.groups * block, packed,
      spacing: block, adds: false)
  }

  private func unpack(
    _ shape: Groups, _ group: Int, _ packed: Floats, _ width: Int, _ values: MutableFloats
  ) {
    let block = shape.lines * width
    copyBlocks(
      shape.samples, block, packed, spacing: block, values + group * block,
      spacing: shape.groups * block, adds: false)
  }
}
