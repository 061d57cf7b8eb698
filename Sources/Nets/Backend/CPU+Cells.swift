extension CPU {
  public func remember(
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

  public func rememberSlopes(
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
