import Lanes
import Records

/// A submarine of two cells hunts fish and other submarines, takes divers aboard and brings them up
/// before the oxygen ends. A hit is worth 1, six divers brought up what oxygen is left, in tenths of
/// the tank. Enemies come and swim faster with every surfacing.
///
/// - Source: MinAtar 1.0.15, `environments/seaquest.py`, with all that follows from its lists of lists:
///   `remove` takes out the first that is equal, and what is moved up to its place moves once more.
final class Seaquest: Rules {
  static let name = "Seaquest"
  static let planes = [
    "sub_front", "sub_back", "friendly_bullet", "trail", "enemy_bullet", "enemy_fish", "enemy_sub",
    "oxygen_guage", "diver_guage", "diver",
  ]
  static let minimalMoves = Move.allCases

  /// The player's submarine and the timers.
  private struct Vessel: BitwiseCopyable {
    var x: Int8 = 5
    var y: Int8 = 0
    var way: Int8 = -1
    /// Whether it has been up since it was last below.
    var isUp: Int8 = 1
    var shotWait: Int8 = 0
    var enemyWait: Int8 = 20
    var enemyPause: Int8 = 20
    var diverWait: Int8 = 30
    /// Steps that enemies rest in a cell.
    var rest: Int8 = 5
    var ramps: Int8 = 0
    var oxygen: Int16 = 200
    /// On board. Six that are brought up leave -1, and from there it falls.
    var divers: Int32 = 0
  }

  private let vessels = AlignedBuffer<Vessel>(count: 64)
  private let doesRamp: Bool
  // An enemy comes a step at most and stays 60 steps; a shot is gone after 10 and is fired every 5.
  private let fish = Things(capacity: 64)
  private let subs = Things(capacity: 64)
  private let bombs = Things(capacity: 80)
  private let shots = Things(capacity: 4)
  private let divers = Things(capacity: 8)

  init(ramps: Bool) {
    doesRamp = ramps
    for lane in 0..<64 { vessels[lane] = Vessel() }
  }

  func begin(_ lanes: LaneMask, _ random: RandomStates) {
    forEachLane(lanes) { lane in
      vessels.pointer[lane] = Vessel()
      fish.clear(lane)
      subs.clear(lane)
      bombs.clear(lane)
      shots.clear(lane)
      divers.clear(lane)
    }
  }

  func step(_ turn: Turn) {
    forEachLane(turn.lanes) { lane in
      var result = Result()
      let vessel = vessels.pointer + lane
      spawn(lane, vessel, turn.random)
      act(lane, vessel, turn.moves[lane])
      moveShots(lane, &result)
      moveDivers(lane, vessel)
      moveSubs(lane, vessel, &result)
      moveBombs(lane, vessel, &result)
      moveFish(lane, vessel, &result)
      count(vessel, &result)
      turn.rewards[lane] = result.reward
      turn.ends[lane] = result.isOver ? 1 : 0
    }
  }

  private struct Result {
    var reward: Int8 = 0
    var isOver = false
  }

  // MARK: What comes

  @inline(__always) private func spawn(
    _ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>, _ random: RandomStates
  ) {
    if vessel.pointee.enemyWait == 0 {
      spawnEnemy(lane, vessel.pointee.rest, random)
      vessel.pointee.enemyWait = vessel.pointee.enemyPause
    }
    if vessel.pointee.diverWait == 0 {
      let way: Int8 = random.decide(lane, below: 1 << 52) ? 1 : -1
      divers.append(lane, arrival(lane, way, wait: 5, random))
      vessel.pointee.diverWait = 30
    }
  }

  /// Nobody comes against those who already swim in that row.
  private func spawnEnemy(_ lane: Int, _ rest: Int8, _ random: RandomStates) {
    let way: Int8 = random.decide(lane, below: 1 << 52) ? 1 : -1
    let isSub = random.decide(lane, below: Self.third)
    var enemy = arrival(lane, way, wait: rest, random)
    var isBlocked = false
    let look = { (other: Thing) in
      if other.y == enemy.y && other.way != way { isBlocked = true }
    }
    subs.forEach(lane, look)
    fish.forEach(lane, look)
    if isBlocked { return }
    if isSub { enemy.aim = 10 }
    (isSub ? subs : fish).append(lane, enemy)
  }

  private func arrival(_ lane: Int, _ way: Int8, wait: Int8, _ random: RandomStates) -> Thing {
    let y = Int8(random.next(lane, below: 8)) + 1
    return Thing(x: way > 0 ? 0 : 9, y: y, way: way, wait: wait)
  }

  private static let third = RandomStates.threshold(1 / 3)

  // MARK: What moves

