import Nets

extension DQN {
  /// One output, "values": [actions, numbers], of implicit quantiles [samples, actions], which read a
  /// last input of as many fractions.
  /// - Parameter isSeen: people look into it.
  static func network(
    _ senses: [Sense], _ settings: Settings, _ head: ValueHead, actions: Int,
    on layout: Layout = Layout(), isSeen: Bool = false
  ) -> Graph {
    let (weights, biases) = settings.initialisers
    let graph = Graph(layout, weights: weights, biases: biases)
    let inputs = graph.inputs(senses)
    let noise = Double(settings.noisyDeviation)
    let network: Network
    if case .implicit(let samples) = head {
      let fractions = graph.input("fractions", Input(vector: samples, .float32))
      network = Network(
        settings.network, graph, senses, inputs, kind: noise > 0 ? .noisy(noise) : .plain,
        joined: { $0.quantiles(at: fractions) })
    } else {
      network = Network(
        settings.network, graph, senses, inputs, kind: noise > 0 ? .noisy(noise) : .plain)
    }
    graph.output(
      "values",
      network.read { values(of: $0, network, head, actions, isDueling: settings.dueling) })
    if isSeen { network.giveOut() }
    return graph
  }

  private static func values(
    of features: Value, _ network: Network, _ head: ValueHead, _ actions: Int, isDueling: Bool
  ) -> Value {
    if case .implicit = head { return network.last(features, "values", actions) }
    let numbers = head.numbers
    let values = network.last(features, "values", actions * numbers).reshaped([actions, numbers])
    if !isDueling { return values }
    // Wang et al. 2016, arXiv:1511.06581, eq. 9; both read the same layer, as in Dopamine.
    return values - values.mean(over: 0) + network.last(features, "state", numbers)
  }
}
