import Environment
import Lanes
import Pixels
import Records
import Testing

@testable import MinAtar

@Suite struct RuleTests {
  @Test("Ids, actions, planes")
  func specs() throws {
    #expect(
      MinAtarFamily.rows.map(\.id) == games.flatMap { ["MinAtar/\($0)-v0", "MinAtar/\($0)-v1"] })
    let spec = try row("SpaceInvaders", "v1").make(1, [:], 1).spec
    #expect(spec.action == .discrete(4) && spec.actionNames == ["noop", "left", "right", "fire"])
    #expect(spec.observation == [Field("image", [10, 10, 6], .uint8, .planes(planesFirst: false))])
    #expect(try row("Seaquest", "v1").make(1, [:], 1).spec.action == .discrete(6))
  }

  @Test("With sticky actions at 1 the first one, no action, goes on for ever")
  func sticky() throws {
    let batch = try row("Asterix").make(1, ["sticky-action-prob": 1], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    buffers.actions.writable(Int32.self)[0] = 1
    for _ in 0..<10 { try batch.step(buffers) }
    #expect(buffers.observations[0].of(UInt8.self)[(5 * 10 + 5) * 4] == 1)
    let free = try row("Asterix").make(1, ["sticky-action-prob": 0], 1)
    try free.reset(seeds: [1], buffers)
    for _ in 0..<3 { try free.step(buffers) }
    #expect(buffers.observations[0].of(UInt8.self)[(5 * 10 + 2) * 4] == 1)
  }

  @Test("Without ramping Asterix stays as slow as it begins")
  func ramping() throws {
    func spawns(_ ramps: Bool) throws -> Int8 {
      let game = Asterix(ramps: ramps)
      let random = RandomStates(lanes: 1)
      let (moves, rewards, ends) = (
        AlignedBuffer<Int8>(count: 64), AlignedBuffer<Int8>(count: 64),
        AlignedBuffer<Int8>(count: 64)
      )
      for _ in 0..<1000 {
        game.step(
          Turn(
            lanes: 1, kept: 0, moves: UnsafePointer(moves.pointer), rewards: rewards.pointer,
            ends: ends.pointer, random: random))
      }
      var state = ByteWriter()
      game.visit(lane: 0, &state)
      return Int8(bitPattern: state.bytes[19])
    }
    #expect(try spawns(false) == 10)
    #expect(try spawns(true) == 1)
  }

  @Test("A picture has the package's colours")
  func rendering() throws {
    let batch = try row("Breakout").make(1, [:], 1)
    let buffers = StepBuffers(spec: batch.spec, lanes: 1)
    try batch.reset(seeds: [1], buffers)
    let picture = try batch.render(lane: 0)
    #expect(picture.width == 160 && picture.height == 160)
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      let place = ((y * 16 + 8) * 160 + x * 16 + 8) * 3
      return Array(picture.rgb[place..<(place + 3)])
    }
    #expect(colour(0, 0) == [0, 0, 0])
    // Seaborn's cubehelix of four: paddle and brick.
    #expect(colour(4, 9) == [22, 61, 78])
    #expect(colour(4, 2) == [193, 202, 243])
  }
}
