import Environment
import Foundation
import Lanes
import Nets
import Records
import Replay
import TestSupport
import Testing

@testable import Agents

extension DQNTests {
  @Test("Offline it learns from a data set alone")
  func offline() throws {
    let path = FileManager.default.temporaryDirectory.path + "/data-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let batch = try Halves.batch(4, .vector)
    let replay = try Replay(batch.spec, lanes: 4, capacity: 2000)
    let buffers = StepBuffers(spec: batch.spec, lanes: 4)
    var generator = SplitMix64(seed: 8)
    try batch.reset(buffers)
    for _ in 0..<100 {
      replay.begin(buffers)
      buffers.actions.draw(batch.spec.action, using: &generator)
      try batch.step(buffers)
      replay.add(buffers)
    }
    try replay.write(to: path)
    let more: [String: SettingValue] = [
      "dataset": .text(path), "exploration-evaluation": 1, "conservatism": 0.1,
    ]
    func fresh(_ seed: UInt64) throws -> Play {
      let agent = try agent("cql", seed: seed, with: more)
      try agent.keep(in: path)
      return try Play(agent, Halves.batch(8, .vector))
    }
    let (first, second) = (try fresh(1), try fresh(9))
    let steps = try #require(first.agent.replay).count
    #expect(steps > 350)
    try first.step(40)
    // Updates are due from the first step on, whatever is random; what happens is not kept.
    #expect(first.agent.updates == 80 && first.agent.replay!.count == steps)
    try second.agent.restore(from: saved(first.agent))
    try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
    #expect(try saved(first.agent).tensors["replay.rows"] == nil)
    try first.step(100)
    try second.step(100)
    #expect(try saved(first.agent).tensors == saved(second.agent).tensors)
    #expect(try judge(first.agent, Halves.batch(12, .vector)) > 0.9)
    // Of something else.
    #expect(throws: AgentError.self) { try agent("cql", .planes, with: more) }
    #expect(throws: ReplayError.self) { try agent("cql", with: ["dataset": "/nowhere"]) }
    #expect(throws: SettingError.self) { try agent("rainbow", with: ["dataset": .text(path)]) }
  }

  @Test("DrQ learns from pictures that are moved about, and acts by those that it sees")
  func augments() throws {
    let drq = try #require(DQN.rows.first { $0.name == "drq-eps" })
    let spec = try Halves.batch(1, .planes).spec
    let defaults = drq.defaults(spec)
    #expect(defaults["shift"] == 4 && defaults["intensity"] == 0.05 && defaults["n-steps"] == 10)
    let agent = try agent("drq-eps", .planes, with: ["shift": 2])
    let play = try Play(agent, Halves.batch(8, .planes))
    try play.step(30)
    // The same batch has other targets each time, by other pictures.
    agent.computeTargets()
    let first = Array(agent.targets.span)
    agent.computeTargets()
    #expect(Array(agent.targets.span) != first)
    // Greedy choices are the same each time.
    var generator = SplitMix64(seed: 3)
    func choices() -> [Int32] {
      agent.choose(play.buffers, greedy: true, using: &generator)
      return (0..<8).map { play.buffers.actions.of(Int32.self)[$0] }
    }
    #expect((0..<20).allSatisfy { _ in choices() == choices() })
    #expect(throws: AgentError.self) { try self.agent("drq-eps", with: ["shift": 2]) }
  }
}
