import CLanes
import Console
import Environment
import Lanes
import Pixels

/// Many lanes of one Atari game, equal to ALE bit for bit.
///
/// What a seed stands for is `Settings.seeding`.
public final class AtariBatch: EnvironmentBatch, @unchecked Sendable {
  public let game: Game
  public let settings: Settings
  public let spec: EnvironmentSpec
  public let lanes: Int
  public let workers: Int
  let admission: Admission
  /// What each discrete action is, in order.
  public var actions: [AtariAction] { plan.actions }

  let plan: AtariPlan
  let blocks: [AtariBlock]
  let grouping: Grouping
  /// One a worker.
  let scratch: [AtariScratch]
  /// The lanes' next moves, [lanes].
  private let moves: AlignedBuffer<Moves>
  var hasStarted = false
  /// Samples of all lanes, [lanes][512]: what the spec's info field `sound` shows.
  let sounds: AlignedBuffer<UInt8>
  /// Ticks of all workers in steps.
  private(set) var offered: UInt64 = 0
  private var began: UInt64 = 0
  /// The observations of the last step: lanes' stacks lie there, unless others may write to them.
  private var column: Column?

  // Of the work in hand.
  private var work = Work.step
  private var rows: AtariRows?
  /// By lane, the place in the reset's lists; empty: all lanes.
  private var chosen: [Int?] = []
  private var next: Column?
  /// Whether lanes' stacks must leave the last column first: others may write there, or not all lanes
  /// are going to be written.
  private var leavesColumn = false

  /// - Parameter workers: threads that may perform its pieces at once.
  /// - Throws: `ROMError`, `CartridgeError`, `EnvironmentError`, `SettingError`.
  public convenience init(
    _ game: Game, lanes: Int, settings: Settings = Settings(), workers: Int = 1,
    store: ROMStore = .standard
  ) throws {
    try self.init(game, rom: store.load(game), lanes: lanes, settings: settings, workers: workers)
  }

  init(_ game: Game, rom: [UInt8], lanes: Int, settings: Settings, workers: Int) throws {
    guard lanes > 0 else { throw EnvironmentError.batch(lanes) }
    guard workers > 0 else { throw EnvironmentError.settings("a batch needs at least 1 worker") }
    let plan = try AtariPlan(game: game, rom: rom, settings: settings)
    self.game = game
    self.settings = settings
    self.lanes = lanes
    self.workers = workers
    self.plan = plan
    let scratch = (0..<workers).map { _ in AtariScratch(plan) }
    self.scratch = scratch
    let sounds = AlignedBuffer<UInt8>(count: lanes * plan.soundBytes)
    self.sounds = sounds
    blocks = stride(from: 0, to: lanes, by: ConsoleBlock.lanes).map {
      AtariBlock(
        plan: plan, count: min(ConsoleBlock.lanes, lanes - $0), workspace: scratch[0].console,
        samples: sounds)
    }
    grouping = Grouping(blocks)
    moves = AlignedBuffer(count: lanes)
    spec = plan.spec
    admission = Admission(spec, lanes: lanes)
  }

  // MARK: Work

  public var pieces: Int { blocks.count }

  /// Seeds load the ROM again, as ALE does: power-on memory and both generators start over.
  public func prepare(_ work: Work, _ buffers: StepBuffers) throws {
    try admission.check(work, buffers, hasStarted: hasStarted)
    began = lanes_ticks()
    self.work = work
    let next = buffers.observations[0]
    leavesColumn = next.isShared
    switch work {
    case .step: takeActions(buffers.actions)
    case .reset(nil, let seeds):
      chosen = []
      if seeds != nil || !hasStarted { arrange(seeds) }
    case .reset(let lanes?, _):
      chosen = [Int?](repeating: nil, count: self.lanes)
      for (index, lane) in lanes.enumerated() { chosen[lane] = index }
      leavesColumn = next.isShared || next.base != column?.base
    }
    rows = AtariRows(buffers, spec)
    self.next = next
  }

  private func arrange(_ seeds: [UInt64]?) {
    let starts = AtariBlock(plan: plan, count: 1, workspace: scratch[0].console)
    grouping.arrange((0..<lanes).map { starts.plannedActs(seed: seeds?[$0] ?? UInt64($0)) })
  }

  private func takeActions(_ actions: Column) {
    if settings.continuous {
      let numbers = actions.of(Float.self)
      for index in 0..<plan.players * lanes {
        let action = ContinuousAction(
          radius: numbers[index * 3], angle: numbers[index * 3 + 1], fire: numbers[index * 3 + 2])
        take(plan.move(action), index)
      }
    } else {
      let numbers = actions.of(Int32.self)
      for index in 0..<plan.players * lanes { take(plan.moves.pointer[Int(numbers[index])], index) }
    }
  }

  /// - Parameter index: in [players, lanes].
  @inline(__always) private func take(_ move: Move, _ index: Int) {
    if index < lanes {
      moves.pointer[index].a = move
    } else {
      moves.pointer[index - lanes].b = move
    }
  }

  public func perform(_ piece: Int, worker: Int) {
    guard let rows else { return }
    let (block, scratch) = (blocks[piece], scratch[worker])
    block.console.workspace = scratch.console
    if leavesColumn { block.keepStacks() }
    switch work {
    case .step: block.step(moves.pointer, into: rows, scratch: scratch)
    case .reset(let lanes, let seeds): reset(block, lanes, seeds, rows, scratch)
    }
    block.console.tidy()
  }

