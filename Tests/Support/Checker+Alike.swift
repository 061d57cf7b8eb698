import CTestSupport
import Environment
import Lanes

// What must come out alike.

extension Checker {
  func checkLanes() throws {
    for count in [1, 3, 64, 65] {
      let player = try play(count)
      for lane in 0..<count {
        try same(player.tapes[lane], as: lane, "lane \(lane) of \(count) (of \(Self.most))")
      }
    }
  }

  func checkOrder() throws {
    let count = 68
    let player = try player(count, seeds: (0..<count).reversed().map(seed))
    try player.begin()
    for _ in 0..<steps { try player.step() }
    for lane in 0..<count {
      try same(player.tapes[lane], as: count - 1 - lane, "lane \(lane) in another order")
    }
  }

  func checkThreads() throws {
    for threads in 1...3 {
      let pool = ThreadPool(threads: threads)
      let player = try player(Self.most, workers: 3)
      try player.begin(on: pool)
      for _ in 0..<steps { try player.step(on: pool) }
      for lane in player.lanes {
        try same(player.tapes[lane], as: lane, "lane \(lane) on \(threads) threads")
      }
    }
    let player = try player(Self.most, workers: 3)
    try refused("a larger pool") { try player.begin(on: ThreadPool(threads: 4)) }
    try player.begin()
    for step in 0..<steps {
      player.act()
      try player.batch.prepare(.step, player.buffers)
      for piece in (0..<player.batch.pieces).reversed() {
        player.batch.perform(piece, worker: (piece + step + 1) % 3)
      }
      player.batch.finish()
      try player.record()
    }
    for lane in player.lanes {
      try same(player.tapes[lane], as: lane, "lane \(lane), pieces in another order")
    }
  }

  func checkAutoreset() throws {
    for mode in modes where mode != .sameStep {
      let player = try player(5, mode)
      try player.begin()
      for _ in 0..<steps + 4 {
        try player.step()
        if mode == .disabled { try resetWaiting(player) }
      }
      for lane in 0..<5 {
        try same(player.tapes[lane], as: lane, "lane \(lane), \(mode.rawValue),")
      }
    }
  }

  /// After two more steps, in which they stay.
  private func resetWaiting(_ player: Player) throws {
    let lanes = player.lanes.filter { player.waiting[$0] != nil }
    if lanes.isEmpty { return }
    for _ in 0..<2 { try player.step() }
    let all = player.lanes.filter { player.waiting[$0] != nil }
    try player.reset(all)
  }

  /// Moments at which a lane is in its episode, or has just ended.
  private var moments: [Int] { [3, 6] }

  func checkPartialReset() throws {
    for mode in modes {
      for moment in moments {
        let player = try play(67, mode, steps: moment)
        let chosen = [65, 3]
        let before = player.lanes.map { (player.view($0), finals(player, $0)) }
        try player.reset(chosen)
        for lane in player.lanes where !chosen.contains(lane) {
          let now = (player.view(lane), finals(player, lane))
          try require(now == before[lane], "a reset of \(chosen) changes what lane \(lane) shows")
        }
        for lane in chosen {
          let isZero = player.buffers.results.allSatisfy { $0.row(lane).allSatisfy { $0 == 0 } }
          try require(isZero, "flags, reward, return or length of a reset lane are not 0")
        }
        for _ in 0..<steps - moment { try player.step() }
        for lane in player.lanes where !chosen.contains(lane) && player.mode == .sameStep {
          try same(player.tapes[lane], as: lane, "after a reset of \(chosen) lane \(lane)")
        }
      }
    }
  }

  private func finals(_ player: Player, _ lane: Int) -> UInt64 {
    player.digest(lane, player.buffers.finalObservations + player.buffers.finalInfo)
  }

  func checkSeeds() throws {
    for mode in modes {
      for moment in moments {
        let player = try play(67, mode, steps: moment)
        try player.reset([65, 3], seeds: [seed(10), seed(11)])
        for _ in 0..<5 { try player.step() }
        for (lane, other) in [(65, 10), (3, 11)] {
          try same(player.tapes[lane], as: other, "lane \(lane), reset with a seed,")
        }
      }
    }
    let again = try play(3, steps: 4)
    try again.begin()
    for _ in 0..<steps { try again.step() }
    for lane in 0..<3 { try same(again.tapes[lane], as: lane, "lane \(lane), begun again,") }
    let (numbers, none) = (try player(3, seeds: [0, 1, 2]), try player(3))
    try numbers.begin()
    try none.batch.reset(none.buffers)
    for lane in 0..<3 {
      try require(numbers.view(lane) == none.view(lane), "the first seed is not the lane's number")
    }
  }

  // MARK: States

