import Environment
import Glibc
import Lanes
import Nets

/// What happened in the last steps of every lane, to be drawn from.
///
/// Each lane has a ring of rows, one an observation; an episode ends with a row that holds its last
/// observation and is no transition, whatever the autoreset mode. Of stacked pictures the newest is
/// kept; a stack that does not go on from the one before, as at an episode's start, is kept whole, so
/// that every observation is drawn as it was seen, to the last bit.
///
/// A file can hold the rows. Those of the last two checkpoints are not written over before the next
/// one, so a run that was killed goes on from either as if it had not been.
public final class Replay {
  public let spec: EnvironmentSpec
  public let lanes: Int
  public let capacity: Int
  public let priorities: Priorities?
  /// Rows that a lane's samples come from.
  let window: Int
  let store: RowStore
  let path: String?

  /// By lane: rows that were ever written; the row at `position` lies at position % store.rows.
  var written: [Int]
  /// By lane: the newest row waits for its action.
  var isOpen: [Bool]
  /// By lane: this step belongs to no episode.
  private var isWaiting: [Bool]
  /// By place within the window; without priorities all steps have 1.
  var tree: SumTree
  /// That any transition ever had.
  var largest = 1.0
  /// By lane, at the last checkpoint and at the one before.
  var saved: [Int]
  var savedBefore: [Int]
  /// Has a twin of observations, but for rows that were written since it got the last; nil: none has.
  var device: (any Device)?
  var fresh: [Int32] = []
  /// Of a device that draws by itself: the tree is there, and here leaves of steps that have changed
  /// since the last news; nil: samples are drawn here.
  var ledger: Ledger?
  var touched: [Int32] = []

  /// - Parameters:
  ///   - capacity: rows over all lanes: a few more than the transitions that there is room for, one
  ///     an episode and the stack's older pictures at its start.
  ///   - path: a file for the rows; nil: memory.
  /// - Throws: `ReplayError`.
  public init(
    _ spec: EnvironmentSpec, lanes: Int, capacity: Int, priorities: Priorities? = nil,
    path: String? = nil
  ) throws(ReplayError) {
    precondition(lanes > 0 && capacity > 0 && spec.players == 1)
    self.spec = spec
    self.lanes = lanes
    (self.capacity, self.priorities) = (capacity, priorities)
    self.path = path
    window = (capacity - 1) / lanes + 1
    let slack = path == nil ? 0 : max(128, window / 8)
    store = try RowStore(spec, lanes: lanes, rows: window + slack, path: path)
    written = [Int](repeating: 0, count: lanes)
    isOpen = [Bool](repeating: false, count: lanes)
    isWaiting = isOpen
    saved = written
    savedBefore = written
    tree = SumTree(count: lanes * window)
  }

  deinit { leaveDevice() }

  /// Bytes of its rows.
  public var bytes: Int { store.memory.bytes }

  /// Transitions, those without a known future among them.
  public internal(set) var count = 0

  /// Soon rows are written over that the last two checkpoints need: save before the next step.
  public var mustSave: Bool {
    // A step adds up to two observations, each with its older pictures; half of the slack is for the
    // rows since the last checkpoint, half for those between the two.
    let most = 2 * (store.history + 1)
    let slack = (store.rows - window) / 2
    return path != nil && (0..<lanes).contains { written[$0] - saved[$0] + most > slack }
  }

  // MARK: Adding

  /// Takes in the observations before a step, where they are not known yet: episodes' first ones.
  /// Before every step.
  public func begin(_ buffers: StepBuffers) {
    let ended = buffers.ended.of(UInt8.self)
    for lane in 0..<lanes {
      // Under next-step the step to come only begins an episode; under disabled nobody has reset.
      isWaiting[lane] = spec.autoreset != .sameStep && ended[lane] != 0
      if isWaiting[lane] || isOpen[lane] { continue }
      push(lane, .open) { buffers.observations[$0].row(lane).baseAddress! }
      isOpen[lane] = true
    }
  }

