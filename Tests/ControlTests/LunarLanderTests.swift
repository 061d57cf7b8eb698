import Environment
import Lanes
import Records
import Testing

@testable import Control

@Suite("LunarLander") struct LunarLanderTests {
  static let ids = LunarLander.rows.map(\.id)
  static let windy: [String: SettingValue] = ["enable-wind": true]

  @Test("Gymnasium's heuristic lands", arguments: ids)
  func heuristic(id: String) throws {
    let episodes = try LanderPolicy.heuristic.play(id, seeds: Array(0..<32))
    #expect(episodes.map(\.total).reduce(0, +) / 32 > 200)
  }

  @Test("A lane depends on its seed alone, whatever lanes are beside it", arguments: ids)
  func lanes(id: String) throws {
    let all = try Recording(id, seeds: Array(0..<67), steps: 120)
    #expect(try Recording(id, seeds: Array(0..<67), steps: 120).rows == all.rows)
    for seed in [0, 63, 66] {
      let alone = try Recording(id, seeds: [UInt64(seed)], steps: 120)
      #expect(alone.rows[0] == all.rows[seed], "seed \(seed)")
    }
  }

  @Test("Threads change no bit", arguments: ids)
  func threads(id: String) throws {
    let seeds = (0..<256).map { UInt64($0) }
    let one = try Recording(id, seeds: seeds, steps: 60)
    let four = try Recording(id, seeds: seeds, steps: 60, threads: 4)
    #expect(one.rows == four.rows)
  }

  @Test("A reset of some lanes leaves the others alone", arguments: ids)
  func partialReset(id: String) throws {
    let (batch, buffers) = try landers(id, Self.windy, lanes: 3)
    try batch.reset(seeds: [5, 6, 7], buffers)
    for step in 0..<20 { try advance(batch, buffers, step) }
    let before = try [0, 2].map { try batch.state(lane: $0) }
    try batch.reset([1], seeds: [5], buffers)
    #expect(try [0, 2].map { try batch.state(lane: $0) } == before)
    let (other, others) = try landers(id, Self.windy, lanes: 1)
    try other.reset(seeds: [5], others)
    #expect(try batch.state(lane: 1) == other.state(lane: 0))
    #expect(row(buffers, 1) == row(others, 0))
  }

  // MARK: States

  @Test("A restored lane goes on with equal bits, in flight and on the ground", arguments: ids)
  func restored(id: String) throws {
    let (batch, buffers) = try landers(id, Self.windy, lanes: 2)
    try batch.reset(seeds: [1, 2], buffers)
    var (shown, saved): ([[UInt8]], [UInt8]) = ([], [])
    for step in 0..<400 {
      if step == 40 || step == 160 {
        try replay(batch, buffers, saved, shown, from: step == 40 ? 0 : 40)
        saved = try batch.state(lane: 0)
        shown = []
      }
      try advance(batch, buffers, step)
      shown.append(row(buffers, 0))
    }
    try replay(batch, buffers, saved, shown, from: 160)
  }

  /// Another lane shows the same steps from the state on; a lane restored twice too.
  private func replay(
    _ batch: any EnvironmentBatch, _ buffers: StepBuffers, _ saved: [UInt8], _ shown: [[UInt8]],
    from first: Int
  ) throws {
    if saved.isEmpty { return }
    let kept = try batch.state(lane: 0)
    let (other, others) = try landers(batch.spec.id, Self.windy, lanes: 65)
    try other.reset(others)
    for lane in [64, 3, 64] {
      try other.setState(lane: lane, saved, into: others)
      for (index, expected) in shown.enumerated() {
        try advance(other, others, first + index)
        try #require(row(others, lane) == expected, "step \(index)")
      }
      #expect(try other.state(lane: lane) == kept)
    }
  }

  @Test("A state from another generator goes on with the lane's own", arguments: ids)
  func generators(id: String) throws {
    let (batch, buffers) = try landers(id, lanes: 2)
    try batch.reset(seeds: [1, 2], buffers)
    for step in 0..<30 { try advance(batch, buffers, step) }
    let store = try batch.makeSnapshots(capacity: 2, parts: .all)
    try batch.save([0, 1], in: store, slots: [0, 1], on: nil)
    for (slot, parts) in [(0, SnapshotParts.all), (0, []), (1, .all)] {
      try batch.restore([0], from: store, slots: [slot], parts: .all, into: buffers, on: nil)
      try batch.restore([1], from: store, slots: [0], parts: parts, into: buffers, on: nil)
      #expect(row(buffers, 1).prefix(32) == row(buffers, 0).prefix(32) || slot == 1)
      // Both engines' dispersion is drawn.
      for _ in 0..<3 {
        try buffers.setAction(batch.spec.action.width == 2 ? [1, 1] : [2], lane: 0)
        try buffers.setAction(batch.spec.action.width == 2 ? [1, 1] : [2], lane: 1)
        try batch.step(buffers)
      }
      #expect((row(buffers, 0) == row(buffers, 1)) == (slot == 0 && parts == .all))
      let state = try batch.state(lane: 1)
      let seen = row(buffers, 1)
      try batch.setState(lane: 0, state, into: buffers)
      #expect(row(buffers, 0) == seen)
    }
  }

