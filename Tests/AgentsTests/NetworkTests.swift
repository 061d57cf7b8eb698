import Environment
import Lanes
import Nets
import Records
import TestDevices
import TestSupport
import Testing

@testable import Agents

/// Networks by their names.
struct NetworkTests {
  /// Settings, and a slice that the network then has, with its shape.
  struct Choice: Sendable, CustomTestStringConvertible {
    let shown: Halves.Shown
    let settings: [String: SettingValue]
    let slice: String
    let shape: [Int]
    var testDescription: String { "\(shown) \(settings)" }

    init(
      _ shown: Halves.Shown, _ settings: [String: SettingValue], _ slice: String, _ shape: [Int]
    ) {
      (self.shown, self.settings, self.slice, self.shape) = (shown, settings, slice, shape)
    }

    static let all: [Choice] = [
      Choice(.picture, [:], "conv2.weight", [4 * 4 * 32, 64]),
      Choice(.picture, ["net": "impala", "net-width": 2, "hidden": 8], "conv1.weight", [9, 32]),
      Choice(.picture, ["net-width": 2, "hidden": 8], "hidden1.weight", [128, 8]),
      Choice(.planes, ["padding": "same"], "hidden1.weight", [1600, 128]),
      Choice(.planes, ["net": "nature", "padding": "same"], "hidden1.weight", [256, 128]),
      Choice(.planes, ["net": "mlp", "hidden": "8-4"], "hidden1.weight", [200, 8]),
      Choice(.planes, ["bottleneck": "average"], "hidden1.weight", [16, 128]),
      Choice(.planes, ["bottleneck": "token-mean"], "hidden1.weight", [16, 128]),
      Choice(
        .planes, ["bottleneck": "token-mean", "tokens": "per-feature"], "hidden1.weight",
        [64, 128]),
      Choice(
        .planes, ["bottleneck": "soft-moe", "experts": 4, "expert-hidden": 5],
        "moe/router.weight", [16, 64]),
      Choice(
        .planes, ["bottleneck": "soft-moe", "experts": 1, "expert-hidden": 5, "net-width": 2],
        "moe/expert1.weight", [1, 32, 5]),
      Choice(
        .planes,
        [
          "bottleneck": "top1-moe", "experts": 4, "expert-hidden": 5, "balance": "importance",
          "balance-weight": 1,
        ], "moe/router.weight", [16, 4]),
      Choice(
        .planes,
        ["bottleneck": "soft-moe", "experts": 3, "placement": "final", "hidden": 8],
        "heads-moe/experts.weight", [8, 9]),
      Choice(
        .planes,
        ["bottleneck": "top1-moe", "experts": 3, "placement": "all", "hidden": 8],
        "hidden1-moe/experts.weight", [1024, 24]),
      Choice(
        .planes, ["bottleneck": "soft-moe", "experts": 2, "placement": "big", "hidden": 8],
        "expert1/conv1.weight", [18, 16]),
      Choice(
        .vector, ["bottleneck": "soft-moe", "experts": 2, "expert-hidden": 6],
        "policy/moe/expert2.weight", [2, 6, 64]),
      Choice(
        .several, ["separate": true, "activation": "tanh"], "value/field1/vector.weight", [2, 64]),
      Choice(
        .several, ["bottleneck": "soft-moe", "experts": 2, "expert-hidden": 5, "hidden": "8"],
        "hidden1.weight", [1024 + 64, 8]),
      Choice(.cells, [:], "cells.weight", [5, 16]),
      Choice(.cells, ["embedding": 4, "hidden": 8], "conv1.weight", [36, 16]),
      Choice(.cells, ["net": "mlp", "hidden": 8], "hidden1.weight", [20 * 16, 8]),
      Choice(.words, ["separate": false], "field1/words.weight", [4, 32]),
      Choice(.words, ["hidden": 8], "policy/hidden1.weight", [48, 8]),
      Choice(
        .planes, ["memory": "gru", "memory-units": 6, "minibatches": 1], "gru1.weight", [6, 18]),
    ]
  }

