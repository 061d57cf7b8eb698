import Environment
import Foundation
import Lanes
import Records
import Testing

@testable import MinAtar

@Suite struct StateTests {
  @Test("A lane shows the same in any batch", arguments: games, ["same-step", "next-step"])
  func laneCounts(game: String, autoreset: String) throws {
    let settings: [String: SettingValue] = ["autoreset": .text(autoreset)]
    let seeds: [UInt64] = (0..<70).map { $0 * 7 }
    let many = try Players(game, "v1", seeds: seeds, settings)
    let alone = try [0, 5, 69].map { try Players(game, "v1", seeds: [seeds[$0]], settings) }
    for _ in 0..<500 {
      try many.step()
      for player in alone { try player.step() }
    }
    #expect(alone.map { $0.journal[0] } == [0, 5, 69].map { many.journal[$0] })
    #expect(Set(many.journal).count == 70)
  }

  @Test("A lane goes on from its state as it would have gone on", arguments: games)
  func roundTrip(game: String) throws {
    let lanes = 64
    let players = try Players(game, seeds: (0..<UInt64(lanes)).map { $0 + 3 })
    for _ in 0..<333 { try players.step() }
    let states = try (0..<lanes).map { try players.batch.state(lane: $0) }
    let twin = try row(game).make(lanes, [:], 1)
    let buffers = StepBuffers(spec: twin.spec, lanes: lanes)
    try twin.reset(buffers)
    for lane in 0..<lanes { try twin.setState(lane: lanes - 1 - lane, states[lane], into: buffers) }
    func expectEqual(_ step: Int) {
      for lane in 0..<lanes {
        let (mine, theirs) = (players.buffers.observations[0], buffers.observations[0])
        #expect(mine.row(lane).elementsEqual(theirs.row(lanes - 1 - lane)), "step \(step)")
      }
    }
    expectEqual(0)
    for step in 1...300 {
      try players.step()
      let actions = buffers.actions.writable(Int32.self)
      for lane in 0..<lanes {
        actions[lanes - 1 - lane] = players.buffers.actions.of(Int32.self)[lane]
      }
      try twin.step(buffers)
      expectEqual(step)
    }
    for lane in 0..<lanes {
      #expect(try players.batch.state(lane: lane) == twin.state(lane: lanes - 1 - lane))
    }
  }

  /// Where the generator's words end in a state: behind the spec's identity.
  private static let position = 8 + 4 * RandomStates.words

  private func damaged(_ state: [UInt8], _ place: Int, _ value: UInt8) -> [UInt8] {
    var bytes = Array(state.dropLast(8))
    bytes[place] = value
    var out = ByteWriter()
    out.bytes = bytes
    out.add(fnv1a(bytes))
    return out.bytes
  }

  @Test("A generator's position and a last action that cannot be are refused", arguments: games)
  func generator(game: String) throws {
    let players = try Players(game, seeds: [1])
    let state = try players.batch.state(lane: 0)
    let buffers = players.buffers
    for (place, value) in [(Self.position + 1, UInt8(0x80)), (Self.position + 3, 0xFF)] {
      #expect(throws: EnvironmentError.state("the generator's position is out of range")) {
        try players.batch.setState(lane: 0, damaged(state, place, value), into: buffers)
      }
    }
    #expect(throws: EnvironmentError.state("the last action is out of range")) {
      try players.batch.setState(lane: 0, damaged(state, Self.position + 4, 6), into: buffers)
    }
    #expect(try players.batch.state(lane: 0) == state)
  }

  /// Images with 4096 bytes around them that nobody may touch.
  private final class Guarded {
    let memory: UnsafeMutableRawBufferPointer
    let bytes: Int

    init(bytes: Int) {
      self.bytes = bytes
      memory = .allocate(byteCount: bytes + 8192, alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
    }
    deinit { memory.deallocate() }

    var isIntact: Bool {
      memory.prefix(4096).allSatisfy { $0 == 0xA5 } && memory.suffix(4096).allSatisfy { $0 == 0xA5 }
        && memory[4096..<(4096 + bytes)].allSatisfy { $0 <= 1 }
    }
  }

  @Test("A damaged game is refused, or goes on within its bounds", arguments: games)
  func damage(game: String) throws {
    let bytes = try row(game).make(1, [:], 1).spec.observation[0].bytes
    let guarded = Guarded(bytes: bytes)
    let players = try Players(game, seeds: [9]) { name, _ in
      name == "image" ? guarded.memory.baseAddress! + 4096 : nil
    }
    for _ in 0..<25 { try players.step() }
    let state = try players.batch.state(lane: 0)
    var refused = 0
    for place in Self.position + 5..<state.count - 8 {
      for value: UInt8 in [0, 1, 6, 10, 0x7F, 0x80, 0xFF] {
        do {
          try players.batch.setState(
            lane: 0, damaged(state, place, value), into: players.buffers)
          for _ in 0..<30 { try players.step() }
          #expect(guarded.isIntact, "byte \(place) as \(value)")
        } catch is EnvironmentError {
          refused += 1
        }
      }
    }
    #expect(refused > 20)
  }
}
