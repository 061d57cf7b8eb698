import Lanes
import Pixels
import Records

/// What every environment made of blocks can be told.
public struct EpisodeSettings: Configurable {
  public var autoreset = AutoresetMode.sameStep
  /// nil: never.
  public var stepLimit: Int?

  public init() {}

  public static let owner = "this environment"
  public static let settings: [Setting<Self>] = [
    .choice(
      "autoreset", \.autoreset,
      "what follows an episode's end, as in Gymnasium; disabled: the caller resets"),
    .whole(
      "step-limit", \.stepLimit, 1...Int(Int32.max) - 1, or: "none",
      "steps after which an episode is truncated"),
  ]
}

/// Many lanes of one kind of block: autoreset, step limits, returns, final observations, states,
/// once for all environments.
public final class BlockBatch<Body: Block>: EnvironmentBatch, @unchecked Sendable {
  public let spec: EnvironmentSpec
  public let lanes: Int
  public let workers: Int
  private let blocks: [Body]
  /// What runs beside each block.
  private let episodes: [EpisodeBlock]
  private let stepLimit: Int32
  private let stateIdentity: UInt64
  private var hasStarted = false
  private var work = Work.step
  private var buffers: StepBuffers?
  /// Of observations and info, then of final observations and info.
  private let places: AlignedBuffer<BlockRows.Place>
  /// By lane: whether a reset is asked for, and with which seed.
  private let asked: AlignedBuffer<LaneMask>
  private let seeds: AlignedBuffer<UInt64>
  private var hasSeeds = false

  /// - Throws: `SettingError`, `EnvironmentError`.
  public init(
    _ id: String, _ settings: Body.Settings = .init(), _ episode: EpisodeSettings = .init(),
    lanes: Int, workers: Int = 1
  ) throws {
    guard lanes > 0 else { throw EnvironmentError.batch(lanes) }
    var spec = try Body.spec(id, settings)
    spec.autoreset = episode.autoreset
    spec.stepLimit = episode.stepLimit
    self.spec = spec
    stateIdentity = Self.identity(spec, settings)
    self.lanes = lanes
    self.workers = workers
    stepLimit = Int32(clamping: episode.stepLimit ?? Int(Int32.max))
    let counts = stride(from: 0, to: lanes, by: 64).map { min(64, lanes - $0) }
    blocks = try counts.map { try Body(id, settings, lanes: $0) }
    episodes = counts.map { EpisodeBlock(lanes: $0) }
    places = AlignedBuffer(count: 2 * (spec.observation.count + spec.info.count))
    asked = AlignedBuffer(count: counts.count)
    seeds = AlignedBuffer(count: 64 * counts.count)
  }

  public var pieces: Int { blocks.count }

