/// What of a game has been compared with the original without a difference.
public struct Verification: Equatable, Sendable {
  /// Frames through the raw interface, half of them with sticky actions.
  public let frames: Int
  /// Pairs of mode and difficulty, 500 frames each; 0 for a game that only two can play.
  public let pairs: Int
  /// Steps of the vector environment and other presets; the same.
  public let steps: Int
  /// Of the comparison, year-month-day.
  public let date: String

  public static let oracle = "ale-py 0.12.1"
}

extension Game {
  /// nil: not compared as a whole.
  public var verification: Verification? { Self.verified[rom] }

  private static let verified: [String: Verification] = {
    var games: [String: Verification] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      games[words[0]] = Verification(
        frames: Int(words[1])!, pairs: Int(words[2])!, steps: Int(words[3])!, date: words[4])
    }
    return games
  }()

  /// Written by `Tools/oracle/record-verification`: game, frames, pairs, steps, date.
  private static let table = """
    """
}
