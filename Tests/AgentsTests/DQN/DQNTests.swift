import Environment
import Foundation
import Lanes
import Nets
import Records
import Replay
import TestSupport
import Testing

@testable import Agents

struct DQNTests {
  static let names = DQN.rows.map(\.name)

  /// An agent with its environment, as a trainer runs them.
  final class Play {
    let agent: DQN
    let batch: any EnvironmentBatch
    let buffers: StepBuffers
    private(set) var report: Report?

    init(_ agent: DQN, _ batch: any EnvironmentBatch) throws {
      (self.agent, self.batch) = (agent, batch)
      buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
      try batch.reset(buffers)
    }

    func step(_ count: Int) throws {
      for _ in 0..<count {
        try agent.act(buffers)
        try batch.step(buffers)
        agent.observe(buffers)
        if batch.spec.autoreset == .disabled { try resetEnded() }
        if let report = try agent.learn(progress: 0.5) { self.report = report }
      }
    }

    private func resetEnded() throws {
      let ended = (0..<batch.lanes).filter { buffers.ended.of(UInt8.self)[$0] != 0 }
      if !ended.isEmpty { try batch.reset(ended, buffers) }
    }
  }

  /// A descendant that learns halves quickly.
  private func agent(
    _ name: String, _ shown: Halves.Shown = .vector, _ mode: AutoresetMode = .sameStep,
    lanes: Int = 8, threads: Int = 1, seed: UInt64 = 1, with more: [String: SettingValue] = [:]
  ) throws -> DQN {
    let quick: [String: SettingValue] = [
      "learning-rate": 0.003, "optimiser": "adam", "optimiser-epsilon": 1e-8, "replay-start": 64,
      "replay-capacity": 2000, "update-period": 8, "updates": 2, "target-period": 64, "batch": 32,
      "discount": 0.5, "exploration-delay": 0, "exploration-decay": 400, "hidden": "32",
      "atoms": 21, "value-min": -1, "value-max": 3, "quantiles": 8, "acting-quantiles": 8,
    ]
    let row = try #require(AgentRow.all.first { $0.name == name })
    let spec = try Halves.batch(1, shown, .discrete, mode).spec
    let made = try row.make(
      spec, lanes, quick.merging(more) { $1 }, seed, ThreadPool(threads: threads))
    return try #require(made as? DQN)
  }