  private func agent(_ choice: Choice, threads: Int = 1) throws -> PPO {
    let spec = try Halves.batch(1, choice.shown).spec
    var settings = PPO.Settings.standard(for: spec)
    (settings.rolloutSteps, settings.minibatches) = (8, 2)
    try settings.change(choice.settings)
    return try PPO(
      spec: spec, lanes: 5, settings: settings, seed: 3,
      workshop: Workshop(pool: ThreadPool(threads: threads, awakening: 0)))
  }

  @Test("A network is made as its settings say, and learns what it acted by", arguments: Choice.all)
  func makes(choice: Choice) throws {
    let agent = try agent(choice)
    #expect(agent.learner.layout[choice.slice]?.shape == choice.shape)
    let play = try Play(agent, Halves.batch(5, choice.shown))
    try play.collect()
    agent.rollout.estimateAdvantages(discount: 0.9, lambda: 0.9)
    let samples = agent.memoryWidth > 0 ? agent.rollout.sequences : agent.rollout.learned
    let losses = agent.gradient(samples)
    // Kernels for few rows may sum in another order than those for many: a ratio of 1, rounded.
    #expect(losses.samples == 40 && losses.divergence / 40 < Double(Float.ulpOfOne))
    // Every layer is reached.
    for slice in agent.learner.layout.slices where slice.name.hasSuffix(".weight") {
      #expect(slice.range.contains { agent.learner.gradients[$0] != 0 }, "\(slice.name)")
    }
    _ = try agent.learn(progress: 0)
  }

  @Test("Threads change no bit of any network", arguments: [9, 11, 14, 17])
  func threads(number: Int) throws {
    func run(_ threads: Int) throws -> SafeTensors {
      let agent = try agent(Choice.all[number], threads: threads)
      try Play(agent, Halves.batch(5, Choice.all[number].shown)).update(2)
      return try saved(agent)
    }
    #expect(try run(1).tensors == run(3).tensors)
  }