  @Test("Damaged states are refused and leave the lane as it was", arguments: ids)
  func damaged(id: String) throws {
    let (batch, buffers) = try landers(id, lanes: 1)
    try batch.reset(seeds: [3], buffers)
    for step in 0..<25 { try advance(batch, buffers, step) }
    let good = try batch.state(lane: 0)
    for place in 8..<good.count - 8 {
      for flip: UInt8 in [0x80, 0x7F] {
        var bad = good
        bad[place] ^= flip
        sign(&bad)
        do {
          // A value that a lander can have is none of our business.
          try batch.setState(lane: 0, bad, into: buffers)
          try advance(batch, buffers, place)
          try batch.setState(lane: 0, good, into: buffers)
        } catch is EnvironmentError {}
        try #require(try batch.state(lane: 0) == good, "byte \(place)")
      }
    }
    for bad in [good.dropLast(), good + [0], [], good.prefix(24)].map({ Array($0) }) {
      var signed = bad
      sign(&signed)
      for state in [bad, signed] {
        #expect(throws: EnvironmentError.self) {
          try batch.setState(lane: 0, state, into: buffers)
        }
      }
    }
    #expect(try batch.state(lane: 0) == good)
    let (other, _) = try landers(id, ["gravity": -3], lanes: 1)
    try other.reset(buffers)
    #expect(throws: EnvironmentError.self) { try other.setState(lane: 0, good, into: nil) }
  }

  @Test("A state with steps after the end is refused")
  func afterTheEnd() throws {
    let lander = try Lander(LanderSettings(), isContinuous: false)
    lander.begin(seed: 9)
    var ends = 0
    for _ in 0..<400 where ends < 2 { ends += lander.step(SIMD2(0, 0)).hasEnded ? 1 : 0 }
    var out = ByteWriter()
    lander.visit(&out)
    let other = try Lander(LanderSettings(), isContinuous: false)
    other.begin(seed: 10)
    var old = ByteWriter()
    other.visit(&old)
    let seen = other.observation
    var reader = ByteReader(out.bytes[...])
    other.visit(&reader)
    #expect(other.flaw != nil)
    reader = ByteReader(old.bytes[...])
    other.visit(&reader)
    #expect(other.flaw == nil && other.observation == seen)
  }

  // MARK: Settings and pictures

  @Test("Gravity lies between -12 and 0, both excluded")
  func settings() throws {
    for bad: SettingValue in [-12, 0, 1, -13] {
      #expect(throws: SettingError.self) { try landers(Self.ids[0], ["gravity": bad], lanes: 1) }
    }
    #expect(throws: SettingError.self) { try landers(Self.ids[0], ["wind-power": 21], lanes: 1) }
    _ = try landers(Self.ids[0], ["gravity": -11.9, "turbulence-power": 2], lanes: 1)
  }

  @Test("The picture shows lander, pad and ground")
  func picture() throws {
    let (batch, buffers) = try landers(Self.ids[0], lanes: 1)
    try batch.reset(seeds: [1], buffers)
    let picture = try batch.render(lane: 0)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      Array(picture.rgb[3 * (600 * y + x)..<3 * (600 * y + x) + 3])
    }
    #expect(picture.width == 600 && picture.height == 400)
    #expect(pixel(299, 0) == [128, 102, 230])
    #expect(pixel(150, 150) == [0, 0, 0])
    #expect(pixel(300, 395) == [255, 255, 255])
    #expect(pixel(245, 255) == [204, 204, 0] && pixel(365, 255) == [204, 204, 0])
  }

  // MARK: Helpers

  /// Bytes of each lane's steps, at random with autoreset in the same step.
  private struct Recording {
    var rows: [[UInt8]]

    init(_ id: String, seeds: [UInt64], steps: Int, threads: Int = 1) throws {
      let row = LunarLander.rows.first { $0.id == id }!
      let batch = try row.make(seeds.count, LunarLanderTests.windy, threads)
      let buffers = StepBuffers(spec: batch.spec, lanes: seeds.count)
      let pool = ThreadPool(threads: threads)
      try batch.reset(seeds: seeds, buffers, on: pool)
      rows = seeds.map { _ in [] }
      for step in 0..<steps {
        for lane in seeds.indices {
          try buffers.setAction(drawn(batch, Int(seeds[lane]), step), lane: lane)
        }
        try batch.step(buffers, on: pool)
        for lane in seeds.indices { rows[lane] += shownBytes(buffers, lane) }
      }
    }
  }

  private func row(_ buffers: StepBuffers, _ lane: Int) -> [UInt8] { shownBytes(buffers, lane) }

  private func advance(_ batch: any EnvironmentBatch, _ buffers: StepBuffers, _ step: Int) throws {
    for lane in 0..<batch.lanes { try buffers.setAction(drawn(batch, 0, step), lane: lane) }
    try batch.step(buffers)
  }

  /// Puts the right checksum behind a state.
  private func sign(_ state: inout [UInt8]) {
    if state.count < 8 { return }
    var out = ByteWriter()
    out.add(fnv1a(state.dropLast(8)))
    state = state.dropLast(8) + out.bytes
  }
}

/// An action that depends on lane and step alone.
private func drawn(_ batch: any EnvironmentBatch, _ lane: Int, _ step: Int) -> [Double] {
  var generator = PCG64(seed: UInt64(1000 * lane + step))
  if batch.spec.action.width == 1 { return [Double(generator.next(below: 4))] }
  return (0..<2).map { _ in Double(generator.next(below: 2001)) / 1000 - 1 }
}

/// Observation, reward and flags.
private func shownBytes(_ buffers: StepBuffers, _ lane: Int) -> [UInt8] {
  (buffers.observations + buffers.results).flatMap { Array($0.row(lane)) }
}