  func checkState() throws {
    for mode in modes {
      for moment in moments {
        let source = try play(3, mode, steps: moment)
        let target = try player(66, mode, seeds: (0..<66).map { seed(200 + $0) })
        try target.begin()
        for _ in 0..<2 { try target.step() }
        for (lane, other) in [(65, 1), (0, 2)] {
          let state = try source.batch.state(lane: other)
          try target.batch.setState(lane: lane, state, into: target.buffers)
          target.adopt(lane, from: source, other)
          try require(
            target.view(lane) == source.view(other),
            "\(mode.rawValue), step \(moment): a state shows other rows than the step before it")
          let back = try target.batch.state(lane: lane)
          try require(back == state, "a state is not what was set")
        }
        for _ in 0..<5 {
          try target.step()
          try source.step()
        }
        for (lane, other) in [(65, 1), (0, 2)] {
          try same(target.tapes[lane], source.tapes[other], "\(mode.rawValue), a set state")
        }
      }
    }
  }

  func checkDamage() throws {
    let player = try play(3, steps: 3)
    let (good, other) = (try player.batch.state(lane: 0), try player.batch.state(lane: 1))
    let view = player.view(0)
    func refuses(_ bytes: [UInt8], _ what: String) throws {
      try refused(what) { try player.batch.setState(lane: 0, bytes, into: player.buffers) }
      let now = try player.batch.state(lane: 0)
      try require(now == good && player.view(0) == view, "\(what) changes the lane")
    }
    for count in [0, 7, 8, 16, other.count / 2, other.count - 1] where count < other.count {
      try refuses(Array(other.prefix(count)), "a state of \(count) bytes")
    }
    try refuses(other + [0], "a state with a byte more")
    for place in stride(from: 0, to: other.count, by: max(1, other.count / 24)) {
      var bytes = other
      bytes[place] ^= 1 << UInt8(place % 8)
      try refuses(bytes, "a state with a changed bit in byte \(place)")
    }
    let fresh = try make(3)
    try refused("a state before the first reset") {
      try fresh.setState(lane: 0, good, into: nil)
    }
    let small = StepBuffers(spec: player.batch.spec, lanes: 2)
    try refused("smaller buffers") { try player.batch.setState(lane: 0, other, into: small) }
  }

  func checkSnapshots() throws {
    for mode in modes {
      let player = try play(66, mode, steps: 3)
      let store = try player.batch.makeSnapshots(capacity: 3, parts: .all)
      try require(store.capacity == 3 && !store.isFilled(0), "a new store")
      try player.batch.save([2, 65], in: store, slots: [1, 2], on: nil)
      let views = [player.view(2), player.view(65)]
      let (two, last) = (player.copy(2), player.copy(65))
      for _ in 0..<4 { try player.step() }
      try player.batch.restore(
        [65, 1], from: store, slots: [1, 2], parts: .all, into: player.buffers, on: nil)
      player.put(two, 65)
      player.put(last, 1)
      let shown = [player.view(65), player.view(1)]
      try require(shown == views, "a snapshot shows other rows than when it was saved")
      for _ in 0..<5 { try player.step() }
      if mode == .sameStep {
        try same(player.tapes[65], as: 2, "a snapshot")
        try same(player.tapes[1], as: 65, "a snapshot")
      }
      func restore(_ lanes: [Int], _ slots: [Int]) throws {
        try player.batch.restore(
          lanes, from: store, slots: slots, parts: .all, into: nil, on: nil)
      }
      try refused("an empty slot") { try restore([0], [0]) }
      try refused("slot 3 of 3") { try restore([0], [3]) }
      try refused("two slots for a lane") { try restore([0], [1, 2]) }
      try refused("lane 66 of 66") { try restore([66], [1]) }
    }
    try refused("a store without slots") { _ = try make(1).makeSnapshots(capacity: 0, parts: .all) }
  }

  /// Lanes 0 and 1 are twins. Lane 0 becomes lane 2, but for its generator: a reset shows it.
  func checkGenerators() throws {
    for parts: SnapshotParts in [.pictures, .all] {
      let player = try player(3, seeds: [seed(0), seed(0), seed(2)])
      try player.begin()
      for _ in 0..<4 { try player.step() }
      let store = try player.batch.makeSnapshots(capacity: 1, parts: .all)
      try player.batch.save([2], in: store, slots: [0], on: nil)
      try player.batch.restore(
        [0], from: store, slots: [0], parts: parts, into: player.buffers, on: nil)
      try require(player.view(0) == player.view(2), "a snapshot of another lane shows other rows")
      for _ in 0..<3 {
        try player.reset([0, 1, 2])
        let twin = parts == .all ? 2 : 1
        try require(
          player.view(0) == player.view(twin),
          parts == .all ? "a snapshot lacks the generator" : "a lane's own generator does not stay")
      }
    }
  }

