import Agents
import Environment
import Lanes
import Nets
import Records

/// Runs an agent on a batch of environments and lets it learn.
public final class Trainer {
  public let settings: RunSettings
  public let folder: RunFolder
  public let agent: any Agent
  let environment: any EnvironmentBatch
  let buffers: StepBuffers
  private let pool: ThreadPool
  /// nil: all lanes go together.
  private let groups: LaneGroups?

  /// What the run will have made at its end: whole updates, at most the settings' steps.
  public let totalSteps: Int
  public internal(set) var steps = 0
  public internal(set) var updates = 0
  /// Steps at the last checkpoint; nil: there is none.
  public internal(set) var savedSteps: Int?
  var episodes: RecentEpisodes
  var clock = RunClock()
  private var sinceCheckpoint = Stopwatch()
  private var sinceUpdate = Stopwatch()
  var hasBegun = false
  var best = Best()
  var lines: LineFile?
  /// Where updates are slow: what the run was after the last one, for whoever cannot wait.
  let spare = Spare()

  /// Seconds between checkpoints.
  public var checkpointInterval = 60.0
  /// The weights with the best mean return of a hundred episodes are kept, too.
  public var keepsBest = false
  /// So many numbered checkpoints stay beside the last one.
  public var keptCheckpoints = 0

  /// Sees the lanes after every step; may look, not touch.
  public var onStep: ((any EnvironmentBatch) -> Void)?

  /// - Throws: `RunError.tooFewSteps`; `AgentError` where lanes go in groups that the agent cannot take.
  public init(
    settings: RunSettings, folder: RunFolder, environment: any EnvironmentBatch,
    agent: any Agent, pool: ThreadPool
  ) throws {
    totalSteps = try Self.plannedSteps(settings.steps, perUpdate: agent.stepsPerUpdate)
    self.settings = settings
    self.folder = folder
    self.environment = environment
    self.agent = agent
    self.pool = pool
    buffers = StepBuffers(spec: environment.spec, lanes: environment.lanes)
    episodes = RecentEpisodes(environment.spec)
    groups = try LaneGroups(environment, agent, buffers)
  }

  /// The steps of as many whole updates as there is room for.
  /// - Throws: `RunError.tooFewSteps`.
  public static func plannedSteps(_ asked: Int, perUpdate: Int) throws -> Int {
    guard asked >= perUpdate else { throw RunError.tooFewSteps(asked, perUpdate) }
    return asked / perUpdate * perUpdate
  }

  public enum Outcome: Sendable { case finished, interrupted }

  /// Trains until the run's steps are done or `stop` says so; saves at the end in either case.
  /// - Parameter stop: is asked after every step; heeded where the agent can be saved.
  /// - Throws: what the environment throws; `AgentError.diverged`, and then the last checkpoint is
  ///   the last good one; `CheckpointError` and `RunError` for files.
  public func run(
    stop: () -> Bool = { false }, watch: (RunProgress) -> Void = { _ in }
  ) throws -> Outcome {
    if !hasBegun { try begin() }
    let lines = try LineFile(folder.file(RunFolder.updatesName))
    self.lines = lines
    sinceCheckpoint = Stopwatch()
    sinceUpdate = Stopwatch()
    while steps < totalSteps {
      try advance()
      // The rate of learning is that of the first of the steps that are learned from.
      let over = Double(max(0, steps - agent.stepsPerUpdate)) / Double(totalSteps)
      let report = try clock.time(.learning) { try agent.learn(progress: over) }
      clock.add(agent.takeSecondsBeside(), to: .learning)
      if let report { try lines.add(note(report, watch).line()) }
      let isStopped = stop()
      guard agent.isBetweenUpdates else { continue }
      if isStopped || agent.mustSave || sinceCheckpoint.seconds > checkpointInterval {
        try save(isLast: isStopped)
      }
      if isStopped { return .interrupted }
      if report != nil, !agent.learnsBeside { try keepSpare() }
    }
    try save(isLast: true)
    return .finished
  }

  private func save(isLast: Bool = false) throws {
    try spare.whileSaving(steps: steps, isLast: isLast) {
      if savedSteps != steps { try checkpoint() }
    }
    sinceCheckpoint = Stopwatch()
  }

  /// Where the update before took so long that the next one may not be waited for. Not of who learns
  /// beside the simulation: it would not any more.
  private func keepSpare() throws {
    let seconds = sinceUpdate.lap()
    if seconds > Spare.patience, savedSteps != steps { spare.keep(try image(), steps: steps) }
  }

  /// What another thread does for who cannot wait for the end of an update: writes what the run was
  /// before it. The process has to leave then.
  /// - Returns: the steps from which the run goes on; nil: the run has been stopped already.
  public func saveSpare() -> Int? {
    spare.take { file in
      let path = (folder.file(RunFolder.checkpointName), folder.file(RunFolder.previousName))
      return (try? file.write(to: path.0, older: path.1)) != nil
    }
  }

  private func note(_ report: Report, _ watch: (RunProgress) -> Void) -> RunProgress {
    updates += 1
    if keepsBest, episodes.isFull, let mean = episodes.meanReturn {
      best.offer(mean, steps: steps, settings, agent)
    }
    let progress = progress(report)
    watch(progress)
    return progress
  }

  /// Starts all lanes; with a checkpoint, so that whatever happens next the run can be resumed.
  private func begin() throws {
    try agent.keep(in: folder.path)
    try environment.reset(seeds: Self.seeds(settings.seed, environment.lanes), buffers, on: pool)
    hasBegun = true
    try save()
    // The last two and the one that is being written.
    let size = try InputFile(folder.file(RunFolder.checkpointName)).size
    try folder.checkRoom(2 * size)
  }

  /// Seeds of the lanes: 31 bits, as every environment takes them.
  static func seeds(_ seed: UInt64, _ count: Int) -> [UInt64] {
    var generator = SplitMix64(seed: seed)
    return (0..<count).map { _ in generator.next() >> 33 }
  }

  private func advance() throws {
    if let groups {
      let steps = agent.stepsPerUpdate
      try groups.collect(steps / environment.lanes) { episodes.add($0) }
      clock.add(groups.simulating, to: .environment)
      clock.add(groups.acting, to: .inference)
      self.steps += steps
      return
    }
    try clock.time(.inference) { try agent.act(buffers) }
    try clock.time(.environment) { try environment.step(buffers, on: pool) }
    clock.time(.inference) { agent.observe(buffers) }
    episodes.add(buffers)
    if environment.spec.autoreset == .disabled {
      try clock.time(.environment) { try environment.resetEnded(buffers, on: pool) }
    }
    steps += environment.lanes
    onStep?(environment)
  }

  private func progress(_ report: Report) -> RunProgress {
    var progress = RunProgress()
    progress.steps = steps
    progress.totalSteps = totalSteps
    progress.update = updates
    progress.frames = steps * environment.spec.framesPerStep
    progress.meanReturn = episodes.meanReturn
    progress.meanLength = episodes.meanLength
    progress.taskReturns = episodes.tasks.map { ($0.name, $0.episodes.meanReturn) }
    progress.episodes = episodes.count
    (progress.stepsPerSecond, progress.shares) = clock.lap(steps: steps)
    progress.seconds = clock.total
    progress.report = report
    return progress
  }
}
