import Environment

/// A task on a grid: how its levels are drawn, what ends an episode, what is said. Parts are small
/// functions that are put together; `GridFamily.row` makes an environment of it.
///
/// ```swift
/// let task = GridTask("My-Crossing-v0", width: 9, height: 9, limit: 100, letters: 32) { level in
///   level.walls()
///   level.vertical(4, 1, 7, .lava)
///   level.remove(4, level.draw(1..<8))
///   level.put(.goal, 7, 7)
///   try level.placeAgent(Place(1, 1), (3, 7))
///   level.say("reach the goal")
/// }
/// ```
public struct GridTask: Sendable {
  public typealias Generator = @Sendable (Level) throws(Rejected) -> Void

  public var id: String
  public var width, height: Int
  /// Steps until an episode is cut off, where the generator says nothing else.
  public var limit: Int
  /// Bytes of the longest mission, and its words; commas are words.
  public var letters, words: Int
  /// The first actions of `Action` that there are.
  public var actions = Action.allCases.count
  public var seesThroughWalls = false
  /// Kinds beside the usual ones, three at most.
  public var kinds: [NewKind] = []
  /// What a step means, in this order.
  public var rules: [GridRule] = []
  /// Compared with the original.
  public var verified: Verification?
  /// Draws a level. What it throws is drawn again.
  public var generate: Generator

  public init(
    _ id: String, width: Int, height: Int, limit: Int, letters: Int, generate: @escaping Generator
  ) {
    (self.id, self.width, self.height) = (id, width, height)
    (self.limit, self.letters, self.generate) = (limit, letters, generate)
    // No sentence has more.
    words = letters / 3 + 2
  }

  /// The same task with some of its values set.
  func with(_ change: (inout GridTask) -> Void) -> GridTask {
    var task = self
    change(&task)
    return task
  }
}

/// What a step means beside walking, taking and opening.
public struct GridRule: Sendable {
  /// Before the action: may put another in its place.
  public var before: (@Sendable (World, inout Action) -> Void)?
  /// After it: may end the episode.
  public var after: (@Sendable (World, Action, inout Outcome) -> Void)?
  /// Whether it draws random numbers.
  public var draws = false

  public init(_ after: @escaping @Sendable (World, Action, inout Outcome) -> Void) {
    self.after = after
  }

  public init(
    draws: Bool = false, before: @escaping @Sendable (World, inout Action) -> Void,
    after: @escaping @Sendable (World, Action, inout Outcome) -> Void
  ) {
    (self.before, self.after, self.draws) = (before, after, draws)
  }
}
