import Environment

/// MinAtar 1.0.15: five games on ten by ten cells.
public enum MinAtarFamily {
  public static let rows: [EnvironmentRow] =
    rows(Asterix.self) + rows(Breakout.self) + rows(Freeway.self) + rows(Seaquest.self)
    + rows(SpaceInvaders.self)

  /// `-v0` has all six actions, `-v1` those that the game knows.
  private static func rows(_ game: (some Rules).Type) -> [EnvironmentRow] {
    ["v0", "v1"].map { row(game, $0) }
  }

  private static func row<Game: Rules>(_: Game.Type, _ version: String) -> EnvironmentRow {
    let all = "MinAtar/\(Game.name)-v0"
    return .blocks(
      "MinAtar/\(Game.name)-\(version)", family: "MinAtar", MinAtarBlock<Game>.self,
      verified: verification,
      // As fast as a person can follow.
      viewing: Viewing(framesPerSecond: 15),
      // All six actions, whatever the id's are.
      trace: { try trace($0, .blocks(all, family: "MinAtar", MinAtarBlock<Game>.self)) })
  }

  private static let verification = Verification(
    oracle: "MinAtar 1.0.15", extent: "10 seeds x 5000 steps, all six actions, sticky 0.1",
    date: "2026-11-27")

  private static func trace(_ request: TraceRequest, _ row: EnvironmentRow) throws {
    try traceSteps(request, make: row.make, line: line)
  }

  /// Reward, whether the game has ended, a checksum of the planes.
  static func line(_ buffers: StepBuffers) -> String {
    "\(shortText(buffers.rewards.of(Double.self)[0])) \(buffers.terminated.of(UInt8.self)[0]) "
      + crc32(buffers.observations[0].row(0))
  }
}
