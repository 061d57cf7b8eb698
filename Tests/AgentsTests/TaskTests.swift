import Environment
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents

/// Several tasks in one batch.
struct TaskTests {
  /// Halves with two actions, and cues with three.
  private func mixed(_ lanes: Int) throws -> MixedBatch {
    try MixedBatch(
      [("halves", Halves.batch(lanes, .vector)), ("cue", Cue.batch(lanes))], illegal: .refused)
  }

  private func agent(
    _ lanes: Int, _ values: [String: SettingValue] = [:], seed: UInt64 = 1
  ) throws -> PPO {
    let spec = try mixed(1).spec
    var settings = PPO.Settings.standard(for: spec)
    (settings.rolloutSteps, settings.minibatches, settings.learningRate) = (20, 4, 3e-3)
    settings.anneal = false
    try settings.change(values)
    return try PPO(
      spec: spec, lanes: 2 * lanes, settings: settings, seed: seed,
      workshop: Workshop(pool: ThreadPool(threads: 1)))
  }

  static let uses: [[String: SettingValue]] = [
    [:], ["task-use": "embedding"], ["bottleneck": "task-moe", "expert-hidden": 16],
    ["bottleneck": "task-moe", "placement": "big"], ["bottleneck": "task-moe", "placement": "all"],
    ["separate": false],
  ]

  @Test("Actions that a task has not are never taken, and it learns", arguments: uses)
  func learns(settings: [String: SettingValue]) throws {
    let agent = try agent(8, settings)
    let play = try Play(agent, mixed(8))
    // An action that is not allowed would throw.
    try play.update(30)
    var (sum, generator) = (0.0, SplitMix64(seed: 5))
    for _ in 0..<20 {
      agent.choose(play.buffers, greedy: true, using: &generator)
      try play.batch.step(play.buffers)
      for lane in 0..<8 { sum += play.buffers.rewards.of(Double.self)[lane] }
    }
    #expect(sum / 160 > 0.9, "\(sum / 160)")
  }

  @Test("A task has a head of its own")
  func heads() throws {
    let agent = try agent(2)
    let shape = agent.learner.layout["policy/head.weight"]?.shape
    #expect(shape == [64, 2 * 3])
    #expect(agent.learner.layout["value/head.weight"]?.shape == [64, 2])
    let play = try Play(agent, mixed(2))
    try play.collect()
    agent.rollout.estimateAdvantages(discount: 0.9, lambda: 0.9)
    // Transitions of the first task's lanes move the first head alone.
    _ = agent.gradient(agent.rollout.learned.filter { $0 % 4 < 2 })
    let slice = agent.learner.layout["policy/head.weight"]!
    for place in 0..<slice.count {
      let slope = agent.learner.gradients[slice.offset + place]
      if place % 6 >= 3 || place % 6 == 2 { #expect(slope == 0) }
    }
    #expect((0..<slice.count).contains { agent.learner.gradients[slice.offset + $0] != 0 })
    #expect(
      try self.agent(2, ["task-use": "none"]).learner.layout["policy/head.weight"]?.shape == [
        64, 3,
      ])
  }

  @Test("Each task's rewards are measured by themselves, and kept in checkpoints")
  func rewards() throws {
    let spec = try mixed(1).spec
    let buffers = StepBuffers(spec: spec, lanes: 2)
    let tasks = buffers.observations[spec.observation("task")!.index].written(Int32.self)
    (tasks[0], tasks[1]) = (0, 1)
    var scale = RewardScale(spec, lanes: 2, discount: 0)
    for step in 0..<500 {
      let rewards = buffers.rewards.written(Double.self)
      (rewards[0], rewards[1]) = (step % 2 == 0 ? 1 : -1, step % 2 == 0 ? 100 : -100)
      scale.add(buffers, skipping: [false, false])
    }
    #expect(abs(scale.scaled(1, lane: 0) - 1) < 0.01 && abs(scale.scaled(100, lane: 1) - 1) < 0.01)
    var file = SafeTensors()
    scale.save(into: &file)
    var other = RewardScale(spec, lanes: 2, discount: 0)
    try other.restore(from: file)
    other.add(buffers, skipping: [false, false])
    #expect(abs(other.scaled(100, lane: 1) - 1) < 0.01)
  }
}
