import Environment
import Foundation
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents

struct AgentsTests {
  @Test(
    "PPO learns to name the bright half",
    arguments: Halves.Shown.allCases, Halves.Taken.allCases)
  func learns(shown: Halves.Shown, taken: Halves.Taken) throws {
    if shown == .picture && taken == .pair { return }
    let agent = try agent(8, shown, taken, threads: 2)
    try Play(agent, Halves.batch(8, shown, taken)).update(30)
    let mean = try judge(agent, Halves.batch(12, shown, taken))
    // Who does not look gets half of it.
    #expect(mean > (taken == .box ? 0.75 : 0.9), "\(mean)")
  }

  @Test("PPO learns under every autoreset mode", arguments: AutoresetMode.allCases)
  func autoreset(mode: AutoresetMode) throws {
    let agent = try agent(8, .vector, .discrete, mode)
    try Play(agent, Halves.batch(8, .vector, .discrete, mode)).update(30)
    #expect(try judge(agent, Halves.batch(8, .vector)) > 0.9)
  }

  @Test("PPO learns from normalised observations and rewards")
  func normalised() throws {
    let agent = try agent(8, .vector, .box) {
      $0.normalizeObservations = true
      $0.normalizeRewards = true
    }
    try Play(agent, Halves.batch(8, .vector, .box)).update(30)
    let mean = try judge(agent, Halves.batch(8, .vector, .box))
    #expect(mean > 0.75, "\(mean)")
  }

  @Test(
    "The number of threads changes no bit", arguments: [2, 3], [Halves.Shown.picture, .several])
  func threads(count: Int, shown: Halves.Shown) throws {
    // Enough for two shards.
    func run(_ threads: Int) throws -> SafeTensors {
      let agent = try agent(20, shown, threads: threads) { $0.minibatches = 2 }
      try Play(agent, Halves.batch(20, shown)).update(2)
      return try saved(agent)
    }
    let (one, many) = (try run(1), try run(count))
    #expect(one.tensors == many.tensors && one.metadata == many.metadata)
  }

  @Test("A restored agent goes on as the saved one", arguments: AutoresetMode.allCases)
  func restores(mode: AutoresetMode) throws {
    func fresh(_ seed: UInt64) throws -> Play {
      let agent = try agent(4, .vector, .box, mode, seed: seed) {
        // Ends just before an episode begins under next-step.
        $0.rolloutSteps = 5
        $0.minibatches = 2
        $0.normalizeObservations = true
        $0.normalizeRewards = true
      }
      return try Play(agent, Halves.batch(4, .vector, .box, mode))
    }
    let (first, second) = (try fresh(1), try fresh(99))
    try first.update(3)
    try second.agent.restore(from: saved(first.agent))
    try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
    try first.update(2)
    try second.update(2)
    #expect(try saved(first.agent).tensors == saved(second.agent).tensors)
    #expect(try saved(first.agent).metadata == saved(second.agent).metadata)
  }

  @Test("Weights alone begin another run")
  func weights() throws {
    let (first, second) = (try agent(4), try agent(7, seed: 9))
    try Play(first, Halves.batch(4, .vector)).update(1)
    try second.restoreWeights(from: saved(first))
    let (one, other) = (try saved(first), try saved(second))
    for name in one.tensors.keys where name.hasPrefix("value") || name.hasPrefix("policy") {
      #expect(one.tensors[name] == other.tensors[name])
    }
    #expect(other.metadata["adam.updates"] == "0")
    #expect(throws: CheckpointError.self) { try agent(4, .planes).restoreWeights(from: one) }
  }

