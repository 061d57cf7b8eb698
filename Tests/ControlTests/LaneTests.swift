import Control
import Environment
import Foundation
import Lanes
import Records
import Testing

/// Plays a batch by dice that every lane throws for itself.
private final class Player {
  let batch: any EnvironmentBatch
  let buffers: StepBuffers
  private var dice: [SplitMix64]

  init(
    _ id: String, lanes: [UInt64], _ settings: [String: SettingValue] = [:]
  ) throws {
    batch = try row(id).make(lanes.count, settings, 1)
    buffers = StepBuffers(spec: batch.spec, lanes: lanes.count)
    dice = lanes.map { SplitMix64(seed: $0) }
    try batch.reset(seeds: lanes, buffers)
  }

  func step() throws {
    for lane in 0..<batch.lanes {
      switch batch.spec.action {
      case .discrete(let count):
        try buffers.setAction([Double(dice[lane].next(below: UInt32(count)))], lane: lane)
      default:
        let bounds = batch.spec.action.bounds(of: 0)
        let part = Double(dice[lane].nextFloat())
        let action = bounds.lowerBound + part * (bounds.upperBound - bounds.lowerBound)
        try buffers.setAction([action], lane: lane)
      }
    }
    try batch.step(buffers)
  }

  /// All that the lane shows.
  func shown(_ lane: Int) -> [UInt8] {
    (buffers.observations + buffers.results).flatMap { Array($0.row(lane)) }
  }

  func dice(of lane: Int) -> SplitMix64 { dice[lane] }
  func setDice(_ generator: SplitMix64, of lane: Int) { dice[lane] = generator }
}

@Suite("Lanes of classic control") struct LaneTests {
  @Test(
    "A lane plays the same bits alone and in any company, in every mode", arguments: classicIDs,
    AutoresetMode.allCases)
  func alike(id: String, mode: AutoresetMode) throws {
    let settings: [String: SettingValue] = [
      "autoreset": .text(mode.rawValue), "step-limit": .whole(23),
    ]
    let seeds = (0..<131).map { UInt64($0) * 977 }
    let many = try Player(id, lanes: seeds, settings)
    let few = try Player(id, lanes: Array(seeds[60..<71]), settings)
    let alone = try Player(id, lanes: [seeds[64]], settings)
    let last = try Player(id, lanes: [seeds[130]], settings)
    for _ in 0..<70 {
      for player in [many, few, alone, last] { try player.step() }
      for lane in 0..<11 { try #require(many.shown(60 + lane) == few.shown(lane)) }
      try #require(many.shown(64) == alone.shown(0))
      try #require(many.shown(130) == last.shown(0))
    }
  }

  @Test("A lane's bytes go on alike elsewhere", arguments: classicIDs)
  func states(id: String) throws {
    let settings: [String: SettingValue] = ["step-limit": 40]
    let one = try Player(id, lanes: [1, 2, 3], settings)
    let other = try Player(id, lanes: (100..<170).map { $0 }, settings)
    // A lane that has not stepped has more to remember: there it is one, elsewhere none.
    for _ in 0..<3 { try other.step() }
    for warm in [0, 1, 29] {
      for _ in 0..<warm { try one.step() }
      for lane in 0..<3 {
        let bytes = try one.batch.state(lane: lane)
        try other.batch.setState(lane: 64 + lane, bytes, into: other.buffers)
        other.setDice(one.dice(of: lane), of: 64 + lane)
        try #require(try other.batch.state(lane: 64 + lane) == bytes)
        try #require(one.shown(lane) == other.shown(64 + lane))
      }
      for _ in 0..<60 {
        try one.step()
        try other.step()
        for lane in 0..<3 { try #require(one.shown(lane) == other.shown(64 + lane)) }
      }
    }
  }

  @Test("A lane that waits for a reset stays as it is", arguments: classicIDs)
  func waiting(id: String) throws {
    let player = try Player(id, lanes: [1, 2], ["autoreset": "disabled", "step-limit": 4])
    for _ in 0..<4 { try player.step() }
    // The other lane goes on. The first step that does nothing shows its lack of reward.
    try player.batch.reset([1], player.buffers)
    try player.step()
    let state = try player.batch.state(lane: 0)
    for _ in 0..<2 { try player.step() }
    #expect(try player.batch.state(lane: 0) == state)
    #expect(player.buffers.episodeLengths.of(Int32.self)[0] == 4)
    #expect(player.buffers.episodeLengths.of(Int32.self)[1] == 3)
    #expect(player.buffers.rewards.of(Double.self)[0] == 0)
  }

  @Test("Numbers that no lane can have are refused, and nothing changes", arguments: classicIDs)
  func flaws(id: String) throws {
    let player = try Player(id, lanes: [5, 6])
    for _ in 0..<3 { try player.step() }
    let good = try player.batch.state(lane: 0)
    for value in [Double.nan, .infinity, -1e300] {
      for place in [8, 16] {
        let bad = sealed(good) { bytes in
          withUnsafeBytes(of: value.bitPattern.littleEndian) {
            bytes.replaceSubrange(place..<place + 8, with: $0)
          }
        }
        #expect(throws: EnvironmentError.self) {
          try player.batch.setState(lane: 1, bad, into: nil)
        }
      }
    }
    let lane = try player.batch.state(lane: 1)
    #expect(throws: EnvironmentError.self) {
      try player.batch.setState(lane: 1, good.dropLast(), into: nil)
    }
    #expect(try player.batch.state(lane: 1) == lane)
    try player.batch.setState(lane: 1, sealed(good) { _ in }, into: nil)
    #expect(try player.batch.state(lane: 1) == good)
  }

  /// Changed bytes with the checksum they should have.
  private func sealed(_ state: [UInt8], _ change: (inout [UInt8]) -> Void) -> [UInt8] {
    var bytes = Array(state.dropLast(8))
    change(&bytes)
    var out = ByteWriter()
    out.bytes = bytes
    out.add(fnv1a(bytes))
    return out.bytes
  }

  @Test("A generator that is none is refused", arguments: classicIDs)
  func generators(id: String) throws {
    let player = try Player(id, lanes: [5])
    let good = try player.batch.state(lane: 0)
    // Its increment is odd; wherever it lies, an even one must not pass.
    let words = PCG64(seed: 5).words
    let increment = withUnsafeBytes(of: words[2].littleEndian) { Array($0) }
    let place = try #require(
      (8..<good.count - 8).first { Array(good[$0...].prefix(8)) == increment })
    let bad = sealed(good) { $0[place] &= 0xFE }
    #expect(throws: EnvironmentError.self) { try player.batch.setState(lane: 0, bad, into: nil) }
    #expect(try player.batch.state(lane: 0) == good)
  }

  @Test("Pictures show the state", arguments: classicIDs)
  func pictures(id: String) throws {
    let player = try Player(id, lanes: [8, 9])
    let before = try player.batch.render(lane: 0)
    #expect(before.width >= 200 && before.height == 200)
    #expect(Set(before.rgb).count > 2)
    for _ in 0..<12 { try player.step() }
    #expect(try player.batch.render(lane: 0) != before)
    #expect(try player.batch.render(lane: 0) != player.batch.render(lane: 1))
  }
}
