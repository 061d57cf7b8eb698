/// Which operations of a graph a plan runs, where their arrays lie and which slopes they write.
struct Schedule {
  /// An object: a copy of its arrays for every step of every chunk takes a fiftieth of a small
  /// network's time.
  final class Step: Sendable {
    let operation: any Operation
    /// Rows of a sample.
    let fold: Int
    /// Arrays: of the output and of the inputs.
    let output: Int
    let inputs: [Int]
    /// By input: its slope is asked for; another reader has written it before.
    let asks, adds: [Bool]
    /// Its own weights are learned.
    let learns: Bool
    let goesBack: Bool
    /// Place of what it prepares; nil: nothing.
    let prepared: Int?

    init(
      _ operation: any Operation, fold: Int, output: Int, inputs: [Int], asks: [Bool],
      adds: [Bool], learns: Bool, goesBack: Bool, prepared: Int?
    ) {
      self.operation = operation
      (self.fold, self.output, self.inputs) = (fold, output, inputs)
      (self.asks, self.adds, self.learns) = (asks, adds, learns)
      (self.goesBack, self.prepared) = (goesBack, prepared)
    }
  }

  struct Array {
    /// Floats of a sample.
    let count: Int
    let hasSlope: Bool
    /// Numbers that may be rounded: the program does not see them, and nothing is counted by them.
    let isNarrow: Bool
  }

  struct Output {
    let name: String
    let array, count: Int
    let shape: [Int]
    let hasSlope: Bool
  }

  struct Wanted {
    let name: String
    let array, count: Int
  }

  private(set) var steps: [Step] = []
  private(set) var arrays: [Array] = []
  private(set) var outputs: [Output] = []
  private(set) var wanted: [Wanted] = []
  private(set) var prepared = 0

  /// Multiply-adds of a sample in matrix products: forward, and for all slopes.
  var products: (forward: Int, backward: Int) {
    steps.reduce((0, 0)) { sum, step in
      let products = step.operation.products * step.fold
      let slopes = (step.learns ? 1 : 0) + step.asks.prefix(2).filter { $0 }.count
      return (sum.0 + products, sum.1 + (step.goesBack ? products * slopes : 0))
    }
  }

  init(_ graph: Graph, outputs names: [String]?, learns: Plan.Learns, wanted: [String]) {
    for name in (names ?? []) + wanted {
      let isKnown =
        graph.outputs.contains { $0.name == name } || graph.inputs.contains { $0.name == name }
      precondition(isKnown, "the graph has no \(name)")
    }
    let given =
      names.map { names in graph.outputs.filter { names.contains($0.name) } }
      ?? graph.outputs + graph.penalties
    precondition(!given.isEmpty, "a plan without outputs")
    let needed = Self.needed(graph, given.map(\.node))
    let fused = Self.fused(graph, given.map(\.node), needed)
    let roots = Self.roots(graph, fused)
    let learned = graph.nodes.map { node in
      node.operation.slices.contains { learns.includes($0) }
    }
    let reads = graph.nodes.map { node in
      (node.operation as? Read).map { wanted.contains(graph.inputs[$0.field].name) } ?? false
    }
    let asked = Self.asked(
      graph, given.map(\.node), zip(learned, reads).map { $0 || $1 }, needed)
    place(graph, needed, roots, asked, exact(graph, roots, given.map(\.node), wanted))
    self.outputs = given.map {
      Output(
        name: $0.name, array: numbers[roots[$0.node]]!, count: graph.nodes[$0.node].count,
        shape: graph.nodes[$0.node].shape, hasSlope: asked[$0.node])
    }
    addSteps(graph, needed, fused, roots, asked, learned)
    for (index, node) in graph.nodes.enumerated() where reads[index] && asked[index] {
      let name = graph.inputs[(node.operation as! Read).field].name
      self.wanted.append(Wanted(name: name, array: numbers[index]!, count: node.count))
    }
    precondition(self.wanted.count == wanted.count, "an input whose slope is wanted is not read")
  }

  /// Array of each node that has one of its own.
  private var numbers: [Int: Int] = [:]

  private mutating func place(
    _ graph: Graph, _ needed: [Bool], _ roots: [Int], _ asked: [Bool], _ isExact: [Bool]
  ) {
    var hasSlope = [Bool](repeating: false, count: roots.count)
    for index in roots.indices where asked[index] { hasSlope[roots[index]] = true }
    for index in roots.indices where needed[index] && roots[index] == index {
      numbers[index] = arrays.count
      arrays.append(
        Array(
          count: graph.nodes[index].count, hasSlope: hasSlope[index], isNarrow: !isExact[index]))
    }
  }