  func checkFork() throws {
    for mode in modes {
      let player = try play(66, mode, steps: 4)
      try player.batch.fork(1, to: [65, 0, 2], into: player.buffers)
      for lane in [65, 0, 2] {
        player.adopt(lane, from: player, 1)
        try require(player.view(lane) == player.view(1), "a fork shows other rows")
      }
      for _ in 0..<5 { try player.step() }
      for lane in [65, 0, 2] { try same(player.tapes[lane], player.tapes[1], "a fork") }
    }
  }

  func checkCheckpoint() throws {
    for mode in modes {
      let one = try play(66, mode, steps: 6)
      let saved = try one.batch.checkpoint()
      let two = try player(66, mode, seeds: (0..<66).map { seed(300 + $0) })
      try two.batch.resume(saved, into: two.buffers)
      for lane in one.lanes {
        two.adopt(lane, from: one, lane)
        try require(two.view(lane) == one.view(lane), "a resumed batch shows other rows")
      }
      for _ in 0..<4 {
        try one.step()
        try two.step()
      }
      for lane in one.lanes { try same(two.tapes[lane], one.tapes[lane], "a resumed lane") }
      for place in [0, 9, 20, saved.count / 2, saved.count - 1] {
        var bytes = saved
        bytes[place] ^= 4
        try refused("a checkpoint with a changed bit in byte \(place)") {
          try two.batch.resume(bytes, into: two.buffers)
        }
      }
      try refused("half a checkpoint") {
        try two.batch.resume(Array(saved.prefix(saved.count / 2)), into: two.buffers)
      }
    }
  }

  // MARK: Buffers

  func checkScribble() throws {
    for mode in modes {
      let memory = CallerMemory()
      let player = try player(5, mode, memory: memory)
      let plain = try play(5, mode)
      try player.begin()
      for step in 0..<steps {
        memory.fill(with: UInt8(truncatingIfNeeded: 37 * step + 11)) { _ in true }
        try player.step()
      }
      try require(memory.overrun == nil, "written beside the column \(memory.overrun ?? "")")
      for lane in 0..<5 {
        try same(
          player.tapes[lane], plain.tapes[lane], "\(mode.rawValue), old arrays changed, lane")
      }
    }
  }

  func checkAim() throws {
    let player = try player(5)
    let memory = CallerMemory()
    try player.begin()
    for step in 0..<steps {
      let old = player.buffers.observations
      let before = old.map { hash($0.bytes) }
      let fresh = old.enumerated().map { index, column in
        step % 3 == 2
          ? Column(column.field, rows: column.rows)
          : Column(
            column.field, rows: column.rows,
            memory: memory.give("\(step) \(index)", column.bytes.count), isShared: step % 3 == 0)
      }
      if step % 4 != 3 { try player.buffers.aim(at: fresh) }
      memory.fill(with: 0x77) { $0.hasPrefix("\(step) ") }
      try player.step()
      if step % 4 == 3 { continue }
      try require(old.map { hash($0.bytes) } == before, "a step writes into columns of the last")
    }
    try require(memory.overrun == nil, "written beside a column")
    for lane in 0..<5 { try same(player.tapes[lane], as: lane, "aimed elsewhere, lane \(lane)") }
  }

  func checkRender() throws {
    let player = try player(66)
    try player.begin()
    var sizes: [Int: [Int]] = [:]
    for step in 0..<steps {
      for lane in [0, 65] where step % 2 == 0 {
        let picture = try player.batch.render(lane: lane)
        try require(!picture.rgb.isEmpty, "an empty picture")
        let size = [picture.width, picture.height]
        try require(sizes[lane] ?? size == size, "pictures of two sizes")
        sizes[lane] = size
        let again = try player.batch.render(lane: lane)
        try require(again == picture, "two pictures of one moment differ")
      }
      try player.step()
    }
    for lane in [0, 1, 65] { try same(player.tapes[lane], as: lane, "after render, lane \(lane)") }
  }

  func checkAllocation() throws {
    test_forget_throws()
    for mode in modes {
      let player = try player(65, mode)
      try player.begin()
      for step in 0..<2 * steps {
        player.act()
        let before = test_allocations()
        try player.batch.prepare(.step, player.buffers)
        for piece in 0..<player.batch.pieces { player.batch.perform(piece, worker: 0) }
        player.batch.finish()
        let count = test_allocations() - before
        try require(
          count == 0 || step < steps,
          "\(mode.rawValue), step \(step): \(count) pieces of memory asked for")
        try player.record()
      }
    }
  }
}
