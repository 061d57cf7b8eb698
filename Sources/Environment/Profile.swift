/// Where a batch's time has gone since it was made, and what was done in it. Differences of two
/// profiles tell about the time between.
public struct Profile: Sendable {
  /// Processor ticks by phase, over all workers.
  public var phases: [(name: String, ticks: UInt64)] = []
  /// What has been counted, by name.
  public var counts: [(name: String, count: UInt64)] = []
  /// Frames of single lanes.
  public var frames: UInt64 = 0

  public init() {}

  public static func - (after: Profile, before: Profile) -> Profile {
    var result = after
    for index in result.phases.indices { result.phases[index].ticks -= before.phases[index].ticks }
    for index in result.counts.indices { result.counts[index].count -= before.counts[index].count }
    result.frames -= before.frames
    return result
  }
}

/// A batch that keeps a profile.
public protocol ProfiledBatch {
  func profile() -> Profile
}
