extension CPU {
  public func recall(
    _ shape: Recollection, begins: Floats, memory: Floats, states: Floats, _ before: MutableFloats
  ) {
    let width = shape.width
    for sample in 0..<shape.samples {
      for step in shape.steps {
        let row = sample * shape.all + step
        let place = sample * shape.steps.count + step - shape.steps.lowerBound
        let target = before + place * width
        if begins[row] != 0 {
          target.update(repeating: 0, count: width)
        } else if step == 0 {
          target.update(from: memory + sample * width, count: width)
        } else {
          target.update(from: states + (row - 1) * width, count: width)
        }
      }
    }
  }

  public func forget(
    _ samples: Int, _ width: Int, begins: Floats, spacing: Int, _ memories: MutableFloats
  ) {
    for sample in 0..<samples where begins[sample * spacing] != 0 {
      (memories + sample * width).update(repeating: 0, count: width)
    }
  }

  public func remember(
    _ shape: CellShape, _ gates: Floats, _ echoes: Floats, _ before: Floats,
    _ output: MutableFloats
  ) {
    for row in 0..<shape.rows {
      remember(
        shape.cell, shape.units, gates + row * shape.gates, echoes + row * shape.echoes,
        before + row * shape.before, output + row * shape.states)
    }
  }

  public func rememberSlopes(
    _ shape: CellShape, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats, _ memory: MutableFloats
  ) {
    for row in 0..<shape.rows {
      rememberSlopes(
        shape.cell, shape.units, gates + row * shape.gates, echoes + row * shape.echoes,
        before + row * shape.before, output + row * shape.states,
        slopeOfOutput: slopeOfOutput + row * shape.states, slopes + row * shape.gates,
        memory + row * shape.cell.memory(shape.units))
    }
  }

  private func remember(
    _ cell: Cell, _ units: Int, _ gates: Floats, _ echoes: Floats, _ before: Floats,
    _ output: MutableFloats
  ) {
    switch cell {
    case .lstm:
      for unit in 0..<units {
        let (input, forget) = (sigmoid(gate(0, unit)), sigmoid(gate(1, unit)))
        let (new, out) = (fastTanh(gate(2, unit)), sigmoid(gate(3, unit)))
        let state = forget * before[units + unit] + input * new
        output[units + unit] = state
        output[unit] = out * fastTanh(state)
      }
    case .gru:
      for unit in 0..<units {
        let (reset, update) = (sigmoid(gate(0, unit)), sigmoid(gate(1, unit)))
        let new = fastTanh(gates[2 * units + unit] + reset * echoes[2 * units + unit])
        output[unit] = new + update * (before[unit] - new)
      }
    }

    @inline(__always) func gate(_ number: Int, _ unit: Int) -> Float {
      gates[number * units + unit] + echoes[number * units + unit]
    }
  }

  private func rememberSlopes(
    _ cell: Cell, _ units: Int, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput slope: Floats, _ slopes: MutableFloats,
    _ memory: MutableFloats
  ) {
    switch cell {
    case .lstm:
      for unit in 0..<units {
        let (input, forget) = (sigmoid(gate(0, unit)), sigmoid(gate(1, unit)))
        let (new, out) = (fastTanh(gate(2, unit)), sigmoid(gate(3, unit)))
        let state = fastTanh(output[units + unit])
        let change = slope[units + unit] + slope[unit] * out * (1 - state * state)
        write(0, unit, change * new * input * (1 - input))
        write(1, unit, change * before[units + unit] * forget * (1 - forget))
        write(2, unit, change * input * (1 - new * new))
        write(3, unit, slope[unit] * state * out * (1 - out))
        memory[unit] = 0
        memory[units + unit] = change * forget
      }
    case .gru:
      for unit in 0..<units {
        let (reset, update) = (sigmoid(gate(0, unit)), sigmoid(gate(1, unit)))
        let echo = echoes[2 * units + unit]
        let new = fastTanh(gates[2 * units + unit] + reset * echo)
        let change = slope[unit] * (1 - update) * (1 - new * new)
        write(0, unit, change * echo * reset * (1 - reset))
        write(1, unit, slope[unit] * (before[unit] - new) * update * (1 - update))
        slopes[2 * units + unit] = change
        echoes[2 * units + unit] = change * reset
        memory[unit] = slope[unit] * update
      }
    }

    @inline(__always) func gate(_ number: Int, _ unit: Int) -> Float {
      gates[number * units + unit] + echoes[number * units + unit]
    }

    @inline(__always) func write(_ number: Int, _ unit: Int, _ slope: Float) {
      slopes[number * units + unit] = slope
      echoes[number * units + unit] = slope
    }
  }
}
