import Agents
import ArgumentParser
import Environment
import Lanes
import Nets
import Replay
import Training

struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a data set for offline learning: what a run's agent does, or what it kept.",
    discussion: """
      The agent acts as it does when it is evaluated, where it was trained. 'lockstep train ENV \
      --agent cql --set dataset=DIR' learns from the folder; Tools/convert-dataset makes Minari's \
      layout of it.
      """)

  @Argument(help: "Folder of the run, or a file of weights in it.")
  var folder: String

  @Option(help: ArgumentHelp("New folder of the data set.", valueName: "dir"))
  var out: String

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Steps over all lanes; default: 100000.", valueName: "n"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Share of actions that are random, 0 to 1.", valueName: "share"))
  var random = 0.0

  @Flag(help: "What the run's replay holds at its last checkpoint, instead of new steps.")
  var replay = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of environments and actions.", valueName: "n"))
  var seed: UInt64 = 1000

  @OptionGroup var lanes: LaneOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var device: DeviceOptions

  func run() throws {
    if let steps { _ = try inRange(steps, 1...1 << 30, "--steps") }
    guard (0...1).contains(random) else {
      throw UsageError("--random must be 0 to 1, not \(random)")
    }
    if replay && (steps != nil || lanes.batch != nil) {
      throw UsageError("--replay writes what there is, without --steps or --batch")
    }
    if (try? Dataset(out)) != nil { throw ReplayError.dataset(out, "holds a data set already") }
    let pool = try threads.pool()
    let weights = Weights(folder)
    let settings = try weights.folder.settings()
    if replay {
      try write(try kept(settings, weights, pool))
    } else {
      try write(try played(settings, weights, pool))
    }
  }

  private func write(_ replay: Replay) throws {
    try replay.write(to: out)
    let data = try Dataset(out)
    print("\(out): \(data.episodes) episodes, \(data.steps) steps of \(data.spec.id)")
  }

  /// The replay of the run's last checkpoint.
  private func kept(_ settings: RunSettings, _ weights: Weights, _ pool: ThreadPool) throws
    -> Replay
  {
    let run = try Run(settings, device.workshop(pool), lanes: settings.tasks)
    guard run.agent.replay != nil else { throw UsageError("\(settings.agent) keeps no replay") }
    // What came after the checkpoint is forgotten: not while somebody trains there.
    let lock = try weights.folder.lock()
    defer { withExtendedLifetime(lock) {} }
    try run.agent.keep(in: weights.folder.path)
    try run.agent.restore(from: weights.file())
    return run.agent.replay!
  }

  private func played(_ settings: RunSettings, _ weights: Weights, _ pool: ThreadPool) throws
    -> Replay
  {
    let count = try lanes.lanes(default: settings.lanes)
    let run = try Run(settings, device.workshop(pool), lanes: count)
    try run.agent.restoreWeights(from: weights.file())
    let (batch, spec) = (run.environment, run.environment.spec)
    let wanted = steps ?? 100_000
    let rounds = (wanted + count - 1) / count
    let memory = PolicyMemory(spec, width: run.agent.memoryWidth, lanes: count)
    // An episode's end takes a row more, and its beginning those of older pictures.
    let replay = try Replay(
      spec, lanes: count, capacity: count * (rounds + 1) * (1 + spec.stack))
    let buffers = StepBuffers(spec: spec, lanes: count)
    var generator = SplitMix64(seed: seed)
    let player = Mixture(agent: run.agent, random: random, spec: spec)
    try batch.reset(seeds: (0..<count).map { _ in generator.next() >> 33 }, buffers, on: pool)
    for _ in 0..<rounds {
      replay.begin(buffers)
      player.act(buffers, memory, &generator)
      try batch.step(buffers, on: pool)
      replay.add(buffers)
      memory.observe(buffers)
      if spec.autoreset == .disabled { try batch.resetEnded(buffers, on: pool) }
    }
    return replay
  }
}

/// An agent some of whose actions are random.
private struct Mixture {
  let agent: any Agent
  let random: Double
  let spec: EnvironmentSpec

  func act(_ buffers: StepBuffers, _ memory: PolicyMemory, _ generator: inout SplitMix64) {
    agent.choose(buffers, memory, greedy: false, using: &generator)
    guard random > 0 else { return }
    let bytes = spec.action.width * 4
    let chosen = Array(buffers.actions.bytes)
    buffers.actions.draw(spec.action, using: &generator)
    for lane in 0..<buffers.lanes where Double(generator.nextFloat()) >= random {
      let own = chosen[lane * bytes..<(lane + 1) * bytes]
      (buffers.actions.base + lane * bytes).copyMemory(
        from: Array(own), byteCount: bytes)
    }
  }
}

extension EnvironmentSpec {
  /// Pictures of the largest stack.
  fileprivate var stack: Int {
    observation.map { if case .picture(_, let stack) = $0.role { stack } else { 1 } }.max() ?? 1
  }
}
