import Lanes
import Pixels

/// Several tasks in one batch: lanes of the first part, then of the second, and so on.
///
/// Fields of one name become one field, of the larger shape of each axis with zeros behind;
/// discrete actions go to the largest count. Two observation fields are added: `task`, the part's
/// number, and for discrete actions `allowed`, 1 for the actions that the part has.
public final class MixedBatch: EnvironmentBatch, @unchecked Sendable {
  /// What becomes of an action that a part has not.
  public enum IllegalAction: Sendable {
    /// It is the part's action 0.
    case asNoop
    case refused
  }

  public let spec: EnvironmentSpec
  public let lanes: Int
  public let workers: Int
  private let admission: Admission
  private let parts: [MixedPart]
  private let illegal: IllegalAction
  /// By piece: the part, and its own number of the piece.
  private let sources: [(part: Int, piece: Int)]
  private var hasStarted = false
  private var work = Work.step
  private var buffers: StepBuffers?

  /// - Throws: `EnvironmentError.settings` for parts that cannot share a batch: autoreset modes,
  ///   kinds of actions and of fields of one name must agree.
  public init(
    _ parts: [(task: String, batch: any EnvironmentBatch)], id: String = "Mixed",
    illegal: IllegalAction = .asNoop
  ) throws {
    let spec = try EnvironmentSpec.mixed(id, parts.map { ($0.task, $0.batch.spec) })
    self.spec = spec
    self.illegal = illegal
    var first = 0
    self.parts = parts.enumerated().map { number, part in
      defer { first += part.batch.lanes }
      return MixedPart(part.batch, number, of: spec, first: first)
    }
    lanes = first
    admission = Admission(spec, lanes: first)
    workers = parts.map(\.batch.workers).min()!
    sources = self.parts.indices.flatMap { part in
      (0..<parts[part].batch.pieces).map { (part, $0) }
    }
  }

  public var pieces: Int { sources.count }

  public func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    try admission.check(work, buffers, hasStarted: hasStarted)
    if case .step = work {
      for part in parts { try part.take(buffers.actions, illegal) }
    }
    for part in parts {
      part.aim(at: buffers)
      guard let share = part.share(of: work, isNew: !hasStarted) else { continue }
      try part.batch.prepare(share, part.buffers)
    }
    self.work = work
    self.buffers = buffers
  }

  public func perform(_ piece: Int, worker: Int) {
    let source = sources[piece]
    let part = parts[source.part]
    if part.isAtWork { part.batch.perform(source.piece, worker: worker) }
  }

  public func finish() {
    guard let buffers else { return }
    for part in parts where part.isAtWork {
      part.batch.finish()
      switch work {
      case .step: part.publish(buffers, isStep: true)
      case .reset: part.publish(buffers, isStep: false)
      }
    }
    hasStarted = true
    self.buffers = nil
  }

  private func part(of lane: Int) -> MixedPart {
    parts.last { $0.first <= lane }!
  }

  public func render(lane: Int) throws -> Picture {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    let part = part(of: lane)
    return try part.batch.render(lane: lane - part.first)
  }

  // MARK: States: a part's own

  public func state(lane: Int) throws -> [UInt8] {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    let part = part(of: lane)
    return try part.batch.state(lane: lane - part.first)
  }

  public func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    let part = part(of: lane)
    try show([lane], of: part, in: buffers) {
      try part.batch.setState(lane: lane - part.first, bytes, into: $0)
    }
  }

  /// - Parameter body: changes lanes of the part and shows them in its own buffers.
  private func show(
    _ lanes: [Int], of part: MixedPart, in buffers: StepBuffers?,
    _ body: (StepBuffers?) throws -> Void
  ) throws {
    guard let buffers else { return try body(nil) }
    try admission.check(.reset(lanes: [lanes[0]], seeds: nil), buffers, hasStarted: hasStarted)
    part.aim(at: buffers)
    try body(part.buffers)
    for lane in lanes { part.publish(buffers, lane: lane - part.first) }
  }

  public func makeSnapshots(capacity: Int, parts chosen: SnapshotParts) throws -> any SnapshotStore
  {
    MixedStore(
      capacity: capacity,
      try parts.map { try $0.batch.makeSnapshots(capacity: capacity, parts: chosen) })
  }

  public func save(
    _ lanes: [Int], in store: any SnapshotStore, slots: [Int], on pool: ThreadPool?
  ) throws {
    let store = try check(lanes, store, slots)
    guard Set(slots).count == slots.count else {
      throw EnvironmentError.settings("a slot is named twice")
    }
    for (number, part) in parts.enumerated() {
      let pairs = part.pairs(lanes, slots)
      if pairs.isEmpty { continue }
      try part.batch.save(
        pairs.map(\.lane), in: store.stores[number], slots: pairs.map(\.slot), on: pool)
      for pair in pairs { store.owners[pair.slot] = number }
    }
  }

  public func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts chosen: SnapshotParts,
    into buffers: StepBuffers?, on pool: ThreadPool?
  ) throws {
    let store = try check(lanes, store, slots)
    for (lane, slot) in zip(lanes, slots) {
      guard let owner = store.owners[slot] else {
        throw EnvironmentError.state("slot \(slot) is empty")
      }
      guard parts[owner] === part(of: lane) else {
        throw EnvironmentError.state("slot \(slot) holds another task than lane \(lane)")
      }
    }
    for (number, part) in parts.enumerated() {
      let pairs = part.pairs(lanes, slots)
      if pairs.isEmpty { continue }
      try show(pairs.map { $0.lane + part.first }, of: part, in: buffers) {
        try part.batch.restore(
          pairs.map(\.lane), from: store.stores[number], slots: pairs.map(\.slot), parts: chosen,
          into: $0, on: pool)
      }
    }
  }

  private func check(_ lanes: [Int], _ store: any SnapshotStore, _ slots: [Int]) throws
    -> MixedStore
  {
    guard let store = store as? MixedStore, store.stores.count == parts.count else {
      throw EnvironmentError.state("the snapshots are of another kind of environment")
    }
    try admission.check(lanes: lanes, hasStarted: hasStarted)
    try check(slots, of: store, for: lanes)
    return store
  }
}

/// A store for each part; a slot belongs to the part that filled it last.
private final class MixedStore: SnapshotStore, @unchecked Sendable {
  let stores: [any SnapshotStore]
  var owners: [Int?]

  init(capacity: Int, _ stores: [any SnapshotStore]) {
    self.stores = stores
    owners = [Int?](repeating: nil, count: capacity)
  }

  var capacity: Int { owners.count }
  var bytes: Int { stores.reduce(0) { $0 + $1.bytes } }
  func isFilled(_ slot: Int) -> Bool { owners.indices.contains(slot) && owners[slot] != nil }
}
