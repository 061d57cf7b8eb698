import Environment
import Lanes
import Nets
import TestSupport
import Testing

@testable import Agents

/// What is kept of steps, and what follows from it, under every autoreset mode.
struct RolloutTests {
  /// A lane's two steps with values 2, rewards 1 and a last value of 4.
  private func advantages(terminated: Bool, truncated: Bool, cutValue: Float) -> [Float] {
    let spec = EnvironmentSpec(
      id: "t", observation: [Field("v", [1], .float32)], action: .discrete(2))
    let buffers = StepBuffers(spec: spec, lanes: 1)
    let rollout = Rollout(spec.observation, actionWidth: 1, steps: 2, lanes: 1)
    for step in 0..<2 {
      buffers.terminated.written(UInt8.self)[0] = terminated && step == 0 ? 1 : 0
      buffers.truncated.written(UInt8.self)[0] = truncated && step == 0 ? 1 : 0
      (rollout.values[step], rollout.rewards[step]) = (2, 1)
      rollout.cutValues[step] = step == 0 ? cutValue : 0
      rollout.finishStep(buffers, skipping: [false])
    }
    rollout.lastValues[0] = 4
    rollout.estimateAdvantages(discount: 0.5, lambda: 0.5)
    return [rollout.advantages[0], rollout.advantages[1]]
  }

  @Test("Advantages: closed forms of an episode that goes on, ends, or is cut off")
  func closedForms() {
    let last: Float = 1 + 0.5 * 4 - 2
    let goesOn = advantages(terminated: false, truncated: false, cutValue: 0)
    #expect(goesOn == [(1 + 0.5 * 2 - 2) + 0.25 * last, last])
    #expect(advantages(terminated: true, truncated: false, cutValue: 0) == [1 - 2, last])
    #expect(advantages(terminated: false, truncated: true, cutValue: 10) == [1 + 5 - 2, last])
  }

  @Test("Values stand for the future of cut episodes alone", arguments: AutoresetMode.allCases)
  func bootstrapping(mode: AutoresetMode) throws {
    let agent = try agent(6, .vector, .discrete, mode)
    let play = try Play(agent, Halves.batch(6, .vector, .discrete, mode))
    var cuts = 0
    try play.collect { buffers in
      let (terminated, truncated) = (
        buffers.terminated.written(UInt8.self), buffers.truncated.of(UInt8.self)
      )
      // Lane 5 shows both flags: it has ended by itself.
      if truncated[5] == 1 { terminated[5] = 1 }
      let place = agent.rollout.step(of: 0) * 6
      let column = mode == .sameStep ? buffers.finalObservations[0] : buffers.observations[0]
      let rows = HostRows(agent.learner.plan, rows: 6)
      agent.learner.values(Inputs([column.bytes.baseAddress!]), count: 6, into: rows)
      let outputs = rows[agent.learner.plan.outputs[0]]
      agent.observeOnly(buffers)
      for lane in 0..<6 {
        let isCut = truncated[lane] == 1 && lane != 5
        cuts += isCut ? 1 : 0
        let value = agent.rollout.cutValues[place + lane]
        #expect(isCut ? abs(value - outputs[lane * 3]) < 1e-6 : value == 0)
      }
    }
    // Lanes 1 and 3, every fifth or sixth step.
    #expect(cuts == (mode == .nextStep ? 4 : 6))
  }

  @Test("A step that only begins an episode teaches nothing")
  func skipping() throws {
    let agent = try agent(2, .vector, .discrete, .nextStep) { $0.rolloutSteps = 11 }
    let play = try Play(agent, Halves.batch(2, .vector, .discrete, .nextStep))
    try play.collect()
    // Episodes of five steps; steps 5 and 11 begin others. The second is the next rollout's first.
    func steps(_ skipped: Set<Int32>) -> [Int32] {
      (0..<22).map(Int32.init).filter { !skipped.contains($0 / 2) }
    }
    #expect(agent.rollout.learned == steps([5]))
    let losses = gradient(agent)
    let gradients = Array(agent.learner.gradients.span)
    for place in 10..<12 {
      agent.rollout.rewards[place] = 1e6
      agent.rollout.values[place] = -1e6
      agent.rollout.logProbabilities[place] = 50
    }
    #expect(gradient(agent) == losses)
    #expect(Array(agent.learner.gradients.span) == gradients)
    _ = try agent.learn(progress: 0)
    try play.collect()
    #expect(agent.rollout.learned == steps([0, 6]))
  }

  private func gradient(_ agent: PPO) -> Losses {
    agent.rollout.estimateAdvantages(discount: 0.9, lambda: 0.9)
    return agent.gradient(agent.rollout.learned)
  }

  @Test("Observations are written where they are kept")
  func aiming() throws {
    let agent = try agent(3, .several)
    let play = try Play(agent, Halves.batch(3, .several))
    for round in 0..<2 {
      var seen: [[UInt8]] = []
      while !agent.rollout.isFull {
        let step = agent.rollout.step(of: 0)
        seen.append(Array(play.buffers.observations[0].bytes + play.buffers.observations[1].bytes))
        try agent.act(play.buffers)
        try play.batch.step(play.buffers)
        agent.observe(play.buffers)
        let kept = agent.rollout.columns(step + 1)
        #expect(zip(play.buffers.observations, kept).allSatisfy { $0.base == $1.base })
      }
      for step in 0..<16 {
        let kept = agent.rollout.columns(step)
        #expect(Array(kept[0].bytes + kept[1].bytes) == seen[step], "round \(round), step \(step)")
      }
      _ = try agent.learn(progress: 0)
    }
  }

  @Test("A rollout that memory cannot hold is refused with its size")
  func memory() {
    for (lanes, steps) in [(1 << 20, 100_000), (4_000, 100_000)] {
      #expect(throws: AgentError.self) { try agent(lanes, .picture) { $0.rolloutSteps = steps } }
    }
  }
}

extension PPO {
  /// What `observe` writes for the step, without going on to the next one.
  fileprivate func observeOnly(_ buffers: StepBuffers) {
    bootstrap(buffers, into: rollout.cutValues.pointer + rollout.step(of: 0) * lanes)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate static func + (first: Self, second: Self) -> [UInt8] { Array(first) + Array(second) }
}
