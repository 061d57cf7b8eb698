import Nets

/// Sums of figures since the last report.
struct Averages: Equatable {
  private(set) var names: [String]
  private var sums: [Double]
  private var counts: [Double]

  init(_ names: [String]) {
    self.names = names
    sums = names.map { _ in 0 }
    counts = sums
  }

  mutating func add(_ name: String, _ value: Double) {
    let place = names.firstIndex(of: name)!
    sums[place] += value
    counts[place] += 1
  }

  /// The means, in order; then all is 0 again. What was never added is left out.
  mutating func take() -> [(name: String, value: Double)] {
    defer { self = Averages(names) }
    return names.indices.filter { counts[$0] > 0 }.map { (names[$0], sums[$0] / counts[$0]) }
  }

  func save(_ name: String, into file: inout SafeTensors) {
    (sums + counts).withUnsafeBufferPointer { file.set(name, $0, type: "F64") }
  }

  /// - Throws: `CheckpointError`.
  mutating func restore(_ name: String, from file: SafeTensors) throws {
    var numbers = [Double](repeating: 0, count: 2 * names.count)
    try numbers.withUnsafeMutableBufferPointer { try file.copy(name, to: $0, type: "F64") }
    guard numbers.allSatisfy(\.isFinite) else { throw CheckpointError.mismatch(name) }
    sums = Array(numbers.prefix(names.count))
    counts = Array(numbers.suffix(names.count))
  }
}
