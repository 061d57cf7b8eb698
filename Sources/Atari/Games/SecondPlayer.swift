/// What a second player changes in a game's row.
public struct SecondPlayer: Sendable {
  typealias Change = @Sendable (inout Game) -> Void

  /// Variations for two. Their numbers are Multi-Agent-ALE's, which are mostly the manual's.
  public var modes: Modes
  /// What else is different when two play, the end of the game for example.
  var together: Change = { _ in }
  /// Where B's points and lives are; nil: B loses what A wins.
  var alone: Change?
}

extension Game {
  /// nil: the game is for one.
  public var secondPlayer: SecondPlayer? { SecondPlayer.rows[rom] }

  /// How many can play.
  public var players: ClosedRange<Int> {
    secondPlayer == nil ? 1...1 : needsTwo ? 2...2 : 1...2
  }

  /// The row as A plays it with B, and as B does; B's is nil when B loses what A wins.
  func rows(_ second: SecondPlayer) -> (a: Game, b: Game?) {
    let both = with {
      $0.modes = second.modes
      second.together(&$0)
    }
    return (both, second.alone.map(both.with))
  }
}

/// The rows. Sources: Multi-Agent-ALE `games/supported/*.cpp`, without its fines for dawdling, which
/// the games do not know; the rest is as in each game's row.
extension SecondPlayer {
  static let rows: [String: SecondPlayer] = [
    "backgammon": SecondPlayer(modes: Modes([4], at: 0xDC)),
    "boxing": SecondPlayer(modes: Modes([2], at: 0x92)),
    "combat": SecondPlayer(modes: Modes(Array(1...27)) { ram, mode in ram.word(0x80) == mode - 1 }),
    "double_dunk": SecondPlayer(modes: .doubleDunk(Array(16..<32))),
    "entombed": SecondPlayer(
      modes: Modes([2, 3]) { ram, _ in ram[0xF4] == 0 }, together: { $0.rule = entombedRule(0) },
      alone: { $0.rule = entombedRule(1) }),
    "fishing_derby": SecondPlayer(modes: Modes([2]) { ram, _ in ram[0x80] == 1 }),
    "flag_capture": SecondPlayer(
      modes: Modes(Array(1...4), at: 0xD6, hold: 2),
      together: {
        $0.score = .bcd([0xAB])
        $0.over = .any([.byte(0xAB, is: 0x99), .byte(0xEB, is: 0x99)])
      },
      alone: { $0.score = .bcd([0xEB]) }),
    "freeway": SecondPlayer(
      modes: Game.freeway.modes, alone: { $0.score = .bcd([0xE8]) }),
    "ice_hockey": SecondPlayer(modes: Modes([1, 3], at: 0x80, hold: 2)),
    "joust": SecondPlayer(
      modes: Modes([1, 3]) { ram, mode in ram.word(0xF8) & 3 == mode },
      alone: {
        $0.score = .bcd([0x88, 0x86, 0x84])
        $0.lives = .irregular(initial: 6) { ram, _ in Game.joustLives(ram[0x82]) }
      }),
    "mario_bros": SecondPlayer(
      modes: Modes([2, 4, 6, 8], hold: 5) { ram, mode in ram.word(0x80) == mode - 1 },
      together: { $0.over = .all([.byte(0x87, is: 0), .byte(0x88, is: 0)]) },
      alone: {
        $0.score = .bcd([0x8C, 0x8B], scale: 100)
        $0.lives = .at(0x88, initial: 0)
      }),
    "maze_craze": SecondPlayer(
      modes: Modes(Array(0..<64), at: 0xBD, hold: 2), together: { $0.rule = mazeCrazeRule(0) },
      alone: { $0.rule = mazeCrazeRule(1) }),
    "othello": SecondPlayer(modes: Modes([4], at: 0xDE, hold: 2)),
    "pong": SecondPlayer(
      modes: Modes(
        [3, 4, 9, 10, 13, 14, 19, 20] + Array(23...28) + [35, 36, 39, 40] + Array(43...46), hold: 2
      ) { ram, mode in ram.word(0x96) == mode - 1 }),
    "space_invaders": SecondPlayer(
      modes: Modes(Array(33...64), hold: 2) { ram, mode in ram.word(0xDC) == mode - 1 },
      alone: { $0.score = .bcd([0xE9, 0xE7]) }),
    "space_war": SecondPlayer(
      modes: Modes(Array(1...5), hold: 2) { ram, mode in ram.decimal(0xA7) == mode },
      together: {
        $0.score = .irregular { $0.decimal(0xA7) - $0.decimal(0xA8) }
        $0.over = .any([.byte(0xA7, is: 0x10), .byte(0xA8, is: 0x10), .byte(0x80, is: 0x00)])
      }),
    "surround": SecondPlayer(
      modes: Modes([1] + Array(5...12), hold: 2) { ram, mode in ram.word(0xF9) == mode - 1 }),
    "tennis": SecondPlayer(
      modes: Modes([2, 4], hold: 2) { ram, mode in ram.word(0x80) == mode - 1 }),
    "video_checkers": SecondPlayer(modes: Modes([10]) { ram, _ in ram.decimal(0xF6) == 10 }),
    "warlords": SecondPlayer(
      modes: .warlords, together: { $0.rule = warlordsRule(0) },
      alone: { $0.rule = warlordsRule(1) }),
    "wizard_of_wor": SecondPlayer(
      modes: Modes([1]) { ram, mode in ram.decimal(0x81) == mode },
      together: {
        $0.over = .all([
          .byte(0x8D, mask: 0x0F, is: 0x00), .byte(0x8C, mask: 0x0F, is: 0x00),
          .byte(0xF4, is: 0xF8),
        ])
      },
      alone: {
        $0.score = .irregular { Game.wizardOfWorScore($0.decimal(0x85, 0x87)) }
        $0.lives = .irregular(initial: 3) { ram, state in
          ram[0xD6] & 1 == 0 ? Int32(ram[0x8C] & 15) : state.lives
        }
      }),
  ]

