import Environment
import Foundation
import Lanes
import Nets
import Records
import TestSupport
import Testing

@testable import Agents

struct ActorCriticTests {
  private static let kinds: [(name: String, taken: Halves.Taken)] = [
    ("sac", .box), ("sac", .discrete), ("td3", .box),
  ]

  private func agent(
    _ name: String, _ taken: Halves.Taken, _ mode: AutoresetMode = .sameStep, lanes: Int = 8,
    threads: Int = 1, seed: UInt64 = 1, with more: [String: SettingValue] = [:]
  ) throws -> any Agent {
    var quick: [String: SettingValue] = [
      "discount": 0.5, "batch": 64, "replay-start": 64, "replay-capacity": 4000,
      "update-period": 4, "hidden": "32",
    ]
    if name == "sac" {
      for name in ["actor", "critic", "temperature"] { quick["\(name)-learning-rate"] = 0.003 }
      quick["target-share"] = 0.05
      quick["temperature"] = 0.1
      // A policy that is nearly sure.
      quick["entropy-share"] = taken == .box ? 2.5 : 0.1
    } else {
      quick["learning-rate"] = 0.003
      quick["target-share"] = 0.05
    }
    let row = try #require(AgentRow.all.first { $0.name == name })
    let spec = try Halves.batch(1, .vector, taken, mode).spec
    return try row.make(
      spec, lanes, quick.merging(more) { $1 }, seed,
      Workshop(pool: ThreadPool(threads: threads, awakening: 0)))
  }

  private func saved(_ agent: any Agent) throws -> SafeTensors {
    var file = SafeTensors()
    try agent.save(into: &file)
    return file
  }

  @Test("They learn to name the bright half", arguments: kinds.indices)
  func learns(kind: Int) throws {
    let (name, taken) = Self.kinds[kind]
    let trial = try Trial(agent(name, taken), Halves.batch(8, .vector, taken))
    try trial.step(400)
    let mean = try judge(trial.agent, trial.batch)
    #expect(mean > (taken == .box ? 0.8 : 0.9), "\(mean)")
  }

  @Test("A restored agent goes on as the saved one", arguments: kinds.indices)
  func restores(kind: Int) throws {
    let (name, taken) = Self.kinds[kind]
    for mode in AutoresetMode.allCases {
      func fresh(_ seed: UInt64) throws -> Trial {
        try Trial(
          agent(name, taken, mode, lanes: 3, seed: seed), Halves.batch(3, .vector, taken, mode))
      }
      let (first, second) = (try fresh(1), try fresh(99))
      try first.step(41)
      try second.agent.restore(from: saved(first.agent))
      try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
      try first.step(20)
      try second.step(20)
      let (one, other) = (try saved(first.agent), try saved(second.agent))
      #expect(one.tensors == other.tensors && one.metadata == other.metadata)
    }
  }

