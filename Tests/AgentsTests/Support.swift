import Environment
import Lanes
import Nets
import Records
import TestSupport

@testable import Agents

typealias HalvesBatch = BlockBatch<Halves>

/// An agent for halves, quick to learn.
func agent(
  _ lanes: Int, _ shown: Halves.Shown = .vector, _ taken: Halves.Taken = .discrete,
  _ autoreset: AutoresetMode = .sameStep, threads: Int = 1, seed: UInt64 = 1,
  _ change: (inout PPO.Settings) -> Void = { _ in }
) throws -> PPO {
  let spec = try Halves.batch(1, shown, taken, autoreset).spec
  var settings = PPO.Settings.standard(for: spec)
  settings.rolloutSteps = 16
  settings.minibatches = 4
  settings.epochs = 4
  settings.learningRate = shown == .picture ? 1e-3 : 3e-3
  settings.anneal = false
  settings.normalizeObservations = false
  settings.normalizeRewards = false
  change(&settings)
  return try PPO(
    spec: spec, lanes: lanes, settings: settings, seed: seed,
    workshop: Workshop(pool: ThreadPool(threads: threads, awakening: 0)))
}

/// An agent with its environment, as a trainer runs them.
final class Play {
  let agent: PPO
  let batch: any EnvironmentBatch
  let buffers: StepBuffers

  init(_ agent: PPO, _ batch: any EnvironmentBatch) throws {
    self.agent = agent
    self.batch = batch
    buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(buffers)
  }

  /// - Parameter watch: sees each step before it is observed.
  func collect(watch: (StepBuffers) throws -> Void = { _ in }) throws {
    while !agent.rollout.isFull {
      try agent.act(buffers)
      try batch.step(buffers)
      try watch(buffers)
      agent.observe(buffers)
      if batch.spec.autoreset == .disabled { try batch.resetEnded(buffers) }
    }
  }

  func update(_ count: Int) throws {
    for _ in 0..<count {
      try collect()
      _ = try agent.learn(progress: 0)
    }
  }
}

func saved(_ agent: PPO) throws -> SafeTensors {
  var file = SafeTensors()
  try agent.save(into: &file)
  return file
}

/// Mean reward of 20 greedy steps under same-step autoreset.
func judge(_ agent: any Agent, _ batch: any EnvironmentBatch) throws -> Double {
  let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
  try batch.reset(buffers)
  var (sum, generator) = (0.0, SplitMix64(seed: 5))
  for _ in 0..<20 {
    agent.choose(buffers, greedy: true, using: &generator)
    try batch.step(buffers)
    for lane in 0..<batch.lanes { sum += buffers.rewards.of(Double.self)[lane] }
  }
  return sum / Double(20 * batch.lanes)
}

/// An off-policy agent with its environment, as a trainer runs them.
final class Trial {
  let agent: any Agent
  let batch: any EnvironmentBatch
  let buffers: StepBuffers

  init(_ agent: any Agent, _ batch: any EnvironmentBatch) throws {
    (self.agent, self.batch) = (agent, batch)
    buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(buffers)
  }

  func step(_ count: Int) throws {
    for _ in 0..<count { _ = try step() }
  }

  /// Steps until there is one.
  func report() throws -> Report {
    while true { if let report = try step() { return report } }
  }

  private func step() throws -> Report? {
    try agent.act(buffers)
    try batch.step(buffers)
    agent.observe(buffers)
    if batch.spec.autoreset == .disabled { try batch.resetEnded(buffers) }
    return try agent.learn(progress: 0)
  }
}
