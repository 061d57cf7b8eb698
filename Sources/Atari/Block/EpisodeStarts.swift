import Console
import Lanes

/// How lanes stand when an episode begins, so that no beginning is emulated twice.
///
/// A game reset costs about 70 frames, fire and no-ops follow, and a lone lane that plays them
/// costs nearly as much as 64. But what comes out depends only on the timer's random start, on the
/// number of frames after the reset, and on the few bytes of memory that the program does not
/// clear (`Game.survivors`): so it is copied. Where these are not known, what follows the loading of
/// the ROM still is the same in every lane. Shared by all blocks of a batch.
final class EpisodeStarts: @unchecked Sendable {
  struct Key: Hashable {
    var timer: UInt8
    /// Frames of fire and no-op after the reset, and how many of the first are fire.
    var acts: Int32
    var fires: Int32
    var mode: Int32
    var difficulty: UInt8
    /// The bytes that outlive a machine reset, at most eight; nil: not known, the ROM has just been
    /// loaded.
    var survivors: UInt64?
  }

  /// A lane between two frames.
  final class Start: @unchecked Sendable {
    private let machine: AlignedBuffer<UInt8>
    private let pictures: PackedPictures
    var lane: AtariLane
    /// Of the machine's own random numbers.
    let system: TwisterBank.State
    /// Numbers of the generator that makes actions stick; nil: one was looked at.
    let skipped: UInt64?
    private let heard: [SoundRegisters]

    /// Lane 0 of the block, whose generator for sticky actions began as the standard one.
    init(_ block: AtariBlock) {
      skipped = block.environment.skipped(0, since: TwisterBank.standard)
      machine = AlignedBuffer(count: block.console.machineBytes)
      block.console.saveMachine(0, into: UnsafeMutableRawPointer(machine.pointer))
      pictures = PackedPictures(of: block.console, 0)
      system = block.system.state(0)
      lane = block.lanes[0]
      heard = block.sound.heard ?? []
    }

    var bytes: Int { machine.count + pictures.bytes }

    func copy(into block: AtariBlock, _ index: Int) {
      let registers = block.console.soundRegisters(index)
      block.console.loadMachine(index, from: UnsafeRawPointer(machine.pointer))
      pictures.unpack(into: block.console, index)
      let (mode, difficulty) = (block.lanes[index].mode, block.lanes[index].difficulty)
      block.lanes[index] = lane
      block.lanes[index].mode = mode
      block.lanes[index].difficulty = difficulty
      if block.plan.hearsSound { block.takeOver(heard, after: registers, index) }
    }
  }

  private struct Table {
    var starts: [Key: Start] = [:]
    var bytes = 0
  }

  private let table = Locked(Table())

  /// Bytes all starts together may take; what comes later is emulated. Most games have room for all
  /// that there are: 31 lengths for each of 256 timers, 3 to 15 KB each.
  private static let budget = 64 << 20

  private let loadedLane = Locked<Start?>(nil)

  /// A lane as it stands once the ROM is loaded, made when it is asked for first.
  func loaded(_ make: () -> Start) -> Start {
    loadedLane.withLock { lane in
      if lane == nil { lane = make() }
      return lane!
    }
  }

  var isFull: Bool { table.withLock { $0.bytes >= Self.budget } }

  func find(_ key: Key) -> Start? { table.withLock { $0.starts[key] } }

  func add(_ key: Key, _ start: Start) {
    table.withLock {
      if $0.starts.updateValue(start, forKey: key) == nil { $0.bytes += start.bytes }
    }
  }
}

/// A worker's lone lane, on which beginnings are made.
final class EpisodeNursery: @unchecked Sendable {
  private let plan: AtariPlan
  /// Made when it is needed.
  private lazy var block = AtariBlock(plan: plan, count: 1, workspace: workspace)
  private let workspace: ConsoleWorkspace

  init(_ plan: AtariPlan, _ workspace: ConsoleWorkspace) {
    self.plan = plan
    self.workspace = workspace
  }

  /// Loads the ROM into the lane and begins its first episode. Up to there every lane does the
  /// same: the generator that fills its memory has always the same seed.
  func load(into target: AtariBlock, _ lane: Int, seed: UInt64) {
    if !plan.settings.replayIdentical && !(plan.copiesStarts && plan.beginsAlike) {
      return target.load(lane, seed: seed, thenReset: true)
    }
    target.seedGenerators(lane, seed)
    target.environment.skip(lane, reload(into: target, lane).skipped ?? 0)
    target.beginEpisode(lane, seed: seed, nursery: self)
  }

  /// The lane as it stands once the ROM is loaded, with its random numbers for memory and timers; its
  /// other generators go on.
  @discardableResult
  func reload(into target: AtariBlock, _ lane: Int) -> EpisodeStarts.Start {
    let loaded = plan.starts.loaded { [self] in
      listen()
      block.load(0, seed: 0, thenReset: false)
      block.lanes[0].actsLeft = 0
      block.lanes[0].nextOpening = AtariLane.noOpening
      block.environment.setState(0, TwisterBank.standard)
      block.bringUp(1)
      return EpisodeStarts.Start(block)
    }
    target.silence(lane)
    if plan.hasSlots { target.keepSlots(lane) }
    loaded.copy(into: target, lane)
    target.system.setState(lane, loaded.system)
    return loaded
  }

