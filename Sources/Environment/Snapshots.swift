import Lanes
import Records

/// Snapshots as the lanes' state bytes: what a batch gets that has nothing faster.
public final class StateStore: SnapshotStore, @unchecked Sendable {
  let parts: SnapshotParts
  fileprivate var states: [[UInt8]?]

  init(capacity: Int, parts: SnapshotParts) {
    self.parts = parts
    states = [[UInt8]?](repeating: nil, count: capacity)
  }

  public var capacity: Int { states.count }
  public var bytes: Int { states.reduce(0) { $0 + ($1?.count ?? 0) } }
  public func isFilled(_ slot: Int) -> Bool { states.indices.contains(slot) && states[slot] != nil }
}

extension EnvironmentBatch {
  public func makeSnapshots(capacity: Int, parts: SnapshotParts) throws -> any SnapshotStore {
    try Self.check(capacity: capacity)
    return StateStore(capacity: capacity, parts: parts)
  }

  public func save(
    _ lanes: [Int], in store: any SnapshotStore, slots: [Int], on pool: ThreadPool? = nil
  ) throws {
    let store: StateStore = try own(store)
    try check(slots, of: store, for: lanes)
    var named = Set<Int>(minimumCapacity: slots.count)
    for slot in slots where !named.insert(slot).inserted {
      throw EnvironmentError.settings("slot \(slot) is named twice")
    }
    let states = try lanes.map { try state(lane: $0) }
    for (slot, state) in zip(slots, states) { store.states[slot] = state }
  }

  public func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts = .all,
    into buffers: StepBuffers? = nil, on pool: ThreadPool? = nil
  ) throws {
    guard parts.contains(.generators) else {
      throw EnvironmentError.settings("these lanes cannot be restored without their generators")
    }
    for (lane, state) in zip(lanes, try states(of: lanes, from: store, slots: slots)) {
      try setState(lane: lane, state, into: buffers)
    }
  }

  /// What the slots of a store of states hold, for `lanes`.
  func states(of lanes: [Int], from store: any SnapshotStore, slots: [Int]) throws -> [[UInt8]] {
    let store: StateStore = try own(store)
    try check(slots, of: store, for: lanes)
    return try slots.map { slot in
      guard let state = store.states[slot] else {
        throw EnvironmentError.state("slot \(slot) is empty")
      }
      return state
    }
  }

  private func own(_ store: any SnapshotStore) throws -> StateStore {
    guard let store = store as? StateStore else {
      throw EnvironmentError.state("the snapshots are of another kind of environment")
    }
    return store
  }

  public static func check(capacity: Int) throws {
    guard capacity > 0, capacity < 1 << 31 else {
      throw EnvironmentError.settings("a store of snapshots needs 1 slot or more, not \(capacity)")
    }
  }

  public func check(_ slots: [Int], of store: any SnapshotStore, for lanes: [Int]) throws {
    guard lanes.count == slots.count else {
      throw EnvironmentError.settings("\(slots.count) slots for \(lanes.count) lanes")
    }
    for slot in slots where slot < 0 || slot >= store.capacity {
      throw EnvironmentError.settings("slot \(slot) of \(store.capacity)")
    }
  }

  // MARK: Checkpoints
  //
  // A magic word, a hash of the spec, lanes, the lanes' states each with its length, FNV-1a of all.

  private static var magic: UInt64 { 0x4C53_4241_5443_4832 }

  /// Everything the future of the whole batch depends on.
  /// - Throws: `EnvironmentError` before the first reset.
  public func checkpoint() throws -> [UInt8] {
    var out = ByteWriter()
    for word in [Self.magic, spec.identity, UInt64(lanes)] { out.add(word) }
    for lane in 0..<lanes {
      let state = try state(lane: lane)
      out.add(UInt64(state.count))
      out.bytes += state
    }
    out.add(fnv1a(out.bytes))
    return out.bytes
  }

  /// - Throws: `EnvironmentError.state` when the bytes do not come from an equal batch. Bytes that a
  ///   lane refuses although the checksum is right leave the batch between two states.
  public func resume(_ saved: [UInt8], into buffers: StepBuffers) throws {
    func refuse(_ reason: String) -> EnvironmentError { .state(reason) }
    var reader = ByteReader(saved.dropLast(8))
    guard reader.next(UInt64.self) == Self.magic else {
      throw refuse("it is no checkpoint of a batch")
    }
    var last = ByteReader(saved.suffix(8))
    guard last.next(UInt64.self) == fnv1a(saved.dropLast(8)) else {
      throw refuse("it is damaged (checksum)")
    }
    guard reader.next(UInt64.self) == spec.identity else {
      throw refuse("it belongs to another environment or other settings")
    }
    guard reader.next(UInt64.self) == UInt64(lanes) else { throw refuse("it has other lanes") }
    var states: [[UInt8]] = []
    for _ in 0..<lanes {
      let length = reader.next(UInt64.self)
      guard length <= UInt64(reader.rest.count), let state = reader.take(Int(length)) else {
        throw refuse("it is too short")
      }
      states.append(Array(state))
    }
    guard reader.rest.isEmpty else { throw refuse("it is too long") }
    try reset(buffers)
    for (lane, state) in states.enumerated() { try setState(lane: lane, state, into: buffers) }
  }
}

extension EnvironmentSpec {
  /// Equal for equal specs.
  public var identity: UInt64 { fnv1a(Array("\(self)".utf8)) }
}
