import Environment
import Lanes
import Nets
import Testing
import TestSupport

@testable import Agents

struct AgentsTests {
  private func agent(_ lanes: Int, threads: Int = 2, seed: UInt64 = 1) throws -> PPO {
    var settings = PPO.Settings()
    settings.rolloutSteps = 16
    settings.learningRate = 1e-3
    settings.anneal = false
    return try PPO(
      spec: Halves(count: 1).spec, lanes: lanes, settings: settings, seed: seed,
      pool: ThreadPool(threads: threads))
  }

  /// Mean reward of the last update's steps.
  private func train(_ agent: PPO, _ environment: Halves, updates: Int) throws -> Float {
    let buffers = StepBuffers(spec: environment.spec, count: environment.count)
    let actions = AlignedBuffer<Int32>(count: environment.count)
    try environment.reset(seeds: nil, into: buffers)
    var mean: Float = 0
    for _ in 0..<updates {
      var (sum, steps): (Float, Float) = (0, 0)
      while !agent.isReady {
        agent.act(UnsafePointer(buffers.observations.pointer), into: actions.pointer)
        try environment.step(UnsafeBufferPointer(actions.span), into: buffers)
        agent.observe(buffers)
        sum += buffers.rewards.span.reduce(0, +)
        steps += Float(environment.count)
      }
      mean = sum / steps
      _ = agent.learn(progress: 0)
    }
    return mean
  }

  @Test("PPO learns to name the bright half")
  func learns() throws {
    let mean = try train(agent(8), Halves(count: 8), updates: 30)
    #expect(mean > 0.9)
  }

  @Test("The number of threads changes no bit", arguments: [2, 3])
  func threads(count: Int) throws {
    let (one, many) = (try agent(6, threads: 1), try agent(6, threads: count))
    _ = try train(one, Halves(count: 6), updates: 2)
    _ = try train(many, Halves(count: 6), updates: 2)
    #expect(saved(one).tensors == saved(many).tensors)
  }

  private func saved(_ agent: PPO) -> SafeTensors {
    var file = SafeTensors()
    agent.save(into: &file)
    return file
  }

  @Test("A restored agent goes on as the saved one")
  func restores() throws {
    let first = try agent(4)
    _ = try train(first, Halves(count: 4), updates: 2)
    let second = try agent(4, seed: 99)
    try second.restore(from: saved(first))
    _ = try train(first, Halves(count: 4), updates: 2)
    _ = try train(second, Halves(count: 4), updates: 2)
    #expect(saved(first).tensors == saved(second).tensors)
    #expect(throws: CheckpointError.self) { try second.restore(from: SafeTensors()) }
  }

  @Test("Advantages: closed forms of one lane that ends, is cut off, or goes on")
  func advantages() {
    let spec = EnvironmentSpec(
      id: "t", observation: ObservationSpace(shape: [1], element: .uint8), actions: .discrete(2))
    let buffers = StepBuffers(spec: spec, count: 3)
    let rollout = Rollout(steps: 2, lanes: 3, observationBytes: 1)
    for step in 0..<2 {
      for lane in 0..<3 {
        buffers.rewards[lane] = 1
        buffers.terminated[lane] = step == 0 && lane == 0 ? 1 : 0
        buffers.truncated[lane] = step == 0 && lane == 1 ? 1 : 0
        rollout.values[step * 3 + lane] = 2
      }
      rollout.observe(buffers) { values in
        for lane in 0..<3 where buffers.truncated[lane] != 0 { values[lane] = 10 }
      }
    }
    for lane in 0..<3 { rollout.lastValues[lane] = 4 }
    rollout.estimateAdvantages(discount: 0.5, lambda: 0.5)
    let last: Float = 1 + 0.5 * 4 - 2
    #expect(rollout.advantages[3] == last)
    #expect(rollout.advantages[0] == 1 - 2)
    #expect(rollout.advantages[1] == 1 + 0.5 * 10 - 2)
    #expect(rollout.advantages[2] == (1 + 0.5 * 2 - 2) + 0.25 * last)
  }

  @Test("A setting that is unknown or of the wrong kind is refused by name")
  func settings() throws {
    var settings = PPO.Settings()
    try settings.set("clip", "0.2")
    #expect(settings.clip == 0.2)
    #expect(throws: AgentError.self) { try settings.set("clipp", "0.2") }
    #expect(throws: AgentError.self) { try settings.set("epochs", "2.5") }
    settings.minibatches = 7
    #expect(throws: AgentError.self) {
      try PPO(
        spec: Halves(count: 1).spec, lanes: 2, settings: settings, seed: 1,
        pool: ThreadPool(threads: 1))
    }
  }
}