  /// Takes in what a step did, after it and before anybody resets.
  public func add(_ buffers: StepBuffers) {
    let rewards = buffers.rewards.of(Double.self)
    let (terminated, truncated, ended) = (
      buffers.terminated.of(UInt8.self), buffers.truncated.of(UInt8.self),
      buffers.ended.of(UInt8.self)
    )
    for lane in 0..<lanes where !isWaiting[lane] {
      close(
        lane, buffers.actions.row(lane).baseAddress!, rewards[lane],
        terminated: terminated[lane] != 0, truncated: truncated[lane] != 0)
      let isOver = ended[lane] != 0
      // Under same-step the last observation has made room for the next episode's first.
      let isGone = isOver && spec.autoreset == .sameStep
      let columns = isGone ? buffers.finalObservations : buffers.observations
      push(lane, isOver ? .last : .open) { columns[$0].row(lane).baseAddress! }
      isOpen[lane] = !isOver
    }
  }

  /// The open row becomes a step.
  func close(
    _ lane: Int, _ action: UnsafeRawPointer, _ reward: Double, terminated: Bool, truncated: Bool
  ) {
    precondition(isOpen[lane], "a step of lane \(lane) whose observation nobody has seen")
    let row = row(lane, written[lane] - 1)
    store.action(row).copyMemory(from: action, byteCount: store.actionBytes)
    store.rewards[row] = reward
    store.mark(row, .step, terminated: terminated, truncated: truncated)
    set(leaf(lane, written[lane] - 1), priorities == nil ? 1 : largest)
    count += 1
  }

  /// A new row of the lane, behind the older pictures of its stack where the ring has others.
  /// - Parameter observation: where the field of that number in the spec lies.
  func push(_ lane: Int, _ kind: RowKind, _ observation: (Int) -> UnsafeRawPointer) {
    if !continues(lane, observation) {
      for age in (1...store.history).reversed() { write(lane, .filler, age: age, observation) }
    }
    write(lane, kind, age: 0, observation)
  }

  /// Whether the newest rows hold the older pictures of every stack.
  private func continues(_ lane: Int, _ observation: (Int) -> UnsafeRawPointer) -> Bool {
    if store.history == 0 { return true }
    if written[lane] < store.history { return false }
    for (index, kept) in store.fields.enumerated() {
      let pictures = observation(kept.place)
      for age in 1..<max(kept.stack, 1) {
        let picture = pictures + (kept.stack - 1 - age) * kept.bytes
        let row = row(lane, written[lane] - age)
        if memcmp(picture, store.frame(index, row), kept.bytes) != 0 { return false }
      }
    }
    return true
  }

  /// - Parameter age: of the pictures, 0: the newest.
  private func write(
    _ lane: Int, _ kind: RowKind, age: Int, _ observation: (Int) -> UnsafeRawPointer
  ) {
    let position = written[lane]
    forget(lane, position - window)
    let row = row(lane, position)
    for (index, kept) in store.fields.enumerated() {
      let target = store.frame(index, row)
      if age < kept.stack {
        let source = observation(kept.place) + (kept.stack - 1 - age) * kept.bytes
        target.copyMemory(from: source, byteCount: kept.bytes)
      } else {
        memset(target, 0, kept.bytes)
      }
    }
    store.seal(row)
    memset(store.action(row), 0, store.actionBytes)
    store.rewards[row] = 0
    store.mark(row, kind)
    written[lane] += 1
    if device != nil { fresh.append(Int32(row)) }
    if ledger != nil { touched.append(Int32(leaf(lane, position))) }
  }

  private func forget(_ lane: Int, _ position: Int) {
    if position < 0 { return }
    if store.kind(row(lane, position)) == .step { count -= 1 }
    if ledger == nil { tree[leaf(lane, position)] = 0 }
  }

  /// The chance of a row; where a device has the tree, it finds out by itself.
  private func set(_ leaf: Int, _ chance: Double) {
    if ledger == nil { tree[leaf] = chance } else { touched.append(Int32(leaf)) }
  }

  // MARK: Places

  func row(_ lane: Int, _ position: Int) -> Int { lane * store.rows + position % store.rows }

  /// The same whether a file with more rows holds them or not, so that it changes no draw.
  func leaf(_ lane: Int, _ position: Int) -> Int { lane * window + position % window }

  /// The oldest position that is still there.
  func oldest(_ lane: Int) -> Int { max(0, written[lane] - window) }

  /// Counts the transitions anew.
  func recount() {
    count = (0..<lanes).reduce(0) { sum, lane in
      sum
        + (oldest(lane)..<written[lane]).count { store.kind(row(lane, $0)) == .step }
    }
  }
}
