import Environment
import Examples
import Lanes
import Pixels
import Records
import TestSupport
import Testing

/// A world of planes, info and a generator that is drawn from at every step: a light in a square of
/// `side` cells; the action that names its row is right.
final class Lights: Block {
  struct Settings: Configurable {
    var side: Int32 = 3
    static let owner = "lights"
    static let settings: [Setting<Self>] = [.whole("side", \.side, 2...8, "cells")]
  }

  static func spec(_ id: String, _ settings: Settings) -> EnvironmentSpec {
    let side = Int(settings.side)
    return EnvironmentSpec(
      id: id,
      observation: [
        Field("planes", [side, side, 2], .uint8, .planes(planesFirst: false)),
        Field("clock", [2], .float64, low: [0, -1], high: [100, 0]),
      ],
      action: .discrete(side),
      info: [Field("column", [], .int32, .choice(side)), Field("drawn", [side], .int32)])
  }

  private let side: Int
  private var row = [Int32](repeating: 0, count: 64)
  private var column = [Int32](repeating: 0, count: 64)
  private var time = [Int32](repeating: 0, count: 64)
  private var random = [SplitMix64](repeating: SplitMix64(seed: 0), count: 64)

  init(_ id: String, _ settings: Settings, lanes: Int) { side = Int(settings.side) }

  func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?) {
    forEachLane(lanes) { lane in
      if let seeds { random[lane] = SplitMix64(seed: seeds[lane]) }
      time[lane] = 0
      draw(lane)
    }
  }

  private func draw(_ lane: Int) {
    row[lane] = Int32(random[lane].next(below: UInt32(side)))
    column[lane] = Int32(random[lane].next(below: UInt32(side)))
  }

  func step(_ lanes: LaneMask, _ rows: BlockRows) {
    let actions = rows.actions(Int32.self)
    forEachLane(lanes) { lane in
      rows.rewards[lane] = actions[lane] == row[lane] ? 0.1 : 0
      time[lane] += 1
      draw(lane)
      rows.terminated[lane] = time[lane] > 2 && row[lane] == column[lane] ? 1 : 0
      rows.truncated[lane] = time[lane] == 5 ? 1 : 0
    }
  }

  func observe(_ lanes: LaneMask, _ rows: BlockRows) {
    let (planes, clock) = (rows.observation(0, UInt8.self), rows.observation(1, Double.self))
    let (columns, drawn) = (rows.info(0, Int32.self), rows.info(1, Int32.self))
    forEachLane(lanes) { lane in
      for cell in 0..<side * side * 2 { planes[lane * side * side * 2 + cell] = 0 }
      let cell = Int(row[lane]) * side + Int(column[lane])
      planes[(lane * side * side + cell) * 2 + 1] = 1
      (clock[2 * lane], clock[2 * lane + 1]) = (Double(time[lane]), -Double(time[lane]) / 100)
      columns[lane] = column[lane]
      for place in 0..<side { drawn[lane * side + place] = Int32(place) - row[lane] }
    }
  }

  func visit(lane: Int, _ state: inout some StateVisitor) {
    state.visit(&row[lane])
    state.visit(&column[lane])
    state.visit(&time[lane])
    state.visit(&random[lane])
  }

  func flaw(lane: Int) -> String? {
    let isInside = [row[lane], column[lane]].allSatisfy { (0..<Int32(side)).contains($0) }
    return isInside && (0...5).contains(time[lane]) ? nil : "out of range"
  }

  func render(lane: Int) -> Picture {
    var picture = Picture(width: side, height: side, filled: (0, 0, 0))
    picture.set(Int(column[lane]), Int(row[lane]), (255, 255, 255))
    return picture
  }

  static let row = EnvironmentRow.blocks("Test/Lights-v0", family: "tests", Lights.self)
}

struct MixedTests {
  /// Lanes 0 and 1 walk, the others look at lights.
  static let row = EnvironmentRow(
    id: "Mixed", family: "tests",
    settings: { EpisodeSettings().descriptions },
    make: { lanes, values, workers in
      guard lanes > 0 else { throw EnvironmentError.batch(lanes) }
      let lights = values.merging(["side": 4]) { $1 }
      return try MixedBatch([
        ("corridor", Corridor.row.make(2, values, workers)),
        ("lights", Lights.row.make(max(lanes - 2, 1), lights, workers)),
      ])
    }, trace: Corridor.row.trace)