  public func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    try check(work, buffers, hasStarted: hasStarted)
    self.work = work
    self.buffers = buffers
    let columns = buffers.observations.count + buffers.info.count
    func set(_ index: Int, _ column: Column) {
      places[index] = BlockRows.Place(base: column.base, stride: column.field.bytes)
    }
    for index in 0..<buffers.observations.count {
      set(index, buffers.observations[index])
      set(columns + index, buffers.finalObservations[index])
    }
    for index in 0..<buffers.info.count {
      set(buffers.observations.count + index, buffers.info[index])
      set(columns + buffers.observations.count + index, buffers.info[index])
    }
    if case .reset(let chosen, let given) = work { plan(chosen, given) }
  }

  private func plan(_ chosen: [Int]?, _ given: [UInt64]?) {
    for block in 0..<blocks.count {
      asked[block] = chosen == nil ? .first(episodes[block].lanes) : 0
    }
    for (index, lane) in (chosen ?? Array(0..<lanes)).enumerated() {
      asked[lane / 64] |= 1 << UInt64(lane % 64)
      seeds[lane] = given?[index] ?? UInt64(lane)
    }
    hasSeeds = given != nil || !hasStarted
  }

  public func perform(_ piece: Int, worker: Int) {
    let body = blocks[piece]
    switch work {
    case .step:
      episodes[piece].step(
        body, spec.autoreset, stepLimit, rows(piece), rows(piece, last: true), self)
    case .reset:
      episodes[piece].reset(
        body, asked[piece], hasSeeds ? UnsafePointer(seeds.pointer + 64 * piece) : nil, rows(piece),
        self)
    }
  }

  public func finish() {
    if case .reset = work { hasStarted = true }
    buffers = nil
  }

  /// - Parameter last: observations of episodes that have ended.
  private func rows(_ piece: Int, last: Bool = false) -> BlockRows {
    let buffers = buffers.unsafelyUnwrapped
    let first = 64 * piece
    let columns = buffers.observations.count + buffers.info.count
    return BlockRows(
      table: UnsafePointer(places.pointer + (last ? columns : 0)),
      fields: buffers.observations.count, first: first,
      actionPointer: UnsafeRawPointer(buffers.actions.base + first * buffers.actions.field.bytes),
      rewards: buffers.rewards.written(Double.self) + first,
      terminated: buffers.terminated.written(UInt8.self) + first,
      truncated: buffers.truncated.written(UInt8.self) + first)
  }

  /// Where a block's episodes are reported.
  fileprivate func report(_ rows: BlockRows) -> EpisodeRows {
    let buffers = buffers.unsafelyUnwrapped
    return EpisodeRows(
      ended: buffers.ended.written(UInt8.self) + rows.first,
      returns: buffers.episodeReturns.written(Double.self) + rows.first,
      lengths: buffers.episodeLengths.written(Int32.self) + rows.first)
  }

  public func render(lane: Int) throws -> Picture {
    try check(lanes: [lane], hasStarted: hasStarted)
    return blocks[lane / 64].render(lane: lane % 64)
  }

  // MARK: States: identity of spec and settings, the lane's values, FNV-1a

  public func state(lane: Int) throws -> [UInt8] {
    try check(lanes: [lane], hasStarted: hasStarted)
    var out = ByteWriter()
    out.add(stateIdentity)
    visit(lane, &out)
    out.add(fnv1a(out.bytes))
    return out.bytes
  }

  public func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws {
    try setState(lane: lane, bytes, parts: .all, into: buffers)
  }

  public func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts,
    into buffers: StepBuffers?, on pool: ThreadPool?
  ) throws {
    let states = try states(of: lanes, from: store, slots: slots)
    try check(lanes: lanes, hasStarted: hasStarted)
    for state in states { try check(state) }
    let parts = parts.intersection((store as? StateStore)?.parts ?? .all)
    for (lane, state) in zip(lanes, states) {
      try setState(lane: lane, state, parts: parts, into: buffers)
    }
  }

  private func setState(
    lane: Int, _ bytes: [UInt8], parts: SnapshotParts, into buffers: StepBuffers?
  ) throws {
    try check(lanes: [lane], hasStarted: hasStarted)
    if let buffers { try check(.reset(lanes: [lane], seeds: nil), buffers, hasStarted: true) }
    try check(bytes)
    var old = ByteWriter()
    visit(lane, &old)
    var reader = ByteReader(bytes[8..<bytes.count - 8])
    reader.skipsGenerators = !parts.contains(.generators)
    visit(lane, &reader)
    let (block, index) = (lane / 64, lane % 64)
    let isWhole = !reader.isShort && reader.rest.isEmpty
    if let flaw = isWhole
      ? blocks[block].flaw(lane: index) ?? episodes[block].flaw(lane: index) : "its length"
    {
      var back = ByteReader(old.bytes[...])
      visit(lane, &back)
      throw EnvironmentError.state(flaw)
    }
    // Of a batch that waited for a reset, in one that never waits.
    if spec.autoreset == .sameStep { episodes[block].goOn(blocks[block], lane: index) }
    guard let buffers else { return }
    try prepare(.reset(lanes: [lane], seeds: nil), buffers)
    let rows = rows(block)
    blocks[block].observe(1 << UInt64(index), rows)
    episodes[block].show(index, rows, report(rows))
    self.buffers = nil
  }

  private func check(_ state: [UInt8]) throws {
    var sum = ByteReader(state.suffix(8))
    guard state.count >= 16, sum.next(UInt64.self) == fnv1a(state.dropLast(8)) else {
      throw EnvironmentError.state("it is damaged, or no state")
    }
    var reader = ByteReader(state[...])
    guard reader.next(UInt64.self) == stateIdentity else {
      throw EnvironmentError.state("it is of another environment or other settings")
    }
  }

  /// Equal where a state means the same: limits and autoreset may differ, the body's settings not.
  private static func identity(_ spec: EnvironmentSpec, _ settings: Body.Settings) -> UInt64 {
    var spec = spec
    spec.autoreset = .sameStep
    spec.stepLimit = nil
    let values = settings.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return fnv1a(Array("\(spec.identity) \(values)".utf8))
  }

  private func visit(_ lane: Int, _ state: inout some StateVisitor) {
    blocks[lane / 64].visit(lane: lane % 64, &state)
    episodes[lane / 64].visit(lane: lane % 64, &state)
  }
}

/// Where a block's episodes are reported, from its lane 0 on.
private struct EpisodeRows {
  let ended: UnsafeMutablePointer<UInt8>
  let returns: UnsafeMutablePointer<Double>
  let lengths: UnsafeMutablePointer<Int32>
}