  @Test("A lane keeps a random action for as long as it is told to", arguments: kinds.indices)
  func holds(kind: Int) throws {
    let (name, taken) = Self.kinds[kind]
    func trial(_ seed: UInt64) throws -> Trial {
      try Trial(
        agent(name, taken, seed: seed, with: ["opening-hold": 5, "replay-start": 176]),
        Halves.batch(8, .vector, taken))
    }
    let (first, second) = (try trial(1), try trial(99))
    var actions: [[UInt8]] = []
    for step in 0..<22 {
      // In the middle of a hold, so that what is kept must have been saved.
      if step == 7 {
        try second.agent.restore(from: saved(first.agent))
        try second.batch.resume(first.batch.checkpoint(), into: second.buffers)
      }
      try first.step(1)
      if step >= 7 { try second.step(1) }
      actions.append([UInt8](first.buffers.actions.bytes))
      #expect(step < 7 || actions[step] == [UInt8](second.buffers.actions.bytes))
    }
    for step in 1..<22 { #expect((actions[step] == actions[step - 1]) == (step % 5 != 0)) }
  }

  @Test("The number of threads changes no bit", arguments: kinds.indices)
  func threads(kind: Int) throws {
    let (name, taken) = Self.kinds[kind]
    func run(_ threads: Int) throws -> SafeTensors {
      let trial = try Trial(
        agent(name, taken, lanes: 5, threads: threads), Halves.batch(5, .vector, taken))
      try trial.step(30)
      return try saved(trial.agent)
    }
    let (one, two) = (try run(1), try run(2))
    #expect(one.tensors == two.tensors && one.metadata == two.metadata)
  }

  @Test("Weights alone begin another run", arguments: kinds.indices)
  func weights(kind: Int) throws {
    let (name, taken) = Self.kinds[kind]
    let (first, second) = (try agent(name, taken), try agent(name, taken, seed: 9))
    let trial = try Trial(first, Halves.batch(8, .vector, taken))
    try trial.step(30)
    var file = SafeTensors()
    first.saveWeights(into: &file)
    try second.restoreWeights(from: file)
    let (one, other) = (try saved(first), try saved(second))
    for name in file.tensors.keys { #expect(one.tensors[name] == other.tensors[name]) }
    #expect(file.tensors.keys.contains { $0.hasPrefix("actor.") })
    #expect(file.tensors.keys.contains { $0.hasPrefix("critic.") })
  }

  @Test("The temperature finds the target entropy")
  func temperature() throws {
    let agent = try #require(
      agent("sac", .discrete, with: ["entropy-share": 0.6, "temperature": 2]) as? SAC)
    let trial = try Trial(agent, Halves.batch(8, .vector))
    try trial.step(1510)
    // Between a sure policy's 0 and an even one's log 2.
    let entropies = agent.averages
    var copy = entropies
    let entropy = try #require(copy.take().first { $0.name == "entropy" }?.value)
    #expect(abs(entropy - 0.6 * log(2)) < 0.12, "\(entropy)")
    let fixed = try #require(
      self.agent("sac", .discrete, with: ["automatic-temperature": false]) as? SAC)
    try Trial(fixed, Halves.batch(8, .vector)).step(40)
    #expect(abs(fixed.alpha - 0.1) < 1e-6)
  }

  @Test("Forbidden actions are never taken by SAC, and count neither in values nor in entropy")
  func masks() throws {
    var spec = try Halves.batch(1, .vector).spec
    spec.action = .discrete(3)
    spec.observation.append(Field("allowed", [3], .uint8, .mask))
    var settings = SAC.Settings.standard(for: spec)
    (settings.replay.start, settings.replay.capacity, settings.replay.batch) = (40, 200, 16)
    settings.network.hidden = [8]
    let agent = try SAC(
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
      _ = try agent.learn(progress: 0)
    }
    #expect(seen[0] > 10 && seen[1] == 0 && agent.updates > 5)
    // The most that a policy can have, of one or of two actions.
    let open = (0..<16).count {
      agent.batch.observations[1].of(UInt8.self)[3 * $0] == 1
    }
    let most = Double(open) * log(2) / 16
    #expect(open > 0 && open < 16)
    #expect(abs(Double(agent.targetEntropy) - 0.89 * most) < 1e-6)
    try agent.updateCritic()
    for row in 0..<16 {
      let isOpen = agent.batch.nextObservations[1].of(UInt8.self)[3 * row] == 1
      let logits = (0..<3).map { Double(agent.policies[agent.actor.plan.outputs[0]][3 * row + $0]) }
      let masses = softmax(logits)
      #expect(masses[1] == 0 && (masses[0] > 0) == isOpen)
      let (first, second) = (agent.values[agent.critic.first], agent.values[agent.critic.second])
      let future = (0..<3).reduce(0.0) { sum, action in
        guard masses[action] > 0 else { return sum }
        let least = Double(min(first[3 * row + action], second[3 * row + action]))
        return sum + masses[action] * (least - Double(agent.alpha) * log(masses[action]))
      }
      let target = Double(agent.batch.rewards[row]) + Double(agent.batch.discounts[row]) * future
      #expect(isClose(agent.targets[row], target, ulps: 64))
    }
  }

