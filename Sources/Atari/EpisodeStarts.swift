import Console
import Lanes
import Synchronization

/// How lanes stand when an episode begins, so that no beginning is emulated twice.
///
/// A game reset costs about 70 frames, fire and no-ops follow, and a lone lane that plays them
/// costs nearly as much as 64. But what comes out depends only on the timer's random start, on the
/// number of frames after the reset, and on the few bytes of memory that the program does not
/// clear (`Game.survivors`): so it is copied. Shared by all blocks of a batch.
final class EpisodeStarts: @unchecked Sendable {
  struct Key: Hashable {
    var timer: UInt8
    /// Frames of fire and no-op after the reset, and how many of the first are fire.
    var acts: Int32
    var fires: Int32
    /// The bytes that outlive a machine reset, at most eight.
    var survivors: UInt64
  }

  /// One beginning, between two frames.
  final class Start: @unchecked Sendable {
    let console: AlignedBuffer<UInt8>
    let lane: AtariLane

    init(console: AlignedBuffer<UInt8>, lane: AtariLane) {
      self.console = console
      self.lane = lane
    }
  }

  private struct Table {
    var starts: [Key: Start] = [:]
    var bytes = 0
  }

  private let table = Mutex(Table())

  /// Bytes all starts together may take; what comes later is emulated.
  static let budget = 192 << 20

  var isFull: Bool { table.withLock { $0.bytes >= Self.budget } }

  func find(_ key: Key) -> Start? { table.withLock { $0.starts[key] } }

  func add(_ key: Key, _ start: Start) {
    table.withLock {
      if $0.starts.updateValue(start, forKey: key) == nil { $0.bytes += start.console.count }
    }
  }
}

/// A worker's lone lane, on which beginnings are made.
final class EpisodeNursery: @unchecked Sendable {
  private let plan: AtariPlan
  /// Made when it is needed.
  private lazy var block = AtariBlock(plan: plan, count: 1)

  init(_ plan: AtariPlan) { self.plan = plan }

  /// One run makes the beginnings of all lengths up to this.
  private static let mostActs: Int32 = 64

  /// Puts the lane where its planned episode begins; false when that must be emulated.
  func copyStart(into target: AtariBlock, _ lane: Int, timer: UInt8) -> Bool {
    guard plan.copiesStarts, let survivors = plan.game.survivors else { return false }
    let memory = target.memory(lane)
    let state = target.lanes[lane]
    if state.actsLeft > Self.mostActs { return false }
    let key = EpisodeStarts.Key(
      timer: timer, acts: state.actsLeft, fires: state.firesLeft,
      survivors: survivors.reduce(0) { $0 << 8 | UInt64(memory[$1]) })
    if plan.starts.find(key) == nil && !plan.starts.isFull { make(key, survivors) }
    guard let start = plan.starts.find(key) else { return false }
    target.console.loadLane(lane, from: UnsafeRawPointer(start.console.pointer))
    target.lanes[lane] = start.lane
    target.lanes[lane].frame += state.frame
    return true
  }

  /// Emulates a reset and as many frames after it as an episode may begin with, and keeps what
  /// stands after each. A game that ends in between ends the row.
  private func make(_ key: EpisodeStarts.Key, _ survivors: [UInt8]) {
    let fire: Int32 = plan.opensWithFire ? 1 : 0
    let most = max(key.acts, min(Int32(plan.settings.noopMax) - 1, Self.mostActs), fire)
    setMemory(key.survivors, survivors)
    block.lanes[0] = AtariLane()
    block.lanes[0].game = plan.reader.initial
    block.lanes[0].resets = 1
    block.lanes[0].actsLeft = most
    block.lanes[0].firesLeft = key.fires
    block.lanes[0].opensWithFire = plan.opensWithFire
    block.beginReset(0, timer: key.timer)
    while block.arrange(0) {
      if block.lanes[0].endedEarly { return }
      block.runArranged(1)
      if block.lanes[0].stage == .acting {
        keep(key, most - block.lanes[0].actsLeft)
      } else if isReset {
        keep(key, 0)
      }
    }
  }

  /// The game's reset has played its last frame.
  private var isReset: Bool {
    let last: Stage = plan.starting.count == 0 ? .pressLast : .starting
    return block.lanes[0].left == 0 && block.lanes[0].stage == last
  }

  private func setMemory(_ values: UInt64, _ survivors: [UInt8]) {
    for row in 0..<128 { block.console.ram[row * ConsoleBlock.lanes] = 0 }
    for (index, address) in survivors.reversed().enumerated() {
      let value = UInt8(truncatingIfNeeded: values >> (8 * UInt64(index)))
      block.console.ram[Int(address & 0x7F) * ConsoleBlock.lanes] = value
    }
  }

  private func keep(_ key: EpisodeStarts.Key, _ acts: Int32) {
    if acts < key.fires { return }
    if block.lanes[0].checksOver && block.lanes[0].game.over { return }
    var key = key
    key.acts = acts
    let bytes = AlignedBuffer<UInt8>(count: block.console.laneBytes)
    block.console.saveLane(0, into: UnsafeMutableRawPointer(bytes.pointer))
    var lane = block.lanes[0]
    lane.stage = .ready
    lane.left = 0
    lane.resets = 0
    lane.opensWithFire = false
    lane.actsLeft = 0
    lane.firesLeft = 0
    lane.checksOver = false
    plan.starts.add(key, EpisodeStarts.Start(console: bytes, lane: lane))
  }
}