  @Test("What does not suit a field is refused by the setting's name")
  func refusals() throws {
    let bad: [(Halves.Shown, [String: SettingValue], String)] = [
      (.vector, ["net": "nature"], "net"), (.vector, ["net": "impala"], "net"),
      (.planes, ["net": "nature"], "net"), (.vector, ["bottleneck": "average"], "bottleneck"),
      (.planes, ["net": "mlp", "bottleneck": "token-mean"], "bottleneck"),
      (.planes, ["bottleneck": "task-moe"], "bottleneck"),
    ]
    for (shown, settings, name) in bad {
      let choice = Choice(shown, settings, "", [])
      #expect("\(choice)") {
        _ = try agent(choice)
      } throws: { error in
        if case AgentError.setting(let key, _) = error { key == name } else { false }
      }
    }
    for (settings, message) in [
      (["net": "mlp", "padding": "same"], "net mlp has no setting 'padding'"),
      (["experts": 3], "a network without routers has no setting 'experts'"),
      (["hidden": "64-x"], "hidden"), (["hidden": "0"], "hidden"),
    ] as [([String: SettingValue], String)] {
      #expect("\(settings)") {
        _ = try PPO.Settings(settings)
      } throws: {
        "\($0)".contains(message)
      }
    }
  }

  /// An off-policy agent's settings, and a slice that its critic then has.
  struct Critic: Sendable, CustomTestStringConvertible {
    let agent: String
    let shown: Halves.Shown
    let settings: [String: SettingValue]
    let slice: String
    let shape: [Int]
    var testDescription: String { "\(agent) \(shown) \(settings)" }

    static let all: [Critic] = {
      let soft: [String: SettingValue] = [
        "bottleneck": "soft-moe", "experts": 4, "expert-hidden": 5,
      ]
      func with(_ more: [String: SettingValue]) -> [String: SettingValue] {
        soft.merging(more) { $1 }
      }
      return [
        Critic("dqn", .planes, soft, "moe/router.weight", [16, 100]),
        Critic(
          "rainbow", .planes, ["bottleneck": "top1-moe", "experts": 2, "hidden": "8"],
          "moe/expert1.weight", [2, 16, 512]),
        Critic(
          "full-rainbow", .vector,
          ["bottleneck": "soft-moe", "placement": "final", "experts": 3, "hidden": "8"],
          "values-moe/experts.weight-noise", [8, 3 * 2 * 7]),
        Critic(
          "dueling-dqn", .vector,
          ["bottleneck": "soft-moe", "placement": "big", "experts": 2, "hidden": "8"],
          "expert1/state.weight", [8, 1]),
        Critic("iqn", .planes, with(["hidden": "8"]), "fractions.weight", [64, 1600]),
        Critic(
          "sac", .planes, with(["hidden": "8"]), "second/hidden1.weight", [16 * 64 + 1, 8]),
        Critic("sac", .vector, with(["hidden": "8"]), "first/moe/expert1.weight", [4, 3, 5]),
        Critic(
          "td3", .vector,
          ["bottleneck": "top1-moe", "placement": "all", "experts": 2, "hidden": "8"],
          "second/hidden1-moe/experts.weight", [3, 16]),
        Critic(
          "td3", .planes, ["bottleneck": "average", "net": "impala", "hidden": "8"],
          "first/hidden1.weight", [32 + 1, 8]),
        Critic("dqn", .words, ["hidden": "8"], "hidden1.weight", [48, 8]),
        Critic("td3", .cells, ["hidden": "8"], "first/cells.weight", [5, 16]),
      ]
    }()

    init(
      _ agent: String, _ shown: Halves.Shown, _ settings: [String: SettingValue], _ slice: String,
      _ shape: [Int]
    ) {
      (self.agent, self.shown, self.settings) = (agent, shown, settings)
      (self.slice, self.shape) = (slice, shape)
    }
  }

  @Test("The same settings make the networks of every agent", arguments: Critic.all)
  func critics(choice: Critic) throws {
    let isDQN = choice.agent != "sac" && choice.agent != "td3"
    let row = try #require(AgentRow.all.first { $0.name == choice.agent })
    let batch = try Halves.batch(3, choice.shown, isDQN ? .discrete : .box)
    var settings = choice.settings
    settings.merge(["replay-start": 12, "replay-capacity": 100, "batch": 40]) { $1 }
    settings["update-period"] = 3
    if isDQN { settings.merge(["atoms": 7, "quantiles": 6, "acting-quantiles": 4]) { $1 } }
    let agent = try row.make(batch.spec, 3, settings, 5, Workshop(pool: ThreadPool(threads: 1)))
    let learner = try #require(
      (agent as? DQN)?.learner ?? (agent as? SAC)?.critic.learner ?? (agent as? TD3)?.critic.learner
    )
    #expect(learner.layout[choice.slice]?.shape == choice.shape)
    try Trial(agent, batch).step(12)
    // Every layer is reached; of one-hot ids and of top-1 experts not every weight.
    let actor = (agent as? SAC)?.actor ?? (agent as? TD3)?.actor
    for learner in [learner] + (actor.map { [$0] } ?? []) {
      for slice in learner.layout.slices where slice.name.hasSuffix(".weight") {
        #expect(slice.range.contains { learner.gradients[$0] != 0 }, "\(slice.name)")
      }
    }
    // What is shown is what the network was made of.
    let shown = try row.settings(for: batch.spec, given: settings)
    for (name, value) in choice.settings {
      #expect(shown.first { $0.name == name }?.value.description == value.description)
    }
  }

  @Test("Reports say how experts are used and how many units are still")
  func experts() throws {
    let agent = try agent(
      Choice(.planes, ["bottleneck": "soft-moe", "experts": 2, "expert-hidden": 4], "", []))
    let play = try Play(agent, Halves.batch(5, .planes))
    // Every expert gets the same.
    let router = agent.learner.layout["moe/router.weight"]!
    for place in router.range { agent.learner.weights[place] = 0 }
    try play.collect()
    let report = try #require(try agent.learn(progress: 1))
    let entropy = try #require(report["expert_entropy"])
    #expect(abs(entropy - 1) < 1e-6 && abs(report["expert_share_max"]! - 0.5) < 1e-6)
    #expect((0...1).contains(try #require(report["dormant"])))
  }

  @Test("Experts' units are counted, each by itself")
  func expertUnits() throws {
    let batch = try Halves.batch(8, .planes)
    let row = try #require(AgentRow.all.first { $0.name == "dqn" })
    for kind in ["top1-moe", "soft-moe"] {
      let given: [String: SettingValue] = [
        "replay-start": 16, "replay-capacity": 100, "batch": 8, "learning-rate": 0,
        "update-period": 64, "bottleneck": .text(kind), "experts": 3, "hidden": "8",
        "expert-hidden": 4,
      ]
      let agent = try row.make(
        batch.spec, 8, given, 3, Workshop(pool: ThreadPool(threads: 1)))
      let learner = try #require(agent as? DQN).learner
      for name in ["conv1", "moe/expert1"] {
        for place in learner.layout["\(name).weight"]!.range { learner.weights[place] = 0 }
        for (index, place) in learner.layout["\(name).bias"]!.range.enumerated() {
          // Half of the maps are still; of the first two experts all units live, of the third none.
          let lives = name == "conv1" ? index % 2 == 0 : index < 8
          learner.weights[place] = lives ? 1 : -1
        }
      }
      let report = try Trial(agent, Halves.batch(8, .planes)).report()
      #expect(report["dormant"] == (8.0 + 4) / (16 + 12), "\(kind)")
      // All tokens are alike, so one expert's share is that of each.
      #expect(try #require(report["expert_share_max"]) >= 1.0 / 3)
    }
  }

  @Test(
    "Units that do nothing are counted, of every agent",
    arguments: [
      ("ppo", ["dormant"]), ("dqn", ["dormant"]), ("rainbow", ["dormant"]), ("iqn", ["dormant"]),
      ("sac", ["actor_dormant", "critic_dormant"]),
    ], [Place.processor, .card])
  func dormant(_ one: (name: String, figures: [String]), place: Place) throws {
    let (name, figures) = one
    let row = try #require(AgentRow.all.first { $0.name == name })
    let spec = try Halves.batch(8, .planes).spec
    let known = Set(try row.settings(for: spec, given: [:]).map(\.name))
    let given: [String: SettingValue] = [
      "replay-start": 16, "replay-capacity": 100, "batch": 8, "update-period": 64, "hidden": "8",
      "learning-rate": 0, "actor-learning-rate": 0, "critic-learning-rate": 0,
      "rollout-steps": 16,
    ]
    let agent = try row.make(
      spec, 8, given.filter { known.contains($0.key) }, 3, place.workshop(threads: 1))
    try agent.keep(in: "/nowhere")
    let soft = agent as? SAC
    let learners = [
      (agent as? PPO)?.learner, (agent as? DQN)?.learner, soft?.actor, soft?.critic.learner,
    ]
    for learner in learners.compactMap(\.self) {
      for slice in learner.layout.slices {
        // Half of the maps live, and a quarter of the hidden units.
        let share = slice.name.contains("conv1") ? 2 : slice.name.contains("hidden1") ? 4 : 0
        for (index, place) in slice.range.enumerated() where share > 0 {
          learner.weights[place] =
            slice.name.hasSuffix("weight") ? 0 : index % share == 0 ? 1 : -1
        }
      }
    }
    let report = try Trial(agent, Halves.batch(8, .planes)).report()
    for figure in figures { #expect(report[figure] == 14.0 / 24, "\(figure)") }
    #expect(report["expert_entropy"] == nil)
    // What comes later does not depend on reports.
    let dqn = agent as? DQN
    let state = (dqn?.generator ?? soft?.generator)?.state
    _ = (dqn?.watched(dqn!.settings.sampling(at: 0)), soft?.watched())
    #expect((dqn?.generator ?? soft?.generator)?.state == state)
  }

  @Test("The row shows the settings that exist beside the given ones")
  func described() throws {
    let spec = try Halves.batch(1, .planes).spec
    func names(_ given: [String: SettingValue]) throws -> [String] {
      try PPO.row.settings(for: spec, given: given).map(\.name)
    }
    #expect(try !names([:]).contains("experts"))
    let all = try PPO.row.settings(for: spec, given: ["bottleneck": "soft-moe"])
    #expect(all.first { $0.name == "experts" }?.value == 8)
    #expect(all.first { $0.name == "hidden" }?.value == "128")
    #expect(throws: AgentError.self) { try names(["bottleneck": "task-moe"]) }
  }
}
