import Environment
import Lanes

/// A batch and what has been seen of each lane: a tape of episodes that does not depend on the
/// autoreset mode. An event is the first observation of an episode, or what a step led to.
final class Player {
  let batch: any EnvironmentBatch
  let buffers: StepBuffers
  let memory: CallerMemory?
  let mode: AutoresetMode
  var seeds: [UInt64]
  var tapes: [[UInt64]]
  /// Steps of a lane that counted.
  var played: [Int]
  /// Lanes whose episode has ended and that have not begun a new one, and what they showed.
  var waiting: [UInt64?]

  init(_ batch: any EnvironmentBatch, seeds: [UInt64], memory: CallerMemory? = nil) {
    self.batch = batch
    self.seeds = seeds
    self.memory = memory
    mode = batch.spec.autoreset
    buffers = StepBuffers(spec: batch.spec, lanes: batch.lanes) { memory?.give($0, $1) }
    tapes = seeds.map { _ in [] }
    played = seeds.map { _ in 0 }
    waiting = seeds.map { _ in nil }
  }

  var lanes: Range<Int> { 0..<batch.lanes }

  func begin(on pool: ThreadPool? = nil) throws {
    try batch.reset(seeds: seeds, buffers, on: pool)
    for lane in lanes { start(lane, isNew: true) }
  }

  func reset(_ lanes: [Int], seeds new: [UInt64]? = nil) throws {
    try batch.reset(lanes, seeds: new, buffers)
    for (index, lane) in lanes.enumerated() {
      if let new { seeds[lane] = new[index] }
      start(lane, isNew: new != nil)
    }
  }

  func step(on pool: ThreadPool? = nil) throws {
    act()
    try batch.step(buffers, on: pool)
    try record()
  }

  func record() throws {
    for lane in lanes { try record(lane) }
  }

  // MARK: Actions

  /// Chosen by the lane's seed and the number of the step alone.
  func act() {
    let spec = batch.spec
    for player in 0..<spec.players {
      for lane in lanes {
        var random = SplitMix64(
          seed: seeds[lane] ^ UInt64(played[lane] + (waiting[lane] == nil ? 0 : 999)) << 40)
        _ = random.next()
        write(&random, row: player * batch.lanes + lane)
      }
    }
  }

  private func write(_ random: inout SplitMix64, row: Int) {
    switch batch.spec.action {
    case .discrete(let count):
      buffers.actions.writable(Int32.self)[row] = Int32(random.next(below: UInt32(count)))
    case .multiDiscrete(let counts):
      for (index, count) in counts.enumerated() {
        buffers.actions.writable(Int32.self)[row * counts.count + index] = Int32(
          random.next(below: UInt32(count)))
      }
    case .box(let low, let high):
      for index in low.indices {
        let (least, most) = (max(low[index], -1e3), min(high[index], 1e3))
        buffers.actions.writable(Float.self)[row * low.count + index] = min(
          most, least + (most - least) * random.nextFloat())
      }
    }
  }

  // MARK: Tapes

  private func start(_ lane: Int, isNew: Bool) {
    if isNew {
      played[lane] = 0
      tapes[lane] = []
    }
    waiting[lane] = nil
    tapes[lane].append(digest(lane, buffers.observations + buffers.info))
  }

  private func record(_ lane: Int) throws {
    if let shown = waiting[lane] { return try recordWaiting(lane, shown) }
    let hasEnded = flag(buffers.ended, lane)
    let isLast = hasEnded && mode == .sameStep
    let columns =
      isLast
      ? buffers.finalObservations + buffers.finalInfo : buffers.observations + buffers.info
    tapes[lane].append(digest(lane, columns + buffers.results))
    played[lane] += 1
    if !hasEnded { return }
    if mode == .sameStep { start(lane, isNew: false) } else { waiting[lane] = shown(lane) }
  }

