import Environment
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents

/// Policies that remember.
struct MemoryTests {
  private func cueAgent(
    _ lanes: Int, _ memory: PPO.Settings.Memory, _ autoreset: AutoresetMode = .sameStep,
    seed: UInt64 = 1, _ change: (inout PPO.Settings) -> Void = { _ in }
  ) throws -> PPO {
    let spec = try Cue.batch(1, autoreset).spec
    var settings = PPO.Settings.standard(for: spec)
    settings.memory = memory
    settings.memoryUnits = 16
    settings.network.hidden = [16]
    (settings.rolloutSteps, settings.minibatches, settings.learningRate) = (20, 2, 5e-3)
    settings.anneal = false
    change(&settings)
    return try PPO(
      spec: spec, lanes: lanes, settings: settings, seed: seed,
      workshop: Workshop(pool: ThreadPool(threads: 2)))
  }

  /// Mean reward of an episode.
  private func judge(_ agent: PPO) throws -> Double {
    let batch = try Cue.batch(40)
    let buffers = StepBuffers(spec: batch.spec, lanes: 40)
    let memory = PolicyMemory(batch.spec, width: agent.memoryWidth, lanes: 40)
    var (sum, generator) = (0.0, SplitMix64(seed: 2))
    try batch.reset(seeds: (0..<40).map { UInt64($0 + 77) }, buffers)
    for _ in 0..<4 * Int(Cue.length) {
      agent.choose(buffers, memory, greedy: true, using: &generator)
      try batch.step(buffers)
      memory.observe(buffers)
      for lane in 0..<40 { sum += buffers.rewards.of(Double.self)[lane] }
    }
    return sum / 160
  }

  @Test("Who remembers learns what was shown four steps ago, who does not gets half of it")
  func learns() throws {
    for memory in PPO.Settings.Memory.allCases {
      let agent = try cueAgent(16, memory) { $0.memorySpan = memory == .gru ? 10 : nil }
      try Play(agent, Cue.batch(16)).update(60)
      let mean = try judge(agent)
      #expect(memory == .none ? mean < 0.75 : mean > 0.95, "\(memory): \(mean)")
    }
  }

  @Test("A memory knows an episode's first observations", arguments: AutoresetMode.allCases)
  func begins(mode: AutoresetMode) throws {
    let batch = try Cue.batch(3, mode)
    let buffers = StepBuffers(spec: batch.spec, lanes: 3)
    let memory = PolicyMemory(batch.spec, width: 1, lanes: 3)
    try batch.reset(buffers)
    var seen = 0
    for _ in 0..<20 {
      // Cues are shown then and never else.
      for lane in 0..<3 {
        let isFirst = buffers.observations[0].of(Float.self)[2 * lane] != 0
        #expect((memory.first[lane] != 0) == isFirst)
        seen += isFirst ? 1 : 0
      }
      try batch.step(buffers)
      memory.observe(buffers)
      let ended = (0..<3).filter { buffers.ended.of(UInt8.self)[$0] != 0 }
      if mode == .disabled, !ended.isEmpty { try batch.reset(ended, buffers) }
    }
    #expect(seen >= 9)
  }

  @Test(
    "Learning sees the policy that acted, whatever begins or is cut",
    arguments: AutoresetMode.allCases, [nil, 4])
  func replayed(mode: AutoresetMode, sequence: Int?) throws {
    for separate in [true, false] {
      let agent = try cueAgent(6, .lstm, mode) {
        $0.memorySpan = sequence
        $0.separate = separate
      }
      let play = try Play(agent, Cue.batch(6, mode))
      for _ in 0..<2 {
        try play.collect()
        agent.rollout.estimateAdvantages(discount: 0.9, lambda: 0.9)
        let losses = agent.gradient(agent.rollout.sequences)
        #expect(losses.samples == Double(agent.rollout.learned.count))
        #expect(losses.divergence / losses.samples < 1e-9 && losses.entropy > 0)
        agent.rollout.clear()
      }
    }
  }

  @Test(
    "A restored agent that remembers goes on as the saved one", arguments: AutoresetMode.allCases)
  func restores(mode: AutoresetMode) throws {
    func fresh(_ seed: UInt64) throws -> Play {
      let agent = try cueAgent(4, .gru, mode, seed: seed) { $0.rolloutSteps = 8 }
      return try Play(agent, Cue.batch(4, mode))
    }
    let (first, second) = (try fresh(1), try fresh(99))
    try first.update(3)
    try second.agent.restore(from: saved(first.agent))
    try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
    try first.update(2)
    try second.update(2)
    #expect(try saved(first.agent).tensors == saved(second.agent).tensors)
    #expect(try saved(first.agent).metadata == saved(second.agent).metadata)
    var bad = try saved(first.agent)
    bad.tensors["memory.states"] = nil
    #expect(throws: CheckpointError.self) { try second.agent.restore(from: bad) }
  }

  @Test("Sequences that fit no rollout are refused")
  func settings() throws {
    #expect(throws: AgentError.self) { try cueAgent(2, .lstm) { $0.memorySpan = 7 } }
    #expect(throws: AgentError.self) { try cueAgent(2, .lstm) { $0.minibatches = 3 } }
    #expect(throws: AgentError.self) {
      try cueAgent(2, .lstm) { ($0.network.bottleneck, $0.network.placement) = (.softMoE, .big) }
    }
    #expect(throws: SettingError.self) { try PPO.Settings(["memory-units": 3]) }
    #expect(try PPO.Settings(["memory": "gru", "memory-units": 3]).memoryUnits == 3)
  }
}
