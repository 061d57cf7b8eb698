import ArgumentParser
import Catalog
import Environment
import Foundation
import Lanes
import Records
import Training

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Steps a second under random actions, resets included.",
    discussion: """
      Memory that the system hands out when it is first touched is touched in a warm-up, which is \
      not measured. Without autoreset, lanes that have ended are reset, so that every step counted \
      is one that a lane has made.
      """)

  @Argument(help: "Environment id; see 'lockstep envs'.", completion: .environments)
  var env: String?

  @Option(
    help: ArgumentHelp(
      "A network instead, forward and in updates of --batch samples: nature, impala, minatar or mlp; "
        + "with an environment, also PPO's whole loop there with as many lanes.",
      valueName: "net"))
  var learn: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A setting of that network, as ppo has them.", valueName: "key=value"))
  var networkSettings: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How long to measure, 0.01 or more.", valueName: "s"))
  var seconds = 5.0

  @Option(
    help: ArgumentHelp("Preprocessing, where the environment has presets.", valueName: "name"))
  var preset: String?

  @Option(
    help: ArgumentHelp("next-step (default), same-step or disabled.", valueName: "mode"))
  var autoreset: String?

  @Option(
    help: ArgumentHelp(
      "Of that loop, as 'lockstep train' has them.", valueName: "1|2"))
  var groups = 1

  @Flag(help: "One JSON line.")
  var json = false

  @Flag(help: "Where the time goes, and counts a frame.")
  var profile = false

  @Flag(help: "Snapshots and restores of lanes instead of steps.")
  var snapshots = false

  @OptionGroup var lanes: LaneOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var environment: EnvironmentOptions

  func run() throws {
    guard seconds >= 0.01, seconds <= 1e6 else {
      throw UsageError("--seconds must be 0.01 to 1000000, not \(seconds)")
    }
    if let learn { return try bench(learn) }
    guard let env else { throw UsageError("name an environment, or a network with --learn") }
    if !networkSettings.isEmpty { throw UsageError("--set is for --learn") }
    if groups != 1 { throw UsageError("--groups is for --learn with an environment") }
    if snapshots && profile { throw UsageError("--profile is not for --snapshots") }
    let row = try Catalog.row(env)
    let settings = try settings(row)
    let course = try course(row, settings)
    if profile && !(course.environment is any ProfiledBatch) {
      throw UsageError("\(row.id) keeps no profile")
    }
    if snapshots {
      _ = try course.warmUp(limit: seconds)
      return try SnapshotBench(course: course, seconds: seconds, json: json).run()
    }
    let outcome = try measure(course, preset: preset(row, settings))
    try show(outcome)
    if profile, let counts = outcome.profile { show(counts) }
  }

  private func bench(_ net: String) throws {
    let others: [(String, Bool)] = [
      ("--preset", preset != nil), ("--autoreset", autoreset != nil), ("--profile", profile),
      ("--snapshots", snapshots), ("--env-set", env == nil && !environment.texts.isEmpty),
      ("--groups", env == nil && groups != 1),
    ]
    let given = others.filter(\.1).map(\.0)
    guard given.isEmpty else {
      throw UsageError("--learn measures a network, without \(given.joined(separator: ", "))")
    }
    let rows = try lanes.lanes(default: 256)
    var bench = LearnBench(
      net: net, settings: try settingValues(networkSettings, option: "--set"), rows: rows,
      seconds: seconds, workshop: try device.workshop(threads.pool()))
    if let env { bench.loop = (try loop(env, net, lanes: rows), groups) }
    let report = try bench.run()
    if json { return print(try JSON.line(report)) }
    print("\(net), \(report.batch) samples, \(report.threads) threads:")
    print("  inference \(Int(report.inference_per_s)) samples/s, " + share(report.inference_share))
    print(
      "  updates   \(Int(report.samples_per_s)) samples/s (\(report.updates_per_s) a second), "
        + share(report.update_share))
    print("  of \(report.sgemm_gflops) GFLOP/s that large matrix products make here")
    if let card = report.card { show(card) }
    if let loop = report.loop { show(loop) }
  }

  /// Settings of the run, as `lockstep train` makes them.
  private func loop(_ env: String, _ net: String, lanes: Int) throws -> RunSettings {
    let sets = networkSettings.flatMap { ["--set", $0] }
    let texts = environment.texts.flatMap { ["--env-set", $0] }
    let line = [env, "--batch", String(lanes), "--groups", String(groups), "--set", "net=\(net)"]
    return try Train.parse(line + sets + texts).plan().settings
  }

  private func show(_ card: LearnBench.Card) {
    print(
      "  an update: \(card.launches_per_update) launches, of the program's time "
        + "\(card.host_us_per_update) us (\(card.host_us_per_launch) a launch)")
    print(
      "  copies: \(Int(card.bytes_to_card_per_update)) bytes there, "
        + "\(Int(card.bytes_from_card_per_update)) back an update, \(card.copy_us_per_update) us at "
        + "\(card.to_card_gb_per_s) and \(card.from_card_gb_per_s) GB/s")
  }

  private func show(_ loop: LoopBench.Report) {
    print("\(loop.env), \(loop.lanes) lanes in \(loop.groups == 1 ? "one group" : "two groups"):")
    print("  \(Int(loop.steps_per_s)) steps/s with PPO's learning")
    let transfer = loop.share_transfer.map { ", copies \(share($0))" } ?? ""
    print(
      "  simulator \(share(loop.share_simulator)), acting \(share(loop.share_acting)), learning "
        + share(loop.share_learning) + transfer + "; beside each other \(share(loop.overlap))")
  }

  private func share(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

  func course(_ row: EnvironmentRow, _ settings: [String: SettingValue]) throws -> BenchCourse {
    let watch = Stopwatch()
    let pool = try threads.pool()
    let batch = try row.make(try lanes.lanes(default: 1024), settings, pool.threads)
    let course = BenchCourse(batch, on: pool)
    try course.reset()
    course.startSeconds = watch.seconds
    return course
  }

  struct Outcome {
    let report: BenchReport
    let warm: (steps: Int, seconds: Double)
    /// nil: the environment keeps none.
    let profile: Profile?
  }

  func measure(_ course: BenchCourse, preset: String?) throws -> Outcome {
    let warm = try course.warmUp(limit: seconds)
    let profiled = course.environment as? any ProfiledBatch
    let before = profiled?.profile()
    let result = try course.measure(
      seconds: seconds, rate: Double(warm.steps) / max(warm.seconds, 1e-9))
    let counts = before.flatMap { before in profiled.map { $0.profile() - before } }
    return Outcome(
      report: BenchReport(course, preset: preset, result), warm: warm, profile: counts)
  }

  private func preset(_ row: EnvironmentRow, _ settings: [String: SettingValue]) throws -> String? {
    try row.settings(given: settings).first { $0.name == "preset" }?.value.description
  }

  /// Next-step autoreset, as Gymnasium's vector environments have it, where nothing else is asked for.
  func settings(_ row: EnvironmentRow) throws -> [String: SettingValue] {
    let names = row.settings().map(\.name)
    if preset != nil && !names.contains("preset") {
      throw UsageError("\(row.id) has no presets")
    }
    var values = try environment.values([
      ("preset", "preset", preset.map { .text($0) }),
      ("autoreset", "autoreset", autoreset.map { .text($0) }),
    ])
    if names.contains("autoreset") && values["autoreset"] == nil {
      values["autoreset"] = "next-step"
    }
    return values
  }

  private func show(_ outcome: Outcome) throws {
    let (report, warm) = (outcome.report, outcome.warm)
    if json { return print(try JSON.line(report)) }
    let preset = report.preset.map { ", \($0)" } ?? ""
    print("\(report.env), \(report.batch) lanes, \(report.threads) threads\(preset):")
    print(
      "  \(report.steps_per_s) steps/s, \(report.frames_per_s) frames/s, "
        + "\(report.steps_per_cpu_s) steps a CPU second")
    print("  \(report.bytes_per_s / 1_000_000) MB of observations a second")
    print(
      String(
        format: "  first observations after %.2f s; not measured: a warm-up of %d steps, %.2f s",
        report.start_s, warm.steps, warm.seconds))
  }

  private func show(_ profile: Profile) {
    let total = Double(max(profile.phases.reduce(0) { $0 + $1.ticks }, 1))
    func line(_ name: String, _ value: String) {
      print("  " + name.padding(toLength: 24, withPad: " ", startingAt: 0) + value)
    }
    for (name, ticks) in profile.phases {
      line(name, String(format: "%5.1f %%", 100 * Double(ticks) / total))
    }
    if profile.counts.isEmpty { return }
    print("A frame of 64 lanes:")
    for (name, count) in profile.counts {
      line(name, String(format: "%9.1f", 64 * Double(count) / Double(max(profile.frames, 1))))
    }
  }
}

