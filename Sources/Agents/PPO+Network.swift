import Nets

extension PPO {
  /// What a policy's outputs and a value are made of: the policy's outputs, then the value.
  ///
  /// Vectors alone: two hidden layers, policy and value apart, as CleanRL's `ppo.py`. Else one
  /// encoder a field, then a layer that policy and value share, as `ppo_atari.py`.
  static func network(
    _ senses: [Sense], _ distribution: any ActionDistribution, hidden: Int
  ) -> Value {
    let graph = Graph()
    let inputs = senses.map { ($0, graph.input($0.input)) }
    if senses.allSatisfy(\.isVector) {
      let vector = graph.join(inputs.map { $0.1 })
      func tower(_ name: String) -> Value {
        vector.dense(hidden, .tanh, name: "\(name)1").dense(hidden, .tanh, name: "\(name)2")
      }
      return outputs(graph, policy: tower("policy"), value: tower("value"), distribution)
    }
    let encoded = inputs.enumerated().map { index, input in
      encoder(input.0, input.1, senses.count == 1 ? "" : "\(index)")
    }
    let seesPictures = senses.contains { if case .picture = $0 { true } else { false } }
    let shared = graph.join(encoded).dense(seesPictures ? 512 : 128, .relu, name: "shared")
    if distribution is Categorical {
      return shared.dense([(distribution.outputs, 0.01), (1, 1)], .none, name: "heads")
    }
    return outputs(graph, policy: shared, value: shared, distribution)
  }

  private static func encoder(_ sense: Sense, _ value: Value, _ index: String) -> Value {
    switch sense {
    // Mnih et al. 2015, doi:10.1038/nature14236.
    case .picture:
      value.convolution(32, 8, stride: 4, name: "picture\(index)conv1")
        .convolution(64, 4, stride: 2, name: "picture\(index)conv2")
        .convolution(64, 3, name: "picture\(index)conv3")
    // Young and Tian 2019, arXiv:1903.03176.
    case .planes: value.convolution(16, 3, name: "planes\(index)conv")
    case .vector: value.dense(64, .tanh, name: "vector\(index)")
    }
  }

  /// A Gaussian's deviations are the same in every state.
  private static func outputs(
    _ graph: Graph, policy: Value, value: Value, _ distribution: any ActionDistribution
  ) -> Value {
    let isGaussian = distribution is DiagonalGaussian
    let width = isGaussian ? distribution.width : distribution.outputs
    var parts = [policy.dense(width, .none, name: "policy", gain: 0.01)]
    if isGaussian { parts.append(graph.constant(width, name: "deviation.bias")) }
    return graph.join(parts + [value.dense(1, .none, name: "value", gain: 1)])
  }
}
