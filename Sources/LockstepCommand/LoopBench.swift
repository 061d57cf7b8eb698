import CUDA
import Foundation
import Lanes
import Nets
import Training

/// A run's whole loop, simulator and learner, as fast as it goes: where its time goes.
struct LoopBench {
  let settings: RunSettings
  let groups: Int
  let seconds: Double
  let workshop: Workshop
  /// Bytes a second between program and card.
  let copies: CopyBench.Rates?

  struct Report: Encodable {
    let env: String
    let lanes, groups: Int
    let steps_per_s: Double
    /// Of the time; what happens beside other things counts for itself.
    let share_simulator, share_acting, share_learning: Double
    /// Of the time, at the rates at which a card's copies alone go; nil: nothing is copied.
    let share_transfer: Double?
    /// By how much the shares of simulator, acting and learning are more than all of the time.
    let overlap: Double
    let bytes_per_step: Double
  }

  /// At least two updates, of which the first is not measured.
  func run() throws -> Report {
    let path = FileManager.default.temporaryDirectory.path + "/lockstep-bench-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = try Run(settings, workshop, groups: groups)
    let (folder, lock) = try RunFolder.create(path, settings)
    defer { withExtendedLifetime(lock) {} }
    let trainer = try Trainer(
      settings: settings, folder: folder, environment: run.environment, agent: run.agent,
      pool: workshop.pool)
    trainer.checkpointInterval = .infinity
    var (first, laps): (RunProgress?, [RunProgress]) = (nil, [])
    var watch = Stopwatch()
    var before = use
    _ = try trainer.run(
      stop: { !laps.isEmpty && watch.seconds > seconds },
      watch: { progress in
        if first != nil { return laps.append(progress) }
        (first, watch, before) = (progress, Stopwatch(), use)
      })
    guard let first, let last = laps.last else {
      throw UsageError("the loop is measured over two updates: fewer lanes, or shorter rollouts")
    }
    return report(since: first, laps, steps: last.steps - first.steps, use - before)
  }

  private var use: CardUse { (workshop.backend as? CUDA)?.use ?? CardUse() }

  private func report(
    since first: RunProgress, _ laps: [RunProgress], steps: Int, _ use: CardUse
  ) -> Report {
    var (shares, before) = (Shares(), first.seconds)
    let all = max(laps.last!.seconds - first.seconds, 1e-9)
    for lap in laps {
      let weight = (lap.seconds - before) / all
      shares.environment += weight * lap.shares.environment
      shares.inference += weight * lap.shares.inference
      shares.learning += weight * lap.shares.learning
      before = lap.seconds
    }
    func rounded(_ number: Double) -> Double { (number * 1e4).rounded() / 1e4 }
    let sum = shares.environment + shares.inference + shares.learning
    let transfer = copies.map {
      Double(use.brought) / $0.brought / all + Double(use.fetched) / $0.fetched / all
    }
    return Report(
      env: settings.environment, lanes: settings.lanes, groups: groups,
      steps_per_s: rounded(Double(steps) / all), share_simulator: rounded(shares.environment),
      share_acting: rounded(shares.inference), share_learning: rounded(shares.learning),
      share_transfer: transfer.map(rounded), overlap: rounded(max(0, sum - 1)),
      bytes_per_step: rounded(Double(use.brought + use.fetched) / Double(max(steps, 1))))
  }
}

/// How fast bytes go to a card and come from it.
struct CopyBench {
  struct Rates {
    /// Bytes a second: to the card from page-locked memory, and back through what the backend keeps
    /// locked.
    let brought, fetched: Double
  }

  /// nil: networks run where the program does.
  static func rates(_ workshop: Workshop, seconds: Double) -> Rates? {
    guard let device = workshop.backend.device else { return nil }
    let bytes = 1 << 24
    let memory = AlignedBuffer<UInt8>(count: bytes)
    device.keep(memory.pointer, bytes, isLocked: true)
    let there = device.allocate(bytes)
    defer {
      device.forget(memory.pointer)
      device.free(there)
    }
    let brought = LearnBench.rate(seconds) {
      device.bring(memory.pointer, bytes)
      device.wait()
    }
    let fetched = LearnBench.rate(seconds) {
      device.download(there, to: memory.pointer, bytes)
      device.wait()
    }
    return Rates(brought: Double(bytes) * brought, fetched: Double(bytes) * fetched)
  }
}
