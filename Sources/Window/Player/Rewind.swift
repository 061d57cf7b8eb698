import Environment

/// The last states of a batch's first lane, one a step.
final class Rewind {
  private let batch: any EnvironmentBatch
  private let store: any SnapshotStore
  /// Steps since the beginning; the oldest that is kept; the newest that has been.
  private(set) var position = 0
  private var oldest = 0
  private var newest = 0

  /// - Throws: `EnvironmentError`.
  init(_ batch: any EnvironmentBatch, capacity: Int) throws {
    self.batch = batch
    store = try batch.makeSnapshots(capacity: max(capacity, 2), parts: .all)
  }

  /// Steps that one can go back.
  var depth: Int { position - oldest }
  var bytes: Int { store.bytes }

  /// The lane as it is now.
  /// - Parameter isStep: it has moved; false: it takes the place of what was kept last.
  func keep(isStep: Bool) throws {
    if isStep { position += 1 }
    newest = max(newest, position)
    oldest = max(oldest, newest - store.capacity + 1)
    try batch.save([0], in: store, slots: [position % store.capacity], on: nil)
  }

  /// - Returns: how many steps the lane went back.
  func back(_ steps: Int, into buffers: StepBuffers) throws -> Int {
    let count = min(steps, depth)
    if count <= 0 { return 0 }
    position -= count
    try batch.restore(
      [0], from: store, slots: [position % store.capacity], parts: .all, into: buffers, on: nil)
    return count
  }
}
