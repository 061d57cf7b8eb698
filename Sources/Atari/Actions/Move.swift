/// What a player does in a frame. When ALE repeats an action it repeats the strength with it.
struct Move: BitwiseCopyable, Sendable {
  /// ALE's number, 0...17.
  var action: UInt8 = AtariAction.noop.rawValue
  /// Share of a full turn by which a paddle turns; nothing else looks at it.
  var strength: Float = 1

  /// A paddle's change of resistance in ohm. ALE multiplies in double precision and cuts off.
  var turn: Int32 { Int32(Double(Paddle.turn) * Double(abs(strength))) }

  /// Beyond, ALE's whole numbers overflow.
  static let strongest: Float = 93_367
}

/// What both players do in a frame. ALE draws for each whether the move before is repeated.
struct Moves: BitwiseCopyable, Sendable {
  var a = Move()
  var b = Move()
}