  @inline(__always) private func act(
    _ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>, _ move: Int8
  ) {
    let (x, y) = (vessel.pointee.x, vessel.pointee.y)
    if move == 5 {
      if vessel.pointee.shotWait != 0 { return }
      shots.append(lane, Thing(x: x, y: y, way: vessel.pointee.way))
      vessel.pointee.shotWait = 5
      return
    }
    let across: Int8 = move == 1 ? -1 : move == 3 ? 1 : 0
    let down: Int8 = move == 2 ? -1 : move == 4 ? 1 : 0
    vessel.pointee.x = min(max(x &+ across, 0), 9)
    vessel.pointee.y = min(max(y &+ down, 0), 8)
    if across != 0 { vessel.pointee.way = across }
  }

  private func moveShots(_ lane: Int, _ result: inout Result) {
    let list = shots.list(lane)
    shots.forEachReversed(lane) { index in
      list[index].x &+= list[index].way
      if list[index].isOutside {
        shots.removeEqual(lane, index)
        return
      }
      if fish.removeFirst(lane, at: list[index]) || subs.removeFirst(lane, at: list[index]) {
        shots.removeEqual(lane, index)
        result.reward &+= 1
      }
    }
  }

  private func moveDivers(_ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>) {
    let list = divers.list(lane)
    divers.forEachReversed(lane) { index in
      @inline(__always) func isTaken() -> Bool {
        guard vessel.pointee.divers < 6, list[index].isAt(vessel.pointee.x, vessel.pointee.y) else {
          return false
        }
        divers.removeEqual(lane, index)
        vessel.pointee.divers += 1
        return true
      }
      if isTaken() { return }
      if list[index].wait != 0 {
        list[index].wait &-= 1
        return
      }
      list[index].wait = 5
      list[index].x &+= list[index].way
      if list[index].isOutside {
        divers.removeEqual(lane, index)
      } else {
        _ = isTaken()
      }
    }
  }

  /// - Returns: where the enemy is now in its list; nil: it has gone.
  @inline(__always) private func swim(
    _ enemies: Things, _ lane: Int, _ index: Int, _ vessel: UnsafeMutablePointer<Vessel>,
    _ result: inout Result
  ) -> Int? {
    let enemy = enemies.list(lane) + index
    if enemy.pointee.isAt(vessel.pointee.x, vessel.pointee.y) { result.isOver = true }
    if enemy.pointee.wait != 0 {
      enemy.pointee.wait &-= 1
      return index
    }
    enemy.pointee.wait = vessel.pointee.rest
    enemy.pointee.x &+= enemy.pointee.way
    if enemy.pointee.isOutside { return enemies.removeEqual(lane, index) }
    if enemy.pointee.isAt(vessel.pointee.x, vessel.pointee.y) {
      result.isOver = true
      return index
    }
    guard shots.removeFirst(lane, at: enemy.pointee) else { return index }
    result.reward &+= 1
    return enemies.removeEqual(lane, index)
  }

  private func moveFish(
    _ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>, _ result: inout Result
  ) {
    fish.forEachReversed(lane) { _ = swim(fish, lane, $0, vessel, &result) }
  }

  /// One that has just left or been hit may still shoot.
  private func moveSubs(
    _ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>, _ result: inout Result
  ) {
    let list = subs.list(lane)
    subs.forEachReversed(lane) { index in
      var sub = list[index]
      let place = swim(subs, lane, index, vessel, &result)
      if let place { sub = list[place] }
      if sub.aim == 0 {
        // From outside it would leave before it is seen.
        if !sub.isOutside { bombs.append(lane, Thing(x: sub.x, y: sub.y, way: sub.way)) }
        sub.aim = 10
      } else {
        sub.aim &-= 1
      }
      if let place { list[place] = sub }
    }
  }

  private func moveBombs(
    _ lane: Int, _ vessel: UnsafeMutablePointer<Vessel>, _ result: inout Result
  ) {
    let (list, x, y) = (bombs.list(lane), vessel.pointee.x, vessel.pointee.y)
    bombs.forEachReversed(lane) { index in
      if list[index].isAt(x, y) { result.isOver = true }
      list[index].x &+= list[index].way
      if list[index].isOutside {
        bombs.removeEqual(lane, index)
      } else if list[index].isAt(x, y) {
        result.isOver = true
      }
    }
  }

  // MARK: Oxygen and timers

  @inline(__always) private func count(
    _ vessel: UnsafeMutablePointer<Vessel>, _ result: inout Result
  ) {
    vessel.pointee.enemyWait = max(vessel.pointee.enemyWait &- 1, 0)
    vessel.pointee.diverWait = max(vessel.pointee.diverWait &- 1, 0)
    vessel.pointee.shotWait = max(vessel.pointee.shotWait &- 1, 0)
    if vessel.pointee.oxygen <= 0 { result.isOver = true }
    if vessel.pointee.y > 0 {
      vessel.pointee.oxygen &-= 1
      vessel.pointee.isUp = 0
    } else if vessel.pointee.isUp == 0 {
      if vessel.pointee.divers == 0 {
        result.isOver = true
      } else {
        result.reward &+= surface(&vessel.pointee)
      }
    }
  }

