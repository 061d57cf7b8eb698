import Atari
import Foundation

/// A player's actions of a trace, one for every lane and step.
struct TracedActions {
  /// As the lines show them: numbers from the file, or those of the actions that the sticks choose.
  let numbers: [Int]
  /// nil: the file's actions are discrete.
  let sticks: [ContinuousAction]?

  var count: Int { numbers.count }

  /// The strength with which a paddle turns.
  func strength(_ index: Int) -> Float { sticks?[index].radius ?? 1 }

  init(discrete file: String) throws {
    numbers = try Self.read(file, "action number") { Int($0).flatMap { $0 < 0 ? nil : $0 } }
    sticks = nil
  }

  /// - Throws: `EnvironmentError.action` for what is no continuous action, too.
  init(continuous file: String, threshold: Double) throws {
    let numbers = try Self.read(file, "number", Float.init)
    guard numbers.count % 3 == 0 else {
      throw UsageError("\(file) has \(numbers.count) numbers, not three an action")
    }
    let sticks = stride(from: 0, to: numbers.count, by: 3).map {
      ContinuousAction(radius: numbers[$0], angle: numbers[$0 + 1], fire: numbers[$0 + 2])
    }
    for (index, stick) in sticks.enumerated() { try stick.check(lane: index) }
    self.numbers = sticks.map { Int($0.action(threshold: Float(threshold)).rawValue) }
    self.sticks = sticks
  }

  private static func read<Number>(
    _ file: String, _ kind: String, _ parse: (String) -> Number?
  ) throws -> [Number] {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw UsageError("cannot read the actions file \(file)")
    }
    var numbers: [Number] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      for token in line.split(whereSeparator: \.isWhitespace) {
        guard let number = parse(String(token)) else {
          throw UsageError("\(file), line \(index + 1): '\(token)' is no \(kind)")
        }
        numbers.append(number)
      }
    }
    return numbers
  }
}
