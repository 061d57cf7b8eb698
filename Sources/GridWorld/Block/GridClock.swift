import CLanes
import Environment

/// Where a block's time goes.
final class GridClock {
  enum Phase: Int, CaseIterable {
    case steps, views, levels, missions

    var name: String { self == .levels ? "level generation" : "\(self)" }
  }

  private(set) var ticks = InlineArray<4, UInt64>(repeating: 0)
  private var since: UInt64 = 0

  @inline(__always) func start() { since = lanes_ticks() }

  /// What has passed since the last start or stop.
  @inline(__always) func stop(_ phase: Phase) {
    let now = lanes_ticks()
    ticks[phase.rawValue] &+= now &- since
    since = now
  }
}
