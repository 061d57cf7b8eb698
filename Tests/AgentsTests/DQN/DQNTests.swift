import Environment
import Foundation
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents
@testable import Replay

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
        if batch.spec.autoreset == .disabled { try batch.resetEnded(buffers) }
        if let report = try agent.learn(progress: 0.5) { self.report = report }
      }
    }
  }

  /// A descendant that learns halves quickly.
  func agent(
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
      spec, lanes, quick.merging(more) { $1 }, seed,
      Workshop(pool: ThreadPool(threads: threads, awakening: 0)))
    return try #require(made as? DQN)
  }

  func saved(_ agent: DQN) throws -> SafeTensors {
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

  @Test("Actions are random until the first update, however little it explores later")
  func warming() throws {
    let play = try Play(
      agent("dqn", with: ["exploration-start": 0, "exploration-end": 0]), Halves.batch(8, .vector))
    /// Lanes that do not always do the same in one place.
    func doubtful() throws -> Int {
      var seen = [Set<Int32>](repeating: [], count: 8)
      for _ in 0..<30 {
        try play.agent.act(play.buffers)
        for lane in 0..<8 { seen[lane].insert(play.buffers.actions.of(Int32.self)[lane]) }
      }
      return seen.count { $0.count > 1 }
    }
    #expect(try doubtful() == 8)
    try play.step(8)
    #expect(try play.agent.steps == 64 && doubtful() == 0)
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

  @Test(
    "Targets are the target network's, of the action that it or the online network chooses",
    arguments: [false, true])
  func targets(double: Bool) throws {
    let agent = try agent("dqn", with: ["double": .flag(double)])
    try Play(agent, Halves.batch(8, .vector)).step(40)
    let output = agent.learner.plan.outputs[0]
    var differ = 0
    // Until the two networks differ about what is best.
    for seed: UInt64 in 1...20 where differ < 5 {
      var generator = SplitMix64(seed: seed)
      agent.learner.layout.fill(agent.target, using: &generator)
      agent.computeTargets()
      let online = HostRows(agent.learner.plan, rows: 32)
      let late = HostRows(agent.learner.plan, rows: 32)
      let inputs = agent.senses.rows(agent.batch.nextObservations)
      agent.learner.values(inputs, count: 32, into: online)
      agent.learner.values(inputs, count: 32, with: agent.target, into: late)
      for row in 0..<32 {
        let (ours, theirs) = (online[output] + 2 * row, late[output] + 2 * row)
        let (mine, other) = (ours[1] > ours[0] ? 1 : 0, theirs[1] > theirs[0] ? 1 : 0)
        differ += mine == other ? 0 : 1
        let value = theirs[double ? mine : other]
        let target = agent.batch.rewards[row] + agent.batch.discounts[row] * value
        #expect(isClose(agent.targets[row], Double(target)))
      }
    }
    #expect(differ > 4)
  }

  @Test("Weights of samples scale their slopes; losses become priorities")
  func sampleWeights() throws {
    let agent = try agent("rainbow", with: ["learning-rate": 0.01])
    try Play(agent, Halves.batch(8, .vector)).step(30)
    let old = Array(agent.experience.replay.tree.leaves)
    agent.computeTargets()
    for row in 0..<32 { agent.batch.weights[row] = 0 }
    try agent.descend()
    #expect(agent.learner.gradients.span.allSatisfy { $0 == 0 })
    #expect(Array(agent.experience.replay.tree.leaves) != old)
    for row in 0..<32 { agent.batch.weights[row] = 0.5 }
    try agent.descend()
    let half = Array(agent.learner.gradients.span)
    // The same network once more, with whole weights.
    let again = try self.agent("rainbow", with: ["learning-rate": 0])
    try Play(again, Halves.batch(8, .vector)).step(30)
    for row in 0..<32 { again.batch.weights[row] = 0.5 }
    again.computeTargets()
    try again.descend()
    let first = Array(again.learner.gradients.span)
    for row in 0..<32 { again.batch.weights[row] = 1 }
    try again.descend()
    for (one, two) in zip(first, again.learner.gradients.span) {
      #expect(abs(2 * one - two) <= 1e-6 * max(1, abs(two)))
    }
    #expect(half.contains { $0 != 0 })
  }

  @Test("Conservatism lowers the values of what is not in the data")
  func conservatism() throws {
    func lead(_ weight: Double) throws -> Double {
      let agent = try agent("cql", with: ["conservatism": .number(weight)])
      try Play(agent, Halves.batch(8, .vector)).step(150)
      let rows = HostRows(agent.learner.plan, rows: 32)
      agent.learner.values(agent.senses.rows(agent.batch.observations), count: 32, into: rows)
      let output = agent.learner.plan.outputs[0]
      return (0..<32).reduce(0.0) { sum, row in
        let taken = Int(agent.batch.actions.of(Int32.self)[row])
        return sum + Double(rows[output][2 * row + taken] - rows[output][2 * row + 1 - taken])
      } / 32
    }
    let (without, with) = (try lead(1e-9), try lead(2))
    #expect(with > without + 0.3, "\(with), \(without)")
  }

  @Test("Forbidden actions are neither taken nor hoped for")
  func masks() throws {
    var spec = try Halves.batch(1, .vector).spec
    spec.action = .discrete(3)
    spec.observation.append(Field("allowed", [3], .uint8, .mask))
    var settings = DQN.Settings()
    (settings.replay.start, settings.replay.capacity, settings.replay.batch) = (1, 100, 16)
    settings.network.hidden = [8]
    let agent = try DQN(
      spec: spec, lanes: 2, settings: settings, seed: 3,
      workshop: Workshop(pool: ThreadPool(threads: 1)))
    let buffers = StepBuffers(spec: spec, lanes: 2)
    var (generator, seen) = (SplitMix64(seed: 4), [0, 0, 0])
    for step in 0..<60 {
      for lane in 0..<2 {
        let mask = buffers.observations[1].written(UInt8.self) + 3 * lane
        (mask[0], mask[1], mask[2]) = (step % 2 == 0 ? 1 : 0, 0, 1)
        buffers.observations[0].written(Double.self)[2 * lane] = Double(step % 7)
      }
      try agent.act(buffers)
      for lane in 0..<2 {
        let action = Int(buffers.actions.of(Int32.self)[lane])
        #expect(action == 2 || action == 0 && step % 2 == 0)
        seen[action] += 1
      }
      agent.choose(buffers, greedy: true, using: &generator)
      for lane in 0..<2 { #expect(buffers.actions.of(Int32.self)[lane] != 1) }
      agent.observe(buffers)
    }
    #expect(seen[0] > 10 && seen[1] == 0)
    #expect(
      agent.experience.replay.sample(settings.sampling(at: 0), using: &generator, into: agent.batch)
    )
    agent.computeTargets()
    let rows = HostRows(agent.learner.plan, rows: 16)
    agent.learner.values(agent.senses.rows(agent.batch.nextObservations), count: 16, into: rows)
    let output = agent.learner.plan.outputs[0]
    for row in 0..<16 {
      let values = rows[output] + 3 * row
      let isOpen = agent.batch.nextObservations[1].of(UInt8.self)[3 * row] == 1
      let best = isOpen ? max(values[0], values[2]) : values[2]
      let target = agent.batch.rewards[row] + agent.batch.discounts[row] * best
      #expect(isClose(agent.targets[row], Double(target)))
    }
  }

  @Test("Settings that do not go together are refused by name")
  func settings() throws {
    let bad: [[String: SettingValue]] = [
      ["value-min": 3, "value-max": 3], ["munchausen": true, "values": "c51"],
      ["dueling": true, "values": "iqn"], ["replay-start": 3000], ["hidden": "12-"],
      ["values": "iqn", "bottleneck": "soft-moe", "placement": "all"],
      ["hidden": "0"], ["optimiser": "sgd"], ["discount": 1.5], ["atoms": 1],
    ]
    for values in bad {
      #expect(throws: SettingError.self, "\(values)") { try agent("dqn", with: values) }
    }
    #expect(try agent("dqn", with: ["hidden": "none"]).settings.network.hidden.isEmpty)
    let settings = try agent("dqn", with: ["hidden": "12-7"]).settings
    #expect(settings.network.hidden == [12, 7])
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
    #expect(try settings("iqn")["weights"] == "fan-in")
    // CleanRL's of vectors, where Dopamine's overestimate by far.
    let vectors = try Halves.batch(1, .vector).spec
    for row in DQN.rows { #expect(row.defaults(vectors)["weights"] == "torch", "\(row.name)") }
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
    spec.observation.append(Field("goal", [3], .uint8, .mask))
    #expect(row.refuses(spec)?.contains("'goal'") == true)
    spec.observation = [Field("allowed", [2], .uint8, .mask)]
    #expect(row.refuses(spec) != nil)
  }
}
