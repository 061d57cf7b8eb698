import CLanes
import Console
import Environment

extension AtariBatch: ProfiledBatch {
  /// Phases of steps; "waiting" is workers' time without work, and the grouping of lanes.
  public func profile() -> Profile {
    func sum(_ value: (AtariBlock) -> UInt64) -> UInt64 { blocks.reduce(0) { $0 &+ value($1) } }
    func count(_ path: KeyPath<ConsoleCounters, UInt64>) -> UInt64 {
      sum { $0.console.counters[keyPath: path] }
    }
    let parts: [(name: String, ticks: UInt64)] = [
      ("run", count(\.running)), ("beam", count(\.following)), ("draw", count(\.drawing)),
      ("resize and stack", sum(\.resizing)),
    ]
    let stepping = sum(\.stepping)
    let known = parts.reduce(0) { $0 &+ $1.ticks }
    var profile = Profile()
    profile.frames = count(\.frames)
    profile.phases =
      parts + [
        ("bookkeeping", stepping &- min(known, stepping)),
        ("waiting", offered &- min(stepping, offered)),
      ]
    profile.counts = [
      ("scheduler turns", count(\.turns)), ("basic blocks", count(\.blocks)),
      ("instructions issued", count(\.issued)), ("instructions of lanes", count(\.instructions)),
      ("TIA writes logged", count(\.writes)), ("changes drawn", count(\.changes)),
      ("rows asked for", count(\.rows)), ("rows drawn", count(\.rowsDrawn)),
    ]
    return profile
  }
}
