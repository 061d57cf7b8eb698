import Nets

extension DQN {
  /// One output, "values": [actions, numbers], of implicit quantiles [samples, actions], which read a
  /// last input of as many fractions.
  ///
  /// Each picture by Nature's convolutions, planes by MinAtar's, what they make and all vectors
  /// through the hidden layers.
  static func network(
    _ senses: [Sense], _ settings: Settings, _ head: ValueHead, actions: Int,
    on layout: Layout = Layout()
  ) -> Graph {
    let (weights, biases) = settings.initialisers
    let graph = Graph(layout, weights: weights, biases: biases)
    var features = graph.encoded(senses, graph.inputs(senses), settings.padding.kind)
    if case .implicit(let samples) = head {
      let fractions = graph.input("fractions", Input(vector: samples, .float32))
      let embedding = fractions.cosines(64).dense(features.count, name: "fractions").relu()
      features = embedding * features
    }
    let kind: DenseKind =
      settings.noisyDeviation > 0 ? .noisy(Double(settings.noisyDeviation)) : .plain
    features = features.hidden(settings.hidden, kind)
    graph.output("values", values(features, head, actions, kind, isDueling: settings.dueling))
    return graph
  }

  private static func values(
    _ features: Value, _ head: ValueHead, _ actions: Int, _ kind: DenseKind, isDueling: Bool
  ) -> Value {
    if case .implicit = head { return features.dense(actions, kind, name: "values") }
    let numbers = head.numbers
    let values = features.dense(actions * numbers, kind, name: "values").reshaped(
      [actions, numbers])
    if !isDueling { return values }
    // Wang et al. 2016, arXiv:1511.06581, eq. 9; both read the same layer, as in Dopamine.
    return values - values.mean(over: 0) + features.dense(numbers, kind, name: "state")
  }
}