  private func judge(_ agent: DQN, _ batch: any EnvironmentBatch) throws -> Double {
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

  private func saved(_ agent: DQN) throws -> SafeTensors {
    var file = SafeTensors()
    try agent.save(into: &file)
    return file
  }

  @Test("Every descendant learns to name the bright half", arguments: names)
  func learns(name: String) throws {
    let agent = try agent(name)
    try Play(agent, Halves.batch(8, .vector)).step(200)
    #expect(try judge(agent, Halves.batch(12, .vector)) > 0.9)
  }

  @Test("DQN learns under every autoreset mode", arguments: AutoresetMode.allCases)
  func autoreset(mode: AutoresetMode) throws {
    let agent = try agent("dqn", .vector, mode)
    try Play(agent, Halves.batch(8, .vector, .discrete, mode)).step(200)
    #expect(try judge(agent, Halves.batch(8, .vector)) > 0.9)
  }

  @Test("Values of the bright half are the discounted return")
  func values() throws {
    // Lanes of odd number are cut off and bootstrapped: 1 + 0.5 + 0.25 + ... = 2 for the best.
    let agent = try agent("dqn", lanes: 8)
    let play = try Play(agent, Halves.batch(8, .vector))
    try play.step(600)
    // Even lanes end: their mean over five steps is 1.6; nothing is worth more than 2.
    let value = try #require(play.report?["value"])
    #expect(value > 1.4 && value < 2.05, "\(value)")
  }

  @Test(
    "The number of threads changes no bit", arguments: ["dqn", "full-rainbow", "iqn", "m-dqn"])
  func threads(name: String) throws {
    func run(_ threads: Int) throws -> SafeTensors {
      let agent = try agent(name, .planes, lanes: 5, threads: threads, with: ["batch": 70])
      try Play(agent, Halves.batch(5, .planes)).step(30)
      return try saved(agent)
    }
    let (one, two) = (try run(1), try run(2))
    #expect(one.tensors == two.tensors && one.metadata == two.metadata)
  }

  @Test("A restored agent goes on as the saved one", arguments: names)
  func restores(name: String) throws {
    for mode in AutoresetMode.allCases {
      func fresh(_ seed: UInt64) throws -> Play {
        try Play(
          agent(name, .vector, mode, lanes: 3, seed: seed),
          Halves.batch(3, .vector, .discrete, mode))
      }
      let (first, second) = (try fresh(1), try fresh(99))
      try first.step(61)
      try second.agent.restore(from: saved(first.agent))
      try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
      try first.step(40)
      try second.step(40)
      let (one, other) = (try saved(first.agent), try saved(second.agent))
      #expect(one.tensors == other.tensors && one.metadata == other.metadata)
    }
  }

  @Test("A large replay lies in the run's folder and outlives the run")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/dqn-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func fresh(_ seed: UInt64) throws -> Play {
      let agent = try agent(
        "rainbow", .picture, lanes: 2, seed: seed,
        with: ["replay-capacity": 60_000, "replay-start": 16, "hidden": "8"])
      try agent.keep(in: folder)
      return try Play(agent, Halves.batch(2, .picture))
    }
    let first = try fresh(1)
    try first.step(20)
    let (file, state) = (try saved(first.agent), try first.batch.checkpoint())
    #expect(file.tensors["replay.rows"] == nil && !first.agent.mustSave)
    try first.step(12)
    let end = try saved(first.agent)
    // What came after the checkpoint is in the file, and done once more.
    let second = try fresh(7)
    try second.agent.restore(from: file)
    try second.batch.resume(state, into: second.buffers)
    try second.step(12)
    let again = try saved(second.agent)
    #expect(end.tensors == again.tensors && end.metadata == again.metadata)
  }

