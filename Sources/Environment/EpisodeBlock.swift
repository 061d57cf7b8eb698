import CLanes
import Lanes
import Records

/// Where a block's steps and episodes are reported, from its lane 0 on.
typealias EpisodeRows = lanes_report

extension EpisodeRows {
  init(_ rows: BufferRows, first: Int) {
    self.init(
      rewards: rows.rewards + first, returns: rows.returns + first,
      terminated: rows.terminated + first, truncated: rows.truncated + first,
      ended: rows.ended + first, lengths: rows.lengths + first)
  }
}

/// The episodes of a block's lanes.
final class EpisodeBlock: @unchecked Sendable {
  let lanes: Int
  /// What the last step showed: flags are bits for terminated and truncated, of a lane with a flag the
  /// counts are those of the episode that ended.
  private let rewards = AlignedBuffer<Double>(count: 64)
  private let returns = AlignedBuffer<Double>(count: 64)
  private let lengths = AlignedBuffer<Int32>(count: 64)
  private let flags = AlignedBuffer<UInt8>(count: 64)
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
    over &= ~mask
    let report = EpisodeRows(buffers, first: first)
    forEachLane(mask) { lane in
      rewards[lane] = 0
      returns[lane] = 0
      lengths[lane] = 0
      flags[lane] = 0
      show(lane, report)
    }
  }

  func step(
    _ body: some Block, _ autoreset: AutoresetMode, _ limit: Int32, _ buffers: BufferRows,
    first: Int
  ) {
    let rows = BlockRows(buffers, first: first)
    let report = EpisodeRows(buffers, first: first)
    let begun = autoreset == .nextStep ? over : 0
    let live = all & ~over
    report.truncated.update(repeating: 0, count: lanes)
    body.step(live, rows)
    let ended = count(limit, live, begun: begun, report)
    switch autoreset {
    case .sameStep:
      if ended != 0 {
        body.observe(ended, BlockRows(buffers, first: first, isLast: true))
        body.begin(ended, seeds: nil)
      }
    case .nextStep:
      if begun != 0 { body.begin(begun, seeds: nil) }
      over = ended
    case .disabled: over |= ended
    }
    body.observe(all, rows)
  }

  /// - Returns: lanes whose episode ends.
  private func count(
    _ limit: Int32, _ live: LaneMask, begun: LaneMask, _ report: EpisodeRows
  ) -> LaneMask {
    let kept = lanes_episodes(
      rewards: rewards.pointer, returns: returns.pointer, lengths: lengths.pointer,
      flags: flags.pointer)
    return withUnsafePointer(to: report) { shown in
      withUnsafePointer(to: kept) { lanes_count(Int64(lanes), limit, live, begun, shown, $0) }
    }
  }

  /// Begins a new episode if the lane waits for one.
  func goOn(_ body: some Block, lane: Int) {
    let mask = over & 1 << UInt64(lane)
    if mask == 0 { return }
    body.begin(mask, seeds: nil)
    over &= ~mask
  }

  /// What the last step showed of a lane.
  func show(_ lane: Int, _ report: EpisodeRows) {
    report.rewards[lane] = rewards[lane]
    report.terminated[lane] = flags[lane] & 1
    report.truncated[lane] = flags[lane] >> 1 & 1
    report.ended[lane] = flags[lane] == 0 ? 0 : 1
    report.returns[lane] = returns[lane]
    report.lengths[lane] = lengths[lane]
  }

  /// Counts of the episode that runs and of the one that has ended have their places each.
  func visit(lane: Int, _ state: inout some StateVisitor) {
    let (none, counts) = ((0.0, Int32(0)), (returns[lane], lengths[lane]))
    var (running, last) = flags[lane] == 0 ? (counts, none) : (none, counts)
    state.visit(&running.0)
    state.visit(&running.1)
    state.visit(&rewards[lane])
    state.visit(&flags[lane])
    state.visit(&last.0)
    state.visit(&last.1)
    (returns[lane], lengths[lane]) = flags[lane] == 0 ? running : last
    var isOver = over.contains(lane: lane)
    state.visit(&isOver)
    over = isOver ? over | 1 << UInt64(lane) : over & ~(1 << UInt64(lane))
  }

  func flaw(lane: Int) -> String? {
    if lengths[lane] < 0 { return "a count is out of range" }
    let isPossible = flags[lane] < 4 && (flags[lane] > 0 || !over.contains(lane: lane))
    return isPossible ? nil : "a flag is out of range"
  }
}