struct BenchReport: Encodable {
  let env: String
  let batch, threads: Int
  /// nil: the environment has no presets.
  let preset: String?
  let steps_per_s, frames_per_s, steps_per_cpu_s: Int
  /// Of observations.
  let bytes_per_s: Int
  let episodes: Int
  /// Until the first observations.
  let start_s: Double

  init(_ course: BenchCourse, preset: String?, _ result: BenchCourse.Measurement) {
    let spec = course.environment.spec
    let (steps, rate) = (Double(result.steps), Double(result.steps) / result.seconds)
    env = spec.id
    batch = course.environment.lanes
    threads = course.pool.threads
    self.preset = preset
    steps_per_s = Int(rate)
    frames_per_s = Int(rate * Double(spec.framesPerStep))
    steps_per_cpu_s = Int(steps / result.busy)
    bytes_per_s = Int(rate * Double(spec.observation.reduce(0) { $0 + $1.bytes }))
    episodes = result.episodes
    start_s = (course.startSeconds * 1000).rounded() / 1000
  }

  private enum Key: String, CodingKey {
    case env, batch, threads, preset, steps_per_s, frames_per_s, steps_per_cpu_s, bytes_per_s
    case episodes, start_s
  }

  func encode(to encoder: any Encoder) throws {
    var report = encoder.container(keyedBy: Key.self)
    try report.encode(env, forKey: .env)
    try report.encode(batch, forKey: .batch)
    try report.encode(threads, forKey: .threads)
    try report.encode(preset, forKey: .preset)
    try report.encode(steps_per_s, forKey: .steps_per_s)
    try report.encode(frames_per_s, forKey: .frames_per_s)
    try report.encode(steps_per_cpu_s, forKey: .steps_per_cpu_s)
    try report.encode(bytes_per_s, forKey: .bytes_per_s)
    try report.encode(episodes, forKey: .episodes)
    try report.encode(start_s, forKey: .start_s)
  }
}
