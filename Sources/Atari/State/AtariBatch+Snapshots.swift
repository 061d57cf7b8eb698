import Console
import Environment
import Lanes

/// Snapshots of any lanes, in memory, and forks.
///
/// A restored lane goes on bit for bit as the saved one did, under the settings of the batch that it
/// is in now. Without pictures this is true of memory, rewards, lives and ends, and of every picture
/// from the second step on but for two things: the observation stack starts black and fills up with
/// new pictures, and lines that the program has not reached since stay black instead of showing what
/// an older frame had left there.
extension AtariBatch {
  /// Room for states of lanes of this game and preset, for any batch of them.
  /// - Throws: `EnvironmentError.settings`.
  public func makeSnapshots(capacity: Int, parts: SnapshotParts) throws -> any SnapshotStore {
    try Self.check(capacity: capacity)
    return AtariSnapshots(capacity: capacity, pictures: parts.contains(.pictures), plan)
  }

  /// - Throws: `EnvironmentError` for lanes, slots or a store that do not fit; then no slot has
  ///   changed.
  public func save(
    _ lanes: [Int], in store: any SnapshotStore, slots: [Int], on pool: ThreadPool? = nil
  ) throws {
    let store = try own(store, lanes, slots)
    if let slot = store.claim(slots) {
      throw EnvironmentError.settings("slot \(slot) is named twice")
    }
    forEach(lanes, on: pool) { block, lane, index, scratch in
      let slot = slots[index]
      block.saveMachine(lane, into: store.machine(slot))
      store.generators[slot] = block.generators(lane)
      if !store.hasPictures { return store.fill(slot, pictures: nil) }
      let packed = scratch.packed.pointer
      let count = block.packPictures(lane, into: packed)
      store.fill(slot, pictures: UnsafeBufferPointer(start: packed, count: count))
    }
  }

  /// Without `.generators` the lanes keep their own, as when ALE restores a state that was cloned
  /// without `include_rng`: equal states then have different futures under sticky actions.
  /// - Throws: `EnvironmentError` for lanes, slots, buffers or a store that do not fit, and for empty
  ///   slots; then no lane has changed.
  public func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts = .all,
    into buffers: StepBuffers? = nil, on pool: ThreadPool? = nil
  ) throws {
    let store = try own(store, lanes, slots)
    if let slot = slots.first(where: { !store.isFilled($0) }) {
      throw EnvironmentError.state("slot \(slot) is empty")
    }
    let rows = try buffers.map(adopt)
    forEach(lanes, on: pool) { block, lane, index, _ in
      let slot = slots[index]
      block.loadMachine(lane, from: store.machine(slot))
      if parts.contains(.generators) { block.setGenerators(lane, store.generators[slot]) }
      block.show(lane, pictures: store.hasPictures ? store.packed(slot) : nil, in: rows)
    }
  }

  private func own(
    _ store: any SnapshotStore, _ lanes: [Int], _ slots: [Int]
  ) throws -> AtariSnapshots {
    try admission.check(lanes: lanes, hasStarted: hasStarted)
    guard let store = store as? AtariSnapshots, store.identity == plan.laneIdentity else {
      throw EnvironmentError.state("the snapshots are of another game or preset")
    }
    try check(slots, of: store, for: lanes)
    return store
  }

  /// Calls `body` for each of the lanes with its place and its index in the list, block by block, so
  /// that a block's rows are fetched once; many of them on all workers. Equal lanes keep their order.
  private func forEach(
    _ chosen: [Int], on pool: ThreadPool?,
    _ body: (AtariBlock, _ lane: Int, _ index: Int, AtariScratch) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: blocks.count + 1 + chosen.count) {
      let ends = UnsafeMutableBufferPointer(rebasing: $0[...blocks.count])
      let order = UnsafeMutableBufferPointer(rebasing: $0[(blocks.count + 1)...])
      sort(chosen, ends, order)
      forEachBlock(on: chosen.count < 8 ? nil : pool) { number, block, scratch in
        for position in ends[number]..<ends[number + 1] {
          let index = Int(order[Int(position)])
          body(block, place(chosen[index]).1, index, scratch)
        }
      }
    }
  }

  /// Puts indices of `chosen` in the order of their blocks: those of block `b` at
  /// `ends[b]..<ends[b + 1]`.
  private func sort(
    _ chosen: [Int], _ ends: UnsafeMutableBufferPointer<Int32>,
    _ order: UnsafeMutableBufferPointer<Int32>
  ) {
    func block(_ lane: Int) -> Int { Int(grouping.places.pointer[lane]) / ConsoleBlock.lanes }
    ends.update(repeating: 0)
    for lane in chosen { ends[block(lane) + 1] += 1 }
    for number in 1..<ends.count { ends[number] += ends[number - 1] }
    for index in chosen.indices {
      let number = block(chosen[index])
      order[Int(ends[number])] = Int32(index)
      ends[number] += 1
    }
    // Each end has moved to the next block's beginning.
    for number in (1..<ends.count).reversed() { ends[number] = ends[number - 1] }
    ends[0] = 0
  }
}

extension AtariBlock {
  /// Gives a lane that has just been loaded its pictures, nil: black ones.
  func show(_ lane: Int, pictures: UnsafePointer<UInt8>?, in rows: AtariRows?) {
    let stack = rows.map { self.stack(lane, in: $0) }
    if let pictures { unpackPictures(lane, from: pictures, stack: stack) }
    guard let rows, let stack else { return }
    if !plan.isRaw {
      if pictures == nil {
        stack.update(repeating: 0, count: plan.stackBytes)
        views[lane].stack = stack
      }
      publish(lane, to: rows)
    }
    show(lane, in: rows)
  }
}

extension AtariPlan {
  /// Equal for lanes that may take each other's states: game, players, preset, shapes of pictures, and
  /// sound.
  var laneIdentity: UInt64 {
    let picture = "\(settings.observation.rawValue) \(settings.imageWidth) \(settings.imageHeight)"
    let sizes = "\(players) \(height) \(stack) \(soundBytes)"
    return fnv1a(Array("\(game.md5) \(settings.preset.rawValue) \(picture) \(sizes)".utf8))
  }
}
