import Environment
import Examples
import Lanes
import Records
import Testing

struct BufferTests {
  private let spec = EnvironmentSpec(
    id: "Two", observation: [Field("image", [2, 3], .uint8), Field("speed", [], .float64)],
    action: .box(low: [-1, -1, 0], high: [1, 1, 1]), info: [Field("lives", [], .int32)], players: 2)

  @Test("Columns have a row a lane, those of players a row a player and lane, on 64-byte lines")
  func shapes() {
    let buffers = StepBuffers(spec: spec, lanes: 5)
    let columns =
      [buffers.actions] + buffers.observations + buffers.finalObservations + buffers.info
      + buffers.results
    #expect(columns.map(\.rows) == [10, 5, 5, 5, 5, 5, 10, 5, 5, 5, 10, 5])
    #expect(columns.map(\.field.bytes) == [12, 6, 8, 6, 8, 4, 8, 1, 1, 1, 8, 4])
    for column in columns {
      #expect(UInt(bitPattern: column.bytes.baseAddress) % 64 == 0)
      #expect(column.bytes.allSatisfy { $0 == 0 }, "\(column.field.name)")
    }
    #expect(columns.map(\.isShared) == [true] + [Bool](repeating: false, count: 11))
  }

  @Test("Memory of the caller's own is asked for by name and used")
  func memory() {
    var asked: [String: Int] = [:]
    let mine = AlignedBuffer<UInt8>(count: 30)
    let buffers = StepBuffers(spec: spec, lanes: 5) { name, bytes in
      asked[name] = bytes
      return name == "image" ? UnsafeMutableRawPointer(mine.pointer) : nil
    }
    #expect(
      asked == [
        "actions": 120, "image": 30, "speed": 40, "final_image": 30, "final_speed": 40,
        "lives": 20, "final_lives": 20, "rewards": 80, "terminated": 5, "truncated": 5, "ended": 5,
        "episode_returns": 80, "episode_lengths": 20,
      ])
    buffers.observations[0].writable(UInt8.self)[29] = 7
    #expect(mine[29] == 7 && buffers.observations[0].row(4)[5] == 7)
    #expect(buffers.observations[0].isShared && !buffers.observations[1].isShared)
  }

  @Test("Rows can be cut out, and are the same memory")
  func slices() {
    let column = Column(Field("x", [3], .int32), rows: 6, isShared: true)
    for index in 0..<18 { column.writable(Int32.self)[index] = Int32(index) }
    let slice = column.slice(2, 3)
    #expect(slice.rows == 3 && slice.bytes.count == 36 && slice.of(Int32.self)[0] == 6)
    slice.writable(Int32.self)[1] = -1
    #expect(column.of(Int32.self)[7] == -1)
  }

  @Test("Buffers aim only at columns of their shape")
  func aims() throws {
    let buffers = StepBuffers(spec: spec, lanes: 5)
    let good = spec.observation.map { Column($0, rows: 5) }
    try buffers.aim(at: good)
    #expect(buffers.observations[1].bytes.baseAddress == good[1].bytes.baseAddress)
    for bad in [
      [good[0]], [good[1], good[0]], [Column(spec.observation[0], rows: 4), good[1]],
      [good[0], Column(Field("speed", [], .float32), rows: 5)],
    ] {
      #expect(throws: EnvironmentError.self) { try buffers.aim(at: bad) }
    }
  }

  @Test("Bounds are the role's where the field says nothing")
  func bounds() {
    #expect(Field("a", [2], .float32).bounds(of: 1) == -Double.infinity...Double.infinity)
    #expect(Field("a", [2], .float32, low: [-1, -2], high: [5]).bounds(of: 1) == -2...5)
    #expect(Field("a", [2, 2], .int32, .symbols([3, 9])).bounds(of: 3) == 0...8)
    #expect(Field("a", [], .int32, .choice(4)).bounds(of: 0) == 0...3)
    #expect(Field("a", [9], .uint8, .planes(planesFirst: true)).bounds(of: 8) == 0...1)
    #expect(ActionSpace.box(low: [-1, 0], high: [1, 3]).bounds(of: 1) == 0...3)
  }
}

struct BlockBatchTests {
  private func make(
    _ mode: AutoresetMode, lanes: Int = 2, _ more: [String: SettingValue] = [:]
  ) throws -> (any EnvironmentBatch, StepBuffers) {
    let values = more.merging(["autoreset": .text(mode.rawValue), "step-limit": 3]) { $1 }
    let batch = try Corridor.row.make(lanes, values, 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: lanes)
    try batch.reset(seeds: (0..<UInt64(lanes)).map { $0 + 40 }, buffers)
    return (batch, buffers)
  }

  /// Away from the goal in lane 0, so that the limit ends the episode.
  private func flee(_ batch: any EnvironmentBatch, _ buffers: StepBuffers) throws {
    let places = buffers.observations[0].of(Float.self)
    buffers.actions.writable(Int32.self)[0] = places[0] < places[1] ? 0 : 1
    try batch.step(buffers)
  }

  private func shown(_ buffers: StepBuffers) -> [Double] {
    [
      buffers.rewards.of(Double.self)[0], Double(buffers.terminated.of(UInt8.self)[0]),
      Double(buffers.truncated.of(UInt8.self)[0]), Double(buffers.ended.of(UInt8.self)[0]),
      buffers.episodeReturns.of(Double.self)[0], Double(buffers.episodeLengths.of(Int32.self)[0]),
    ]
  }

