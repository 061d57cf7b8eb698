import ArgumentParser
import Atari
import Environment
import Foundation
import Lanes

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Steps a second under random actions, resets included.")

  @Argument(help: "Environment id; see 'lockstep envs'.")
  var env: String

  @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
  var seconds = 5.0

  @Option(help: ArgumentHelp("Preprocessing: \(presetNames).", valueName: "name"))
  var preset = "ale-vector"

  @Option(help: ArgumentHelp("next-step, same-step or disabled.", valueName: "mode"))
  var autoreset = "next-step"

  @Flag(help: "One JSON line.")
  var json = false

  @Flag(help: "Where the time goes, and counts a frame.")
  var profile = false

  @Flag(help: "Snapshots and restores of lanes instead of steps.")
  var snapshots = false

  @OptionGroup var options: BatchOptions

  private static let sequence = 256
  private static let warmUp = 50

  func run() throws {
    let began = Date()
    guard seconds > 0, seconds.isFinite else { throw UsageError("--seconds must be positive") }
    let lanes = try options.lanes(default: 1024)
    let pool = try options.pool()
    var chosen = ["preset": preset, "autoreset": autoreset]
    for (key, value) in try settings(options.environmentSettings, option: "--env-set") {
      chosen[key] = value
    }
    let environment = try makeEnvironment(env, count: lanes, settings: chosen, pool: pool)
    let buffers = StepBuffers(spec: environment.spec, count: lanes)
    let row = environment.spec.players * lanes
    let actions = drawActions(environment.spec, row)
    var step = 0
    var episodes = 0
    func advance() throws {
      let start = actions.pointer + step % Self.sequence * row
      try environment.step(UnsafeBufferPointer(start: start, count: row), into: buffers)
      step += 1
      for lane in 0..<lanes { episodes += Int(buffers.terminated[lane] | buffers.truncated[lane]) }
    }
    try environment.reset(seeds: (0..<lanes).map { UInt64($0) }, into: buffers)
    let toStart = Date().timeIntervalSince(began)
    for _ in 0..<Self.warmUp { try advance() }
    if snapshots {
      guard let batch = environment as? AtariBatch else {
        throw UsageError("\(env) has no snapshots")
      }
      let bench = SnapshotBench(
        batch: batch, buffers: buffers, threads: pool.threads, seconds: seconds, json: json)
      return try bench.run()
    }
    (step, episodes) = (0, 0)
    let before = (environment as? any ProfiledBatch)?.profile()
    let start = Date()
    let busy = clock()
    while Date().timeIntervalSince(start) < seconds { try advance() }
    let elapsed = Date().timeIntervalSince(start)
    let cpu = Double(clock() - busy) / 1e6
    show(
      environment.spec, lanes, pool.threads, Double(step * lanes), elapsed, cpu, episodes,
      toStart)
    guard profile else { return }
    guard let before, let after = (environment as? any ProfiledBatch)?.profile() else {
      throw UsageError("\(env) keeps no profile")
    }
    show(after - before)
  }

  private func drawActions(_ spec: EnvironmentSpec, _ row: Int) -> AlignedBuffer<Int32> {
    let actions = AlignedBuffer<Int32>(count: Self.sequence * row)
    var generator = SplitMix64(seed: 0)
    guard case .discrete(let count) = spec.actions else { return actions }
    for index in 0..<actions.count {
      actions[index] = Int32(generator.next(below: UInt32(count)))
    }
    return actions
  }

  private func show(
    _ spec: EnvironmentSpec, _ lanes: Int, _ threads: Int, _ steps: Double, _ elapsed: Double,
    _ cpu: Double, _ episodes: Int, _ toStart: Double
  ) {
    let rate = Int(steps / elapsed)
    let frames = Int(steps * Double(spec.framesPerStep) / elapsed)
    if json {
      print(
        "{\"env\":\"\(spec.id)\",\"batch\":\(lanes),\"threads\":\(threads),\"preset\":\"\(preset)\","
          + "\"steps_per_s\":\(rate),\"frames_per_s\":\(frames),"
          + "\"steps_per_cpu_s\":\(Int(steps / cpu)),\"episodes\":\(episodes),"
          + "\"start_s\":\(String(format: "%.3f", toStart))}")
    } else {
      print("\(spec.id), \(lanes) lanes, \(threads) threads, \(preset):")
      print("  \(rate) steps/s, \(frames) frames/s, \(Int(steps / cpu)) steps a CPU second")
      print(String(format: "  first observations after %.2f s", toStart))
    }
  }

  private func show(_ profile: Profile) {
    let total = Double(max(profile.phases.reduce(0) { $0 + $1.ticks }, 1))
    func line(_ name: String, _ value: String) {
      print("  " + name.padding(toLength: 24, withPad: " ", startingAt: 0) + value)
    }
    for (name, ticks) in profile.phases {
      line(name, String(format: "%5.1f %%", 100 * Double(ticks) / total))
    }
    print("A frame of 64 lanes:")
    for (name, count) in profile.counts {
      line(name, String(format: "%9.1f", 64 * Double(count) / Double(max(profile.frames, 1))))
    }
  }
}