  /// Variation 2: the longer survivor wins; 3: both gain as they get deeper. `score`: the lead in
  /// lives, or the depth.
  private static func entombedRule(_ player: Int32) -> Rule {
    { ram, state in
      let lives = [Int32(ram[0xC7] & 3), Int32(ram[0xC7] >> 4 & 3)]
      let score = state.mode == 3 ? ram.word(0xEF) : lives[0] - lives[1]
      let change = score - state.score
      state.score = score
      state.reward = state.mode == 3 ? (change > 0 ? 1 : 0) : player == 0 ? change : -change
      state.lives = player == 0 ? lives[0] : lives[1]
      state.over = lives[0] == 0 || lives[1] == 0
    }
  }

  /// Who leaves the maze first wins; who is caught loses. `memory`: who has been caught.
  private static func mazeCrazeRule(_ player: Int) -> Rule {
    { ram, state in
      let (own, other) = (player, 1 - player)
      let stuck: [UInt8] = [ram[0xEA], ram[0xEB]]
      let out: [UInt8] = [ram[0xEC], ram[0xED]]
      let wasCaught = state.memory
      for index in 0..<2 where stuck[index] & 0x40 != 0 { state.memory[index] = 1 }
      state.reward = wasCaught[own] == 0 && state.memory[own] == 1 ? -1 : 0
      let lead: Int32 = (out[own] == 0xFF ? 1 : 0) - (out[other] == 0xFF ? 1 : 0)
      if lead != 0 {
        if state.memory[0] == 0 && state.memory[1] == 0 {
          state.reward = lead
        } else if state.memory[own] == 0 {
          state.reward = 1
        }
      }
      state.lives = state.memory[own] == 0 ? 1 : 0
      state.over = lead != 0 || (state.memory[0] == 1 && state.memory[1] == 1)
    }
  }

  /// Four castles; whose falls loses, the last one standing wins. `memory[0]`: castles that fell.
  private static func warlordsRule(_ player: Int32) -> Rule {
    { ram, state in
      let fallen = Int32(ram[0xEE] >> 4)
      let own: Int32 = 8 >> player
      state.over = fallen.nonzeroBitCount >= 3
      state.lives = fallen & own == 0 ? 1 : 0
      state.reward = fallen & own != 0 && state.memory[0] & own == 0 ? -1 : 0
      if state.over && fallen & own == 0 { state.reward = 1 }
      state.memory[0] = fallen
    }
  }
}
