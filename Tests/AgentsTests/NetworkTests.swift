import Environment
import Lanes
import Nets
import Records
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
      workshop: Workshop(pool: ThreadPool(threads: threads)))
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
    #expect(losses.samples == 40 && losses.divergence / 40 < 1e-9)
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
      return saved(agent)
    }
    #expect(try run(1).tensors == run(3).tensors)
  }

  @Test("What does not suit a field is refused by the setting's name")
  func refusals() throws {
    let bad: [(Halves.Shown, [String: SettingValue], String)] = [
      (.vector, ["net": "nature"], "net"), (.vector, ["net": "impala"], "net"),
      (.planes, ["net": "nature"], "net"), (.vector, ["bottleneck": "average"], "bottleneck"),
      (.planes, ["net": "mlp", "bottleneck": "token-mean"], "bottleneck"),
      (.several, ["bottleneck": "soft-moe"], "bottleneck"),
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
