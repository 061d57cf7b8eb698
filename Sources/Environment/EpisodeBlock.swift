import CLanes
import Lanes
import Records

/// Where a block's steps and episodes are reported, from its lane 0 on.
struct EpisodeRows {
  let rewards, returns: UnsafeMutablePointer<Double>
  let terminated, truncated, ended: UnsafeMutablePointer<UInt8>
  let lengths: UnsafeMutablePointer<Int32>

  init(_ rows: BufferRows, first: Int) {
    rewards = rows.rewards + first
    returns = rows.returns + first
    terminated = rows.terminated + first
    truncated = rows.truncated + first
    ended = rows.ended + first
    lengths = rows.lengths + first
  }
}

/// The episodes of a block's lanes.
final class EpisodeBlock: @unchecked Sendable {
  let lanes: Int
  private let returns = AlignedBuffer<Double>(count: 64)
  private let lengths = AlignedBuffer<Int32>(count: 64)
  /// What the last step showed: flags are bits for terminated and truncated.
  private let rewards = AlignedBuffer<Double>(count: 64)
  private let flags = AlignedBuffer<UInt8>(count: 64)
  /// Of the episode that the last step ended; without a flag the lane shows the running one's.
  private let lastReturns = AlignedBuffer<Double>(count: 64)
  private let lastLengths = AlignedBuffer<Int32>(count: 64)
  private let lastFlags = AlignedBuffer<UInt8>(count: 64)
  /// Lanes whose episode has ended and that nobody has reset.
  private var over: LaneMask = 0

  init(lanes: Int) { self.lanes = lanes }

  private var all: LaneMask { .first(lanes) }

  func reset(
    _ body: some Block, _ mask: LaneMask, _ seeds: UnsafePointer<UInt64>?, _ buffers: BufferRows,
    first: Int
  ) {
    if mask == 0 { return }
    body.begin(mask, seeds: seeds)
    body.observe(mask, BlockRows(buffers, first: first))
    restart(mask, EpisodeRows(buffers, first: first))
  }

  func step(
    _ body: some Block, _ autoreset: AutoresetMode, _ limit: Int32, _ buffers: BufferRows,
    first: Int
  ) {
    let rows = BlockRows(buffers, first: first)
    let report = EpisodeRows(buffers, first: first)
    let live = all & ~over
    rows.truncated.update(repeating: 0, count: lanes)
    body.step(live, rows)
    count(report)
    let ended = judge(limit, report) & live
    forEachLane(ended) { lane in
      lastReturns[lane] = returns[lane]
      lastLengths[lane] = lengths[lane]
      lastFlags[lane] = flags[lane]
    }
    switch autoreset {
    case .sameStep:
      if ended != 0 {
        body.observe(ended, BlockRows(buffers, first: first, isLast: true))
        body.begin(ended, seeds: nil)
        restart(ended)
      }
      body.observe(all, rows)
    case .nextStep:
      if over != 0 {
        body.begin(over, seeds: nil)
        restart(over, report)
      }
      over = ended
      body.observe(all, rows)
    case .disabled:
      forEachLane(over) { stay($0, report) }
      over |= ended
      body.observe(all, rows)
    }
  }

  /// Counts the step in every lane, for the processor's vectors; lanes that are over are put right
  /// afterwards.
  private func count(_ report: EpisodeRows) {
    let (lengths, shownLengths) = (lengths.pointer, report.lengths)
    for lane in 0..<lanes {
      let length = min(lengths[lane], .max - 2) &+ 1
      lengths[lane] = length
      shownLengths[lane] = length
    }
    let (returns, shownReturns) = (returns.pointer, report.returns)
    let (rewards, given) = (rewards.pointer, report.rewards)
    for lane in 0..<lanes {
      let reward = given[lane]
      rewards[lane] = reward
      let sum = returns[lane] + reward
      returns[lane] = sum
      shownReturns[lane] = sum
    }
  }

  /// Truncates at the limit and notes the flags.
  /// - Returns: lanes with a flag.
  private func judge(_ limit: Int32, _ report: EpisodeRows) -> LaneMask {
    lanes_judge(
      Int64(lanes), limit, lengths.pointer, report.terminated, report.truncated, report.ended,
      flags.pointer)
  }

  /// A lane whose episode is over has not stepped; what the body wrote there has been counted.
  private func stay(_ lane: Int, _ report: EpisodeRows) {
    rewards[lane] = 0
    returns[lane] = lastReturns[lane]
    lengths[lane] = lastLengths[lane]
    flags[lane] = lastFlags[lane]
    show(lane, report)
  }

  /// New episodes; what the last step showed is still the old ones' ends.
  private func restart(_ mask: LaneMask) {
    over &= ~mask
    forEachLane(mask) { lane in
      returns[lane] = 0
      lengths[lane] = 0
    }
  }

  /// New episodes that are all the lanes show.
  private func restart(_ mask: LaneMask, _ report: EpisodeRows) {
    restart(mask)
    forEachLane(mask) { lane in
      rewards[lane] = 0
      flags[lane] = 0
      show(lane, report)
    }
  }

  /// Begins a new episode if the lane waits for one.
  func goOn(_ body: some Block, lane: Int) {
    let mask = over & 1 << UInt64(lane)
    if mask == 0 { return }
    body.begin(mask, seeds: nil)
    restart(mask)
  }

  /// What the last step showed of a lane.
  func show(_ lane: Int, _ report: EpisodeRows) {
    let isRunning = flags[lane] == 0
    report.rewards[lane] = rewards[lane]
    report.terminated[lane] = flags[lane] & 1
    report.truncated[lane] = flags[lane] >> 1 & 1
    report.ended[lane] = isRunning ? 0 : 1
    report.returns[lane] = isRunning ? returns[lane] : lastReturns[lane]
    report.lengths[lane] = isRunning ? lengths[lane] : lastLengths[lane]
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&returns[lane])
    state.visit(&lengths[lane])
    state.visit(&rewards[lane])
    state.visit(&flags[lane])
    // Of no ended episode there is nothing that counts.
    if flags[lane] == 0 { (lastReturns[lane], lastLengths[lane]) = (0, 0) }
    state.visit(&lastReturns[lane])
    state.visit(&lastLengths[lane])
    lastFlags[lane] = flags[lane]
    var isOver = over.contains(lane: lane)
    state.visit(&isOver)
    over = isOver ? over | 1 << UInt64(lane) : over & ~(1 << UInt64(lane))
  }

  func flaw(lane: Int) -> String? {
    if min(lengths[lane], lastLengths[lane]) < 0 { return "a count is out of range" }
    let isPossible = flags[lane] < 4 && (flags[lane] > 0 || !over.contains(lane: lane))
    return isPossible ? nil : "a flag is out of range"
  }
}