  static func mixed(
    _ lanes: Int, _ values: [String: SettingValue] = [:], _ workers: Int = 1,
    _ illegal: MixedBatch.IllegalAction = .asNoop
  ) throws -> MixedBatch {
    func with(_ more: [String: SettingValue]) -> [String: SettingValue] {
      values.merging(more) { $1 }
    }
    return try MixedBatch(
      [
        ("corridor", Corridor.row.make(lanes, values, workers)),
        ("small", Lights.row.make(lanes, with(["side": 2]), workers)),
        ("large", Lights.row.make(lanes, with(["side": 5]), workers)),
      ], illegal: illegal)
  }

  @Test("A world of planes, info and draws keeps every rule")
  func lights() { #expect(checkConformance(Lights.row) == []) }

  @Test("Fields, actions and names are the union of the parts'")
  func spec() throws {
    let spec = try Self.mixed(2).spec
    #expect(
      spec.observation == [
        Field("places", [2], .float32, low: [0], high: [8]),
        Field("planes", [5, 5, 2], .uint8, .planes(planesFirst: false)),
        Field("clock", [2], .float64, low: [-1], high: [100]),
        Field("task", [], .int32, .choice(3)),
        Field("allowed", [5], .uint8, .mask),
      ])
    #expect(spec.info.map(\.shape) == [[], [5]])
    #expect(spec.info[0].role == .choice(5))
    #expect(spec.action == .discrete(5))
    #expect(spec.tasks == ["corridor", "small", "large"])
    #expect(spec.stepLimit == nil && spec.actionNames == [])
  }

  @Test(
    "Every part plays in its rows as it plays alone, zeros behind",
    arguments: AutoresetMode.allCases)
  func rows(mode: AutoresetMode) throws {
    let values: [String: SettingValue] = ["autoreset": .text(mode.rawValue)]
    let batch = try Self.mixed(3, values, 2)
    let alone = [
      try Corridor.row.make(3, values, 1),
      try Lights.row.make(3, values.merging(["side": 2]) { $1 }, 1),
      try Lights.row.make(3, values.merging(["side": 5]) { $1 }, 1),
    ]
    let mixed = StepBuffers(spec: batch.spec, lanes: 9)
    let own = alone.map { StepBuffers(spec: $0.spec, lanes: 3) }
    try batch.reset(seeds: (0..<9).map { $0 + 5 }, mixed)
    for part in 0..<3 {
      try alone[part].reset(seeds: (0..<3).map { UInt64(3 * part + $0 + 5) }, own[part])
    }
    let pool = ThreadPool(threads: 2)
    var random = SplitMix64(seed: 3)
    for step in 0..<40 {
      for lane in 0..<9 {
        let action = Int32(random.next(below: 5))
        mixed.actions.writable(Int32.self)[lane] = action
        let count = [2, 2, 5][lane / 3]
        own[lane / 3].actions.writable(Int32.self)[lane % 3] = action < count ? action : 0
      }
      try batch.step(mixed, on: pool)
      for part in 0..<3 { try alone[part].step(own[part]) }
      for lane in 0..<9 { compare(mixed, lane, own[lane / 3], lane % 3, "step \(step)") }
    }
  }