  @Test("The step limit ends an episode as each mode says")
  func limit() throws {
    let total = -0.1 + -0.1 + -0.1
    for mode in AutoresetMode.allCases {
      let (batch, buffers) = try make(mode)
      for _ in 0..<3 { try flee(batch, buffers) }
      #expect(shown(buffers) == [-0.1, 0, 1, 1, total, 3])
      try flee(batch, buffers)
      switch mode {
      case .sameStep: #expect(shown(buffers) == [-0.1, 0, 0, 0, -0.1, 1])
      case .nextStep: #expect(shown(buffers) == [0, 0, 0, 0, 0, 0])
      case .disabled: #expect(shown(buffers) == [0, 0, 1, 1, total, 3])
      }
    }
  }

  @Test(
    "A state shows in other buffers what the step before it showed",
    arguments: AutoresetMode.allCases)
  func states(mode: AutoresetMode) throws {
    let (batch, buffers) = try make(mode)
    for step in 0..<9 {
      let other = StepBuffers(spec: batch.spec, lanes: 2)
      let state = try batch.state(lane: 0)
      try batch.setState(lane: 0, state, into: other)
      #expect(shown(other) == shown(buffers), "step \(step)")
      #expect(Array(other.observations[0].row(0)) == Array(buffers.observations[0].row(0)))
      try flee(batch, buffers)
    }
  }

  @Test("A lane that waits for its reset goes on where nothing waits")
  func waiting() throws {
    for mode in [AutoresetMode.disabled, .nextStep] {
      let (source, old) = try make(mode)
      for _ in 0..<3 { try flee(source, old) }
      let (batch, buffers) = try make(.sameStep)
      try batch.setState(lane: 0, source.state(lane: 0), into: buffers)
      #expect(shown(buffers) == shown(old))
      try flee(batch, buffers)
      #expect(shown(buffers) == [-0.1, 0, 0, 0, -0.1, 1])
    }
  }

  @Test("Snapshots saved without generators restore without them")
  func generators() throws {
    let (batch, buffers) = try make(.sameStep)
    let store = try batch.makeSnapshots(capacity: 1, parts: [])
    try batch.save([0], in: store, slots: [0], on: nil)
    let twin = try make(.sameStep)
    try batch.restore([1], from: store, slots: [0], parts: .all, into: buffers, on: nil)
    #expect(Array(buffers.observations[0].row(1)) == Array(buffers.observations[0].row(0)))
    for (one, rows) in [(batch, buffers), twin] { try one.reset([1], rows) }
    #expect(Array(buffers.observations[0].row(1)) == Array(twin.1.observations[0].row(1)))
  }

  @Test("States of other settings, and values out of range, are refused")
  func foreign() throws {
    let (batch, buffers) = try make(.sameStep)
    let (other, _) = try make(.sameStep, ["cells": 10])
    let before = try batch.state(lane: 0)
    #expect(throws: EnvironmentError.state("it is of another environment or other settings")) {
      try batch.setState(lane: 0, other.state(lane: 0), into: buffers)
    }
    var bytes = before
    bytes[8] = 9
    let sum = fnv1a(bytes.dropLast(8))
    for index in 0..<8 {
      bytes[bytes.count - 8 + index] = UInt8(truncatingIfNeeded: sum >> UInt64(8 * index))
    }
    #expect(throws: EnvironmentError.state("outside of the corridor")) {
      try batch.setState(lane: 0, bytes, into: buffers)
    }
    #expect(try batch.state(lane: 0) == before)
  }

  @Test("Buffers of another environment are refused, and so is a larger pool")
  func misfits() throws {
    let (batch, buffers) = try make(.sameStep)
    var spec = batch.spec
    spec.info = [Field("lives", [], .int32)]
    #expect(throws: EnvironmentError.self) { try batch.step(StepBuffers(spec: spec, lanes: 2)) }
    #expect(throws: EnvironmentError.settings("a pool of 2 for a batch of 1 workers")) {
      try batch.step(buffers, on: ThreadPool(threads: 2))
    }
  }

  @Test("A row's settings are the block's and the episodes'")
  func settings() throws {
    #expect(Corridor.row.settings().map(\.name) == ["cells", "autoreset", "step-limit"])
    #expect(Corridor.row.settings().map(\.value) == [9, "same-step", 100])
    #expect(try Corridor.row.make(1, ["step-limit": "none"], 1).spec.stepLimit == nil)
    #expect(
      throws: SettingError("corridor has no setting 'auto-resets'; did you mean 'autoreset'?")
    ) { try Corridor.row.make(1, ["auto-resets": 1], 1) }
    #expect(throws: SettingError.self) { try Corridor.row.make(1, ["cells": 1], 1) }
    #expect(
      throws: SettingError(
        "this environment: step-limit must be a whole number, 1 or more, or 'none', not '0'")
    ) { try Corridor.row.make(1, ["step-limit": 0], 1) }
  }

  @Test("A trace has a line a step and resets without one")
  func trace() throws {
    let lines = Lines()
    let actions = [[Double](repeating: 1, count: 12)]
    try Corridor.row.trace(TraceRequest(id: "x", seed: 3, actions: actions) { lines.add($0) })
    #expect(lines.all.count == 12)
    #expect(lines.all[0].split(separator: " ").count == 6)
    #expect(lines.all[11].hasPrefix("11 1 "))
    #expect(throws: EnvironmentError.self) {
      try Corridor.row.trace(TraceRequest(id: "x", seed: 3, actions: [[0.5]]) { lines.add($0) })
    }
  }

  private final class Lines: @unchecked Sendable {
    private(set) var all: [String] = []
    func add(_ line: String) { all.append(line) }
  }
}
