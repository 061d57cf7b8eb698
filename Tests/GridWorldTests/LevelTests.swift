import Environment
import Lanes
import Records
import Testing

@testable import GridWorld

/// What random play in the originals' levels hardly ever meets.
@Suite struct LevelTests {
  private func begin(
    _ task: GridTask, seed: UInt64 = 7, _ change: (inout GridSettings) -> Void = { _ in }
  ) throws -> GridBlock {
    var settings = GridSettings()
    settings.task = task
    change(&settings)
    let block = try GridBlock(task.id, settings, lanes: 1)
    block.begin(1, seeds: [seed])
    return block
  }

  /// Rewards, and which actions end an episode.
  private struct Course: Equatable {
    var rewards: [Double] = []
    var ends: [Int] = []
  }

  private func play(
    _ task: GridTask, _ actions: [Action], _ settings: [String: SettingValue] = [:]
  ) throws -> Course {
    let batch = try GridFamily.row(task).make(1, settings, 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    var course = Course()
    for (index, action) in actions.enumerated() {
      buffers.actions.writable(Int32.self)[0] = Int32(action.rawValue)
      try batch.step(buffers)
      course.rewards.append(buffers.rewards.of(Double.self)[0])
      if buffers.terminated.of(UInt8.self)[0] == 1 { course.ends.append(index) }
    }
    return course
  }

  @Test("A draft is rejected after all tries of a place and one more")
  func tries() throws {
    let shape = GridShape(width: 5, height: 5, view: 7, letters: 8, words: 4)
    let lanes = GridLanes(shape, KindTable([]), slots: 1)
    let level = Level(shape, lanes.kinds)
    level.begin(lanes.slot(0))
    var asked = 0
    #expect(throws: Rejected.self) {
      try level.findPlace(Place(0, 0), (5, 5), tries: 3) { _ in
        asked += 1
        return true
      }
    }
    #expect(asked == 4)
  }

