import Agents
import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Nets
import Records
import Training
import Window

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an agent; without arguments, PPO on our own cartridge.",
    discussion: """
      --resume goes on with a run under its own settings; with --steps it makes a finished run \
      longer, or another shorter. --from begins a new run from an old one's weights, with its \
      settings where the command line has no others. A run makes whole updates, at most as many \
      steps as it was asked for.
      """)

  @Argument(help: "Environment id; see 'lockstep envs'.", completion: .environments)
  var env: String?

  @Option(
    help: ArgumentHelp(
      "Several environments in one batch, each with its share of the lanes.", valueName: "ids"))
  var tasks: String?

  @Option(help: "Algorithm; default: ppo. See 'lockstep settings ppo'.", completion: .agents)
  var agent: String?

  @Option(
    help: ArgumentHelp(
      "A known code's settings of agent and environment: dopamine-rainbow, cleanrl-ppo-atari, ...",
      valueName: "name"))
  var preset: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Agent steps over all lanes.", valueName: "n"))
  var steps: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seed of everything random; default: 1.", valueName: "n"))
  var seed: UInt64?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("An agent setting, for example learning-rate=1e-4.", valueName: "key=value"))
  var agentSettings: [String] = []

  @Option(help: ArgumentHelp("Folder of the run; default: runs/<name>.", valueName: "dir"))
  var out: String?

  @Option(help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "Begin with the weights of this run, or of this file in its folder.", valueName: "dir"))
  var from: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Episodes of the evaluation at the end; 0: none.", valueName: "n"))
  var episodes = 20

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Keep the last n checkpoints under their numbers of steps, or the weights with the best mean "
        + "return of 100 episodes in best.safetensors; also both.", valueName: "best|n"))
  var keep: [String] = []

  @Option(
    help: ArgumentHelp(
      "2: lanes go in two groups; the agent acts for one while the other is simulated.",
      valueName: "1|2"))
  var groups = 1

  @Flag(help: "A window that shows lanes as they learn; close it and training goes on.")
  var window = false

  @Flag(help: "Every setting, with its range, its meaning and where it comes from; trains nothing.")
  var showSettings = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var lanes: LaneOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    _ = try inRange(episodes, 0...100_000, "--episodes")
    _ = try keptCheckpoints()
    if let steps { _ = try inRange(steps, 1...Int.max, "--steps") }
    _ = try inRange(groups, 1...2, "--groups")
    if groups > 1 && window {
      throw UsageError("--window shows lanes that go together: --groups 1")
    }
    let pool = try threads.pool()
    Interruption.leaves("no run was begun")
    if let resume { return try goOn(RunFolder(path: resume), pool) }
    let plan = try plan()
    if showSettings { return print(try ShownSettings(plan).text()) }
    // What does not suit is refused before there is a folder.
    let run = try Run(plan.settings, device.workshop(pool), groups: groups)
    try check(plan.settings.steps, run.agent, plan.agentRow)
    if let from { try run.agent.restoreWeights(from: Weights(from).file()) }
    let window = try makeWindow(run, plan.settings)
    let (folder, lock) =
      try out.map { try RunFolder.create($0, plan.settings) }
      ?? RunFolder.createNew(Self.defaultFolder(plan.settings), plan.settings)
    defer { withExtendedLifetime(lock) {} }
    try session(run, plan.settings, folder, pool, window).train(resume: false)
  }

  private func session(
    _ run: Run, _ settings: RunSettings, _ folder: RunFolder, _ pool: ThreadPool,
    _ window: LaneWindow?
  ) throws -> Session {
    Session(
      run: run, settings: settings, folder: folder, pool: pool, episodes: episodes,
      keepsBest: keep.contains("best"), keep: try keptCheckpoints(), window: window, output: output)
  }

  /// Beside the best.
  private func keptCheckpoints() throws -> Int {
    let counts = keep.filter { $0 != "best" }
    guard let text = counts.first else { return 0 }
    guard counts.count == 1, let count = Int(text) else {
      throw UsageError("--keep takes 'best', a number, or each of them once, not \(text)")
    }
    return try inRange(count, 0...100_000, "--keep")
  }

  private func makeWindow(_ run: Run, _ settings: RunSettings) throws -> LaneWindow? {
    guard window else { return nil }
    return try LaneWindow(
      title: "\(settings.agent) on \(settings.environment) - lockstep",
      Catalog.row(settings.environment).viewing, lanes: run.environment.lanes)
  }

  // MARK: Old runs

  private func goOn(_ folder: RunFolder, _ pool: ThreadPool) throws {
    let given: [(String, Bool)] = [
      ("an environment", env != nil), ("--tasks", tasks != nil), ("--agent", agent != nil),
      ("--preset", preset != nil), ("--seed", seed != nil),
      ("--set", !agentSettings.isEmpty), ("--env-set", !environment.texts.isEmpty),
      ("--batch", lanes.batch != nil), ("--out", out != nil), ("--from", from != nil),
    ]
    let others = given.filter(\.1).map(\.0)
    guard others.isEmpty else {
      throw UsageError(
        "--resume goes on under the run's own settings, without \(others.joined(separator: ", "))")
    }
    var settings = try folder.settings()
    if let steps { settings.steps = steps }
    if showSettings { return print(try ShownSettings(plan(of: settings)).text()) }
    let lock = try folder.lock()
    defer { withExtendedLifetime(lock) {} }
    let run = try Run(settings, device.workshop(pool), groups: groups)
    let agentRow = try AgentRow.named(settings.agent)
    try check(settings.steps, run.agent, agentRow)
    try session(run, settings, folder, pool, makeWindow(run, settings)).train(resume: true)
  }

  private func plan(of settings: RunSettings) throws -> Plan {
    func all(_ values: [String: SettingValue]) -> [String: String] {
      values.mapValues { _ in "the run" }
    }
    return Plan(
      row: try Catalog.row(settings.environment), agentRow: try AgentRow.named(settings.agent),
      settings: settings,
      sources: (all(settings.environmentSettings), all(settings.agentSettings)))
  }

  // MARK: New runs

  func plan() throws -> Plan {
    let old = try from.map { try Weights($0).folder.settings() }
    if env != nil && tasks != nil {
      throw UsageError("--tasks names all environments; give none beside it")
    }
    let row = try Catalog.row(tasks ?? env ?? old?.environment ?? Catalog.standard)
    let known = try preset.map(AgentPreset.named)
    if let known, let agent, agent != known.agent {
      throw UsageError("preset \(known.name) is of \(known.agent), not of \(agent)")
    }
    let agentRow = try AgentRow.named(agent ?? known?.agent ?? old?.agent ?? "ppo")
    let standard = Standard.of(row)
    let theirs = try environmentSettings(row, old, known)
    let ours = try agentSettings(agentRow, row, old, known)
    var settings = RunSettings(
      environment: row.id,
      environmentSettings: try row.settings(given: [:]).typed(theirs.values), agent: agentRow.name,
      agentSettings: agentRow.settings.typed(ours.values),
      lanes: try lanes.lanes(default: old?.lanes ?? known?.lanes ?? standard.lanes),
      steps: steps ?? old?.steps ?? known?.steps ?? standard.steps, seed: seed ?? 1)
    settings.from = from
    return Plan(
      row: row, agentRow: agentRow, settings: settings, sources: (theirs.sources, ours.sources))
  }

  private func environmentSettings(
    _ row: EnvironmentRow, _ old: RunSettings?, _ preset: AgentPreset?
  ) throws -> SourcedSettings {
    var given = SourcedSettings()
    if let preset {
      given.add(preset.environment[row.family] ?? [:], from: "preset \(preset.name)")
    }
    if let old, old.environment == row.id {
      given.add(old.environmentSettings, from: "the run \(from ?? "")")
    }
    given.add(try environment.values(), from: "command line")
    var settings = SourcedSettings()
    settings.add(row.learning(given.values), from: "training")
    for (key, value) in given.values { settings.add([key: value], from: given.sources[key]!) }
    return settings
  }

  private func agentSettings(
    _ agent: AgentRow, _ row: EnvironmentRow, _ old: RunSettings?, _ preset: AgentPreset?
  ) throws -> SourcedSettings {
    var settings = SourcedSettings()
    if let preset {
      settings.add(preset.settings, from: "preset \(preset.name)")
    } else {
      settings.add(
        Standard.of(row).agentSettings[agent.name] ?? [:], from: "standard of \(row.id)")
    }
    if let old, old.agent == agent.name {
      settings.add(old.agentSettings, from: "the run \(from ?? "")")
    }
    settings.add(try settingValues(agentSettings, option: "--set"), from: "command line")
    return settings
  }

  private func check(_ steps: Int, _ agent: any Agent, _ row: AgentRow) throws {
    do {
      _ = try Trainer.plannedSteps(steps, perUpdate: agent.stepsPerUpdate)
    } catch RunError.tooFewSteps(let asked, let update) {
      let names = row.settings.map(\.name).filter { $0.hasSuffix("-steps") }
      let less = (["--batch"] + names.map { "--set \($0)" }).joined(separator: " or ")
      throw UsageError(
        "--steps \(asked) is less than one update of \(row.name): give \(update) or more, or make "
          + "updates smaller with \(less)")
    }
  }

  /// Two runs of a second differ in a number behind it.
  private static func defaultFolder(_ settings: RunSettings) -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyyMMdd-HHmmss"
    let names = settings.environment.split(separator: ",")
    let name =
      names.count > 1
      ? "\(names.count)-tasks"
      : settings.environment.replacingOccurrences(of: "/", with: "-")
    return "runs/\(name)-\(settings.agent)-\(settings.seed)-\(format.string(from: Date()))"
  }
}
