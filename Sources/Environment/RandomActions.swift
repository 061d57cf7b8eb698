import Lanes

extension ActionSpace {
  /// Draws one action uniformly; a side without a bound counts as 1 away from the other, or from 0.
  public func draw(
    into action: UnsafeMutableRawPointer, using generator: inout SplitMix64
  ) {
    switch self {
    case .discrete(let count):
      action.assumingMemoryBound(to: Int32.self)[0] = Int32(generator.next(below: UInt32(count)))
    case .multiDiscrete(let counts):
      let numbers = action.assumingMemoryBound(to: Int32.self)
      for (index, count) in counts.enumerated() {
        numbers[index] = Int32(generator.next(below: UInt32(count)))
      }
    case .box(let low, let high):
      let numbers = action.assumingMemoryBound(to: Float.self)
      for index in low.indices {
        let (least, most) = Self.finite(low[index], high[index])
        let share = generator.nextFloat()
        // Not least + share * (most - least): that difference may have no float.
        numbers[index] = min(max(least * (1 - share) + most * share, least), most)
      }
    }
  }

  private static func finite(_ low: Float, _ high: Float) -> (Float, Float) {
    switch (low.isFinite, high.isFinite) {
    case (true, true): (low, high)
    case (true, false): (low, low + 1)
    case (false, true): (high - 1, high)
    case (false, false): (-1, 1)
    }
  }
}

extension Column {
  /// Draws every row, a column of actions of that space.
  public func draw(_ space: ActionSpace, using generator: inout SplitMix64) {
    precondition(isShared && field.bytes == 4 * space.width, "\(field.name) has other actions")
    for row in 0..<rows { space.draw(into: base + row * field.bytes, using: &generator) }
  }
}
