import CLanes
import Environment
import Lanes
import Pixels
import Records

/// Up to 64 lanes of one task.
///
/// A seeded lane is MiniGrid's environment on which `reset(seed=s)` was called: every draw comes from
/// one `default_rng(s)`. Later resets go on with it. The next level of a lane is drawn ahead while it
/// plays, a lane every few steps, where the steps themselves draw nothing: results do not change.
final class GridBlock: Block {
  typealias Settings = GridSettings

  let task: GridTask
  let settings: GridSettings
  let count: Int
  let lanes: GridLanes
  let level: Level
  private let rules: [GridRule]
  private let navix: NavixRules?
  private let lens: GridLens
  private let wrappers: GridWrappers?
  /// Of the given seeds; and [64]: which comes next.
  private let seeded: [PCG64]
  private let seedTurns = AlignedBuffer<Int32>(count: 64)
  let clock = GridClock()
  /// [64]: what the next level is drawn from, and what is left behind when it has been drawn.
  let generators = AlignedBuffer<PCG64>(count: 64)
  private let generatorsAhead = AlignedBuffer<PCG64>(count: 64)
  /// [64]: where the next level lies.
  private let slotsAhead = AlignedBuffer<UnsafeMutableRawPointer>(count: 64)
  private var ready: LaneMask = 0
  private let drawsAhead: Bool
  private var turn = 0
  /// Lanes whose last words were those of no generator.
  private var broken: LaneMask = 0

  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec {
    guard let task = settings.task else { throw EnvironmentError.settings("\(id) is no task") }
    try settings.check()
    return EnvironmentSpec(
      id: id, observation: GridLens.fields(task, settings, KindTable(task.kinds)),
      action: .discrete(settings.actions(task)),
      actionNames: Action.allCases.prefix(settings.actions(task)).map { "\($0)" },
      info: [Field("text", [task.letters], .uint8, .text)])
  }

  init(_ id: String, _ settings: Settings, lanes count: Int) throws {
    guard let task = settings.task else { throw EnvironmentError.settings("\(id) is no task") }
    (self.task, self.settings, self.count) = (task, settings, count)
    let shape = GridShape(
      width: task.width, height: task.height, view: settings.viewSize, letters: task.letters,
      words: settings.words ?? task.words)
    let kinds = KindTable(task.kinds)
    drawsAhead =
      !task.rules.contains { $0.draws } && !settings.isStochastic && settings.levelSeeds.isEmpty
    lanes = GridLanes(shape, kinds, slots: drawsAhead ? 2 * count : count)
    level = Level(shape, kinds)
    rules = task.rules
    navix = settings.navix(task).map { NavixRules(traits: $0) }
    seeded = settings.levelSeeds.map { PCG64(seed: $0) }
    lens = GridLens(task, settings, lanes)
    wrappers = GridWrappers(task, settings, shape)
    for lane in 0..<count {
      generators[lane] = PCG64(seed: 0)
      if drawsAhead { slotsAhead[lane] = lanes.slot(count + lane).base }
    }
  }

  // MARK: Levels

  func begin(_ mask: LaneMask, seeds: UnsafePointer<UInt64>?) {
    clock.start()
    forEachLane(mask) { lane in
      if let seeds { reseed(lane, seeds[lane]) }
      if !seeded.isEmpty {
        let turn = Int(seedTurns[lane])
        generators[lane] = seeded[turn]
        seedTurns[lane] = Int32((turn + 1) % seeded.count)
      }
      if ready.contains(lane: lane) {
        let old = lanes.slots[lane]
        lanes.aim(lane, Slot(base: slotsAhead[lane]))
        slotsAhead[lane] = old
        generators[lane] = generatorsAhead[lane]
        ready &= ~(1 << LaneMask(lane))
      } else {
        draw(lanes.slot(of: lane), &generators.pointer[lane])
      }
      lanes.enter(lane)
    }
    clock.stop(.levels)
  }

  private func reseed(_ lane: Int, _ seed: UInt64) {
    generators[lane] = PCG64(seed: seed)
    ready &= ~(1 << LaneMask(lane))
    seedTurns[lane] = 0
    wrappers?.begin(lane)
  }

  private func draw(_ slot: Slot, _ generator: inout PCG64) {
    level.random = generator
    level.begin(slot)
    level.limit = task.limit
    var drafts = 0
    while !isDrawn() {
      drafts += 1
      precondition(drafts < 1_000_000, "\(task.id) rejects every level that it draws")
      level.clear()
      level.limit = task.limit
    }
    level.finish(limit: settings.maxSteps ?? level.limit)
    level.spell()
    generator = level.random
  }

  /// False: the draft is to be thrown away.
  private func isDrawn() -> Bool {
    do throws(Rejected) {
      try task.generate(level)
      return true
    } catch {
      return false
    }
  }

