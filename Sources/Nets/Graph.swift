/// A network as it is written down: values, each made of others by one operation.
///
/// Planned once by `Network`; nothing can be added afterwards.
public final class Graph {
  var nodes: [Node] = []
  var inputs: [Input] = []
  let layout = Layout()

  public init() {}

  /// An array of the environment, as floats.
  public func input(_ input: Input) -> Value {
    inputs.append(input)
    return add(Read(field: inputs.count - 1, input: input), [], input.readShape, learns: false)
  }

  /// Learned numbers that are the same for every row; zero at first.
  public func constant(_ count: Int, name: String) -> Value {
    let slice = layout.reserve(name, [count], .zero)
    return add(Constant(count: count, slice: slice), [], [count], learns: true)
  }

  /// The values side by side.
  public func join(_ values: [Value]) -> Value {
    if values.count == 1 { return values[0] }
    let counts = values.map(\.count)
    return add(Join(counts: counts), values.map(\.index), [counts.reduce(0, +)], learns: false)
  }

  /// - Parameter learns: the operation has weights of its own.
  fileprivate func add(
    _ operation: any Operation, _ inputs: [Int], _ shape: [Int], learns: Bool
  ) -> Value {
    for index in inputs where nodes[index].hasSlope {
      precondition(!nodes[index].isRead, "a value that is learned is read once")
      nodes[index].isRead = true
    }
    let hasSlope = learns || inputs.contains { nodes[$0].hasSlope }
    nodes.append(
      Node(
        operation: operation, inputs: inputs, count: shape.reduce(1, *), hasSlope: hasSlope))
    return Value(graph: self, index: nodes.count - 1, shape: shape)
  }
}

struct Node {
  let operation: any Operation
  let inputs: [Int]
  /// Floats of a row.
  let count: Int
  /// Weights lie here or below, so that its slope is asked for.
  let hasSlope: Bool
  var isRead = false

  init(operation: any Operation, inputs: [Int], count: Int, hasSlope: Bool) {
    self.operation = operation
    self.inputs = inputs
    self.count = count
    self.hasSlope = hasSlope
  }
}

/// What an operation makes of each row: [count] floats, or [height, width, channels].
public struct Value {
  let graph: Graph
  let index: Int
  public let shape: [Int]
  public var count: Int { shape.reduce(1, *) }

  /// Valid convolution, [height, width, channels] to [height', width', filters].
  public func convolution(
    _ filters: Int, _ kernel: Int, stride: Int = 1, name: String, gain: Double = 2.0.squareRoot()
  ) -> Value {
    precondition(shape.count == 3 && shape[0] >= kernel && shape[1] >= kernel)
    let patch = kernel * kernel * shape[2]
    let layer = Convolution(
      height: shape[0], width: shape[1], channels: shape[2], kernel: kernel, stride: stride,
      filters: filters,
      weights: graph.layout.reserve(
        "\(name).weight", [patch, filters], .orthogonal([(filters, gain)])),
      bias: graph.layout.reserve("\(name).bias", [filters], .zero))
    return graph.add(
      layer, [index], [layer.outputHeight, layer.outputWidth, filters], learns: true)
  }

  /// activation(x W + b), whatever the shape.
  public func dense(
    _ units: Int, _ activation: Activation, name: String, gain: Double = 2.0.squareRoot()
  ) -> Value {
    dense([(units, gain)], activation, name: name)
  }

  /// Units side by side, each part with its own gain of the initial weights.
  public func dense(
    _ parts: [(units: Int, gain: Double)], _ activation: Activation, name: String
  ) -> Value {
    let units = parts.reduce(0) { $0 + $1.units }
    let layer = Dense(
      inputs: count, units: units, activation: activation,
      weights: graph.layout.reserve("\(name).weight", [count, units], .orthogonal(parts)),
      bias: graph.layout.reserve("\(name).bias", [units], .zero))
    return graph.add(layer, [index], [units], learns: true)
  }
}

public enum Activation: Sendable { case none, relu, tanh }
