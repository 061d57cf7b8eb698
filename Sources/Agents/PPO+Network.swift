import Environment
import Nets
import Records

extension PPO {
  /// What it would learn with in such an environment.
  /// - Throws: `AgentError`, `SettingError` for what does not suit.
  public static func network(
    for spec: EnvironmentSpec, _ values: [String: SettingValue]
  ) throws -> Graph {
    if let refusal = refusal(spec) { throw AgentError.environment(refusal) }
    var settings = Settings.standard(for: spec)
    try settings.change(values)
    let senses = Senses(spec, normalizes: false).senses
    try settings.network.check(senses)
    return network(senses, spec.action.distribution, settings)
  }

  /// One output: the value, then what the policy's distribution reads; and for acting the memory
  /// after the step.
  /// - Parameters:
  ///   - steps: of a sample; nil: one, in which it acts.
  ///   - isSeen: people look into it.
  static func network(
    _ senses: [Sense], _ distribution: any ActionDistribution, _ settings: Settings,
    on layout: Layout = Layout(), steps: Int? = nil, isSeen: Bool = false
  ) -> Graph {
    let graph = Graph(layout, steps: steps ?? 1)
    let inputs = graph.inputs(senses)
    let recall = settings.memory.cell.map {
      Recall(graph, $0, settings.memoryUnits, layers: settings.separate ? 2 : 1)
    }
    let network = Network(settings.network, graph, senses, inputs, recall: recall)
    // A Gaussian's deviations are the same in every state.
    let constants = distribution is DiagonalGaussian ? distribution.width : 0
    let width = distribution.outputs - constants
    let value = Initialiser.Columns(1, .orthogonal(1))
    let policy = Initialiser.Columns(width, .orthogonal(0.01))
    var parts: [Value]
    if settings.separate {
      parts = [
        network.read("value") { network.last($0, "head", [value]) },
        network.read("policy") { network.last($0, "head", [policy]) },
      ]
    } else {
      let heads = network.read { network.last($0, "heads", [value, policy]) }
      parts = [heads.part(0..<1), heads.part(1..<1 + width)]
    }
    parts[1] = network.masked(parts[1])
    if constants > 0 { parts.append(graph.constant([constants], name: "deviation")) }
    graph.output("value and policy", graph.join(parts))
    if steps == nil, let recall { graph.output("memory", recall.states) }
    if isSeen { network.giveOut() }
    return graph
  }
}
