import Lanes
import Pixels

/// Batches of one environment as one, lanes of the first before those of the second: each can also
/// step by itself, while somebody acts for the others.
public final class GroupedBatch: EnvironmentBatch, @unchecked Sendable {
  /// One of the batches.
  public struct Group: Sendable {
    public let batch: any EnvironmentBatch
    /// Of its lane 0 among all.
    public let first: Int
    public var lanes: Range<Int> { first..<first + batch.lanes }
  }

  public let spec: EnvironmentSpec
  public let lanes: Int
  public let workers: Int
  public let groups: [Group]
  private let admission: Admission
  /// By group: its part of whatever buffers come.
  private let parts: [StepBuffers]
  /// By piece: the group, and its own number of the piece.
  private let sources: [(group: Int, piece: Int)]
  private var hasStarted = false
  private var isAtWork: [Bool]

  /// - Throws: `EnvironmentError.settings` for batches of different environments.
  public init(_ batches: [any EnvironmentBatch]) throws {
    guard let spec = batches.first?.spec, batches.allSatisfy({ $0.spec == spec }),
      spec.players == 1
    else {
      throw EnvironmentError.settings("groups of lanes are of one environment for one player")
    }
    self.spec = spec
    var first = 0
    groups = batches.map { batch in
      defer { first += batch.lanes }
      return Group(batch: batch, first: first)
    }
    lanes = first
    workers = batches.map(\.workers).min()!
    admission = Admission(spec, lanes: first)
    parts = batches.map { StepBuffers(spec: spec, lanes: $0.lanes) }
    sources = batches.indices.flatMap { group in
      (0..<batches[group].pieces).map { (group, $0) }
    }
    isAtWork = batches.map { _ in false }
  }

  public var pieces: Int { sources.count }

  public func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    try admission.check(work, buffers, hasStarted: hasStarted)
    for (place, group) in groups.enumerated() {
      parts[place].aim(at: buffers, from: group.first)
      guard let share = work.share(of: group.lanes, isNew: !hasStarted) else {
        isAtWork[place] = false
        continue
      }
      try group.batch.prepare(share, parts[place])
      isAtWork[place] = true
    }
  }

  public func perform(_ piece: Int, worker: Int) {
    let source = sources[piece]
    if isAtWork[source.group] { groups[source.group].batch.perform(source.piece, worker: worker) }
  }

  public func finish() {
    for (place, group) in groups.enumerated() where isAtWork[place] { group.batch.finish() }
    hasStarted = true
  }

  // MARK: Lanes one by one

  /// - Throws: `EnvironmentError` for a lane that does not exist or has not begun.
  private func group(of lane: Int) throws -> Int {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    return groups.firstIndex { $0.lanes.contains(lane) }!
  }

  public func render(lane: Int) throws -> Picture {
    let group = groups[try group(of: lane)]
    return try group.batch.render(lane: lane - group.first)
  }

  public func state(lane: Int) throws -> [UInt8] {
    let group = groups[try group(of: lane)]
    return try group.batch.state(lane: lane - group.first)
  }

  public func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws {
    let place = try group(of: lane)
    let group = groups[place]
    if let buffers {
      try admission.check(.reset(lanes: [lane], seeds: nil), buffers, hasStarted: hasStarted)
      parts[place].aim(at: buffers, from: group.first)
    }
    try group.batch.setState(
      lane: lane - group.first, bytes, into: buffers.map { _ in parts[place] })
  }
}

extension StepBuffers {
  /// Shows some lanes of others alone, from `first` on, in their memory.
  public func aim(at all: StepBuffers, from first: Int) {
    precondition(players == 1 && first + lanes <= all.lanes)
    let (whole, count) = (all.columns, lanes)
    func slice(_ column: Column) -> Column { column.slice(first, count) }
    change { own in
      own.actions = slice(whole.actions)
      own.observations = whole.observations.map(slice)
      own.finalObservations = whole.finalObservations.map(slice)
      own.info = whole.info.map(slice)
      own.finalInfo = whole.finalInfo.map(slice)
      own.aimResults(at: whole, from: first, count)
    }
  }
}
