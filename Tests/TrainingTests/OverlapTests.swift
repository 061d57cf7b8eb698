import Agents
import Environment
import Foundation
import Lanes
import Nets
import Testing

@testable import Training

/// The simulation beside acting, and beside learning.
struct OverlapTests {
  private let runs = Runs()

  private func trainer(
    _ name: String, lag: Int = 0, groups: Int = 1, _ mode: AutoresetMode = .sameStep,
    threads: Int = 2, steps: Int = 12 * 64, resume: Bool = false,
    _ more: (inout PPO.Settings) -> Void = { _ in }
  ) throws -> Trainer {
    let settings = RunSettings(environment: "Sides", agent: "ppo", lanes: 8, steps: steps, seed: 5)
    let path = runs.file(name)
    let folder = resume ? RunFolder(path: path) : try RunFolder.create(path, settings).folder
    let batch: any EnvironmentBatch =
      groups == 1
      ? try Sides.batch(8, mode)
      : try GroupedBatch((0..<groups).map { _ in try Sides.batch(8 / groups, mode) })
    var agent = PPO.Settings.standard(for: batch.spec)
    (agent.rolloutSteps, agent.epochs, agent.policyLag) = (8, 2, lag)
    (agent.learningRate, agent.anneal) = (0.01, false)
    agent.network.hidden = [8]
    more(&agent)
    let pool = ThreadPool(threads: threads, awakening: 0)
    let trainer = try Trainer(
      settings: settings, folder: folder, environment: batch,
      agent: PPO(
        spec: batch.spec, lanes: 8, settings: agent, seed: 5, workshop: Workshop(pool: pool)),
      pool: pool)
    if resume { try trainer.resume() }
    return trainer
  }

  private func expectEqual(_ first: String, _ second: String) throws {
    let (one, other) = (try runs.checkpoint(first), try runs.checkpoint(second))
    #expect(one.tensors == other.tensors && one.metadata == other.metadata)
    #expect(try runs.updates(first) == runs.updates(second))
  }

  @Test("Lanes in two groups learn the same bits as together", arguments: AutoresetMode.allCases)
  func groups(mode: AutoresetMode) throws {
    _ = try trainer("together", mode).run()
    _ = try trainer("groups", groups: 2, mode).run()
    try expectEqual("together", "groups")
    // A run begun in one way goes on in the other.
    var count = 0
    let first = try trainer("parts", groups: 2, mode)
    #expect(try first.run(stop: { count >= 5 }, watch: { _ in count += 1 }) == .interrupted)
    _ = try trainer("parts", mode, resume: true).run()
    try expectEqual("together", "parts")
  }

  @Test("Groups are refused where lanes depend on one another, or the agent acts at once")
  func refusals() throws {
    #expect(throws: AgentError.self) {
      try trainer("memory", groups: 2) { $0.memory = .gru }
    }
    #expect(throws: AgentError.self) {
      try trainer("moments", groups: 2) { $0.normalizeObservations = true }
    }
    let batch = try GroupedBatch((0..<2).map { _ in try Sides.batch(4) })
    let settings = RunSettings(
      environment: "Sides", agent: "guesser", lanes: 8, steps: 640, seed: 5)
    #expect(throws: AgentError.self) {
      try Trainer(
        settings: settings, folder: RunFolder.create(runs.file("guesser"), settings).folder,
        environment: batch, agent: Guesser(batch.spec, lanes: 8), pool: ThreadPool(threads: 1))
    }
  }

  @Test("Learning beside the simulation: the same for any threads, and goes on as if uninterrupted")
  func lag() throws {
    _ = try trainer("whole", lag: 1).run()
    _ = try trainer("threads", lag: 1, groups: 2, threads: 1).run()
    try expectEqual("whole", "threads")
    var count = 0
    let first = try trainer("parts", lag: 1)
    #expect(try first.run(stop: { count >= 4 }, watch: { _ in count += 1 }) == .interrupted)
    _ = try trainer("parts", lag: 1, resume: true).run()
    try expectEqual("whole", "parts")
    // The first rollout's policy acts once more, so that its report comes one update later.
    #expect(try runs.updates("whole").count == 11)
    _ = try trainer("none").run()
    let (late, usual) = (try runs.checkpoint("whole"), try runs.checkpoint("none"))
    #expect(usual.tensors.keys.allSatisfy { late.tensors[$0] != nil })
    #expect(late.tensors != usual.tensors)
  }

  @Test("A policy that is one rollout old learns, too")
  func learns() throws {
    let trainer = try trainer("run", lag: 1, groups: 2, steps: 60 * 64)
    _ = try trainer.run()
    #expect(try #require(trainer.episodes.meanReturn) > 4.5)
  }
}
