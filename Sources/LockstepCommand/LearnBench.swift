import Agents
import CUDA
import Environment
import Foundation
import Lanes
import Nets
import Records
import Training

/// Samples a second through a network, forward and in whole updates, beside the products of large
/// matrices that the machine makes meanwhile.
struct LearnBench {
  let net: String
  let settings: [String: SettingValue]
  let rows: Int
  let seconds: Double
  let workshop: Workshop
  /// A run that is measured, too.
  var loop: (settings: RunSettings, groups: Int)?

  /// What the named networks read where it is their custom.
  static let fields: [(net: String, field: Field)] = [
    ("nature", Field("image", [4, 84, 84], .uint8, .picture(planesFirst: true, stack: 4))),
    ("impala", Field("image", [4, 84, 84], .uint8, .picture(planesFirst: true, stack: 4))),
    ("minatar", Field("planes", [10, 10, 4], .uint8, .planes(planesFirst: false))),
    ("mlp", Field("vector", [8], .float32, .vector)),
  ]

  struct Report: Encodable {
    let net: String
    /// "cpu", or the card's name, and the precision of products.
    let device: String
    let batch, threads: Int
    let weights: Int
    /// Multiply-adds of a sample, in millions.
    let forward_mmac, update_mmac: Double
    let inference_per_s, updates_per_s, samples_per_s: Double
    /// Of DQN: outputs of a target network, then an update.
    let dqn_update_us: Double
    /// Billions of floating-point operations a second.
    let sgemm_gflops, inference_gflops, update_gflops: Double
    /// Of sgemm's.
    let inference_share, update_share: Double
    /// Of a card; nil: there is none.
    var card: Card?
    /// Of a whole run in an environment; nil: none was named.
    var loop: LoopBench.Report?
  }

  /// What a card is asked for by an update, and what that takes.
  struct Card: Encodable {
    /// Times that it was asked for recorded work as one; 0: never.
    let graphs: Int
    let launches_per_update: Double
    /// Of the program's time, without waits.
    let host_us_per_update, host_us_per_launch: Double
    let bytes_to_card_per_update, bytes_from_card_per_update: Double
    /// Billions of bytes a second, one way after the other; and the time of an update's at these rates.
    let to_card_gb_per_s, from_card_gb_per_s, copy_us_per_update: Double
    let update_tflops: Double
  }

  func run() throws -> Report {
    guard let field = Self.fields.first(where: { $0.net == net })?.field else {
      throw UsageError("--learn must be \(Self.fields.map(\.net).quotedList), not '\(net)'")
    }
    let spec = EnvironmentSpec(id: net, observation: [field], action: .discrete(4))
    let graph = try PPO.network(for: spec, settings.merging(["net": .text(net)]) { $1 })
    let acting = Nets.Plan(graph, workshop)
    var generator = SplitMix64(seed: 1)
    let learner = Learner(graph, Learner.Settings(), workshop, using: &generator)
    let samples = Column(field, rows: rows)
    for index in 0..<samples.bytes.count {
      samples.base.storeBytes(
        of: field.element == .uint8 ? UInt8(generator.next() >> 57) : 0, toByteOffset: index,
        as: UInt8.self)
    }
    // As a rollout's observations, which are where the network is.
    workshop.backend.device?.keep(samples.base, samples.bytes.count, isLocked: true)
    workshop.backend.device?.bring(samples.base, samples.bytes.count)
    defer { workshop.backend.device?.forget(samples.base) }
    let inputs = Inputs([UnsafeRawPointer(samples.base)])
    let outputs = HostRows(acting, rows: rows)
    let squares = Self.squares(workshop)
    let policy = BenchLoss(learner, rows: rows, isPolicy: true)
    let values = BenchLoss(learner, rows: rows, isPolicy: false)
    var failure: (any Error)?
    func update(_ loss: BenchLoss) {
      do { try loss.update(inputs) } catch { failure = error }
    }
    func infer() { acting.forward(learner.weights, inputs, count: rows, into: outputs) }
    let rates = Self.rates(seconds) { part in
      switch part {
      case .squares: squares.multiply()
      case .inference: infer()
      case .update: update(policy)
      case .valueUpdate:
        infer()
        update(values)
      }
    }
    let (before, counted) = (use, 16)
    for _ in 0..<counted { update(policy) }
    let used = use - before
    if let failure { throw failure }
    let peak = 2e-9 * Double(squares.count) * rates[.squares]!
    var report = report(learner, rates, peak: peak)
    let copies = CopyBench.rates(workshop, seconds: seconds / 5)
    report.card = copies.map { card(used, Double(counted), $0, gflops: report.update_gflops) }
    if let loop {
      report.loop = try LoopBench(
        settings: loop.settings, groups: loop.groups, seconds: seconds, workshop: workshop,
        copies: copies
      ).run()
    }
    return report
  }

  private var use: CardUse { (workshop.backend as? CUDA)?.use ?? CardUse() }