  @Test("A draft that is thrown away leaves no limit behind")
  func limit() throws {
    let task = GridTask("Test-Drafts-v0", width: 5, height: 5, limit: 70, letters: 4) {
      level throws(Rejected) in
      level.walls()
      try level.placeAgent()
      if level.flip() { return }
      level.limit = 5
      throw Rejected()
    }
    for seed in 0..<20 { #expect(try begin(task, seed: UInt64(seed)).lanes.limits[0] == 70) }
  }

  @Test("The way to a goal square right above or below is endless", arguments: [1, 3])
  func slope(goal: Int) throws {
    let task = GridTask("Test-Above-v0", width: 5, height: 5, limit: 70, letters: 4) { level in
      level.walls()
      level.agent = Place(2, 2)
      level.put(.goal, 2, goal)
    }
    let batch = try GridFamily.row(task).make(1, ["goal-direction": "slope"], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    let way = try #require(batch.spec.observation("goal_direction")).index
    let slope = buffers.observations[way].of(Double.self)[0]
    #expect(slope == (goal < 2 ? -.infinity : .infinity))
  }

  @Test("Who holds a thing already has not taken it")
  func taking() throws {
    let task = BabyTask.room("Taking-v0", 6).asks { level in
      level.agent = Place(1, 1)
      let key = level.put(.key(.red), 2, 1)
      let ball = level.put(.ball(.blue), 4, 1)
      return Program(
        Program(Clause(.goTo, level.description(ball))), .before,
        Program(Clause(.pickUp, level.description(key))))
    }
    let actions: [Action] = [
      .pickup, .forward, .forward, .pickup, .right, .drop, .pickup, .left,
    ]
    #expect(try play(task, actions).ends == [6])
  }

  @Test("A box that was opened is nowhere")
  func opened() throws {
    let task = BabyTask.room("Opened-v0", 6).asks { level in
      level.agent = Place(1, 1)
      let box = level.put(.box(.grey), 2, 1)
      let key = level.put(.key(.red), 1, 2)
      return Program(
        Program(Clause(.pickUp, level.description(key))), .before,
        Program(Clause(.goTo, level.description(box))))
    }
    #expect(try play(task, [.toggle, .right, .pickup, .drop, .left]).ends == [])
    #expect(try play(task, [.done, .right, .pickup, .drop, .left]).ends == [4])
  }

  @Test("What comes second waits for both of what comes first")
  func second() throws {
    let task = BabyTask.room("Second-v0", 6).with { $0.letters = 96 }.asks { level in
      level.agent = Place(1, 1)
      let box = level.description(level.put(.box(.grey), 2, 1))
      let key = level.description(level.put(.key(.red), 1, 2))
      let first = Program(Clause(.pickUp, key), and: Clause(.goTo, box))
      return Program(first, .before, Program(Clause(.goTo, box)))
    }
    #expect(try play(task, [.done, .right, .pickup, .left]).ends == [3])
  }

  @Test("Near is a corner too")
  func near() throws {
    let task = GridTask("Test-Near-v0", width: 6, height: 6, limit: 70, letters: 4) { level in
      level.walls()
      level.agent = Place(1, 1)
      level.put(.key(.red), 2, 1)
      level.put(.ball(.red), 3, 2)
      level.mark(0, Int(Cell.key(.red).code))
      level.mark(1, Place(3, 2))
    }.with { $0.rules = [.putsNear] }
    let course = try play(task, [.pickup, .drop])
    #expect(course.ends == [1] && course.rewards[1] > 0.9)
  }

  @Test("Nothing is put next to a key that fits a lock, where keys are spared")
  func keys() throws {
    let shape = GridShape(width: 6, height: 6, view: 7, letters: 8, words: 4)
    let lanes = GridLanes(shape, KindTable([]), slots: 1)
    let level = Level(shape, lanes.kinds)
    level.begin(lanes.slot(0))
    level.layRooms(size: 6, rows: 1, columns: 1)
    level.put(.door(.red, isLocked: true), 0, 2)
    level.put(.key(.red), 1, 1)
    level.put(.key(.blue), 1, 4)
    level.put(.ball(.red), 4, 1)
    let ball = Description(.ball)
    for (colour, fits) in [(Colour.red, true), (.blue, false)] {
      let key = Description(.key, colour)
      for clause in [Clause(ball, nextTo: key), Clause(key, nextTo: ball)] {
        let isRejected = (try? level.check(Program(clause), sparesKeys: true)) == nil
        #expect(isRejected == fits)
        try level.check(Program(clause), sparesKeys: false)
      }
    }
  }

  @Test("A thing that was taken up is known where it lay")
  func known() throws {
    let task = BabyTask.room("Known-v0", 6).asks { level in
      level.agent = Place(1, 1)
      let key = level.put(.key(.red), 2, 1)
      let ball = level.put(.ball(.blue), 1, 4)
      return Program(
        Program(Clause(.goTo, level.description(ball))), .before,
        Program(Clause(.goTo, level.description(key))))
    }
    // The key is in the agent's hands when it looks at its place again.
    let actions: [Action] = [.pickup, .right, .forward, .forward, .left, .left, .forward, .right]
    #expect(try play(task, actions).ends == [])
    #expect(try play(task, actions + [.left, .forward, .right]).ends == [10])
  }

  @Test("An obstacle that is shut in draws 101 places")
  func obstacles() throws {
    let task = GridTask("Test-Obstacles-v0", width: 5, height: 5, limit: 70, letters: 4) { level in
      level.walls()
      level.agent = Place(1, 1)
      level.put(.ball(.blue), 3, 3)
      for place in [Place(2, 2), Place(3, 2), Place(2, 3)] { level.put(.key(.red), place) }
      level.mark(0, 1)
    }.with { $0.rules = [.movesObstacles] }
    let block = try begin(task)
    var (generator, action) = (block.generators[0], Action.done)
    let move = try #require(GridRule.movesObstacles.before)
    move(block.world(0), &action)
    for _ in 0..<202 { _ = generator.next(below: 3) }
    #expect(block.generators[0].words == generator.words)
  }

  @Test("Who stands where one does not die goes on, whatever ended the episode")
  func standing() throws {
    let task = GridTask("Test-Standing-v0", width: 5, height: 5, limit: 70, letters: 4) { level in
      level.walls()
      level.agent = Place(1, 1)
      level.put(.lava, 1, 1)
    }.with {
      $0.rules = [GridRule { _, action, outcome in if action == .done { outcome.end(1) } }]
    }
    #expect(try play(task, [.done]) == Course(rewards: [1], ends: [0]))
    #expect(try play(task, [.done], ["no-death": "lava"]) == Course(rewards: [0], ends: []))
  }

  // MARK: NAVIX

  /// Key ahead, a locked door or the goal square to the right.
  private static func keyed(_ right: Cell) -> GridTask {
    GridTask("Test-DoorKey-v0", width: 5, height: 5, limit: 70, letters: 4) { level in
      level.walls()
      level.agent = Place(1, 1)
      level.put(.key(.yellow), 2, 1)
      level.put(right, 1, 2)
      level.put(.goal, 1, 3)
    }
  }

  @Test("NAVIX's key opens its door when it has been put down again")
  func putDown() throws {
    let actions: [Action] = [.pickup, .drop, .right, .toggle, .forward, .toggle, .forward]
    let task = Self.keyed(.door(.yellow, isLocked: true))
    let course = try play(task, actions, ["preset": "navix"])
    #expect(course == Course(rewards: [0, 0, 0, 0, 0, 0, 1], ends: [6]))
    #expect(try play(task, actions).ends == [])
    let other = Self.keyed(.door(.red, isLocked: true))
    #expect(try play(other, actions, ["preset": "navix"]).ends == [])
  }

  @Test("NAVIX's goal square is reached under a key, and is there when the key is taken")
  func covered() throws {
    let task = Self.keyed(.goal)
    let actions: [Action] = [.pickup, .right, .drop, .forward]
    let course = try play(task, actions, ["preset": "navix"])
    #expect(course == Course(rewards: [0, 0, 0, 1], ends: [3]))
    let again: [Action] = [.pickup, .right, .drop, .pickup, .left, .drop, .right, .forward]
    #expect(try play(task, again, ["preset": "navix"]).ends == [7])
    #expect(try play(task, actions).ends == [3])
  }

  @Test("NAVIX's obstacles share a cell, but for the first one's, and stop before the agent")
  func shared() throws {
    let task = GridTask("Test-Dynamic-Obstacles-v0", width: 3, height: 6, limit: 70, letters: 4) {
      level in
      level.walls()
      level.agent = Place(1, 1)
      for y in 2..<5 { level.put(.ball(.blue), 1, y) }
      level.mark(0, 3)
    }
    let block = try begin(task) { $0.apply(.navix) }
    let world = block.world(0)
    var (isShared, met) = (false, 0)
    for _ in 0..<200 {
      let before = (1...3).map { world.row(of: $0) }
      var outcome = Outcome()
      NavixRules(traits: NavixTraits(ballsMove: true)).step(world, .done, &outcome)
      let after = (1...3).compactMap { world.row(of: $0) }
      #expect(after.count == 3 && !after.contains(world.row))
      for number in 2...3 where after[number - 1] != before[number - 1] {
        #expect(after[number - 1] != before[0])
      }
      isShared = isShared || Set(after).count < 3
      met += outcome.isOver ? 1 : 0
      for y in 1..<5 {
        let isBall = world[Place(1, y)].kind == .ball
        #expect(isBall == after.contains(block.lanes.shape.row(1, y)))
      }
    }
    #expect(isShared && met > 0)
  }
}
