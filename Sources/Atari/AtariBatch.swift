import CLanes
import Console
import Environment
import Lanes
import Pixels

/// Many lanes of one Atari game, equal to ALE bit for bit.
///
/// What a seed stands for is `Settings.seeding`.
public final class AtariBatch: EnvironmentBatch {
  public typealias Action = Int32

  public let game: Game
  public let settings: Settings
  public let spec: EnvironmentSpec
  public let count: Int
  /// What each agent action is, in order.
  public var actions: [AtariAction] { plan.actions }

  let plan: AtariPlan
  let blocks: [AtariBlock]
  let grouping: Grouping
  private let pool: ThreadPool
  /// One a worker.
  let scratch: [AtariScratch]
  /// The lanes' next moves, [count].
  private let moves: AlignedBuffer<Moves>
  var hasStarted = false
  /// What ALE's `getAudio` gives, [lanes][512]: unsigned samples at 31,400 Hz, 128 for silence, of
  /// the last act. A game reset leaves them, but the fire and no-ops that may follow it are acts;
  /// loading the ROM makes them 0. Empty unless `Settings.sound` asks for them.
  public let sounds: AlignedBuffer<UInt8>
  /// Ticks of all workers in steps.
  private(set) var offered: UInt64 = 0
  /// The last step's: they hold the lanes' stacks.
  private var buffers: StepBuffers?

  /// - Parameter pool: nil: one thread.
  /// - Throws: `ROMError`, `CartridgeError`, `EnvironmentError`.
  public convenience init(
    _ game: Game, count: Int, settings: Settings = Settings(), pool: ThreadPool? = nil,
    store: ROMStore = .standard
  ) throws {
    try self.init(
      game, rom: store.load(game), count: count, settings: settings, pool: pool)
  }

  init(_ game: Game, rom: [UInt8], count: Int, settings: Settings, pool: ThreadPool?) throws {
    guard count > 0 else { throw EnvironmentError.batch(count) }
    let plan = try AtariPlan(game: game, rom: rom, settings: settings)
    self.game = game
    self.settings = settings
    self.count = count
    self.plan = plan
    let pool = pool ?? ThreadPool(threads: 1)
    self.pool = pool
    let scratch = (0..<pool.threads).map { _ in AtariScratch(plan) }
    self.scratch = scratch
    let lanes = ConsoleBlock.lanes
    let sounds = AlignedBuffer<UInt8>(count: count * plan.soundBytes)
    self.sounds = sounds
    blocks = stride(from: 0, to: count, by: lanes).map {
      AtariBlock(
        plan: plan, count: min(lanes, count - $0), workspace: scratch[0].console, samples: sounds)
    }
    grouping = Grouping(blocks)
    moves = AlignedBuffer(count: count)
    spec = EnvironmentSpec(
      id: game.id, observation: ObservationSpace(shape: plan.observationShape, element: .uint8),
      actions: settings.continuous ? ContinuousAction.space : .discrete(plan.actions.count),
      actionNames: settings.continuous ? [] : plan.actions.map(\.name),
      framesPerStep: settings.frameSkip, players: plan.players)
  }

  /// Starts a new episode everywhere. Seeds load the ROM again, as ALE does: power-on memory and
  /// both generators start over. A first reset without seeds takes the lane's number as its seed.
  public func reset(seeds: [UInt64]?, into buffers: StepBuffers) throws {
    if let seeds, seeds.count != count {
      throw EnvironmentError.settings("\(seeds.count) seeds for \(count) lanes")
    }
    try check(buffers)
    let loads = seeds != nil || !hasStarted
    if loads {
      let starts = AtariBlock(plan: plan, count: 1, workspace: scratch[0].console)
      grouping.arrange((0..<count).map { starts.plannedActs(seed: seeds?[$0] ?? UInt64($0)) })
    }
    forEachBlock { block, scratch in
      block.restart(block.everyLane, into: buffers, scratch, asked: true) { lane in
        loads ? seeds?[lane] ?? UInt64(lane) : nil
      }
    }
    self.buffers = buffers
    grouping.regroup(after: 0)
    hasStarted = true
  }

  /// Starts a new episode in some lanes; the others and what the buffers show of them stay as they
  /// are. For any autoreset mode, and for episodes that have not ended.
  /// - Parameter seeds: one for each of `lanes`, as in `reset(seeds:into:)`; nil goes on with their
  ///   generators.
  /// - Throws: `EnvironmentError.settings` for lanes that do not exist or are named twice, for another
  ///   number of seeds, and before the first reset of all.
  public func reset(_ lanes: [Int], seeds: [UInt64]? = nil, into buffers: StepBuffers) throws {
    try checkStarted(lanes)
    if let seeds, seeds.count != lanes.count {
      throw EnvironmentError.settings("\(seeds.count) seeds for \(lanes.count) lanes")
    }
    var chosen = [Int?](repeating: nil, count: count)
    for (index, lane) in lanes.enumerated() {
      if chosen[lane] != nil { throw EnvironmentError.settings("lane \(lane) is named twice") }
      chosen[lane] = index
    }
    try adopt(buffers)
    forEachBlock { block, scratch in
      let mask = block.lanes { chosen[$0] != nil }
      if mask == 0 { return }
      block.restart(mask, into: buffers, scratch, asked: true) { lane in
        chosen[lane].flatMap { seeds?[$0] }
      }
    }
  }

