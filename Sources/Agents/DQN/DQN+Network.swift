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
    let encoded = senses.enumerated().map { index, sense in
      encoder(sense, graph.input("\(index)", sense.input), index, settings.padding).flat()
    }
    var features = graph.join(encoded)
    if case .implicit(let samples) = head {
      let fractions = graph.input("fractions", Input(vector: samples, .float32))
      let embedding = fractions.cosines(64).dense(features.count, name: "fractions").relu()
      features = embedding * features
    }
    let kind: DenseKind =
      settings.noisyDeviation > 0 ? .noisy(Double(settings.noisyDeviation)) : .plain
    for (index, units) in settings.hidden.enumerated() {
      features = features.dense(units, kind, name: "hidden\(index + 1)").relu()
    }
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

  private static func encoder(
    _ sense: Sense, _ value: Value, _ index: Int, _ padding: Settings.Padding
  ) -> Value {
    let padding: Padding = padding == .same ? .same : .valid
    switch sense {
    // Mnih et al. 2015, doi:10.1038/nature14236.
    case .picture:
      return value.conv(32, 8, stride: 4, padding, name: "picture\(index)conv1").relu()
        .conv(64, 4, stride: 2, padding, name: "picture\(index)conv2").relu()
        .conv(64, 3, padding, name: "picture\(index)conv3").relu()
    // Young and Tian 2019, arXiv:1903.03176.
    case .planes: return value.conv(16, 3, padding, name: "planes\(index)conv").relu()
    case .vector: return value
    }
  }
}