  private func card(
    _ use: CardUse, _ updates: Double, _ copies: CopyBench.Rates, gflops: Double
  ) -> Card {
    let (brought, fetched) = (Double(use.brought) / updates, Double(use.fetched) / updates)
    return Card(
      graphs: use.graphs, launches_per_update: rounded(Double(use.kernels) / updates, 2),
      host_us_per_update: rounded(1e6 * use.seconds / updates, 3),
      host_us_per_launch: rounded(1e6 * use.seconds / Double(max(use.kernels, 1)), 4),
      bytes_to_card_per_update: rounded(brought, 0),
      bytes_from_card_per_update: rounded(fetched, 0),
      to_card_gb_per_s: rounded(1e-9 * copies.brought, 3),
      from_card_gb_per_s: rounded(1e-9 * copies.fetched, 3),
      copy_us_per_update: rounded(1e6 * (brought / copies.brought + fetched / copies.fetched), 3),
      update_tflops: rounded(gflops / 1000, 3))
  }

  private func report(
    _ learner: Learner, _ rates: [Part: Double], peak: Double
  ) -> Report {
    let (forward, update) = (rates[.inference]!, rates[.update]!)
    let (ahead, back) = learner.plan.products
    func gflops(_ products: Int, _ rate: Double) -> Double {
      2e-9 * Double(products * rows) * rate
    }
    let (inference, updating) = (gflops(ahead, forward), gflops(ahead + back, update))
    return Report(
      net: net, device: device, batch: rows, threads: workshop.pool.threads,
      weights: learner.layout.count,
      forward_mmac: rounded(Double(ahead) / 1e6, 3),
      update_mmac: rounded(Double(ahead + back) / 1e6, 3),
      inference_per_s: rounded(forward * Double(rows), 0), updates_per_s: rounded(update, 2),
      samples_per_s: rounded(update * Double(rows), 0),
      dqn_update_us: rounded(1e6 / rates[.valueUpdate]!, 1),
      sgemm_gflops: rounded(peak, 1),
      inference_gflops: rounded(inference, 1), update_gflops: rounded(updating, 1),
      inference_share: rounded(inference / peak, 3), update_share: rounded(updating / peak, 3),
      card: nil, loop: nil)
  }

  private var device: String {
    switch workshop.backend {
    case let card as CUDA: return "\(card.card.name), \(card.precision)"
    case let processor as CPU where processor.precision != .float32:
      return "cpu, \(processor.precision)"
    default: return "cpu"
    }
  }

  private func rounded(_ number: Double, _ places: Double) -> Double {
    (number * pow(10, places)).rounded() / pow(10, places)
  }

  /// What is timed, in turn, so that all of it meets the same machine.
  enum Part: CaseIterable { case squares, inference, update, valueUpdate }

  /// Calls a second, of each part the best of some turns, which take `seconds` together.
  private static func rates(_ seconds: Double, _ body: (Part) -> Void) -> [Part: Double] {
    let turns = 10
    var best: [Part: Double] = [:]
    for _ in 0..<turns {
      for part in Part.allCases {
        best[part] = max(best[part] ?? 0, rate(seconds / Double(turns)) { body(part) })
      }
    }
    return best
  }

  /// Calls a second, two at least, after one that is not measured.
  static func rate(_ seconds: Double, _ body: () -> Void) -> Double {
    body()
    let watch = Stopwatch()
    var count = 0
    repeat {
      body()
      count += 1
    } while watch.seconds < seconds || count < 2
    return Double(count) / watch.seconds
  }

  /// The largest square products of which a few take little time.
  private static func squares(_ workshop: Workshop) -> SquareProducts {
    var size = workshop.backend.device == nil ? 512 : 64
    while true {
      let products = SquareProducts(workshop, size: size)
      let watch = Stopwatch()
      products.multiply()
      if size >= 4096 || workshop.backend.device == nil || watch.seconds > 0.005 { return products }
      size *= 2
    }
  }
}

/// A loss of a bench's rows, computed where an agent's would be.
private final class BenchLoss {
  private let learner: Learner
  private let rows: Int
  /// nil: the program computes it.
  private let there: RowLoss?

  init(_ learner: Learner, rows: Int, isPolicy: Bool) {
    (self.learner, self.rows) = (learner, rows)
    let output = learner.plan.outputs[0]
    let rule: RowLoss.Rule =
      isPolicy
      ? .policy(
        .choices([output.count - 1]), clip: 0.1, clipsValue: true, value: 0.5, entropy: 0.01)
      : .action(
        .number(threshold: 1), actions: output.count, numbers: 1, isTurned: false, conservatism: 0)
    guard learner.plan.takes(rule) else {
      there = nil
      return
    }
    let loss = RowLoss(rule, of: [output], rows: rows)
    for row in 0..<rows {
      let given = loss.given(row)
      if isPolicy {
        (given[0], given[1], given[4]) = (-1.4, Float(row % 3 - 1), 1 / Float(rows))
      } else {
        (given[1], given[2]) = (1 / Float(rows), 0.1)
      }
    }
    there = loss
  }

  func update(_ inputs: Inputs) throws {
    if let there {
      _ = try learner.update(inputs, count: rows, there)
      return
    }
    let output = learner.plan.outputs[0]
    _ = try learner.update(inputs, count: rows) { part in
      let (y, slopes) = (part.outputs(output), part.slopes(output))
      for index in 0..<part.rows.count * output.count { slopes[index] = y[index] / 1e6 }
    }
  }
}
