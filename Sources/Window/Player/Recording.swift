import Environment
import Foundation
import Records

/// The actions of an episode or several, from a seed on: with the same settings they give the same
/// play again.
public struct Recording: Equatable, Sendable {
  public var id: String
  /// As the environment was made; `autoreset` is `disabled`, and ended episodes are reset.
  public var settings: [String: SettingValue]
  public var seed: UInt64
  /// [steps][players][numbers of an action].
  public private(set) var steps: [[[Double]]] = []

  public init(id: String, settings: [String: SettingValue], seed: UInt64) {
    (self.id, self.settings, self.seed) = (id, settings, seed)
  }

  public mutating func add(_ actions: [[Double]]) { steps.append(actions) }

  /// The last steps have not been.
  mutating func drop(_ count: Int) { steps.removeLast(min(count, steps.count)) }

  /// An action a line, after comments that say what it belongs to.
  /// - Parameters:
  ///   - player: whose.
  ///   - file: where it goes; the second player's file has `.b` behind.
  public func text(player: Int = 0, file: String) -> String {
    var lines = [
      "# \(steps.count) steps of \(id), seed \(seed)",
      "# lockstep trace \(id) --seed \(seed)\(options(file))",
    ]
    for step in steps where player < step.count {
      lines.append(step[player].map { SettingValue.number($0).description }.joined(separator: " "))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Of `lockstep trace`, which resets ended episodes itself but under an Atari preset.
  private func options(_ file: String) -> String {
    let isStick = settings["continuous"]?.description == "true"
    var words = isStick ? " --continuous \(file)" : " --actions \(file)"
    if settings["players"]?.description == "2" { words += " --player-b \(file).b" }
    var rest = settings
    for name in ["sound", "players", "continuous"] { rest[name] = nil }
    if rest["preset"] == nil { rest["autoreset"] = nil }
    for (key, value) in rest.sorted(by: { $0.key < $1.key }) {
      words += " --env-set \(key)=\(value)"
    }
    return words
  }

  /// Plays it again.
  /// - Parameter body: is called before the first step of every episode, with no action, and after
  ///   every step.
  /// - Throws: what the batch and `body` throw.
  public func replay(
    _ batch: any EnvironmentBatch, _ body: (StepBuffers, _ isStep: Bool) throws -> Void
  ) throws {
    let buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes)
    try batch.reset(seeds: [seed], buffers)
    try body(buffers, false)
    var isOver = false
    for step in steps {
      if isOver {
        try batch.reset(buffers)
        try body(buffers, false)
      }
      for (player, numbers) in step.enumerated() {
        try buffers.setAction(numbers, lane: player * batch.lanes)
      }
      try batch.step(buffers)
      try body(buffers, true)
      isOver = buffers.ended.of(UInt8.self)[0] != 0
    }
  }
}
