import Environment
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents

struct InsightTests {
  @Test(
    "What an agent is seen to think is what it does",
    arguments: ["ppo", "dqn", "c51", "qr-dqn", "sac"])
  func greedy(name: String) throws {
    let batch = try Halves.batch(7, .vector)
    let row = try #require(AgentRow.all.first { $0.name == name })
    let agent = try row.make(
      batch.spec, 2, name == "ppo" ? [:] : ["replay-start": 64, "replay-capacity": 2000], 5,
      Workshop(pool: ThreadPool(threads: 1)))
    let looked = try #require(agent as? any InsightfulAgent)
    let buffers = StepBuffers(spec: batch.spec, lanes: 7)
    let memory = PolicyMemory(batch.spec, width: agent.memoryWidth, lanes: 7)
    try batch.reset(buffers)
    var generator = SplitMix64(seed: 3)
    for _ in 0..<5 {
      let seen = try (0..<7).map { try #require(looked.insight(buffers, memory, lane: $0)) }
      agent.choose(buffers, memory, greedy: true, using: &generator)
      for (lane, insight) in seen.enumerated() {
        let best = try #require(insight.actions.max())
        let action = Int(buffers.actions.of(Int32.self)[lane])
        #expect(insight.actions[action] == best)
        if insight.meaning == .probabilities {
          #expect(abs(insight.actions.reduce(0, +) - 1) < 1e-5)
        } else {
          #expect(insight.value == best)
        }
      }
      #expect(Set(seen.map(\.actions)).count > 1, "lanes differ")
      try batch.step(buffers)
      memory.observe(buffers)
    }
  }

  @Test("Looking changes nothing that a policy remembers")
  func memory() throws {
    let agent = try agent(3) {
      $0.memory = .gru
      $0.memoryUnits = 8
      $0.minibatches = 1
    }
    let batch = try Halves.batch(3, .vector)
    let buffers = StepBuffers(spec: batch.spec, lanes: 3)
    try batch.reset(buffers)
    let memory = PolicyMemory(batch.spec, width: agent.memoryWidth, lanes: 3)
    var generator = SplitMix64(seed: 3)
    agent.choose(buffers, memory, greedy: false, using: &generator)
    memory.observe(buffers)
    let before = Array(memory.states.span)
    let one = agent.insight(buffers, memory, lane: 1)
    #expect(Array(memory.states.span) == before && one == agent.insight(buffers, memory, lane: 1))
    #expect(one?.value != nil)
  }

  private func routed(
    _ name: String, _ shown: Halves.Shown, _ more: [String: SettingValue]
  ) throws -> (agent: any InsightfulAgent, batch: HalvesBatch, buffers: StepBuffers) {
    let taken: Halves.Taken = ["td3"].contains(name) ? .box : .discrete
    let batch = try Halves.batch(2, shown, taken)
    let row = try #require(AgentRow.all.first { $0.name == name })
    var values: [String: SettingValue] = ["experts": 4, "expert-hidden": 8, "hidden": "8"]
    if name != "ppo" { values.merge(["replay-start": 64, "replay-capacity": 2000]) { $1 } }
    values.merge(more) { $1 }
    if more["bottleneck"] == nil { values["experts"] = nil }
    // Elsewhere an expert is what it replaces.
    if more["bottleneck"] == nil || more["placement"] != nil { values["expert-hidden"] = nil }
    let agent = try row.make(
      batch.spec, 2, values, 5, Workshop(pool: ThreadPool(threads: 1)))
    let buffers = StepBuffers(spec: batch.spec, lanes: 2)
    try batch.reset(buffers)
    return (try #require(agent as? any InsightfulAgent), batch, buffers)
  }

  private func routes(
    _ name: String, _ shown: Halves.Shown = .planes, more: [String: SettingValue],
    _ change: (any InsightfulAgent) -> Void = { _ in }
  ) throws -> [Insight.Routes] {
    let (agent, batch, buffers) = try routed(name, shown, more)
    change(agent)
    let memory = PolicyMemory(batch.spec, width: agent.memoryWidth, lanes: 2)
    return try #require(agent.insight(buffers, memory, lane: 1)).routes
  }

  @Test(
    "Soft experts share every token among them", arguments: ["ppo", "dqn", "iqn", "sac"],
    ["per-conv", "per-feature", "per-patch", "per-sample"])
  func soft(name: String, tokens: String) throws {
    let found = try routes(
      name, more: ["bottleneck": "soft-moe", "tokens": .text(tokens)])
    #expect(found.count == 1)
    for routes in found {
      #expect(routes.experts == 4)
      for token in 0..<routes.rows * routes.columns {
        let sum = (0..<4).reduce(0) { $0 + routes.shares(of: $1)[token] }
        #expect(abs(sum - 1) < 1e-5)
      }
      #expect(Set(routes.shares).count > 1)
      #expect(abs((0..<4).reduce(0) { $0 + routes.load(of: $1) } - 1) < 1e-5)
    }
  }

  /// As written by the router's rows: all tokens find all experts equally likely.
  private func forget(_ agent: any InsightfulAgent) {
    guard let agent = agent as? PPO else { return }
    for slice in agent.learner.layout.slices where slice.name.contains("router") {
      for place in 0..<slice.count { agent.learner.weights[slice.offset + place] = 0 }
    }
  }

  @Test("A router that knows nothing shares equally, or sends the first tokens to the first expert")
  func equal() throws {
    let soft = try #require(routes("ppo", more: ["bottleneck": "soft-moe"], forget).first)
    #expect(soft.shares.allSatisfy { abs($0 - 0.25) < 1e-6 })
    #expect(soft.rows > 1 && soft.columns > 1)
    let hard = try #require(
      routes("ppo", more: ["bottleneck": "top1-moe", "expert-capacity": 1], forget).first)
    let tokens = hard.rows * hard.columns
    #expect(tokens == soft.rows * soft.columns)
    let places = (tokens + 3) / 4
    let first = (0..<tokens).map { $0 < places ? 1.0 : 0 }
    #expect(hard.shares(of: 0) == first, "there is no room for the others")
    for expert in 1..<4 { #expect(hard.load(of: expert) == 0) }
  }

  @Test("Chosen experts take whole tokens, one each")
  func chosen() throws {
    let found = try #require(
      routes("dqn", more: ["bottleneck": "top1-moe", "expert-capacity": 4]).first)
    for token in 0..<found.rows * found.columns {
      let shares = (0..<4).map { found.shares(of: $0)[token] }.sorted()
      #expect(shares == [0, 0, 0, 1])
    }
  }

  @Test("Experts elsewhere have one token; without experts there is nothing to see")
  func elsewhere() throws {
    for placement in ["final", "all", "big"] {
      let found = try routes(
        "ppo", .vector, more: ["bottleneck": "soft-moe", "placement": .text(placement)])
      #expect(!found.isEmpty && found.allSatisfy { $0.rows * $0.columns == 1 })
    }
    let (agent, batch, buffers) = try routed("td3", .vector, ["hidden": "16"])
    let memory = PolicyMemory(batch.spec, width: 0, lanes: 2)
    let insight = try #require(agent.insight(buffers, memory, lane: 0))
    #expect(insight.routes.isEmpty && insight.value != nil && insight.actions.isEmpty)
  }
}
