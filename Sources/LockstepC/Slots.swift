import Environment
import Lanes

/// States of lanes in memory, under numbers that the caller chooses. For one caller at a time.
final class Slots: @unchecked Sendable {
  /// Of 64, 64, 128, 256, ... states.
  private var stores: [any SnapshotStore] = []
  /// By the caller's number: counted through all stores.
  private var places: [Int: Int] = [:]

  /// - Throws: for lanes and slots that do not fit; then no slot has changed.
  func save(
    _ lanes: [Int], _ slots: [Int], of batch: any EnvironmentBatch, on pool: ThreadPool
  ) throws {
    for lane in lanes where !(0..<batch.lanes).contains(lane) {
      throw CallError("lane \(lane) of \(batch.lanes)")
    }
    var named = Set<Int>(minimumCapacity: slots.count)
    for slot in slots where !named.insert(slot).inserted {
      throw CallError("slot \(slot) is named twice")
    }
    let new = named.lazy.filter { self.places[$0] == nil }.count
    try grow(to: places.count + new, batch)
    for slot in slots where places[slot] == nil { places[slot] = places.count }
    try forEachStore(lanes, slots) { try batch.save($1, in: $0, slots: $2, on: pool) }
  }

  /// - Throws: for lanes and slots that do not fit; then no lane has changed.
  func restore(
    _ lanes: [Int], _ slots: [Int], to batch: any EnvironmentBatch, _ buffers: StepBuffers,
    on pool: ThreadPool
  ) throws {
    for lane in lanes where !(0..<batch.lanes).contains(lane) {
      throw CallError("lane \(lane) of \(batch.lanes)")
    }
    for slot in slots where !isFilled(slot) { throw CallError("slot \(slot) is empty") }
    try forEachStore(lanes, slots) {
      try batch.restore($1, from: $0, slots: $2, parts: .all, into: buffers, on: pool)
    }
  }

  private func isFilled(_ slot: Int) -> Bool {
    guard let place = places[slot] else { return false }
    let (store, index) = Self.split(place)
    return stores[store].isFilled(index)
  }

  /// The store of a place, and the slot in it.
  private static func split(_ place: Int) -> (store: Int, index: Int) {
    if place < 64 { return (0, place) }
    let level = place.bitWidth - 1 - place.leadingZeroBitCount
    return (level - 5, place - 1 << level)
  }

  private func forEachStore(
    _ lanes: [Int], _ slots: [Int],
    _ body: (any SnapshotStore, _ lanes: [Int], _ slots: [Int]) throws -> Void
  ) rethrows {
    var parts = stores.map { _ in (lanes: [Int](), slots: [Int]()) }
    for (lane, slot) in zip(lanes, slots) {
      let (store, index) = Self.split(places[slot]!)
      parts[store].lanes.append(lane)
      parts[store].slots.append(index)
    }
    for (store, part) in zip(stores, parts) where !part.lanes.isEmpty {
      try body(store, part.lanes, part.slots)
    }
  }

  private func grow(to count: Int, _ batch: any EnvironmentBatch) throws {
    var capacity = stores.reduce(0) { $0 + $1.capacity }
    while capacity < count {
      let more = max(64, capacity)
      let (held, filled) = (stores.reduce(0) { $0 + $1.bytes }, max(1, places.count))
      guard held / filled * more <= Memory.free else {
        throw CallError("\(capacity + more) states need more memory than there is", .memory)
      }
      stores.append(try batch.makeSnapshots(capacity: more, parts: .all))
      capacity += more
    }
  }
}
