import Environment
import Lanes
import Nets
import Records
import TestDevices
import TestSupport
import Testing

@testable import Agents
@testable import Replay

/// Agents whose networks run on a card.
struct DeviceTests {
  private struct Outcome {
    var before = SafeTensors()
    var after = SafeTensors()
  }

  /// Few steps and samples, for a card that is none.
  private static let small: [String: SettingValue] = [
    "rollout-steps": 8, "minibatches": 2, "epochs": 1, "batch": 8, "hidden": "8",
    "replay-start": 16, "replay-capacity": 64, "update-period": 4, "learning-starts": 16,
    "atoms": 11, "quantiles": 5, "acting-quantiles": 4, "shift": 0,
    "intensity": 0,
  ]

  private func play(
    _ row: AgentRow, _ taken: Halves.Taken, _ place: Place, _ shown: Halves.Shown = .vector,
    steps: Int = 8, _ more: [String: SettingValue] = [:]
  ) throws -> Outcome {
    let batch = try Halves.batch(4, shown, taken)
    var values = row.defaults(batch.spec)
    for (name, value) in Self.small where values[name] != nil { values[name] = value }
    values.merge(more) { $1 }
    let workshop = try place.workshop(threads: 2)
    let agent = try row.make(batch.spec, 4, values, 5, workshop)
    try agent.keep(in: "/nowhere")
    if place != .processor, let agent = agent as? DQN {
      #expect(agent.there != nil, "\(row.name) does not draw there")
    }
    if let device = workshop.backend.device, let replay = agent.replay {
      #expect(
        replay.stacks.allSatisfy { replay.holds($0, device) }, "pictures of \(row.name) cross anew")
    }
    let buffers = StepBuffers(spec: batch.spec, lanes: 4)
    try batch.reset(buffers)
    var outcome = Outcome()
    agent.saveWeights(into: &outcome.before)
    for _ in 0..<steps {
      try agent.act(buffers)
      try batch.step(buffers)
      agent.observe(buffers)
      _ = try agent.learn(progress: 0)
    }
    agent.saveWeights(into: &outcome.after)
    try workshop.backend.device?.check()
    return outcome
  }

  private func numbers(_ file: SafeTensors, _ name: String) throws -> [Float] {
    let count = file.tensors[name]!.shape.reduce(1, *)
    var numbers = [Float](repeating: 0, count: count)
    try numbers.withUnsafeMutableBufferPointer { try file.copy(name, to: $0, type: "F32") }
    return numbers
  }

  @Test(
    "Stacks of pictures are the same there",
    arguments: [
      ("ppo", Halves.Taken.discrete), ("dqn", .discrete), ("sac", .discrete), ("sac", .box),
      ("td3", .box),
    ])
  func stacks(name: String, taken: Halves.Taken) throws {
    let row = try #require(AgentRow.all.first { $0.name == name })
    let (here, there) = (
      try play(row, taken, .processor, .stack), try play(row, taken, .card, .stack)
    )
    try compare(here, there, name)
  }

  @Test("Learning beside the simulation is the same there")
  func lag() throws {
    let row = try #require(AgentRow.all.first { $0.name == "ppo" })
    func play(_ place: Place) throws -> Outcome {
      try self.play(row, .box, place, .stack, steps: 24, ["policy-lag": 1])
    }
    try compare(try play(.processor), try play(.card), "ppo")
  }

  @Test("In bfloat16 updates go the same way", arguments: ["ppo", "c51", "iqn"])
  func bfloat16(name: String) throws {
    let row = try #require(AgentRow.all.first { $0.name == name })
    let (here, there) = (
      try play(row, .discrete, .processor, .stack), try play(row, .discrete, .cardBFloat16, .stack)
    )
    var (along, mine, theirs) = (0.0, 0.0, 0.0)
    for tensor in here.after.tensors.keys {
      let start = try numbers(here.before, tensor)
      let (a, b) = (try numbers(here.after, tensor), try numbers(there.after, tensor))
      for (place, old) in start.enumerated() {
        let (one, other) = (Double(a[place] - old), Double(b[place] - old))
        along += one * other
        mine += one * one
        theirs += other * other
      }
    }
    // The cosine of the angle between both ways.
    let cosine = along / (mine * theirs).squareRoot()
    #expect(cosine > 0.9, "\(cosine)")
    #expect(cosine < 1, "nothing was rounded")
  }

  @Test(
    "A rollout's observations are on the card as they were seen", arguments: AutoresetMode.allCases)
  func observations(mode: AutoresetMode) throws {
    let batch = try Halves.batch(6, .stack, .discrete, mode)
    let card = try Place.card(.float32)
    let rollout = Rollout(
      batch.spec.observation, actionWidth: 1, steps: 13, lanes: 6, device: card)
    let buffers = StepBuffers(spec: batch.spec, lanes: 6)
    try batch.reset(buffers)
    var isOver = [Bool](repeating: false, count: 6)
    for step in 0..<13 {
      if step == 0 {
        let (first, seen) = (rollout.columns(0)[0], buffers.observations[0])
        first.base.copyMemory(from: seen.base, byteCount: seen.bytes.count)
      }
      try buffers.aim(at: rollout.columns(step + 1))
      rollout.bring(step)
      try batch.step(buffers)
      rollout.finishStep(buffers, skipping: isOver)
      let ended = buffers.ended.of(UInt8.self)
      for lane in 0..<6 { isOver[lane] = mode == .nextStep && ended[lane] != 0 }
      if mode == .disabled { try batch.resetEnded(buffers) }
    }
    rollout.bring(13)
    let graph = Graph()
    let input = Input(vector: 3 * 36 * 36, .uint8)
    graph.output("x", graph.input("x", input).scaled(1))
    let plan = Plan(graph, Workshop(pool: ThreadPool(threads: 1), backend: card))
    let outputs = HostRows(plan, rows: 14 * 6)
    plan.forward(
      graph.layout.makeBuffer(card), rollout.rows(first: 0), count: 14 * 6, into: outputs)
    let (there, here) = (
      outputs[plan.outputs[0]], rollout.columns(0)[0].base.assumingMemoryBound(to: UInt8.self)
    )
    #expect((0..<14 * 6 * input.count).allSatisfy { there[$0] == Float(here[$0]) })
    try card.check()
  }

  @Test("A small update of every agent is the processor's", arguments: AgentRow.all.map(\.name))
  func updates(name: String) throws {
    let row = try #require(AgentRow.all.first { $0.name == name })
    let taken = try #require(
      [Halves.Taken.discrete, .box].first {
        (try? row.refuses(Halves.batch(4, .vector, $0).spec)) == .some(nil)
      })
    try compare(try play(row, taken, .processor), try play(row, taken, .card), name)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let agent: String
    var taken = Halves.Taken.discrete
    var shown = Halves.Shown.vector
    var more: [String: SettingValue] = [:]
    var testDescription: String { "\(agent), \(taken), \(more)" }
  }

  /// Losses that no agent has by its defaults.
  private static let cases =
    [
      Case(agent: "ppo", taken: .pair), Case(agent: "ppo", taken: .box),
      Case(
        agent: "ppo", more: ["memory": "gru", "memory-units": 4, "memory-span": 4]),
      Case(agent: "sac", taken: .box, more: ["deviation": "cut"]), Case(agent: "sac"),
      Case(agent: "drq-eps", shown: .stack, more: ["shift": 3, "intensity": 0.2]),
      Case(agent: "dqn", more: ["conservatism": 0.5]),
      Case(agent: "c51", more: ["conservatism": 0.5]),
      Case(agent: "iqn", more: ["conservatism": 0.5]),
    ]
    + ["ppo", "dqn"].flatMap { agent in
      ["importance", "entropy"].map {
        Case(
          agent: agent, shown: .picture,
          more: [
            "bottleneck": "top1-moe", "experts": 2, "expert-hidden": 4, "balance": .text($0),
            "balance-weight": 1,
          ])
      }
    } + [
      Case(
        agent: "sac", taken: .box, shown: .picture,
        more: [
          "bottleneck": "top1-moe", "experts": 2, "expert-hidden": 4, "balance": "entropy",
          "balance-weight": 1,
        ])
    ]

  @Test("Losses of other actions, memories and networks are the same there", arguments: cases)
  func others(one: Case) throws {
    let row = try #require(AgentRow.all.first { $0.name == one.agent })
    let (here, there) = (
      try play(row, one.taken, .processor, one.shown, steps: 8, one.more),
      try play(row, one.taken, .card, one.shown, steps: 8, one.more)
    )
    try compare(here, there, one.agent)
  }

  private func compare(_ here: Outcome, _ there: Outcome, _ name: String) throws {
    var moved = 0.0
    for (tensor, shape) in here.after.tensors where shape.type == "F32" {
      let (start, mine) = (try numbers(here.before, tensor), try numbers(here.after, tensor))
      let theirs = try numbers(there.after, tensor)
      func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }.squareRoot()
      }
      #expect(
        distance(mine, theirs) <= 0.02 * distance(mine, start) + 1e-6, "\(tensor) of \(name)")
      moved += distance(mine, start)
    }
    #expect(moved > 0, "\(name) has learned nothing")
  }
}
