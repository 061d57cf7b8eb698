/// Lanes of a block, bit i for lane i.
public typealias LaneMask = UInt64

extension LaneMask {
  /// The first `count` lanes of a block.
  @inlinable public static func first(_ count: Int) -> LaneMask {
    count >= 64 ? .max : (1 << UInt64(count)) - 1
  }

  @inlinable public func contains(lane: Int) -> Bool { self >> UInt64(lane) & 1 == 1 }
}

/// Calls `body` for every lane of the mask, lowest first.
@inlinable @inline(__always) public func forEachLane(_ mask: LaneMask, _ body: (Int) -> Void) {
  var left = mask
  while left != 0 {
    body(left.trailingZeroBitCount)
    left &= left &- 1
  }
}
