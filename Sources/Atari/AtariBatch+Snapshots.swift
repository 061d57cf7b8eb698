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
  /// - Parameter pictures: whether states include pictures and observation stacks.
  /// - Throws: `EnvironmentError.settings`.
  public func makeSnapshots(capacity: Int, pictures: Bool) throws -> SnapshotStore {
    guard capacity > 0, capacity < 1 << 31 else {
      throw EnvironmentError.settings("a store of snapshots needs 1 slot or more, not \(capacity)")
    }
    return SnapshotStore(capacity: capacity, pictures: pictures, plan)
  }

  /// Saves `lanes[i]` in `slots[i]`.
  /// - Throws: `EnvironmentError` for lanes, slots or a store that do not fit; then no slot has
  ///   changed.
  public func snapshot(_ lanes: [Int], into store: SnapshotStore, slots: [Int]) throws {
    try check(lanes, store, slots)
    if let slot = store.claim(slots) {
      throw EnvironmentError.settings("slot \(slot) is named twice")
    }
    forEach(lanes) { block, lane, index, scratch in
      let slot = slots[index]
      block.saveMachine(lane, into: store.machine(slot))
      store.generators[slot] = block.generators(lane)
      if !store.hasPictures { return store.fill(slot, pictures: nil) }
      let packed = scratch.packed.pointer
      let count = block.packPictures(lane, into: packed)
      store.fill(slot, pictures: UnsafeBufferPointer(start: packed, count: count))
    }
  }

  /// Turns `lanes[i]` into what was saved in `slots[i]`; a slot may be named more than once.
  /// - Parameters:
  ///   - generators: false: the lanes keep their own, as when ALE restores a state that was cloned
  ///     without `include_rng`: equal states then have different futures under sticky actions.
  ///   - buffers: get the lanes' observations, and what the last step before the snapshot would
  ///     have reported of the episode that was running.
  /// - Throws: `EnvironmentError` for lanes, slots, buffers or a store that do not fit, and for empty
  ///   slots; then no lane has changed.
  public func restore(
    _ lanes: [Int], from store: SnapshotStore, slots: [Int], generators: Bool = true,
    into buffers: StepBuffers? = nil
  ) throws {
    try check(lanes, store, slots)
    if let slot = slots.first(where: { !store.isFilled($0) }) {
      throw EnvironmentError.state("slot \(slot) is empty")
    }
    if let buffers { try adopt(buffers) }
    forEach(lanes) { block, lane, index, _ in
      let slot = slots[index]
      block.loadMachine(lane, from: store.machine(slot))
      if generators { block.setGenerators(lane, store.generators[slot]) }
      block.show(lane, pictures: store.hasPictures ? store.packed(slot) : nil, in: buffers)
    }
  }

  /// Makes copies of a lane in other lanes, generators included.
  /// - Throws: `EnvironmentError` as `restore`.
  public func fork(_ lane: Int, to lanes: [Int], into buffers: StepBuffers? = nil) throws {
    let store = try makeSnapshots(capacity: 1, pictures: true)
    try snapshot([lane], into: store, slots: [0])
    try restore(
      lanes, from: store, slots: [Int](repeating: 0, count: lanes.count), into: buffers)
  }

  private func check(_ lanes: [Int], _ store: SnapshotStore, _ slots: [Int]) throws {
    try checkStarted(lanes)
    if store.identity != plan.laneIdentity {
      throw EnvironmentError.state("the snapshots are of another game or preset")
    }
    guard lanes.count == slots.count else {
      throw EnvironmentError.settings("\(slots.count) slots for \(lanes.count) lanes")
    }
    for slot in slots where slot < 0 || slot >= store.capacity {
      throw EnvironmentError.settings("slot \(slot) of \(store.capacity)")
    }
  }

  func checkStarted(_ lanes: [Int]) throws {
    guard hasStarted else { throw EnvironmentError.settings("the batch has not been reset yet") }
    for lane in lanes where lane < 0 || lane >= count {
      throw EnvironmentError.settings("lane \(lane) of \(count)")
    }
  }

  /// Calls `body` for each of the lanes with its place and its index in the list, block by block, so
  /// that a block's rows are fetched once; many of them on all workers. Equal lanes keep their order.
  private func forEach(
    _ chosen: [Int], _ body: (AtariBlock, _ lane: Int, _ index: Int, AtariScratch) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: blocks.count + 1 + chosen.count) {
      let ends = UnsafeMutableBufferPointer(rebasing: $0[...blocks.count])
      let order = UnsafeMutableBufferPointer(rebasing: $0[(blocks.count + 1)...])
      sort(chosen, ends, order)
      forEachBlock(alone: chosen.count < 8) { number, block, scratch in
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
  func show(_ lane: Int, pictures: UnsafePointer<UInt8>?, in buffers: StepBuffers?) {
    let observation = buffers?.observation(lane: id(lane))
    if let pictures { unpackPictures(lane, from: pictures, stack: observation) }
    guard let buffers, let observation else { return }
    if pictures == nil && !plan.isRaw {
      observation.update(repeating: 0, count: plan.stackBytes)
      views[lane].stack = observation
    }
    report(lane, to: buffers)
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
