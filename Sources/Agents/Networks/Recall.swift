import Nets

/// The layers of a network that remember: each reads its part of a lane's memory.
final class Recall {
  let cell: Cell
  let units: Int
  private let first, memory: Value
  private var used = 0
  private var after: [Value] = []

  /// Adds the inputs "first", [1] at each step, and "memory", before the first.
  /// - Parameter layers: that will read.
  init(_ graph: Graph, _ cell: Cell, _ units: Int, layers: Int) {
    self.cell = cell
    self.units = units
    first = graph.input("first", Input(vector: 1, .uint8))
    let width = layers * cell.memory(units)
    memory = graph.input("memory", Input(vector: width, .float32), isPerStep: false)
  }

  func read(_ features: Value) -> Value {
    let width = cell.memory(units)
    let mine = memory.part(used..<used + width)
    used += width
    let (hidden, states) = features.remembered(cell, units, first: first, memory: mine)
    after.append(states)
    return hidden
  }

  /// The whole memory after each step.
  var states: Value { first.graph.join(after) }
}
