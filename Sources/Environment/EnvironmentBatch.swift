import Lanes
import Pixels
import Records

/// Many copies of one environment that step together; a position in the batch is a lane.
///
/// A lane's future depends only on its seed and its actions: the same bits come out for any batch
/// size, lane order and thread count, and whatever the caller does with arrays it was given.
///
/// A batch owns no threads. Work is prepared, then performed in pieces, in any order, each once, by
/// any of the workers that the batch was made for, then finished.
public protocol EnvironmentBatch: AnyObject, Sendable {
  var spec: EnvironmentSpec { get }
  var lanes: Int { get }
  /// Threads that may perform pieces at once.
  var workers: Int { get }
  /// Of each work; mostly blocks of 64 lanes.
  var pieces: Int { get }

  /// - Throws: `EnvironmentError`; then no lane has moved.
  func prepare(_ work: Work, _ buffers: StepBuffers) throws
  /// Allocates nothing once warm.
  func perform(_ piece: Int, worker: Int)
  func finish()

  /// The lane's picture as a person sees it, in RGB.
  func render(lane: Int) throws -> Picture

  /// Everything the lane's future depends on, as bytes that a batch with the same spec takes.
  /// - Throws: `EnvironmentError` for a lane that does not exist or has not begun.
  func state(lane: Int) throws -> [UInt8]
  /// - Parameter buffers: get what the last step before the state was taken would have shown, but
  ///   for final observations, which are no part of a state.
  /// - Throws: `EnvironmentError.state` for damaged and foreign bytes; then nothing has changed.
  func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws

  /// Room for states of lanes in memory.
  func makeSnapshots(capacity: Int, parts: SnapshotParts) throws -> any SnapshotStore
  /// Saves `lanes[i]` in `slots[i]`.
  func save(_ lanes: [Int], in store: any SnapshotStore, slots: [Int], on pool: ThreadPool?) throws
  /// Turns `lanes[i]` into what was saved in `slots[i]`; a slot may be named more than once.
  /// - Parameters:
  ///   - parts: without generators the lanes keep their own.
  ///   - buffers: get the lanes' observations and what the last step would have reported.
  func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts,
    into buffers: StepBuffers?, on pool: ThreadPool?) throws
}

/// What a batch can be asked to do.
public enum Work: Sendable {
  /// One step of every lane.
  case step
  /// New episodes.
  /// - lanes: nil: all. - seeds: one each; nil: generators go on. A first reset without seeds takes
  ///   the lane's number as its seed.
  case reset(lanes: [Int]?, seeds: [UInt64]?)

  /// What it asks of some of the lanes, the first of them as lane 0; nil: nothing.
  /// - Parameter isNew: there was no reset before: seeds are the lanes' numbers among all.
  func share(of lanes: Range<Int>, isNew: Bool) -> Work? {
    guard case .reset(let chosen, let seeds) = self else { return .step }
    guard let chosen else {
      let own = seeds.map { Array($0[lanes]) } ?? (isNew ? lanes.map(UInt64.init) : nil)
      return .reset(lanes: nil, seeds: own)
    }
    let places = chosen.indices.filter { lanes.contains(chosen[$0]) }
    if places.isEmpty { return nil }
    return .reset(
      lanes: places.map { chosen[$0] - lanes.lowerBound },
      seeds: seeds.map { seeds in places.map { seeds[$0] } })
  }
}

/// What a snapshot holds beside the machine itself.
public struct SnapshotParts: OptionSet, Sendable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }
  public static let generators = SnapshotParts(rawValue: 1)
  public static let pictures = SnapshotParts(rawValue: 2)
  public static let all: SnapshotParts = [.generators, .pictures]
}

public protocol SnapshotStore: AnyObject, Sendable {
  var capacity: Int { get }
  /// That the filled slots take.
  var bytes: Int { get }
  func isFilled(_ slot: Int) -> Bool
}

extension EnvironmentBatch {
  /// Advances every lane by one step under `buffers.actions`.
  /// - Throws: `EnvironmentError.action` for an action out of range; then no lane has moved.
  public func step(_ buffers: StepBuffers, on pool: ThreadPool? = nil) throws {
    try perform(.step, buffers, on: pool)
  }

  /// Starts a new episode in every lane and writes its first observation; flags, rewards, returns
  /// and lengths become zero.
  public func reset(seeds: [UInt64]? = nil, _ buffers: StepBuffers, on pool: ThreadPool? = nil)
    throws
  {
    try perform(.reset(lanes: nil, seeds: seeds), buffers, on: pool)
  }

  /// Starts a new episode in some lanes; the others, and what the buffers show of them, stay.
  public func reset(
    _ lanes: [Int], seeds: [UInt64]? = nil, _ buffers: StepBuffers, on pool: ThreadPool? = nil
  ) throws {
    try perform(.reset(lanes: lanes, seeds: seeds), buffers, on: pool)
  }

  private func perform(_ work: Work, _ buffers: StepBuffers, on pool: ThreadPool?) throws {
    if let pool, pool.threads > workers {
      throw EnvironmentError.settings("a pool of \(pool.threads) for a batch of \(workers) workers")
    }
    try prepare(work, buffers)
    if let pool {
      pool.forEach(pieces) { perform($0, worker: $1) }
    } else {
      for piece in 0..<pieces { perform(piece, worker: 0) }
    }
    finish()
  }

  /// Under autoreset `disabled`: new episodes where the last step has ended one.
  public func resetEnded(_ buffers: StepBuffers, on pool: ThreadPool? = nil) throws {
    let ended = buffers.ended.of(UInt8.self)
    var any: UInt8 = 0
    for lane in 0..<lanes { any |= ended[lane] }
    if any == 0 { return }
    try reset((0..<lanes).filter { ended[$0] != 0 }, buffers, on: pool)
  }

  /// Copies of a lane in other lanes, generators included.
  public func fork(_ lane: Int, to lanes: [Int], into buffers: StepBuffers? = nil) throws {
    let store = try makeSnapshots(capacity: 1, parts: .all)
    try save([lane], in: store, slots: [0], on: nil)
    try restore(
      lanes, from: store, slots: [Int](repeating: 0, count: lanes.count), parts: .all,
      into: buffers, on: nil)
  }
}

public enum EnvironmentError: Error, Equatable, CustomStringConvertible {
  case action(lane: Int, value: String, allowed: String)
  case batch(Int)
  case state(String)
  case settings(String)
  /// A call at a wrong time.
  case time(String)

  public var description: String {
    switch self {
    case .action(let lane, let value, let allowed):
      "action \(value) in lane \(lane) is out of range (\(allowed))"
    case .batch(let count): "a batch needs at least 1 lane, not \(count)"
    case .state(let reason): "saved environment state refused: \(reason)"
    case .settings(let reason), .time(let reason): reason
    }
  }
}