  @Test("The policy and the targets of TD3 move every second update")
  func delays() throws {
    let agent = try #require(agent("td3", .box, with: ["update-period": 8]) as? TD3)
    let trial = try Trial(agent, Halves.batch(8, .vector, .box))
    try trial.step(9)
    #expect(agent.updates == 1)
    func numbers() -> [[Float]] {
      [agent.actor.weights, agent.target, agent.critic.target].map { Array($0.span) }
    }
    let (before, critic) = (numbers(), Array(agent.critic.learner.weights.span))
    try trial.step(1)
    #expect(agent.updates == 2 && numbers() == before)
    #expect(Array(agent.critic.learner.weights.span) != critic)
    try trial.step(1)
    #expect(zip(numbers(), before).allSatisfy { $0 != $1 })
  }

  @Test("SAC's targets are those of its batch", arguments: [Halves.Taken.box, .discrete])
  func softTargets(taken: Halves.Taken) throws {
    let still: [String: SettingValue] = ["reward-scale": 0.5, "temperature": 0.3]
    let agent = try #require(agent("sac", taken, with: still) as? SAC)
    try Trial(agent, Halves.batch(8, .vector, taken)).step(20)
    // Far from the learned ones.
    for index in 0..<agent.critic.target.count { agent.critic.target[index] *= -3 }
    try agent.updateCritic()
    let (first, second) = (
      agent.values[agent.critic.first], agent.values[agent.critic.second]
    )
    let output = agent.policies[agent.actor.plan.outputs[0]]
    var differ = false
    for row in 0..<agent.batch.count {
      let future: Double
      if taken == .box {
        let least = Double(min(first[row], second[row]))
        differ = differ || second[row] < first[row]
        future = least - Double(agent.alpha) * Double(agent.logProbabilities[row])
      } else {
        let logits = (0..<2).map { Double(output[2 * row + $0]) }
        future = zip(softmax(logits), 0...).reduce(0) { sum, choice in
          let least = Double(min(first[2 * row + choice.1], second[2 * row + choice.1]))
          return sum + choice.0 * (least - Double(agent.alpha) * log(choice.0))
        }
        differ = true
      }
      let target =
        0.5 * Double(agent.batch.rewards[row]) + Double(agent.batch.discounts[row]) * future
      #expect(isClose(agent.targets[row], target, ulps: 32))
    }
    #expect(differ)
    // They are the target network's, in the next states.
    let rows = HostRows(agent.critic.learner.plan, rows: agent.batch.count)
    let bases = [UnsafeRawPointer(agent.batch.nextObservations[0].bytes.baseAddress!)]
    let actions = taken == .box ? [UnsafeRawPointer(agent.actions.pointer)] : []
    agent.critic.learner.values(
      Inputs(bases + actions), count: agent.batch.count, with: agent.critic.target, into: rows)
    #expect(rows[agent.critic.first][0] == first[0] && rows[agent.critic.second][1] == second[1])
  }

  @Test("TD3's targets are those of its batch")
  func twinTargets() throws {
    let agent = try #require(agent("td3", .box) as? TD3)
    try Trial(agent, Halves.batch(8, .vector, .box)).step(20)
    for index in 0..<agent.critic.target.count { agent.critic.target[index] *= -3 }
    try agent.updateCritic()
    let rows = HostRows(agent.critic.learner.plan, rows: agent.batch.count)
    agent.critic.learner.values(
      Inputs([
        UnsafeRawPointer(agent.batch.nextObservations[0].bytes.baseAddress!),
        UnsafeRawPointer(agent.actions.pointer),
      ]), count: agent.batch.count, with: agent.critic.target, into: rows)
    for row in 0..<agent.batch.count {
      let least = min(rows[agent.critic.first][row], rows[agent.critic.second][row])
      let target = agent.batch.rewards[row] + agent.batch.discounts[row] * least
      #expect(isClose(agent.targets[row], Double(target)))
    }
  }

