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

/// A block that knows where its time goes.
public protocol ProfiledBlock: Block {
  /// Processor ticks since it was made; the same names in every block.
  var phases: [(name: String, ticks: UInt64)] { get }
}

extension BlockBatch: ProfiledBatch where Body: ProfiledBlock {
  public func profile() -> Profile {
    var profile = Profile()
    for block in stride(from: 0, to: lanes, by: 64).map({ self.block(of: $0).body }) {
      for (index, phase) in block.phases.enumerated() {
        if index == profile.phases.count { profile.phases.append((phase.name, 0)) }
        profile.phases[index].ticks &+= phase.ticks
      }
    }
    return profile
  }
}

/// A batch that keeps a profile.
public protocol ProfiledBatch {
  func profile() -> Profile
}