  @Test("What no agent can have saved is refused")
  func damage() throws {
    let agent = try agent(4)
    let good = try saved(agent)
    #expect(throws: CheckpointError.self) { try agent.restore(from: SafeTensors()) }
    for updates in ["-1", "x", "9223372036854775807"] {
      var bad = good
      bad.metadata["adam.updates"] = updates
      #expect(throws: CheckpointError.mismatch("adam.updates")) { try agent.restore(from: bad) }
    }
    var bad = good
    bad.tensors["policy/hidden1.weight"]!.bytes.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
    #expect(throws: CheckpointError.mismatch("policy/hidden1.weight")) {
      try agent.restore(from: bad)
    }
    bad = good
    bad.tensors["policy/hidden1.weight"]!.shape.reverse()
    #expect(throws: CheckpointError.mismatch("policy/hidden1.weight")) {
      try agent.restore(from: bad)
    }
  }

  @Test("Training that diverges stops with the layer's name")
  func divergence() throws {
    let learner = try agent(4)
    let play = try Play(learner, Halves.batch(4, .vector))
    try play.collect()
    learner.rollout.rewards[3] = .nan
    #expect(throws: AgentError.diverged(layer: "value/hidden1")) { try learner.learn(progress: 0) }

    let actor = try agent(4)
    actor.learner.weights[actor.learner.layout["policy/hidden2.weight"]!.offset] = .nan
    let other = try Play(actor, Halves.batch(4, .vector))
    #expect(throws: AgentError.diverged(layer: "policy/hidden2")) { try actor.act(other.buffers) }

    let loser = try agent(4)
    let last = try Play(loser, Halves.batch(4, .vector))
    try last.collect()
    loser.learner.weights[0] = -Float.greatestFiniteMagnitude
    loser.learner.optimiser.moments[0].numbers[0] = 1e38
    #expect(throws: AgentError.self) { try loser.learn(progress: 0) }
  }

  @Test("The learning rate falls linearly to 0")
  func schedule() throws {
    for (progress, share) in [(0.0, 1), (0.25, 0.75), (1, 0), (1.5, 0)] {
      for anneals in [true, false] {
        let agent = try agent(4) {
          $0.anneal = anneals
          $0.learningRate = 0.25
          $0.epochs = 1
        }
        try Play(agent, Halves.batch(4, .vector)).collect()
        let before = try saved(agent).tensors["policy/hidden1.weight"]
        let report = try agent.learn(progress: progress)
        #expect(report?["learning_rate"] == 0.25 * (anneals ? share : 1))
        #expect(agent.learner.optimiser.learningRate == 0.25 * Float(anneals ? share : 1))
        #expect(
          (try saved(agent).tensors["policy/hidden1.weight"] == before) == (anneals && share == 0))
      }
    }
  }

  @Test("No update is due before the rollout is full")
  func due() throws {
    let agent = try agent(4)
    #expect(agent.stepsPerUpdate == 64)
    #expect(try agent.learn(progress: 0) == nil)
    let play = try Play(agent, Halves.batch(4, .vector))
    try play.collect()
    let report = try agent.learn(progress: 0)
    #expect(report?.figures.map(\.name).first == "policy_loss")
    #expect(report!.headline.allSatisfy { report![$0.name] != nil })
    #expect(try agent.learn(progress: 0) == nil)
  }

  @Test("Settings that are unknown or out of range are refused by name")
  func settings() throws {
    let good: [(String, SettingValue)] = [
      ("clip", "0.2"), ("learning-rate", 1), ("anneal", "false"), ("epochs", 3),
    ]
    for (name, value) in good { _ = try PPO.Settings([name: value]) }
    let bad: [(String, SettingValue)] = [
      ("clipp", 0.2), ("epochs", 2.5), ("clip", -1), ("clip", 0), ("adam-epsilon", 0),
      ("learning-rate", "1e20"), ("learning-rate", -1), ("learning-rate", "nan"),
      ("discount", 1.1), ("lambda", -0.1), ("rollout-steps", 0), ("minibatches", 0),
      ("max-gradient-norm", 0), ("entropy-coefficient", -1), ("value-coefficient", "inf"),
      ("hidden", 0),
    ]
    for (name, value) in bad {
      #expect(throws: SettingError.self, "\(name)=\(value)") { try PPO.Settings([name: value]) }
    }
    #expect(throws: AgentError.self) { try agent(2) { $0.minibatches = 33 } }
    #expect(throws: SettingError.self) { try agent(2) { $0.clip = -1 } }
  }

  @Test("Defaults suit the environment, and the row makes an agent of them")
  func row() throws {
    let row = try #require(AgentRow.all.first { $0.name == "ppo" })
    let (picture, box) = (try Halves.batch(1).spec, try Halves.batch(1, .vector, .box).spec)
    let vector = try Halves.batch(1, .vector).spec
    #expect(row.defaults(picture)["clip"] == 0.1 && row.defaults(vector)["clip"] == 0.2)
    #expect(row.defaults(box)["rollout-steps"] == 2048)
    #expect(row.defaults(box)["normalize-rewards"] == true)
    #expect(row.settings.map(\.name) == PPO.Settings.settings.map(\.name))
    let pool = ThreadPool(threads: 1)
    let made = try row.make(box, 2, ["rollout-steps": 32], 1, Workshop(pool: pool))
    #expect(made.stepsPerUpdate == 64)
    #expect(throws: SettingError.self) {
      try row.make(box, 2, ["steps": 32], 1, Workshop(pool: pool))
    }
  }

  @Test("Fields are read by what they mean")
  func senses() {
    func sense(_ shape: [Int], _ role: Role, _ element: Element = .uint8) -> Sense? {
      Field("x", shape, element, role).sense
    }
    func picture(_ outer: Int, _ height: Int, _ width: Int, _ inner: Int) -> Sense {
      .picture(
        Input(outer: outer, height: height, width: width, inner: inner, .uint8, scale: 1 / 255))
    }
    #expect(sense([4, 84, 84], .picture(planesFirst: true, stack: 4)) == picture(4, 84, 84, 1))
    #expect(sense([12, 84, 84], .picture(planesFirst: true, stack: 4)) == picture(12, 84, 84, 1))
    #expect(sense([4, 84, 84, 3], .picture(planesFirst: false, stack: 4)) == picture(4, 84, 84, 3))
    #expect(
      sense([210, 160, 3], .picture(planesFirst: false, stack: 1)) == picture(1, 210, 160, 3))
    #expect(sense([210, 160], .picture(planesFirst: true, stack: 1)) == picture(1, 210, 160, 1))
    let planes = Sense.planes(Input(outer: 1, height: 10, width: 10, inner: 6, .uint8))
    #expect(sense([10, 10, 6], .planes(planesFirst: false)) == planes)
    #expect(sense([128], .vector) == .vector(Input(vector: 128, .uint8, scale: 1 / 255)))
    #expect(sense([4], .vector, .float64) == .vector(Input(vector: 4, .float64)))
    #expect(sense([], .choice(3)) == .choice(Input(vector: 1, .uint8), 3))
    #expect(
      sense([5], .tokens(vocabulary: 7)) == .tokens(Input(vector: 5, .uint8), 7))
    let cells = Input(outer: 1, height: 7, width: 7, inner: 3, .uint8)
    #expect(sense([7, 7, 3], .symbols([11, 6, 3])) == .symbols(cells, [11, 6, 3]))
    #expect(sense([4, 2], .symbols([3, 4])) == .symbols(Input(vector: 8, .uint8), [3, 4]))
    for role in [Role.text, .mask, .symbols([2])] { #expect(sense([5], role) == nil) }
  }

  @Test("Environments that do not suit are refused with the reason")
  func refusals() throws {
    var spec = try Halves.batch(1).spec
    #expect(PPO.row.refuses(spec) == nil)
    spec.players = 2
    #expect(PPO.row.refuses(spec)?.contains("2 players") == true)
    spec.players = 1
    spec.observation.append(Field("goal", [3], .uint8, .mask))
    #expect(PPO.row.refuses(spec)?.contains("'goal'") == true)
    spec.observation = [Field("mission", [80], .uint8, .text)]
    #expect(PPO.row.refuses(spec) != nil)
    #expect(throws: AgentError.self) {
      try PPO(spec: spec, lanes: 1, seed: 1, workshop: Workshop(pool: ThreadPool(threads: 1)))
    }
  }
}