  private func reset(
    _ block: AtariBlock, _ lanes: [Int]?, _ seeds: [UInt64]?, _ rows: AtariRows,
    _ scratch: AtariScratch
  ) {
    let loads = seeds != nil || !hasStarted
    if lanes == nil {
      return block.restart(block.everyLane, into: rows, scratch, asked: true) { lane in
        loads ? seeds?[lane] ?? UInt64(lane) : nil
      }
    }
    let mask = block.lanes { chosen[$0] != nil }
    if mask == 0 { return }
    block.restart(mask, into: rows, scratch, asked: true) { lane in
      chosen[lane].flatMap { seeds?[$0] }
    }
  }

  public func finish() {
    column = next
    (rows, next) = (nil, nil)
    switch work {
    case .step:
      grouping.regroup(after: settings.frameSkip)
      offered &+= (lanes_ticks() &- began) &* UInt64(workers)
    case .reset(nil, _):
      grouping.regroup(after: 0)
      hasStarted = true
    case .reset: break
    }
    work = .step
  }

  /// Makes this the column in which lanes' stacks may lie, for lanes that are about to be written
  /// outside a step.
  func adopt(_ buffers: StepBuffers) throws -> AtariRows {
    try admission.check(.reset(lanes: nil, seeds: nil), buffers, hasStarted: hasStarted)
    let new = buffers.observations[0]
    if new.isShared || new.base != column?.base { for block in blocks { block.keepStacks() } }
    column = new
    return AtariRows(buffers, spec)
  }

  /// Calls `body` with every block and its place.
  func forEachBlock(
    on pool: ThreadPool?, _ body: (Int, AtariBlock, AtariScratch) -> Void
  ) {
    func visit(_ index: Int, _ worker: Int) {
      blocks[index].console.workspace = scratch[worker].console
      body(index, blocks[index], scratch[worker])
      blocks[index].console.tidy()
    }
    if let pool { return pool.forEach(blocks.count, visit) }
    for index in blocks.indices { visit(index, 0) }
  }

  func place(_ lane: Int) -> (AtariBlock, Int) {
    precondition((0..<lanes).contains(lane), "lane \(lane) of \(lanes)")
    let place = Int(grouping.places[lane])
    return (blocks[place / ConsoleBlock.lanes], place % ConsoleBlock.lanes)
  }

  public func render(lane: Int) throws -> Picture {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    let (block, index) = place(lane)
    let picture = AlignedBuffer<UInt8>(count: plan.pictureBytes)
    block.console.picture(lane: index, into: picture.pointer)
    let rgb = plan.palette.rgb.withUnsafeBufferPointer { palette in
      [UInt8](unsafeUninitializedCapacity: plan.pictureBytes * 3) { rgb, count in
        count = plan.pictureBytes * 3
        for place in 0..<plan.pictureBytes {
          let color = palette.baseAddress! + Int(picture.pointer[place]) * 3
          for channel in 0..<3 { rgb[place * 3 + channel] = color[channel] }
        }
      }
    }
    return Picture(width: AtariPlan.width, height: plan.height, rgb: rgb)
  }

  // MARK: Modes and difficulties

  /// The lane's game variation; a new one takes hold at the lane's next game reset.
  public func mode(lane: Int) -> Int {
    let (block, index) = place(lane)
    return Int(block.lanes[index].mode)
  }

  /// Bit 0: left switch at A, bit 1: right one; a change takes hold at the next frame.
  public func difficulty(lane: Int) -> Int {
    let (block, index) = place(lane)
    return Int(block.lanes[index].difficulty)
  }

  /// - Throws: `EnvironmentError.settings` for a mode or difficulty that the game does not have.
  public func set(mode: Int? = nil, difficulty: Int? = nil, lane: Int) throws {
    var wanted = settings
    wanted.mode = mode
    wanted.difficulty = difficulty
    try wanted.check(for: plan.game)
    let (block, index) = place(lane)
    if let mode { block.lanes[index].mode = Int32(mode) }
    if let difficulty { block.lanes[index].difficulty = UInt8(difficulty) }
  }

  // MARK: What ALE reports beside the observation

  /// Lives left, as ALE counts them; 0 for games without.
  public func lives(lane: Int) -> Int {
    let (block, index) = place(lane)
    return Int(block.lives(index))
  }

  /// Those of the second player; 0 where players have none or share them.
  public func livesOfB(lane: Int) -> Int {
    let (block, index) = place(lane)
    return Int(block.livesOfB(index))
  }

  /// Frames acted since the ROM was loaded, and since the game was reset.
  public func frameNumbers(lane: Int) -> (total: Int, episode: Int) {
    let (block, index) = place(lane)
    return (Int(block.lanes[index].frame), Int(block.lanes[index].episodeFrame))
  }

  /// What ALE's `getAudio` gives: 512 unsigned samples at 31,400 Hz, 128 for silence, of the last act. A
  /// game reset leaves them, but the fire and no-ops that may follow it are acts; loading the ROM makes
  /// them 0. Empty unless `Settings.sound` asks for them.
  public func sound(lane: Int) -> [UInt8] {
    precondition((0..<lanes).contains(lane), "lane \(lane) of \(lanes)")
    return Array(sounds.span[lane * plan.soundBytes..<(lane + 1) * plan.soundBytes])
  }

  /// RIOT memory, 128 bytes from address $80.
  public func memory(lane: Int) -> [UInt8] {
    let (block, index) = place(lane)
    return (0..<128).map { block.console.ram[$0 * ConsoleBlock.lanes + index] }
  }
}
