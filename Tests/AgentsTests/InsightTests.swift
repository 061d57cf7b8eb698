import Environment
import Lanes
import Nets
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
}