  private func compare(
    _ mixed: StepBuffers, _ lane: Int, _ own: StepBuffers, _ ownLane: Int, _ place: String
  ) {
    for (one, other) in zip(mixed.results, own.results) {
      #expect(Array(one.row(lane)) == Array(other.row(ownLane)), "\(place) \(one.field.name)")
    }
    #expect(mixed.observations[3].of(Int32.self)[lane] == Int32(lane / 3))
    #expect(
      Array(mixed.observations[4].row(lane)) == (lane < 6 ? [1, 1, 0, 0, 0] : [1, 1, 1, 1, 1]))
    func planes(_ lists: ([Column], [Column])) -> Bool {
      let (row, small) = (Array(lists.0[1].row(lane)), Array(lists.1[0].row(ownLane)))
      if lane >= 6 { return row == small }
      var want = [UInt8](repeating: 0, count: 50)
      for y in 0..<2 { for x in 0..<4 { want[y * 10 + x] = small[y * 4 + x] } }
      return row == want
    }
    if lane < 3 {
      #expect(Array(mixed.observations[0].row(lane)) == Array(own.observations[0].row(ownLane)))
      #expect(mixed.observations[1].row(lane).allSatisfy { $0 == 0 }, "\(place), no planes")
      #expect(mixed.info[1].row(lane).allSatisfy { $0 == 0 }, "\(place), no info")
      return
    }
    #expect(planes((mixed.observations, own.observations)), "\(place), lane \(lane), planes")
    let flags = own.terminated.of(UInt8.self)[ownLane] | own.truncated.of(UInt8.self)[ownLane]
    if flags != 0, own.finalObservations[0].row(ownLane).contains(where: { $0 != 0 }) {
      #expect(planes((mixed.finalObservations, own.finalObservations)), "\(place), last planes")
    }
    #expect(mixed.info[0].of(Int32.self)[lane] == own.info[0].of(Int32.self)[ownLane])
  }

  @Test("An action that a task has not is refused where that is asked for, and no lane moves")
  func refused() throws {
    let batch = try Self.mixed(2, [:], 1, .refused)
    let buffers = StepBuffers(spec: batch.spec, lanes: 6)
    try batch.reset(buffers)
    let before = try (0..<6).map { try batch.state(lane: $0) }
    buffers.actions.writable(Int32.self)[5] = 4
    buffers.actions.writable(Int32.self)[3] = 2
    #expect(
      throws: EnvironmentError.action(lane: 3, value: "2", allowed: "0...1 in this lane's task")
    ) { try batch.step(buffers) }
    #expect(try (0..<6).map { try batch.state(lane: $0) } == before)
    buffers.actions.writable(Int32.self)[3] = 1
    try batch.step(buffers)
  }

  @Test("Snapshots and states of one task are no other's")
  func foreign() throws {
    let batch = try Self.mixed(2)
    let buffers = StepBuffers(spec: batch.spec, lanes: 6)
    try batch.reset(buffers)
    let store = try batch.makeSnapshots(capacity: 2, parts: .all)
    try batch.save([0, 4], in: store, slots: [0, 1], on: nil)
    func restore(_ lane: Int, _ slot: Int) throws {
      try batch.restore([lane], from: store, slots: [slot], parts: .all, into: buffers, on: nil)
    }
    #expect(throws: EnvironmentError.state("slot 0 holds another task than lane 5")) {
      try restore(5, 0)
    }
    try restore(5, 1)
    #expect(try batch.state(lane: 5) == batch.state(lane: 4))
    for _ in 0..<8 {
      for lane in 0..<6 { buffers.actions.writable(Int32.self)[lane] = 1 }
      try batch.step(buffers)
      for column in buffers.observations + buffers.info + buffers.results {
        #expect(Array(column.row(5)) == Array(column.row(4)), "\(column.field.name)")
      }
    }
    try batch.fork(1, to: [0], into: buffers)
    #expect(Array(buffers.observations[0].row(0)) == Array(buffers.observations[0].row(1)))
    #expect(throws: EnvironmentError.self) { try batch.fork(1, to: [2], into: buffers) }
    #expect(throws: EnvironmentError.self) {
      try batch.setState(lane: 0, batch.state(lane: 4), into: buffers)
    }
    #expect(try batch.render(lane: 0).width == 9 * 16 && batch.render(lane: 4).width == 5)
  }

  @Test("Parts that do not fit together are refused")
  func misfits() throws {
    func fails(_ parts: [(String, any EnvironmentBatch)]) {
      #expect(throws: EnvironmentError.self) { try MixedBatch(parts.map { (task: $0, batch: $1) }) }
    }
    let corridor = try Corridor.row.make(1, [:], 1)
    fails([])
    fails([("a", corridor), ("a", try Lights.row.make(1, [:], 1))])
    fails([("a", corridor), ("b", try Corridor.row.make(1, ["autoreset": "disabled"], 1))])
    let mixed = try Self.mixed(1)
    fails([("a", corridor), ("b", mixed)])
  }

  @Test("A mixed batch keeps every rule that does not compare lanes of several tasks")
  func rules() {
    let comparing: [Rule] = [.lanes, .order, .state, .snapshots, .generators, .fork]
    let rules = Rule.allCases.filter { !comparing.contains($0) }
    #expect(checkConformance(Self.row, rules: rules) == [])
  }
}