  /// One run makes the beginnings of all lengths up to this.
  private static let mostActs: Int32 = 64

  /// Puts the lane where its planned episode begins; false when that must be emulated.
  func copyStart(into target: AtariBlock, _ lane: Int, timer: UInt8) -> Bool {
    // Then nothing has happened since the ROM was loaded, but that the timer was drawn.
    let isLoaded = plan.settings.replayIdentical || target.lanes[lane].beginsWithSeed
    let isKnown = plan.game.survivors != nil || isLoaded && plan.beginsAlike
    guard plan.copiesStarts, isKnown else { return false }
    let memory = target.memory(lane)
    let state = target.lanes[lane]
    if state.actsLeft > Self.mostActs { return false }
    let key = EpisodeStarts.Key(
      timer: timer, acts: state.actsLeft, fires: state.firesLeft,
      mode: state.mode, difficulty: state.difficulty,
      survivors: plan.game.survivors?.reduce(0) { $0 << 8 | UInt64(memory[$1]) })
    if plan.starts.find(key) == nil && !plan.starts.isFull { make(key) }
    guard let start = plan.starts.find(key) else { return false }
    start.copy(into: target, lane)
    target.lanes[lane].keepPlans(of: state)
    // The machine reset has drawn for it, the program has cleared it.
    target.system.skip(lane, UInt64(plan.program.scheme.randomBytes))
    target.environment.skip(lane, start.skipped ?? 0)
    return true
  }

  /// Emulates a reset and as many frames after it as an episode may begin with, and keeps what
  /// stands after each. A game that ends in between ends the row.
  private func make(_ key: EpisodeStarts.Key) {
    let fire: Int32 = plan.opensWithFire ? 1 : 0
    let noops = Int32(plan.settings.noopMax) - 1 + plan.manner.noopsAtLeast
    // A fire press at the end is no part of a longer beginning.
    let endsWithFire =
      plan.manner.opening == .fireLast && (key.fires > 0 || plan.game.modes.acts && fire > 0)
    let most = endsWithFire ? key.acts : max(key.acts, min(noops, Self.mostActs), fire)
    prepare(key)
    listen()
    block.lanes[0] = AtariLane(mode: key.mode, difficulty: key.difficulty)
    block.lanes[0].game = plan.reader.initial
    block.lanes[0].gameB = plan.initialB
    block.lanes[0].resets = 1
    block.lanes[0].actsLeft = most
    block.lanes[0].firesLeft = key.fires
    block.lanes[0].firePress = fire * (plan.manner.opening == .fireLast ? 1 : most)
    block.lanes[0].nextOpening = AtariLane.noOpening
    block.environment.setState(0, TwisterBank.standard)
    block.beginReset(0, timer: key.timer)
    while block.arrange(0) {
      if block.lanes[0].endedEarly { return }
      block.runArranged(1)
      if block.lanes[0].stage == .acting {
        let acts = most - block.lanes[0].actsLeft
        if !endsWithFire || acts == most { keep(key, acts) }
      } else if isReset && !endsWithFire {
        keep(key, 0)
      }
    }
  }

  private func listen() { if plan.hearsSound { block.sound.heard = [] } }

  /// The game's reset has played its last frame.
  private var isReset: Bool {
    let last: Stage = plan.starting.count == 0 ? .pressLast : .starting
    return block.lanes[0].left == 0 && block.lanes[0].stage == last
  }

  /// The lane's memory, and its generator where that is as after loading.
  private func prepare(_ key: EpisodeStarts.Key) {
    guard let values = key.survivors else {
      reload(into: block, 0)
      _ = block.drawTimer(0)
      return
    }
    for row in 0..<128 { block.console.ram[row * ConsoleBlock.lanes] = 0 }
    for (index, address) in plan.game.survivors!.reversed().enumerated() {
      let value = UInt8(truncatingIfNeeded: values >> (8 * UInt64(index)))
      block.console.ram[Int(address & 0x7F) * ConsoleBlock.lanes] = value
    }
  }

  private func keep(_ key: EpisodeStarts.Key, _ acts: Int32) {
    if acts < key.fires { return }
    if block.lanes[0].checksOver && block.hasEndedEarly(0) { return }
    var key = key
    key.acts = acts
    let start = EpisodeStarts.Start(block)
    if start.skipped == nil { return }
    start.lane.stage = .acting
    start.lane.left = 0
    start.lane.resets = 0
    start.lane.firePress = 0
    start.lane.actsLeft = 0
    start.lane.firesLeft = 0
    start.lane.checksOver = false
    plan.starts.add(key, start)
  }
}
