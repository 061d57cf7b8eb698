import Nets

extension PPO {
  /// One output: the value, then what the policy's distribution reads.
  ///
  /// Vectors alone: two hidden layers, policy and value apart, as CleanRL's `ppo.py`. Else one
  /// encoder a field, then a layer that policy and value share, as `ppo_atari.py`.
  static func network(
    _ senses: [Sense], _ distribution: any ActionDistribution, hidden: Int
  ) -> Graph {
    let graph = Graph()
    let inputs = senses.enumerated().map { ($1, graph.input("\($0)", $1.input)) }
    // A Gaussian's deviations are the same in every state.
    let constants = distribution is DiagonalGaussian ? distribution.width : 0
    let width = distribution.outputs - constants
    var parts: [Value]
    if senses.allSatisfy(\.isVector) {
      let vector = graph.join(inputs.map(\.1))
      func tower(_ name: String, _ units: Int, gain: Double) -> Value {
        vector.dense(hidden, name: "\(name)1").tanh().dense(hidden, name: "\(name)2").tanh()
          .dense(units, initialiser: .orthogonal(gain), name: name)
      }
      parts = [tower("value", 1, gain: 1), tower("policy", width, gain: 0.01)]
    } else {
      let encoded = inputs.enumerated().map { index, input in
        encoder(input.0, input.1, senses.count == 1 ? "" : "\(index)").flat()
      }
      let seesPictures = senses.contains { if case .picture = $0 { true } else { false } }
      let shared = graph.join(encoded).dense(seesPictures ? 512 : 128, name: "shared").relu()
      let gains = Initialiser.columns([
        .init(1, .orthogonal(1)), .init(width, .orthogonal(0.01)),
      ])
      parts = [shared.dense(1 + width, initialiser: gains, name: "heads")]
    }
    if constants > 0 { parts.append(graph.constant([constants], name: "deviation")) }
    graph.output("value and policy", graph.join(parts))
    return graph
  }

  private static func encoder(_ sense: Sense, _ value: Value, _ index: String) -> Value {
    switch sense {
    // Mnih et al. 2015, doi:10.1038/nature14236.
    case .picture:
      value.conv(32, 8, stride: 4, name: "picture\(index)conv1").relu()
        .conv(64, 4, stride: 2, name: "picture\(index)conv2").relu()
        .conv(64, 3, name: "picture\(index)conv3").relu()
    // Young and Tian 2019, arXiv:1903.03176.
    case .planes: value.conv(16, 3, name: "planes\(index)conv").relu()
    case .vector: value.dense(64, name: "vector\(index)").tanh()
    }
  }
}
