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
    let units = shape.units
    withRoom(4 * units) { open in
      for row in 0..<shape.rows {
        let (before, output) = (before + row * shape.before, output + row * shape.states)
        openGates(shape, gates + row * shape.gates, echoes + row * shape.echoes, into: open)
        switch shape.cell {
        case .lstm:
          let state = output + units
          fill(state, units) {
            open[units + $0] * before[units + $0] + open[$0] * open[2 * units + $0]
          }
          fill(output, units) { open[3 * units + $0] * fastTanh(state[$0]) }
        case .gru:
          let (update, new) = (open + units, open + 2 * units)
          fill(output, units) { new[$0] + update[$0] * (before[$0] - new[$0]) }
        }
      }
    }
  }

  public func rememberSlopes(
    _ shape: CellShape, _ gates: Floats, _ echoes: MutableFloats, _ before: Floats,
    _ output: Floats, slopeOfOutput: Floats, _ slopes: MutableFloats, _ memory: MutableFloats
  ) {
    let units = shape.units
    withRoom(6 * units) { open in
      for row in 0..<shape.rows {
        let echoes = echoes + row * shape.echoes
        let (before, slope) = (
          before + row * shape.before, slopeOfOutput + row * shape.states
        )
        let (slopes, memory) = (
          slopes + row * shape.gates, memory + row * shape.cell.memory(units)
        )
        openGates(shape, gates + row * shape.gates, echoes, into: open)
        switch shape.cell {
        case .lstm:
          let state = output + row * shape.states + units
          lstmSlopes(units, open, before + units, state, slope, slopes, memory)
          echoes.update(from: slopes, count: 4 * units)
        case .gru: gruSlopes(units, open, echoes, before, slope, slopes, memory)
        }
      }
    }
  }

  /// Gates as they act: of an LSTM input, forgetting, new, output; of a GRU reset, update, new.
  private func openGates(
    _ shape: CellShape, _ gates: Floats, _ echoes: Floats, into open: MutableFloats
  ) {
    let units = shape.units
    let (first, gate, echo) = (open + 2 * units, gates + 2 * units, echoes + 2 * units)
    fill(open, 2 * units) { sigmoid(gates[$0] + echoes[$0]) }
    switch shape.cell {
    case .lstm:
      fill(first, units) { fastTanh(gate[$0] + echo[$0]) }
      fill(first + units, units) { sigmoid(gate[units + $0] + echo[units + $0]) }
    case .gru: fill(first, units) { fastTanh(gate[$0] + open[$0] * echo[$0]) }
    }
  }

  /// - Parameter open: [6, units]: gates, and room for two more.
  private func lstmSlopes(
    _ units: Int, _ open: MutableFloats, _ before: Floats, _ state: Floats, _ slope: Floats,
    _ slopes: MutableFloats, _ memory: MutableFloats
  ) {
    let (forget, new, out) = (open + units, open + 2 * units, open + 3 * units)
    let (shown, change) = (open + 4 * units, open + 5 * units)
    fill(shown, units) { fastTanh(state[$0]) }
    fill(change, units) {
      slope[units + $0] + slope[$0] * out[$0] * (1 - shown[$0] * shown[$0])
    }
    fill(slopes, units) { change[$0] * new[$0] * open[$0] * (1 - open[$0]) }
    fill(slopes + units, units) { change[$0] * before[$0] * forget[$0] * (1 - forget[$0]) }
    fill(slopes + 2 * units, units) { change[$0] * open[$0] * (1 - new[$0] * new[$0]) }
    fill(slopes + 3 * units, units) { slope[$0] * shown[$0] * out[$0] * (1 - out[$0]) }
    clear(memory, units)
    fill(memory + units, units) { change[$0] * forget[$0] }
  }

  private func gruSlopes(
    _ units: Int, _ open: MutableFloats, _ echoes: MutableFloats, _ before: Floats,
    _ slope: Floats, _ slopes: MutableFloats, _ memory: MutableFloats
  ) {
    let (update, new) = (open + units, open + 2 * units)
    let (change, echo) = (slopes + 2 * units, echoes + 2 * units)
    fill(change, units) { slope[$0] * (1 - update[$0]) * (1 - new[$0] * new[$0]) }
    fill(slopes, units) { change[$0] * echo[$0] * open[$0] * (1 - open[$0]) }
    fill(slopes + units, units) {
      slope[$0] * (before[$0] - new[$0]) * update[$0] * (1 - update[$0])
    }
    echoes.update(from: slopes, count: 2 * units)
    fill(echo, units) { change[$0] * open[$0] }
    fill(memory, units) { slope[$0] * update[$0] }
  }

  /// A loop with one target alone, which the processor's vectors can take.
  @inline(__always) private func fill(
    _ target: MutableFloats, _ count: Int, _ number: (Int) -> Float
  ) {
    for index in 0..<count { target[index] = number(index) }
  }
}