  @Test("Weights alone begin another run, and its target")
  func weights() throws {
    let (first, second) = (try agent("dueling-dqn"), try agent("dueling-dqn", seed: 9))
    try Play(first, Halves.batch(8, .vector)).step(40)
    var file = SafeTensors()
    first.saveWeights(into: &file)
    try second.restoreWeights(from: file)
    #expect(Array(second.learner.weights.span) == Array(first.learner.weights.span))
    #expect(Array(second.target.span) == Array(first.learner.weights.span))
    #expect(second.updates == 0)
    #expect(throws: CheckpointError.self) {
      try agent("dueling-dqn", .planes).restoreWeights(from: file)
    }
  }

  @Test("Updates are made when they are due, and the target follows at its steps")
  func due() throws {
    let agent = try agent(
      "dqn", lanes: 4,
      with: ["replay-start": 40, "update-period": 8, "updates": 3, "target-period": 100])
    let play = try Play(agent, Halves.batch(4, .vector))
    let first = Array(agent.target.span)
    try play.step(10)
    #expect(agent.updates == 0 && agent.steps == 40)
    try play.step(2)
    #expect(agent.updates == 3)
    try play.step(12)
    #expect(agent.steps == 96 && agent.updates == 21)
    #expect(Array(agent.target.span) == first)
    try play.step(1)
    #expect(Array(agent.target.span) == Array(agent.learner.weights.span))
  }

  @Test("A target that follows by shares moves so far")
  func shares() throws {
    let agent = try agent("dqn", with: ["target-period": 8, "target-share": 0.25])
    let play = try Play(agent, Halves.batch(8, .vector))
    try play.step(20)
    let old = Array(agent.target.span)
    try play.step(1)
    for (index, weight) in agent.learner.weights.span.enumerated() {
      let wanted = old[index] + 0.25 * (weight - old[index])
      #expect(abs(agent.target[index] - wanted) <= 1e-6)
    }
  }

  @Test("Actions are random as often as they should be, and never forbidden")
  func exploration() throws {
    let agent = try agent("dqn", lanes: 8, with: ["exploration-evaluation": 0.5])
    let play = try Play(agent, Halves.batch(8, .vector))
    try play.step(200)
    let buffers = play.buffers
    var (generator, others) = (SplitMix64(seed: 3), 0)
    agent.choose(buffers, greedy: true, using: &generator)
    let best = (0..<8).map { buffers.actions.of(Int32.self)[$0] }
    for _ in 0..<500 {
      agent.choose(buffers, greedy: false, using: &generator)
      others += (0..<8).count { buffers.actions.of(Int32.self)[$0] != best[$0] }
    }
    // Half are random, of which half are the other one.
    #expect(abs(Double(others) / 4000 - 0.25) < 0.04)
  }

  @Test("Settings that do not go together are refused by name")
  func settings() throws {
    let bad: [[String: SettingValue]] = [
      ["value-min": 3, "value-max": 3], ["munchausen": true, "values": "c51"],
      ["dueling": true, "values": "iqn"], ["replay-start": 3000], ["hidden": "12-"],
      ["hidden": "0"], ["optimiser": "sgd"], ["discount": 1.5], ["atoms": 1],
    ]
    for values in bad {
      #expect(throws: SettingError.self, "\(values)") { try agent("dqn", with: values) }
    }
    #expect(try agent("dqn", with: ["hidden": "none"]).settings.hidden.isEmpty)
    let settings = try agent("dqn", with: ["hidden": "12-7"]).settings
    #expect(settings.hidden == [12, 7])
    var file = DQN.Settings()
    try file.change(settings.values)
    #expect(file == settings)
  }

  @Test("Descendants begin as their papers say")
  func presets() throws {
    let image = Field("image", [4, 84, 84], .uint8, .picture(planesFirst: true, stack: 4))
    let atari = EnvironmentSpec(id: "a", observation: [image], action: .discrete(6))
    func settings(_ name: String) throws -> [String: SettingValue] {
      try #require(AgentRow.all.first { $0.name == name }).defaults(atari)
    }
    let rainbow = try settings("rainbow")
    #expect(rainbow["n-steps"] == 3 && rainbow["prioritized"] == true && rainbow["double"] == false)
    #expect(rainbow["learning-rate"] == 6.25e-5 && rainbow["values"] == "c51")
    let nature = try settings("dqn-nature")
    #expect(nature["optimiser"] == "rmsprop" && nature["huber"] == 1.0)
    #expect(nature["target-period"] == 10_000 && nature["exploration-end"] == 0.1)
    let der = try settings("der")
    #expect(der["n-steps"] == 10 && der["update-period"] == 1 && der["noisy-deviation"] == 0.1)
    #expect(try settings("qr-dqn")["quantiles"] == 200)
    #expect(try settings("iqn")["quantiles"] == 64)
    #expect(try settings("cql")["conservatism"] == 0.1)
    #expect(try settings("dqn")["learning-rate"] == 6.25e-5)
  }

  @Test("Environments that do not suit are refused with the reason")
  func refusals() throws {
    var spec = try Halves.batch(1).spec
    for row in DQN.rows { #expect(row.refuses(spec) == nil) }
    let row = try #require(DQN.rows.first)
    spec.action = .box(low: [0], high: [1])
    #expect(row.refuses(spec)?.contains("discrete") == true)
    spec = try Halves.batch(1).spec
    spec.players = 2
    #expect(row.refuses(spec)?.contains("2 players") == true)
    spec.players = 1
    spec.observation.append(Field("goal", [3], .uint8, .symbols([9])))
    #expect(row.refuses(spec)?.contains("'goal'") == true)
    spec.observation = [Field("allowed", [2], .uint8, .mask)]
    #expect(row.refuses(spec) != nil)
  }
}
