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
    guard !insight.actions.isEmpty else { return rows }
    rows.append(.heading(insight.meaning == .probabilities ? "probabilities" : "action values"))
    return rows + [.bars(bars(insight, chosen: Int(buffers.actions.of(Int32.self)[lane])))]
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