  public func step(_ actions: UnsafeBufferPointer<Int32>, into buffers: StepBuffers) throws {
    try check(actions.count, numbers: 1, buffers)
    for index in 0..<actions.count {
      guard let action = UInt32(exactly: actions[index]), action < plan.moves.count else {
        throw EnvironmentError.action(
          lane: index % count, value: String(actions[index]),
          allowed: "0...\(plan.moves.count - 1)")
      }
      take(plan.moves.pointer[Int(action)], index)
    }
    advance(into: buffers)
  }

  /// `step` with CALE's actions, [count, 3] or with two players [2, count, 3]: radius 0...1, angle
  /// -pi...pi, fire 0...1 of each lane. Steps of both kinds may take turns.
  /// - Throws: `EnvironmentError` for an action out of range, for another shape, and without the
  ///   setting `continuous`; then no lane has moved.
  public func step(
    continuous actions: UnsafeBufferPointer<Float>, into buffers: StepBuffers
  ) throws {
    guard settings.continuous else {
      throw EnvironmentError.settings("continuous actions need the setting continuous=true")
    }
    try check(actions.count, numbers: 3, buffers)
    for index in 0..<plan.players * count {
      let action = ContinuousAction(
        radius: actions[index * 3], angle: actions[index * 3 + 1], fire: actions[index * 3 + 2])
      try action.check(lane: index % count)
      take(plan.move(action.action(threshold: plan.threshold), strength: action.radius), index)
    }
    advance(into: buffers)
  }

  /// - Parameter index: in [players, count].
  @inline(__always) private func take(_ move: Move, _ index: Int) {
    if index < count {
      moves.pointer[index].a = move
    } else {
      moves.pointer[index - count].b = move
    }
  }

  /// A step under `moves`.
  private func advance(into buffers: StepBuffers) {
    let began = lanes_ticks()
    defer { offered &+= (lanes_ticks() &- began) &* UInt64(pool.threads) }
    forEachBlock { block, scratch in block.step(moves.pointer, into: buffers, scratch: scratch) }
    self.buffers = buffers
    grouping.regroup(after: settings.frameSkip)
  }

  /// All blocks, on all workers.
  private func forEachBlock(_ body: (AtariBlock, AtariScratch) -> Void) {
    forEachBlock(alone: false) { _, block, scratch in body(block, scratch) }
  }

  /// - Parameter alone: on this thread.
  func forEachBlock(alone: Bool, _ body: (Int, AtariBlock, AtariScratch) -> Void) {
    func visit(_ index: Int, _ worker: Int) {
      blocks[index].console.workspace = scratch[worker].console
      body(index, blocks[index], scratch[worker])
      blocks[index].console.tidy()
    }
    if !alone { return pool.forEach(blocks.count, visit) }
    for index in blocks.indices { visit(index, 0) }
  }

  /// Makes these the buffers in which the lanes' stacks lie, those of lanes apart that are not going
  /// to be written to.
  func adopt(_ new: StepBuffers) throws {
    try check(new)
    if new === buffers { return }
    forEachBlock { block, _ in block.keepStacks() }
    buffers = new
  }

  /// - Parameter numbers: that make up an action.
  private func check(_ given: Int, numbers: Int, _ buffers: StepBuffers) throws {
    guard hasStarted else { throw EnvironmentError.settings("step before the first reset") }
    guard given == plan.players * count * numbers else {
      var shape = plan.players == 1 ? [count] : [plan.players, count]
      if numbers > 1 { shape.append(numbers) }
      throw EnvironmentError.settings("\(given) numbers for actions of shape \(shape)")
    }
    try check(buffers)
  }

  private func check(_ buffers: StepBuffers) throws {
    guard buffers.count == count, buffers.observationBytes == spec.observation.byteCount,
      buffers.rewards.count == plan.players * count
    else {
      throw EnvironmentError.settings("step buffers of another shape than the batch")
    }
  }

  func place(_ lane: Int) -> (AtariBlock, Int) {
    precondition((0..<count).contains(lane), "lane \(lane) of \(count)")
    let place = Int(grouping.places[lane])
    return (blocks[place / ConsoleBlock.lanes], place % ConsoleBlock.lanes)
  }

  public func render(lane: Int) -> Picture {
    let (block, index) = place(lane)
    let picture = AlignedBuffer<UInt8>(count: plan.pictureBytes)
    block.console.picture(lane: index, into: picture.pointer)
    var rgb: [UInt8] = []
    rgb.reserveCapacity(plan.pictureBytes * 3)
    for color in picture.span { rgb += plan.palette.rgb[Int(color) * 3..<Int(color) * 3 + 3] }
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

  /// 512 samples; see `sounds`. Empty unless `Settings.sound` asks for them.
  public func sound(lane: Int) -> [UInt8] {
    precondition((0..<count).contains(lane), "lane \(lane) of \(count)")
    return Array(sounds.span[lane * plan.soundBytes..<(lane + 1) * plan.soundBytes])
  }

  /// RIOT memory, 128 bytes from address $80.
  public func memory(lane: Int) -> [UInt8] {
    let (block, index) = place(lane)
    return (0..<128).map { block.console.ram[$0 * ConsoleBlock.lanes + index] }
  }
}