  private mutating func addSteps(
    _ graph: Graph, _ needed: [Bool], _ fused: [Int: Activation], _ roots: [Int], _ asked: [Bool],
    _ learned: [Bool]
  ) {
    let order = graph.nodes.indices.filter { needed[$0] && roots[$0] == $0 }
    // Losses write the slopes of outputs first, then readers do from the last to the first.
    var written = Set(outputs.filter(\.hasSlope).map(\.array))
    var back: [Step] = []
    for index in order.reversed() {
      let node = graph.nodes[index]
      var operation = node.operation
      if let activation = fused[index], var activated = operation as? any Activated {
        activated.activation = activation
        operation = activated
      }
      let goesBack = arrays[numbers[index]!].hasSlope
      let inputs = node.inputs.map { numbers[roots[$0]]! }
      let asks = node.inputs.map { goesBack && operation.passesSlopes && asked[$0] }
      let adds = zip(inputs, asks).map { $1 && !written.insert($0).inserted }
      back.append(
        Step(
          operation, fold: node.fold, output: numbers[index]!, inputs: inputs,
          asks: asks, adds: adds,
          learns: learned[index], goesBack: goesBack,
          prepared: operation.prepared > 0 ? prepared : nil))
      prepared += (operation.prepared + 15) / 16 * 16
    }
    steps = back.reversed()
  }

  // MARK: What is known of nodes

  /// Whose numbers stay as they are: outputs, inputs but for bytes, those whose slopes are wanted, and
  /// all of which numbers of lines are made.
  private func exact(
    _ graph: Graph, _ roots: [Int], _ outputs: [Int], _ wanted: [String]
  ) -> [Bool] {
    var counts = [Bool](repeating: false, count: roots.count)
    var isExact = counts
    for index in roots.indices.reversed() {
      let node = graph.nodes[index]
      for (place, input) in node.inputs.enumerated() {
        if counts[index] || node.operation.counts(by: place) { counts[input] = true }
      }
      guard let read = node.operation as? Read else { continue }
      let isWanted = wanted.contains(graph.inputs[read.field].name)
      if isWanted || read.input.element != .uint8 { isExact[roots[index]] = true }
    }
    for index in roots.indices where counts[index] { isExact[roots[index]] = true }
    for output in outputs { isExact[roots[output]] = true }
    return isExact
  }

  /// What the outputs are made of.
  private static func needed(_ graph: Graph, _ outputs: [Int]) -> [Bool] {
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    for node in outputs { needed[node] = true }
    for index in needed.indices.reversed() where needed[index] {
      for input in graph.nodes[index].inputs { needed[input] = true }
    }
    return needed
  }

  /// Activations that the only operation before them can apply itself, by its node.
  private static func fused(
    _ graph: Graph, _ outputs: [Int], _ needed: [Bool]
  ) -> [Int: Activation] {
    var readers = [Int](repeating: 0, count: graph.nodes.count)
    for node in outputs { readers[node] += 1 }
    for index in needed.indices where needed[index] {
      for input in graph.nodes[index].inputs { readers[input] += 1 }
    }
    var fused: [Int: Activation] = [:]
    for index in needed.indices where needed[index] {
      guard let bend = graph.nodes[index].operation as? Activate else { continue }
      let input = graph.nodes[index].inputs[0]
      let isAlone = readers[input] == 1 && graph.nodes[input].operation is any Activated
      if isAlone && bend.activation.followsFromOutput { fused[input] = bend.activation }
    }
    return fused
  }

  /// The node in whose array each node's numbers lie: its own, but for another view of them.
  private static func roots(_ graph: Graph, _ fused: [Int: Activation]) -> [Int] {
    var roots: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      let isView = node.operation is View
      let isFused = node.operation is Activate && fused[node.inputs[0]] != nil
      roots.append(isView || isFused ? roots[node.inputs[0]] : index)
    }
    return roots
  }

  /// Nodes whose slopes lead to something that is learned, and to which slopes come.
  private static func asked(
    _ graph: Graph, _ outputs: [Int], _ sources: [Bool], _ needed: [Bool]
  ) -> [Bool] {
    var flows = sources
    for (index, node) in graph.nodes.enumerated() where node.operation.passesSlopes {
      if node.inputs.contains(where: { flows[$0] }) { flows[index] = true }
    }
    var asked = [Bool](repeating: false, count: flows.count)
    for node in outputs { asked[node] = flows[node] }
    for index in flows.indices.reversed()
    where needed[index] && asked[index] && graph.nodes[index].operation.passesSlopes {
      for input in graph.nodes[index].inputs where flows[input] { asked[input] = true }
    }
    return asked
  }
}
