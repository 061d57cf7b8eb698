import Agents
import Environment
import Foundation
import Lanes
import Window

/// A trained agent at play.
final class AgentPilot: Pilot {
  let label = "the agent plays"
  private let agent: any Agent
  private let spec: EnvironmentSpec
  private let lanes: Int
  private let greedy: Bool
  private var memory: PolicyMemory
  private var generator: SplitMix64
  /// As its policy saw the lane before it acted.
  private var seen: (lane: Int, insight: Insight?)?
  private var shown = 0

  init(
    _ agent: any Agent, _ spec: EnvironmentSpec, lanes: Int, seed: UInt64, greedy: Bool
  ) {
    (self.agent, self.spec, self.lanes, self.greedy) = (agent, spec, lanes, greedy)
    memory = PolicyMemory(spec, width: agent.memoryWidth, lanes: lanes)
    generator = SplitMix64(seed: seed)
  }

  func act(_ buffers: StepBuffers) {
    let agent = agent as? any InsightfulAgent
    seen = (shown, agent?.insight(buffers, memory, lane: shown))
    self.agent.choose(buffers, memory, greedy: greedy, using: &generator)
  }

  func observe(_ buffers: StepBuffers) { memory.observe(buffers) }

  func forget() {
    memory = PolicyMemory(spec, width: agent.memoryWidth, lanes: lanes)
    seen = nil
  }

  func panel(_ buffers: StepBuffers, lane: Int) -> [PanelRow] {
    if shown != lane { (shown, seen) = (lane, nil) }
    guard let insight = seen?.insight else { return [] }
    var rows: [PanelRow] = []
    if let value = insight.value { rows.append(.figure("value", String(format: "%.3f", value))) }
    if !insight.actions.isEmpty {
      rows.append(.heading(insight.meaning == .probabilities ? "probabilities" : "action values"))
      rows.append(.bars(bars(insight, chosen: Int(buffers.actions.of(Int32.self)[lane]))))
    }
    for (number, routes) in insight.routes.enumerated() {
      rows += Self.rows(
        routes, named: insight.routes.count > 1 ? "experts, router \(number + 1)" : "experts")
    }
    return rows
  }

  private static let mostExperts = 16

  /// What the busiest experts take: maps of the tokens, and the mean share; of one token a bar each.
  private static func rows(_ routes: Insight.Routes, named name: String) -> [PanelRow] {
    let loads = (0..<routes.experts).map { (expert: $0, load: routes.load(of: $0)) }
    let shown = loads.sorted { ($0.load, $1.expert) > ($1.load, $0.expert) }.prefix(mostExperts)
      .sorted { $0.expert < $1.expert }
    let isPart = shown.count < routes.experts
    let heading = isPart ? "\(name), \(shown.count) of \(routes.experts)" : name
    if routes.rows * routes.columns == 1 {
      let bars = shown.map { expert, load in
        PanelRow.Bar(name: "\(expert)", share: load, value: String(format: "%.2f", load))
      }
      return [.heading(heading), .bars(bars)]
    }
    // Soft experts share alike at first: dark is the least of all shares, bright the most.
    let (least, most) = (Double(routes.shares.min() ?? 0), Double(routes.shares.max() ?? 1))
    let range = String(format: "%.0f to %.0f%%", 100 * least, 100 * most)
    let maps = shown.map { expert, load in
      PanelRow.Map(
        name: "\(expert)", value: String(format: "%.0f%%", 100 * load), columns: routes.columns,
        levels: routes.shares(of: expert).map { ($0 - least) / max(most - least, 1e-9) })
    }
    return [.heading("\(heading), \(range)"), .maps(maps)]
  }

  /// Values lie between the smallest and the largest.
  private func bars(_ insight: Insight, chosen: Int) -> [PanelRow.Bar] {
    let isShare = insight.meaning == .probabilities
    let low = isShare ? 0 : insight.actions.min() ?? 0
    let high = isShare ? 1 : insight.actions.max() ?? 1
    return insight.actions.enumerated().map { number, value in
      let name = spec.actionNames.indices.contains(number) ? spec.actionNames[number] : "\(number)"
      return PanelRow.Bar(
        name: name, share: high > low ? (value - low) / (high - low) : 1,
        value: String(format: isShare ? "%.2f" : "%.3g", value), isChosen: number == chosen)
    }
  }
}

/// A programmed player at play.
final class ScriptedPilot: Pilot {
  let label = "the bot plays"
  private let player: any ScriptedPolicy

  init(_ player: any ScriptedPolicy) { self.player = player }

  func act(_ buffers: StepBuffers) { player.act(buffers) }
  func observe(_ buffers: StepBuffers) {}
  func forget() {}
  func panel(_ buffers: StepBuffers, lane: Int) -> [PanelRow] { [] }
}