  @Test("TD3's targets are of what the target policy does")
  func targetActions() throws {
    let agent = try #require(agent("td3", .box, with: ["target-noise": 0]) as? TD3)
    try Trial(agent, Halves.batch(8, .vector, .box)).step(20)
    for index in 0..<agent.target.count { agent.target[index] *= -3 }
    try agent.updateCritic()
    let rows = HostRows(agent.actor.plan, rows: agent.batch.count)
    let seen = UnsafeRawPointer(agent.batch.nextObservations[0].bytes.baseAddress!)
    agent.actor.values(Inputs([seen]), count: agent.batch.count, with: agent.target, into: rows)
    for row in 0..<agent.batch.count {
      var action: Float = 0
      agent.scale(rows[agent.actor.plan.outputs[0]] + row, into: &action)
      #expect(agent.actions[row] == action)
    }
  }

  @Test("Slopes of actions are those of the smaller value, or the first", arguments: [true, false])
  func actionSlopes(ofSmaller: Bool) throws {
    var generator = SplitMix64(seed: 14)
    var network = NetworkSettings()
    network.hidden = [8]
    let critic = TwinCritic(
      [.vector(Input(vector: 2, .float32))], actionWidth: 2, outputs: 1,
      followsSmaller: ofSmaller, network, Learner.Settings(),
      try Workshop(pool: ThreadPool(threads: 1)), using: &generator)
    let count = 20
    let seen = normals(2 * count, &generator)
    var actions = normals(2 * count, &generator)
    func value(_ row: Int) -> Double {
      let rows = HostRows(critic.learner.plan, rows: count)
      seen.withUnsafeBytes { seen in
        actions.withUnsafeBytes { actions in
          critic.learner.values(
            Inputs([seen.baseAddress!, actions.baseAddress!]), count: count, into: rows)
        }
      }
      let (first, second) = (rows[critic.first][row], rows[critic.second][row])
      return Double(ofSmaller ? min(first, second) : first)
    }
    let slopes = seen.withUnsafeBytes { seen in
      actions.withUnsafeBytes { bytes in
        let inputs = Inputs([seen.baseAddress!, bytes.baseAddress!])
        let start = critic.actionSlopes(inputs, count: count)
        return (0..<2 * count).map { start[$0] }
      }
    }
    var close = 0
    for place in 0..<2 * count {
      let old = actions[place]
      actions[place] = old + 0.001
      let above = value(place / 2)
      actions[place] = old - 0.001
      let below = value(place / 2)
      actions[place] = old
      // A few lie at a kink.
      close += abs(Double(slopes[place]) + (above - below) / 0.002) < 2e-3 ? 1 : 0
    }
    #expect(close >= 2 * count - 3)
  }

  @Test("Environments and settings that do not suit are refused by name")
  func refusals() throws {
    var spec = try Halves.batch(1, .vector, .box).spec
    #expect(SAC.row.refuses(spec) == nil && TD3.row.refuses(spec) == nil)
    spec.action = .discrete(3)
    #expect(SAC.row.refuses(spec) == nil && TD3.row.refuses(spec)?.contains("box") == true)
    spec.action = .multiDiscrete([2, 2])
    #expect(SAC.row.refuses(spec)?.contains("several") == true)
    spec.action = .box(low: [-1], high: [.infinity])
    for row in [SAC.row, TD3.row] { #expect(row.refuses(spec)?.contains("bounds") == true) }
    spec.action = .box(low: [-1], high: [1])
    spec.players = 2
    for row in [SAC.row, TD3.row] { #expect(row.refuses(spec)?.contains("2 players") == true) }
    for name in ["sac", "td3"] {
      #expect(throws: SettingError.self) { try agent(name, .box, with: ["replay-start": 5000]) }
      #expect(throws: SettingError.self) { try agent(name, .box, with: ["target-share": 0]) }
    }
  }
}
