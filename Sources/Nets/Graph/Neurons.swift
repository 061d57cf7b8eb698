/// The units of a layer, and which weights are theirs: what recycling, pruning and growth need.
public struct Neurons: Sendable, Equatable {
  public let layer: String
  public let count: Int
  /// Weights and biases whose last axis are the units.
  public let incoming: [Slice]
  /// Lines of other layers' weights by which units are read.
  public let outgoing: [Place]
  /// An output of the graph, or something that cannot be followed, reads them too.
  public let isOutput: Bool

  /// Of unit u: lines `first + u + k * period`, k < `repeats`, of the slice as [lines, units].
  public struct Place: Sendable, Equatable {
    public let slice: Slice
    public let first, period, repeats: Int
  }
}

extension Graph {
  /// Of every dense and convolutional layer, in order; each is followed to the layers that read it,
  /// through activations, pooling, flattening, means over places, sums and concatenation.
  public var neurons: [Neurons] {
    var trace = Trace()
    for (index, node) in nodes.enumerated() { trace.follow(index, node, self) }
    for output in outputs { trace.end(output.node) }
    return trace.layers.map {
      let units = $0.incoming[0].shape.last!
      return Neurons(
        layer: $0.incoming[0].layer, count: units, incoming: $0.incoming, outgoing: $0.outgoing,
        isOutput: $0.isOutput)
    }
  }
}

/// Which units the numbers of each node are.
private struct Trace {
  struct Layer {
    let incoming: [Slice]
    var outgoing: [Neurons.Place] = []
    var isOutput = false
  }

  /// Of a node's row: unit u is at `first + u + k * period`.
  struct Units {
    let layer: Int
    var first, period, repeats: Int
  }

  private(set) var layers: [Layer] = []
  private var units: [Int: [Units]] = [:]

  mutating func end(_ node: Int) {
    for unit in units[node] ?? [] { layers[unit.layer].isOutput = true }
  }

  mutating func follow(_ index: Int, _ node: Node, _ graph: Graph) {
    let inputs = node.inputs.map { units[$0] ?? [] }
    func shape(_ input: Int) -> [Int] { graph.nodes[node.inputs[input]].shape }
    switch node.operation {
    case let dense as Dense: add(index, node, dense.slices, [dense.weights], dense.reading)
    case let noisy as NoisyDense:
      add(index, node, noisy.slices, [noisy.plain.weights, noisy.weightNoise], noisy.plain.reading)
    case let convolution as Convolution:
      let window = convolution.window
      add(index, node, convolution.slices, [convolution.weights]) { units in
        guard units.period == window.channels, units.first < window.channels else { return nil }
        return (units.first, window.channels, window.kernel * window.kernel)
      }
    case is View, is Activate, is LayerNorm, is Stop: units[index] = inputs[0]
    case is Pool:
      keep(index, node) { units in
        guard units.period == node.shape[2] else { return nil }
        return Units(
          layer: units.layer, first: units.first, period: units.period,
          repeats: node.shape[0] * node.shape[1])
      }
    case let reduce as Reduce where reduce.axis.outer == 1:
      keep(index, node) { units in
        guard units.period == reduce.axis.inner else { return nil }
        return Units(layer: units.layer, first: units.first, period: units.period, repeats: 1)
      }
    case let combine as Combine where combine.shape.isPlain: units[index] = inputs[0] + inputs[1]
    case let join as Join: follow(join, index, inputs)
    default: node.inputs.forEach { end($0) }
    }
  }

  /// A layer that reads some lines of its weights, or cannot say which.
  private mutating func add(
    _ index: Int, _ node: Node, _ incoming: [Slice], _ weights: [Slice],
    _ reading: (Units) -> (first: Int, period: Int, repeats: Int)?
  ) {
    for read in units[node.inputs[0]] ?? [] {
      guard let lines = reading(read) else {
        layers[read.layer].isOutput = true
        continue
      }
      for slice in weights {
        layers[read.layer].outgoing.append(
          Neurons.Place(
            slice: slice, first: lines.first, period: lines.period, repeats: lines.repeats))
      }
    }
    let count = weights[0].shape.last!
    let whole = node.shape.reduce(1, *)
    units[index] = [Units(layer: layers.count, first: 0, period: count, repeats: whole / count)]
    layers.append(Layer(incoming: incoming))
  }

  private mutating func keep(_ index: Int, _ node: Node, _ kept: (Units) -> Units?) {
    for read in units[node.inputs[0]] ?? [] {
      if let kept = kept(read) {
        units[index, default: []].append(kept)
      } else {
        layers[read.layer].isOutput = true
      }
    }
  }

  private mutating func follow(_ join: Join, _ index: Int, _ inputs: [[Units]]) {
    let channels = join.parts.reduce(0) { $0 + $1.count }
    var place = 0
    for (part, read) in zip(join.parts, inputs) {
      for var unit in read {
        if part.outer == 1 {
          unit.first += place * part.inner
        } else if part.inner == 1, unit.period == part.count {
          (unit.first, unit.period) = (unit.first + place, channels)
        } else {
          layers[unit.layer].isOutput = true
          continue
        }
        units[index, default: []].append(unit)
      }
      place += part.count
    }
  }
}

extension Dense {
  /// A vector's numbers are lines; of tokens the last axis is.
  fileprivate var reading: (Trace.Units) -> (first: Int, period: Int, repeats: Int)? {
    { [lines, inputs] units in
      if lines == 1 { return (units.first, units.period, units.repeats) }
      return units.period == inputs && units.first < inputs ? (units.first, inputs, 1) : nil
    }
  }
}
