import Environment
import Examples
import Lanes
import Pixels
import Records
import TestSupport

/// The example world with one rule broken.
final class MutantBatch: EnvironmentBatch, @unchecked Sendable {
  let inner: any EnvironmentBatch
  let fault: Rule
  private(set) var spec: EnvironmentSpec
  private var hasStepped = false
  private var work = Work.step
  private var buffers: StepBuffers?
  /// What was there before the work: the rewards, and the observations as the caller left them.
  private var before: [[UInt8]] = []
  /// What the last step showed, and where.
  private var shown: [UInt8] = []
  private var old: Column?
  private var helped = false

  init(_ inner: any EnvironmentBatch, _ fault: Rule) {
    self.inner = inner
    self.fault = fault
    spec = inner.spec
    if fault == .spec { spec.actionNames = ["LEFT"] }
    if fault == .limit { spec.stepLimit = spec.stepLimit.map { $0 - 1 } }
  }

  static func row(_ fault: Rule) -> EnvironmentRow {
    let row = Corridor.row
    return EnvironmentRow(
      id: row.id, family: row.family, settings: row.settings,
      make: { MutantBatch(try row.make($0, $1, $2), fault) }, trace: row.trace)
  }

  var lanes: Int { inner.lanes }
  var workers: Int { inner.workers }
  var pieces: Int { inner.pieces }

  func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    var work = work
    if case .reset(let chosen, let seeds) = work {
      work = .reset(lanes: change(chosen), seeds: change(seeds, chosen))
    }
    if fault == .refusal, case .step = work {
      let actions = buffers.actions.writable(Int32.self)
      for lane in 0..<lanes { actions[lane] = min(max(actions[lane], 0), 1) }
    }
    (self.work, self.buffers, helped) = (work, buffers, false)
    if fault == .written || fault == .scribble {
      before = [Array(buffers.rewards.bytes), Array(buffers.observations[0].bytes)]
    }
    try inner.prepare(work, buffers)
  }

  private func change(_ chosen: [Int]?) -> [Int]? {
    guard fault == .partialReset, let chosen else { return chosen }
    return chosen + [0].filter { !chosen.contains($0) }
  }

  private func change(_ seeds: [UInt64]?, _ chosen: [Int]?) -> [UInt64]? {
    guard var seeds else { return nil }
    if fault == .seeds, chosen != nil { return nil }
    if fault == .lanes, lanes == 65 { seeds[64] += 1 }
    if fault == .order { for lane in seeds.indices where lane % 2 == 1 { seeds[lane] += 1 } }
    return seeds
  }

  func perform(_ piece: Int, worker: Int) {
    inner.perform(piece, worker: worker)
    if fault == .threads, worker > 0 { helped = true }
  }

  func finish() {
    inner.finish()
    guard let buffers else { return }
    guard case .step = work else { return remember(buffers) }
    hasStepped = true
    let observed = buffers.observations[0].written(Float.self)
    switch fault {
    case .bounds: observed[0] = 9
    case .written:
      before[0].withUnsafeBytes {
        buffers.rewards.base.copyMemory(from: $0.baseAddress!, byteCount: 8)
      }
    case .sums: buffers.episodeReturns.written(Double.self)[0] += 1
    case .flags:
      buffers.truncated.written(UInt8.self)[0] = 0
      buffers.terminated.written(UInt8.self)[0] = 0
    case .threads where helped: buffers.rewards.written(Double.self)[0] = 0.5
    case .autoreset where spec.autoreset == .nextStep: buffers.rewards.written(Double.self)[0] += 1
    case .scribble: keepWhatDidNotChange(buffers)
    case .aim: writeOld(buffers)
    case .allocation: shown = [UInt8](repeating: 0, count: 100 + shown.count % 2)
    default: break
    }
    if fault == .scribble || fault == .aim { remember(buffers) }
  }

  private func remember(_ buffers: StepBuffers) {
    shown = Array(buffers.observations[0].bytes)
    old = buffers.observations[0]
  }

  /// As if only changes were written, on top of what lies there.
  private func keepWhatDidNotChange(_ buffers: StepBuffers) {
    let column = buffers.observations[0]
    guard column.base == old?.base, Array(column.bytes) == shown else { return }
    before[1].withUnsafeBytes { column.base.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
  }

  private func writeOld(_ buffers: StepBuffers) {
    guard let old, old.base != buffers.observations[0].base else { return }
    old.base.copyMemory(from: buffers.observations[0].base, byteCount: old.bytes.count)
  }

  func render(lane: Int) throws -> Picture {
    let picture = try inner.render(lane: lane)
    if fault == .render { try inner.reset([lane], StepBuffers(spec: spec, lanes: lanes)) }
    return fault == .render ? try inner.render(lane: lane) : picture
  }

  func state(lane: Int) throws -> [UInt8] { try inner.state(lane: lane) }

  func setState(lane: Int, _ bytes: [UInt8], into buffers: StepBuffers?) throws {
    switch fault {
    case .state: try inner.setState(lane: lane, bytes, into: nil)
    case .damage: try? inner.setState(lane: lane, bytes, into: buffers)
    case .checkpoint where !hasStepped: _ = try inner.state(lane: lane)
    default: try inner.setState(lane: lane, bytes, into: buffers)
    }
  }

  func makeSnapshots(capacity: Int, parts: SnapshotParts) throws -> any SnapshotStore {
    try inner.makeSnapshots(capacity: capacity, parts: parts)
  }

  func save(_ lanes: [Int], in store: any SnapshotStore, slots: [Int], on pool: ThreadPool?) throws
  {
    try inner.save(lanes, in: store, slots: slots, on: pool)
  }

  func restore(
    _ lanes: [Int], from store: any SnapshotStore, slots: [Int], parts: SnapshotParts,
    into buffers: StepBuffers?, on pool: ThreadPool?
  ) throws {
    let parts = fault == .generators ? .all : parts
    let slots = fault == .snapshots ? slots.reversed() : slots
    guard fault == .fork, Set(slots).count < slots.count else {
      return try inner.restore(
        lanes, from: store, slots: slots, parts: parts, into: buffers, on: pool)
    }
    try inner.restore(
      [lanes[0]], from: store, slots: [slots[0]], parts: parts,
      into: buffers, on: pool)
  }
}
