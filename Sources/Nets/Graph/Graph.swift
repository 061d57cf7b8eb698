/// A network as it is written down: values, each made of others by one operation.
///
/// Run by a `Plan`. Graphs that are written over one layout share the weights of equal names: a
/// network for one step and one for sequences, say.
public final class Graph {
  public let layout: Layout
  /// Of each sample in time, one after the other: operations see each as a row, but for those that
  /// remember.
  public let steps: Int
  /// Of weights and biases whose layer says nothing else.
  public var weights: Initialiser
  public var biases: Initialiser
  private(set) var nodes: [Node] = []
  private(set) var inputs: [(name: String, input: Input)] = []
  package private(set) var outputs: [(name: String, node: Int)] = []
  private(set) var penalties: [(name: String, node: Int)] = []
  private var path: [String] = []
  private var names: Set<String> = []

  public init(
    _ layout: Layout = Layout(), weights: Initialiser = .orthogonal(2.0.squareRoot()),
    biases: Initialiser = .zero, steps: Int = 1
  ) {
    self.layout = layout
    self.steps = steps
    self.weights = weights
    self.biases = biases
  }

  /// An array of the environment or the agent, as floats.
  /// - Parameter isPerStep: a row for each step of a sample; false: a row for a sample.
  public func input(_ name: String, _ input: Input, isPerStep: Bool = true) -> Value {
    precondition(!inputs.contains { $0.name == name }, "two inputs are named \(name)")
    inputs.append((name, input))
    let fold = isPerStep ? steps : 1
    let read = Read(field: inputs.count - 1, input: input, steps: fold)
    return add(read, [], input.readShape, fold: fold)
  }

  /// What `body` adds belongs to a group, whose weights can be learned, copied and reset apart.
  /// Groups in groups are written `actor/encoder`.
  public func group<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    path.append(name)
    defer { path.removeLast() }
    return try body()
  }

  /// A value that plans give out and whose slopes they take.
  public func output(_ name: String, _ value: Value) {
    precondition(!outputs.contains { $0.name == name }, "two outputs are named \(name)")
    outputs.append((name, value.index))
  }

  /// A number a row that learning makes smaller, whatever else the loss says; given out behind the
  /// outputs by plans of all of them.
  public func penalise(_ value: Value) {
    precondition(value.count == 1, "a penalty is one number, not \(value.shape)")
    penalties.append(("penalty\(penalties.count + 1)", value.index))
  }

  /// Learned numbers that are the same for every row.
  public func constant(
    _ shape: [Int], name: String? = nil, initialiser: Initialiser = .zero
  ) -> Value {
    let layer = layer(name, "constant")
    let slice = reserve(layer, "bias", shape, initialiser, fan: (1, 1))
    return add(Constant(slice: slice), [], shape, fold: steps)
  }

  // MARK: What layers ask for

  /// The name of a layer: its group's path and `name`, or `kind` and a number.
  func layer(_ name: String?, _ kind: String) -> String {
    func full(_ last: String) -> String { (path + [last]).joined(separator: "/") }
    var layer = full(name ?? kind + "1")
    var number = 1
    while name == nil && names.contains(layer) {
      number += 1
      layer = full(kind + String(number))
    }
    precondition(names.insert(layer).inserted, "two layers are named \(layer)")
    return layer
  }

  func reserve(
    _ layer: String, _ part: String, _ shape: [Int], _ initialiser: Initialiser?,
    fan: (in: Int, out: Int)
  ) -> Slice {
    let usual = part.hasPrefix("bias") ? biases : weights
    return layout.reserve(
      Slice(
        name: "\(layer).\(part)", shape: shape, offset: 0, group: path.joined(separator: "/"),
        initialiser: initialiser ?? usual, fanIn: fan.in, fanOut: fan.out))
  }

  func add(
    _ operation: any Operation, _ inputs: [Int], _ shape: [Int], fold: Int
  ) -> Value {
    nodes.append(Node(operation: operation, inputs: inputs, shape: shape, fold: fold))
    return Value(graph: self, index: nodes.count - 1, shape: shape, fold: fold)
  }
}

struct Node {
  var operation: any Operation
  let inputs: [Int]
  /// Of a row.
  let shape: [Int]
  /// Rows of a sample.
  let fold: Int
  /// Floats of a sample.
  var count: Int { fold * shape.reduce(1, *) }
}

/// What an operation makes of each row; row-major, pictures are [height, width, channels].
public struct Value {
  public let graph: Graph
  let index: Int
  public let shape: [Int]
  /// Rows of a sample: its steps, or 1.
  let fold: Int
  public var count: Int { shape.reduce(1, *) }
  /// The last axis.
  public var channels: Int { shape.last ?? 1 }

  func made(_ operation: any Operation, _ shape: [Int], with others: [Value] = []) -> Value {
    for other in others {
      precondition(other.graph === graph, "values of two graphs")
      precondition(other.fold == fold, "a value of each step beside one of the sample")
    }
    return graph.add(operation, [index] + others.map(\.index), shape, fold: fold)
  }
}
