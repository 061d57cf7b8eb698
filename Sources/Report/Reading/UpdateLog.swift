import Foundation

/// The figures of a run's updates: a column a name, as many numbers in each as there are steps.
///
/// What the file says is not trusted: lines that are no object of numbers with a step are left out
/// and counted.
public struct UpdateLog: Equatable, Sendable {
  /// Agent steps over all lanes, rising.
  public private(set) var steps: [Double] = []
  /// By name; not a number where a line has no such figure.
  public private(set) var columns: [String: [Double]] = [:]
  /// In the order in which they were met.
  private var names: [String] = []
  /// Lines that were left out.
  public private(set) var damaged = 0
  /// Lines that a later line takes back: the run went on from before them.
  public private(set) var superseded = 0
  /// Of so many lines one was read.
  public private(set) var stride = 1

  public init() {}

  /// Lines that are read at most, and bytes of one.
  private static let (mostLines, longest) = (100_000, 1 << 16)

  /// - Parameter data: of `updates.jsonl`.
  public init(_ data: Data) {
    let lines = data.split(separator: 0x0A)
    stride = max(1, (lines.count + Self.mostLines - 1) / Self.mostLines)
    let decoder = JSONDecoder()
    for (index, line) in lines.enumerated()
    where index % stride == 0 || index == lines.count - 1 {
      guard line.count <= Self.longest,
        let numbers = try? decoder.decode([String: Entry].self, from: line),
        let step = numbers["step"]?.value, step.isFinite, step >= 0
      else {
        damaged += 1
        continue
      }
      add(step, numbers)
    }
  }

  private mutating func add(_ step: Double, _ numbers: [String: Entry]) {
    while let last = steps.last, last >= step {
      steps.removeLast()
      for name in names { columns[name]!.removeLast() }
      superseded += 1
    }
    for (name, entry) in numbers where name != "step" {
      guard entry.value != nil, columns[name] == nil else { continue }
      columns[name] = [Double](repeating: .nan, count: steps.count)
      names.append(name)
    }
    steps.append(step)
    for name in names { columns[name]!.append(numbers[name]?.value ?? .nan) }
  }

  /// A number, or anything else.
  private struct Entry: Decodable {
    let value: Double?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value = (try? container.decode(Double.self)).flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// The points at which there is such a figure.
  public func points(_ name: String) -> [(x: Double, y: Double)] {
    guard let column = columns[name] else { return [] }
    return zip(steps, column).filter { !$0.1.isNaN }.map { (x: $0.0, y: $0.1) }
  }

  public func last(_ name: String) -> Double? { columns[name]?.last { !$0.isNaN } }

  public func most(_ name: String) -> Double? { columns[name]?.filter { !$0.isNaN }.max() }

  /// What is to be said of the reading.
  public var notes: [String] {
    var notes: [String] = []
    if steps.isEmpty { notes.append("no update has been logged") }
    if damaged > 0 { notes.append("\(damaged) damaged line\(damaged == 1 ? "" : "s") left out") }
    if superseded > 0 {
      notes.append("\(superseded) line\(superseded == 1 ? "" : "s") taken back by later ones")
    }
    if stride > 1 { notes.append("one line of \(stride) was read") }
    return notes
  }
}