  private func recordWaiting(_ lane: Int, _ before: UInt64) throws {
    for player in 0..<buffers.players {
      let reward = buffers.rewards.of(Double.self)[player * batch.lanes + lane]
      try require(reward == 0, "lane \(lane) has reward \(reward) after its end (\(mode.rawValue))")
    }
    if mode == .nextStep {
      let isZero = buffers.results.allSatisfy { $0.row(lane).allSatisfy { $0 == 0 } }
      try require(isZero, "lane \(lane): flags, return or length of a first observation are not 0")
      return start(lane, isNew: false)
    }
    try require(shown(lane) == before, "lane \(lane) does not stay as it ended")
  }

  /// What stays of a lane that is over.
  private func shown(_ lane: Int) -> UInt64 {
    digest(lane, buffers.observations + buffers.info + buffers.results.dropFirst())
  }

  func flag(_ column: Column, _ lane: Int) -> Bool { column.of(UInt8.self)[lane] != 0 }

  /// Of the lane's rows, for every player.
  func digest(_ lane: Int, _ columns: [Column]) -> UInt64 {
    var sum: UInt64 = 0
    for column in columns {
      for row in stride(from: lane, to: column.rows, by: batch.lanes) {
        sum = (sum ^ hash(column.row(row))) &* 0x9E37_79B9_7F4A_7C15
        sum ^= sum >> 31
      }
    }
    return sum
  }

  /// All that is shown of a lane, but for final observations.
  func view(_ lane: Int) -> UInt64 {
    digest(lane, buffers.observations + buffers.info + buffers.results)
  }

  /// The lane has become a copy of another.
  func adopt(_ lane: Int, from other: Player, _ source: Int) {
    put(other.copy(source), lane)
  }
}

/// Four sums side by side, so that pictures cost little.
func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
  var sums = SIMD4<UInt64>(1, 2, 3, 4)
  let whole = bytes.count / 32
  for index in 0..<whole {
    let words = bytes.loadUnaligned(fromByteOffset: index * 32, as: SIMD4<UInt64>.self)
    sums = (sums ^ words) &* 0x0000_0100_0000_01B3
    sums ^= sums &>> 29
  }
  var sum = UInt64(bytes.count)
  for index in whole * 32..<bytes.count { sum = (sum ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
  for index in 0..<4 { sum = (sum ^ sums[index]) &* 0x9E37_79B9_7F4A_7C15 ^ sum >> 29 }
  return sum
}

/// Memory of a caller's own, with bytes around every piece that nobody may touch.
final class CallerMemory {
  private var pieces: [(name: String, base: UnsafeMutableRawPointer, bytes: Int)] = []
  private let guardBytes = 128
  private let mark: UInt8 = 0xC3

  deinit {
    for piece in pieces { (piece.base - guardBytes).deallocate() }
  }

  func give(_ name: String, _ bytes: Int) -> UnsafeMutableRawPointer {
    let all = UnsafeMutableRawPointer.allocate(byteCount: bytes + 2 * guardBytes, alignment: 64)
    all.initializeMemory(as: UInt8.self, repeating: mark, count: bytes + 2 * guardBytes)
    let base = all + guardBytes
    base.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pieces.append((name, base, bytes))
    return base
  }

  func fill(with byte: UInt8, where chosen: (String) -> Bool) {
    for piece in pieces where chosen(piece.name) && piece.name != "actions" {
      piece.base.initializeMemory(as: UInt8.self, repeating: byte, count: piece.bytes)
    }
  }

  /// - Returns: the name of a column beside which something was written.
  var overrun: String? {
    pieces.first { piece in
      let all = UnsafeRawBufferPointer(
        start: piece.base - guardBytes, count: piece.bytes + 2 * guardBytes)
      return all.prefix(guardBytes).contains { $0 != mark }
        || all.suffix(guardBytes).contains { $0 != mark }
    }?.name
  }
}

extension Player {
  /// What is known of a lane.
  typealias Memory = (seed: UInt64, played: Int, waiting: UInt64?, tape: [UInt64])

  func copy(_ lane: Int) -> Memory { (seeds[lane], played[lane], waiting[lane], tapes[lane]) }

  func put(_ memory: Memory, _ lane: Int) {
    (seeds[lane], played[lane], waiting[lane], tapes[lane]) = memory
  }
}
