import Foundation
import Lanes
import Nets

/// How evenly experts are used and how many units do nothing, over updates; what a `Network` gives
/// out for it.
final class Watch {
  private let gates, units: [OutputShape]
  /// Of all outputs: sums over rows of the updates before.
  private var sums: [Double]
  private var rows = 0.0
  /// [shards, outputs] of the update that is made.
  private var shards = AlignedBuffer<Double>(count: 0)
  private let steps: Int

  /// - Parameter steps: of a sample.
  /// - Returns: nil: the network has no experts.
  init?(_ plan: Plan, steps: Int = 1) {
    gates = plan.outputs.filter { $0.name.hasPrefix("gates") }
    units = plan.outputs.filter { $0.name.hasPrefix("units") }
    self.steps = steps
    sums = [Double](repeating: 0, count: (gates + units).reduce(0) { $0 + $1.count / steps })
    if sums.isEmpty { return nil }
  }

  /// What it watches, in the order of the sums.
  var outputs: [OutputShape] { gates + units }

  /// Before an update of so many shards.
  func begin(shards count: Int) {
    shards = AlignedBuffer(count: count * sums.count)
  }

  /// A part's outputs; from one thread a shard.
  func add(_ part: Plan.Part) {
    var place = shards.pointer + part.shard * sums.count
    for shape in gates + units {
      let (numbers, width) = (part.outputs(shape), shape.count / steps)
      for row in 0..<part.rows.count * steps {
        for index in 0..<width { place[index] += Double(numbers[row * width + index]) }
      }
      place += width
    }
  }

  /// An update of so many samples, whose outputs lay elsewhere.
  func add(_ loss: RowLoss, _ count: Int) {
    for (index, sum) in loss.watchedSums.enumerated() { sums[index] += Double(sum) }
    rows += Double(count * steps)
  }

  /// After the update of so many samples.
  func end(_ count: Int) {
    for index in shards.span.indices { sums[index % sums.count] += shards[index] }
    rows += Double(count * steps)
  }

  /// Figures since the last ones; then all is 0 again.
  ///
  /// Entropy of the experts' use over its largest, 1: all alike; the largest share of one expert; the
  /// share of units that are nearly still (Sokar et al. 2023, arXiv:2302.12902, threshold 0.025).
  func take() -> [(name: String, value: Double)] {
    guard rows > 0 else { return [] }
    defer { (sums, rows) = ([Double](repeating: 0, count: sums.count), 0) }
    var (place, entropy, most, still, all) = (0, 0.0, 0.0, 0, 0)
    func next(_ shape: OutputShape) -> [Double] {
      let width = shape.count / steps
      defer { place += width }
      return sums[place..<place + width].map { $0 / rows }
    }
    for shape in gates {
      let shares = next(shape)
      let sum = shares.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      entropy += (shares.count > 1 ? sum / log(Double(shares.count)) : 1) / Double(gates.count)
      most = max(most, shares.max() ?? 0)
    }
    for shape in units {
      let levels = next(shape)
      let mean = levels.reduce(0, +) / Double(levels.count)
      still += levels.count { $0 <= 0.025 * mean }
      all += levels.count
    }
    let experts = [("expert_entropy", entropy), ("expert_share_max", most)]
    return (gates.isEmpty ? [] : experts) + [("dormant", Double(still) / Double(max(all, 1)))]
  }

  func save(into file: inout SafeTensors) {
    (sums + [rows]).withUnsafeBufferPointer { file.set("agent.watch", $0, type: "F64") }
  }

  /// - Throws: `CheckpointError`.
  func restore(from file: SafeTensors) throws {
    var numbers = [Double](repeating: 0, count: sums.count + 1)
    try numbers.withUnsafeMutableBufferPointer { try file.copy("agent.watch", to: $0, type: "F64") }
    guard numbers.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch("agent.watch") }
    (sums, rows) = (Array(numbers.dropLast()), numbers.last!)
  }
}
