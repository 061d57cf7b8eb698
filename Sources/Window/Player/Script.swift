import Foundation

/// Events at ticks, for tests: a line is `TICK WORD ...`, lines that begin with `#` are comments.
///
///     30 press left       60 release left     70 tap f5
///     80 point 0.25 0.5   (in the lane's picture)
///     85 button down      86 button up
///     90 picture FILE     100 resize 801 603  110 close
public struct Script: Equatable, Sendable {
  public enum Deed: Equatable, Sendable {
    case event(InputEvent)
    case point(Double, Double)
    case picture(String)
    case resize(Int, Int)
  }

  private var deeds: [(tick: Int, deed: Deed)] = []

  public static func == (one: Script, other: Script) -> Bool {
    one.deeds.elementsEqual(other.deeds) { $0.tick == $1.tick && $0.deed == $1.deed }
  }

  /// - Throws: `ScriptError` with the line.
  public init(_ text: String) throws {
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      if line.first == "#" { continue }
      let words = line.split(separator: " ").map(String.init)
      if words.isEmpty { continue }
      guard let tick = Int(words[0]), tick >= 0, let new = Self.deeds(Array(words.dropFirst()))
      else { throw ScriptError(line: number + 1, text: String(line)) }
      for (delay, deed) in new { deeds.append((tick + delay, deed)) }
    }
    deeds = deeds.enumerated().sorted {
      ($0.element.tick, $0.offset) < ($1.element.tick, $1.offset)
    }.map(\.element)
  }

  private static func deeds(_ words: [String]) -> [(Int, Deed)]? {
    guard let verb = words.first else { return nil }
    let rest = words.dropFirst().joined(separator: " ")
    let numbers = words.dropFirst().compactMap { Double($0) }
    switch verb {
    case "press" where !rest.isEmpty: return [(0, .event(.press(rest)))]
    case "release" where !rest.isEmpty: return [(0, .event(.release(rest)))]
    case "tap" where !rest.isEmpty: return [(0, .event(.press(rest))), (1, .event(.release(rest)))]
    case "point" where numbers.count == 2: return [(0, .point(numbers[0], numbers[1]))]
    case "button" where rest == "down" || rest == "up":
      return [(0, .event(.button(isDown: rest == "down")))]
    case "picture" where !rest.isEmpty: return [(0, .picture(rest))]
    case "resize" where numbers.count == 2 && numbers.allSatisfy({ (1...8192).contains($0) }):
      return [(0, .resize(Int(numbers[0]), Int(numbers[1])))]
    case "close" where rest.isEmpty: return [(0, .event(.close))]
    default: return nil
    }
  }

  /// What is due, once.
  public mutating func take(tick: Int) -> [Deed] {
    let count = deeds.prefix { $0.tick <= tick }.count
    defer { deeds.removeFirst(count) }
    return deeds.prefix(count).map(\.deed)
  }
}

public struct ScriptError: Error, Equatable, CustomStringConvertible {
  let line: Int
  let text: String
  public var description: String { "line \(line) of the script cannot be read: \(text)" }
}