/// The episodes of a block's lanes.
private final class EpisodeBlock: @unchecked Sendable {
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
    _ body: some Block, _ mask: LaneMask, _ seeds: UnsafePointer<UInt64>?, _ rows: BlockRows,
    _ batch: BlockBatch<some Block>
  ) {
    if mask == 0 { return }
    body.begin(mask, seeds: seeds)
    body.observe(mask, rows)
    restart(mask)
    let report = batch.report(rows)
    forEachLane(mask) { show($0, rows, report) }
  }

  func step(
    _ body: some Block, _ autoreset: AutoresetMode, _ limit: Int32, _ rows: BlockRows,
    _ last: BlockRows, _ batch: BlockBatch<some Block>
  ) {
    let report = batch.report(rows)
    let live = all & ~over
    rows.truncated.update(repeating: 0, count: lanes)
    // Lanes that are over are not written by the body: what a caller left there is no flag.
    forEachLane(over) { rows.terminated[$0] = 0 }
    body.step(live, rows)
    count(rows, report)
    let ended = judge(limit, rows, report) & live
    forEachLane(ended) { lane in
      lastReturns[lane] = returns[lane]
      lastLengths[lane] = lengths[lane]
      lastFlags[lane] = flags[lane]
    }
    if live != all { forEachLane(over) { stay($0, rows, report) } }
    switch autoreset {
    case .sameStep:
      if ended != 0 {
        body.observe(ended, last)
        body.begin(ended, seeds: nil)
        restart(ended, isShown: false)
      }
      body.observe(all, rows)
    case .nextStep:
      if over != 0 {
        body.begin(over, seeds: nil)
        let begun = over
        restart(over)
        forEachLane(begun) { show($0, rows, report) }
      }
      over = ended
      body.observe(all, rows)
    case .disabled:
      over |= ended
      body.observe(all, rows)
    }
  }

  /// Counts the step in every lane, for the processor's vectors; lanes that are over are put right
  /// afterwards.
  private func count(_ rows: BlockRows, _ report: EpisodeRows) {
    let (lengths, shownLengths) = (lengths.pointer, report.lengths)
    for lane in 0..<lanes {
      let length = min(lengths[lane], .max - 2) &+ 1
      lengths[lane] = length
      shownLengths[lane] = length
    }
    let (returns, shownReturns) = (returns.pointer, report.returns)
    let (rewards, given) = (rewards.pointer, rows.rewards)
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
  private func judge(_ limit: Int32, _ rows: BlockRows, _ report: EpisodeRows) -> LaneMask {
    let (lengths, flags, ended) = (lengths.pointer, flags.pointer, report.ended)
    let (terminated, truncated) = (rows.terminated, rows.truncated)
    for lane in 0..<lanes {
      let isCut = truncated[lane] | (lengths[lane] >= limit ? 1 : 0)
      truncated[lane] = isCut
      ended[lane] = terminated[lane] | isCut
      flags[lane] = terminated[lane] | isCut << 1
    }
    var mask: LaneMask = 0
    // Eight bytes of 0 or 1 at a time: the product's upper byte gathers their bits.
    for word in 0..<lanes / 8 {
      let bytes = UnsafeRawPointer(ended + 8 * word).loadUnaligned(as: UInt64.self)
      let bits = (bytes.littleEndian &* 0x0102_0408_1020_4080) >> 56
      mask |= bits << UInt64(8 * word)
    }
    for lane in lanes & ~7..<lanes { mask |= UInt64(ended[lane]) << UInt64(lane) }
    return mask
  }

  /// A lane whose episode is over has not stepped; what the body wrote there has been counted.
  private func stay(_ lane: Int, _ rows: BlockRows, _ report: EpisodeRows) {
    rewards[lane] = 0
    returns[lane] = lastReturns[lane]
    lengths[lane] = lastLengths[lane]
    flags[lane] = lastFlags[lane]
    show(lane, rows, report)
  }

  /// - Parameter isShown: false: what the last step showed is still the old episode's end.
  private func restart(_ mask: LaneMask, isShown: Bool = true) {
    over &= ~mask
    forEachLane(mask) { lane in
      returns[lane] = 0
      lengths[lane] = 0
      if !isShown { return }
      rewards[lane] = 0
      flags[lane] = 0
    }
  }

  /// Begins a new episode if the lane waits for one.
  func goOn(_ body: some Block, lane: Int) {
    let mask = over & 1 << UInt64(lane)
    if mask == 0 { return }
    body.begin(mask, seeds: nil)
    restart(mask, isShown: false)
  }

  /// What the last step showed of a lane.
  func show(_ lane: Int, _ rows: BlockRows, _ report: EpisodeRows) {
    let isRunning = flags[lane] == 0
    rows.rewards[lane] = rewards[lane]
    rows.terminated[lane] = flags[lane] & 1
    rows.truncated[lane] = flags[lane] >> 1 & 1
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
