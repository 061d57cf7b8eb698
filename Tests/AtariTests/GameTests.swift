import Environment
import Testing

@testable import Atari

@Suite("Game rows") struct GameTests {
  @Test("Rows agree with themselves", arguments: Game.all.map(\.rom))
  func rows(name: String) throws {
    let game = try Game.named(name)
    #expect(game.md5.count == 32)
    let actsAlways = ["backgammon", "video_checkers"].contains(name)
    #expect(game.actions.contains(.noop) == !actsAlways)
    #expect(game.actions.map(\.rawValue) == game.actions.map(\.rawValue).sorted())
    #expect(Set(game.actions).isSubset(of: Set(game.legal)))
    #expect(!game.difficulties.isEmpty && Set(game.difficulties).isSubset(of: 0..<4))
    #expect(Set(game.modes.all).count == game.modes.all.count)
  }

  @Test("Actions have ALE's names and contacts")
  func actions() {
    #expect(AtariAction.upRightFire.name == "UPRIGHTFIRE")
    #expect(AtariAction.allCases.count == 18)
    #expect(AtariAction.right.presses.directions == 0b0111)
    #expect(AtariAction.upLeft.presses.directions == 0b1010)
    #expect(AtariAction.downFire.presses.contains(.fire))
  }

  /// Memory of 64 lanes with some bytes set in lane 5.
  private func observe(_ game: Game, frames: [[UInt8: UInt8]]) -> (GameState, GameReader) {
    let reader = GameReader(game)
    var state = reader.initial
    var ram = [UInt8](repeating: 0, count: 128 * 64)
    for frame in frames {
      for (address, value) in frame { ram[Int(address - 0x80) * 64 + 5] = value }
      ram.withUnsafeBufferPointer {
        reader.observe(LaneMemory($0.baseAddress!, lane: 5), &state)
      }
    }
    return (state, reader)
  }

  @Test("Breakout: three digits; over only after five lives were seen")
  func breakout() {
    var (state, reader) = observe(.breakout, frames: [[0xCD: 0x34, 0xCC: 0xF2]])
    #expect(state.score == 234 && !state.over)
    (state, reader) = observe(.breakout, frames: [[0xB9: 5], [0xB9: 1, 0xCD: 7], [0xB9: 0]])
    #expect(state.over && reader.lives(state) == 0 && state.reward == 0)
  }

  @Test("Scores roll over in space_invaders and asteroids; freeway's reward is 0 or 1")
  func rewards() {
    let invaders = observe(
      .spaceInvaders, frames: [[0xC9: 3, 0xE8: 0x90, 0xE6: 0x99], [0xE8: 0x10, 0xE6: 0]]
    ).0
    #expect(invaders.reward == 20)
    let asteroids = observe(.asteroids, frames: [[0xBE: 0x99, 0xBD: 0x99], [0xBE: 1, 0xBD: 0]]).0
    #expect(asteroids.reward == 20)
    #expect(observe(.freeway, frames: [[0xE7: 5], [0xE7: 3]]).0.reward == 0)
    #expect(observe(.freeway, frames: [[0xE7: 5]]).0.reward == 1)
  }

  @Test("Qbert: a death and restart within one frame ends the game without a loss of score")
  func qbert() {
    let state = observe(
      .qbert, frames: [[0x88: 0, 0xDB: 0x25], [0x88: 0xFF], [0x88: 2, 0xDB: 0]]
    ).0
    #expect(state.over && state.reward == 0 && state.score == 25)
    let (living, reader) = observe(.qbert, frames: [[0x88: 1]])
    #expect(reader.lives(living) == 3)
  }

  @Test("Enduro counts cars down from 200, later from 300")
  func enduro() {
    #expect(observe(.enduro, frames: [[0xAD: 1, 0xAB: 0x50, 0xAC: 1]]).0.score == 50)
    #expect(observe(.enduro, frames: [[0xAD: 3, 0xAB: 0, 0xAC: 3]]).0.score == 500)
  }

  @Test("Beam rider loses a life after the animation only")
  func beamRider() {
    #expect(observe(.beamRider, frames: [[0x85: 2], [0x85: 1, 0x8C: 9]]).0.lives == 3)
    #expect(observe(.beamRider, frames: [[0x85: 2], [0x85: 1, 0x8C: 1]]).0.lives == 2)
  }
}

@Suite("What has been compared") struct VerificationTests {
  @Test("Every game that is called verified was compared frame by frame")
  func rows() throws {
    for game in Game.all {
      guard let seen = game.verification else { continue }
      #expect(game.id != Game.courier.id)
      let frames = try #require(seen.extent.split(separator: " ").first.flatMap { Int($0) })
      #expect(frames >= 10_000)
      let pairs = game.modes.all.count * game.difficulties.count
      let kind = game.players.lowerBound == 2 ? "of two players" : ", \(pairs) modes x difficulties"
      #expect(seen.extent.contains(kind), "\(game.rom)")
    }
  }
}
