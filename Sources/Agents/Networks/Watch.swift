import Foundation
import Lanes
import Nets

/// How evenly experts are used and how many units do nothing, of rows from which an agent learns; made
/// when a report asks for it, of what a `Network` gives out for people.
final class Watch {
  private let plan: Plan
  private let gates, units: [OutputShape]
  private let outputs: HostRows
  private let steps: Int
  private let name: String

  /// - Parameters:
  ///   - rows: it looks at, at most.
  ///   - name: begins every figure's.
  /// - Returns: nil: the network has no layers before its last.
  init?(_ graph: Graph, _ workshop: Workshop, rows: Int, name: String = "") {
    let seen = graph.outputs.map(\.name).filter { $0.hasPrefix("gates") || $0.hasPrefix("units") }
    if seen.isEmpty { return nil }
    plan = Plan(graph, workshop, outputs: seen)
    gates = plan.outputs.filter { $0.name.hasPrefix("gates") }
    units = plan.outputs.filter { $0.name.hasPrefix("units") }
    outputs = HostRows(plan, rows: rows)
    (steps, self.name) = (graph.steps, name)
  }

  var rows: Int { outputs.rows }

  /// Entropy of the experts' use over its largest, 1: all alike; the largest share of one expert; the
  /// share of units that are nearly still (Sokar et al. 2023, arXiv:2302.12902, threshold 0.025).
  ///
  /// - Parameter count: of rows, at most `rows`; sequences count once.
  func figures(_ weights: Buffer, _ inputs: Inputs, count: Int) -> [(name: String, value: Double)] {
    plan.forward(weights, inputs, count: count, into: outputs)
    let layers = units.map { mean($0, count) }
    let still = layers.reduce(0) { sum, levels in
      let mean = levels.reduce(0, +) / Double(levels.count)
      return sum + levels.count { $0 <= 0.025 * mean }
    }
    let all = layers.reduce(0) { $0 + $1.count }
    return use(gates.map { mean($0, count) })
      + (all > 0 ? [("\(name)dormant", Double(still) / Double(all))] : [])
  }

  /// - Parameter shares: of experts, by router.
  private func use(_ shares: [[Double]]) -> [(name: String, value: Double)] {
    if shares.isEmpty { return [] }
    let evenness = shares.map { shares in
      let entropy = shares.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      return shares.count > 1 ? entropy / log(Double(shares.count)) : 1
    }
    return [
      ("\(name)expert_entropy", evenness.reduce(0, +) / Double(shares.count)),
      ("\(name)expert_share_max", shares.joined().max()!),
    ]
  }

  /// Over rows and steps.
  private func mean(_ output: OutputShape, _ count: Int) -> [Double] {
    let (numbers, width, lines) = (outputs[output], output.count / steps, count * steps)
    var sums = [Double](repeating: 0, count: width)
    for line in 0..<lines {
      for index in 0..<width { sums[index] += Double(numbers[line * width + index]) }
    }
    return sums.map { $0 / Double(lines) }
  }
}
