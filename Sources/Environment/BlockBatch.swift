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

/// A block and what runs beside it, as pointers to what a batch keeps.
private struct Pair {
  let body: UnsafeMutableRawPointer
  let episodes: Unmanaged<EpisodeBlock>

  init(_ body: some Block, _ episodes: EpisodeBlock) {
    self.body = Unmanaged.passUnretained(body).toOpaque()
    self.episodes = .passUnretained(episodes)
  }
}

/// Many lanes of one kind of block: autoreset, step limits, returns, final observations, states,
/// once for all environments.
public final class BlockBatch<Body: Block>: EnvironmentBatch, @unchecked Sendable {
  public let spec: EnvironmentSpec
  public let lanes: Int
  public let workers: Int
  private let admission: Admission
  private let blocks: [Body]
  /// What runs beside each block.
  private let episodes: [EpisodeBlock]
  private let autoreset: AutoresetMode
  private let stepLimit: Int32
  private let stateIdentity: UInt64
  private var hasStarted = false
  /// The same objects for a step's pieces: to retain them would take a tenth of a small one's time.
  private let pairs: [Pair]
  private var isStep = true
  /// Of the work in progress, and where its columns lie.
  private var buffers: StepBuffers?
  private var rows: BufferRows?
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
    pairs = zip(blocks, episodes).map(Pair.init)
    admission = Admission(spec, lanes: lanes)
    autoreset = spec.autoreset
    asked = AlignedBuffer(count: counts.count)
    seeds = AlignedBuffer(count: 64 * counts.count)
  }

  public var pieces: Int { blocks.count }

  /// The block that holds a lane, and the lane's number in it.
  public func block(of lane: Int) -> (body: Body, lane: Int) { (blocks[lane / 64], lane % 64) }

  public func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    try admission.check(work, buffers, hasStarted: hasStarted)
    self.buffers = buffers
    rows = buffers.rows
    isStep = true
    if case .reset(let chosen, let given) = work {
      isStep = false
      plan(chosen, given)
    }
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
    let (rows, pair) = (rows.unsafelyUnwrapped, pairs[piece])
    Unmanaged<Body>.fromOpaque(pair.body)._withUnsafeGuaranteedRef { body in
      pair.episodes._withUnsafeGuaranteedRef { episodes in
        if isStep { return episodes.step(body, autoreset, stepLimit, rows, first: 64 * piece) }
        episodes.reset(
          body, asked[piece], hasSeeds ? UnsafePointer(seeds.pointer + 64 * piece) : nil, rows,
          first: 64 * piece)
      }
    }
  }

  public func finish() {
    if !isStep { hasStarted = true }
    buffers = nil
    rows = nil
  }

  public func render(lane: Int) throws -> Picture {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    return blocks[lane / 64].render(lane: lane % 64)
  }

  // MARK: States: identity of spec and settings, the lane's values, FNV-1a

  public func state(lane: Int) throws -> [UInt8] {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    var out = ByteWriter()
    out.add(stateIdentity)
    visit(lane, &out)
    out.add(fnv1a(out.bytes))
    return out.bytes
  }

  public func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws {
    try checkStates(of: [lane], buffers)
    try check(bytes)
    try load(lane, bytes, parts: .all, into: buffers)
  }

  public func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts,
    into buffers: StepBuffers?, on pool: ThreadPool?
  ) throws {
    let states = try states(of: lanes, from: store, slots: slots)
    try checkStates(of: lanes, buffers)
    for state in states { try check(state) }
    let parts = parts.intersection((store as? StateStore)?.parts ?? .all)
    for (lane, state) in zip(lanes, states) {
      try load(lane, state, parts: parts, into: buffers)
    }
  }

  /// - Throws: `EnvironmentError` where lanes or buffers do not take states.
  private func checkStates(of lanes: [Int], _ buffers: StepBuffers?) throws {
    try admission.check(lanes: lanes, hasStarted: hasStarted)
    if let buffers {
      try admission.check(.reset(lanes: [], seeds: nil), buffers, hasStarted: true)
    }
  }

  /// - Parameter bytes: that are of a lane like these.
  private func load(
    _ lane: Int, _ bytes: [UInt8], parts: SnapshotParts, into buffers: StepBuffers?
  ) throws {
    var old = ByteWriter()
    old.bytes.reserveCapacity(bytes.count)
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
    blocks[block].observe(1 << UInt64(index), BlockRows(buffers.rows, first: 64 * block))
    episodes[block].show(index, EpisodeRows(buffers.rows, first: 64 * block))
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