  private func surface(_ vessel: inout Vessel) -> Int8 {
    var reward: Int8 = 0
    vessel.isUp = 1
    if vessel.divers == 6 {
      vessel.divers = 0
      reward = Int8(vessel.oxygen * 10 / 200)
    }
    vessel.oxygen = 200
    vessel.divers &-= 1
    if doesRamp && (vessel.enemyPause > 1 || vessel.rest > 2) {
      if vessel.rest > 2 && vessel.ramps & 1 == 1 { vessel.rest -= 1 }
      if vessel.enemyPause > 1 { vessel.enemyPause -= 1 }
      vessel.ramps += 1
    }
    return reward
  }

  // MARK: Observation

  func observe(_ lanes: LaneMask, _ images: UnsafeMutablePointer<UInt8>) {
    forEachLane(lanes) { draw($0, images + $0 &* 1000) }
  }

  @inline(__always) private func draw(_ lane: Int, _ image: UnsafeMutablePointer<UInt8>) {
    image.update(repeating: 0, count: 1000)
    @inline(__always) func set(_ x: Int, _ y: Int, _ plane: Int) {
      image[(y &* 10 &+ x) &* 10 &+ plane] = 1
    }
    @inline(__always) func set(_ thing: Thing, _ plane: Int) {
      set(Int(thing.x), Int(thing.y), plane)
    }
    @inline(__always) func setWithTrail(_ thing: Thing, _ plane: Int) {
      set(thing, plane)
      var back = thing
      back.x &-= thing.way
      if !back.isOutside { set(back, 3) }
    }
    let vessel = vessels[lane]
    set(Int(vessel.x), Int(vessel.y), 0)
    set(Int(vessel.x &- vessel.way), Int(vessel.y), 1)
    for column in 0..<Int(max(vessel.oxygen, 0) &* 10 / 200) { set(column, 9, 7) }
    for column in 0..<Int(max(vessel.divers, 0)) { set(8 &- column, 9, 8) }
    shots.forEach(lane) { set($0, 2) }
    bombs.forEach(lane) { set($0, 4) }
    fish.forEach(lane) { setWithTrail($0, 5) }
    subs.forEach(lane) { setWithTrail($0, 6) }
    divers.forEach(lane) { setWithTrail($0, 9) }
  }
}

// MARK: State

extension Seaquest {
  func visit(lane: Int, _ state: inout some StateVisitor) {
    let vessel = vessels.pointer + lane
    state.visit(&vessel.pointee.x)
    state.visit(&vessel.pointee.y)
    state.visit(&vessel.pointee.way)
    state.visit(&vessel.pointee.isUp)
    state.visit(&vessel.pointee.shotWait)
    state.visit(&vessel.pointee.enemyWait)
    state.visit(&vessel.pointee.enemyPause)
    state.visit(&vessel.pointee.diverWait)
    state.visit(&vessel.pointee.rest)
    state.visit(&vessel.pointee.ramps)
    state.visit(&vessel.pointee.oxygen)
    state.visit(&vessel.pointee.divers)
    for list in [fish, subs, bombs, shots, divers] { list.visit(lane: lane, &state) }
  }

  func flaw(lane: Int, isOver: Bool) -> String? {
    let vessel = vessels[lane]
    // Its back is in the field too.
    guard abs(Int(vessel.way)) == 1, (0...9).contains(vessel.x), (0...8).contains(vessel.y),
      (0...9).contains(vessel.x - vessel.way)
    else { return "the submarine is outside the field" }
    guard (0...1).contains(vessel.isUp), (0...4).contains(vessel.shotWait),
      (0...20).contains(vessel.enemyWait), (1...20).contains(vessel.enemyPause),
      (0...30).contains(vessel.diverWait), (2...5).contains(vessel.rest),
      (0...100).contains(vessel.ramps), (-1...200).contains(vessel.oxygen),
      (-1 << 30...6).contains(vessel.divers)
    else { return "a count is out of range" }
    guard fish.isSound(lane, rows: 1...8, waits: 0...5),
      subs.isSound(lane, rows: 1...8, waits: 0...5, aims: 0...10),
      bombs.isSound(lane, rows: 1...8), shots.isSound(lane, rows: 0...8),
      divers.isSound(lane, rows: 1...8, waits: 0...5)
    else { return "something in the water is impossible" }
    return nil
  }
}