  /// Draws a lane's next level every few steps.
  private func drawAhead() {
    guard drawsAhead else { return }
    turn = turn + 1 == 64 ? 0 : turn + 1
    if turn >= count || ready.contains(lane: turn) { return }
    generatorsAhead[turn] = generators[turn]
    draw(Slot(base: slotsAhead[turn]), &generatorsAhead.pointer[turn])
    ready |= 1 << LaneMask(turn)
  }

  func world(_ lane: Int) -> World {
    World(lanes: lanes, lane: lane, random: generators.pointer + lane)
  }

  // MARK: Steps

  func step(_ mask: LaneMask, _ rows: BlockRows) {
    clock.start()
    let actions = rows.actions(Int32.self)
    let (rewards, ends, cuts) = (rows.rewards, rows.terminated, rows.truncated)
    let (steps, limits) = (lanes.steps, lanes.limits)
    forEachLane(mask) { lane in
      steps[lane] &+= 1
      var outcome = Outcome()
      act(world(lane), Action(actions[lane]), &outcome)
      rewards[lane] = outcome.reward
      ends[lane] = outcome.isOver ? 1 : 0
      cuts[lane] = steps[lane] >= limits[lane] ? 1 : 0
    }
    clock.stop(.steps)
    drawAhead()
    clock.stop(.levels)
  }

  @inline(__always) private func act(_ world: World, _ action: Action, _ outcome: inout Outcome) {
    guard let wrappers else { return follow(world, action, &outcome) }
    wrappers.step(world, action, &outcome) {
      if let navix { navix.step(world, $0, &$1) } else { follow(world, $0, &$1) }
    }
  }

  @inline(__always) private func follow(
    _ world: World, _ action: Action, _ outcome: inout Outcome
  ) {
    if rules.isEmpty { return world.act(action, &outcome) }
    var action = action
    for rule in rules { rule.before?(world, &action) }
    world.act(action, &outcome)
    for rule in rules { rule.after?(world, action, &outcome) }
  }

  // MARK: Observations

  func observe(_ mask: LaneMask, _ rows: BlockRows) {
    clock.start()
    lens.write(mask, rows) { world($0) }
    clock.stop(.views)
    lens.writeMissions(mask, rows)
    clock.stop(.missions)
  }

  func render(lane: Int) -> Picture {
    let (shape, painter) = (lanes.shape, GridPainter.of(side: 32))
    lens.look(1 << LaneMask(lane))
    let (width, height) = (shape.width * painter.side, shape.height * painter.side)
    var picture = Picture(width: width, height: height, filled: (0, 0, 0))
    picture.rgb.withUnsafeMutableBufferPointer {
      painter.full(
        world(lane), lens.view(lane), sides: lens.sides, step: lens.step,
        into: $0.baseAddress!)
    }
    return picture
  }

  // MARK: States

  func visit(lane: Int, _ state: inout some StateVisitor) {
    visitGenerator(lane, &state)
    let slot = lanes.slot(of: lane)
    var place = world(lane).agent
    state.visit(&place.x)
    state.visit(&place.y)
    if lanes.shape.contains(place) {
      lanes.set(lane, place)
    } else {
      broken |= 1 << LaneMask(lane)
    }
    state.visit(&lanes.directions[lane])
    state.visit(&lanes.carried[lane])
    state.visit(&lanes.carriedNumbers[lane])
    state.visit(&lanes.steps[lane])
    state.visit(&lanes.limits[lane])
    if !settings.levelSeeds.isEmpty { state.visit(&seedTurns[lane]) }
    wrappers?.visit(lane, &state)
    level.visit(slot, &state)
  }

  private func visitGenerator(_ lane: Int, _ state: inout some StateVisitor) {
    let before = generators[lane].words
    var words = before
    state.generator { for index in words.indices { $0.visit(&words[index]) } }
    broken &= ~(1 << LaneMask(lane))
    guard words != before else { return }
    ready &= ~(1 << LaneMask(lane))
    if let generator = PCG64(words: words) {
      generators[lane] = generator
    } else {
      broken |= 1 << LaneMask(lane)
    }
  }

  func flaw(lane: Int) -> String? {
    if broken.contains(lane: lane) { return "its generator or the agent's place is none" }
    if lanes.directions[lane] > 3 { return "the agent looks nowhere" }
    let turns = 0..<max(settings.levelSeeds.count, 1)
    if !turns.contains(Int(seedTurns[lane])) { return "the turn of its seeds is out of range" }
    if lanes.steps[lane] < 0 || lanes.limits[lane] < 1 { return "a count is out of range" }
    let objects = lanes.slot(of: lane).head.pointee.objects
    if !level.isSound(Cell(code: lanes.carried[lane])) || lanes.carriedNumbers[lane] > objects {
      return "what the agent carries is nothing"
    }
    return level.flaw(lanes.slot(of: lane))
  }
}

extension GridBlock: ProfiledBlock {
  var phases: [(name: String, ticks: UInt64)] {
    GridClock.Phase.allCases.map { ($0.name, clock.ticks[$0.rawValue]) }
  }
}
