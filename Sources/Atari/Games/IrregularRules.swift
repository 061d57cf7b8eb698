/// Scores, lives, ends, modes and whole rules that a row cannot express, in alphabetical order of the games.
/// Source: ALE `games/supported/*.cpp`.
extension Game {
  /// The chalice is in the yellow castle, or a dragon has eaten the player.
  static func adventureRule(_ ram: LaneMemory, _ state: inout GameState) {
    let isHome = ram[0xB9] == 0x12
    if isHome { state.reward = 1 }
    state.over = isHome || ram[0xE0] == 2
  }

  /// Digits stand eightfold in memory, $80 is a blank.
  static func alienScore(_ ram: LaneMemory) -> Int32 {
    [UInt8](arrayLiteral: 0x83, 0x85, 0x87, 0x89, 0x8B).reduce(0) { score, address in
      score * 10 + (ram[address] == 0x80 ? 0 : Int32(ram[address] >> 3))
    } * 10
  }

  /// Pieces are counted while the board is whole: the computer uses it to think. The player's are
  /// negative.
  static func backgammonRule(_ ram: LaneMemory, _ state: inout GameState) {
    func pieces(_ address: UInt8) -> Int { Int(Int8(bitPattern: ram[address])) }
    var (own, others) = (0, 0)
    for address in Array(UInt8(0x81)...0x8D) + Array(UInt8(0x8F)...0x9B) {
      let count = pieces(address)
      if count < 0 { own -= count } else { others += count }
    }
    let (ownOut, othersOut) = (-pieces(0x80), pieces(0x8E))
    guard own + ownOut == 15, others + othersOut == 15 else { return }
    if ownOut == 15 || othersOut == 15 {
      state.over = true
      state.reward = ownOut == 15 ? 1 : -1
    }
  }

  /// Three digits; 10 is a blank.
  static func battleZoneScore(_ ram: LaneMemory) -> Int32 {
    func digit(_ value: UInt8) -> Int32 { value == 10 ? 0 : Int32(value) }
    return 1000
      * (digit(ram[0x9D] >> 4) + 10 * digit(ram[0x9E] & 15) + 100 * digit(ram[0x9E] >> 4))
  }

  /// The counter blinks during the death animation: a loss counts only after it.
  static func beamRiderLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    let shown = ram.word(0x85) + 1
    return shown == state.lives - 1 && ram[0x8C] != 1 ? state.lives : shown
  }

  /// The purse reads 0bbb when the chips are gone.
  static func isBust(_ ram: LaneMemory) -> Bool { ram[0x86] == 0x0B && ram[0x89] == 0xBB }

  static func blackjackScore(_ ram: LaneMemory) -> Int32 {
    isBust(ram) ? 0 : ram.decimal(0x89, 0x86)
  }

  private static func blows(_ ram: LaneMemory, _ address: UInt8) -> Int32 {
    ram[address] == 0xC0 ? 100 : ram.decimal(address)
  }

  static func boxingScore(_ ram: LaneMemory) -> Int32 { blows(ram, 0x92) - blows(ram, 0x93) }

  static func boxingOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    if blows(ram, 0x92) == 100 || blows(ram, 0x93) == 100 { return true }
    return ram[0x90] >> 4 == 0 && ram.decimal(0x91) == 0
  }

  /// Poker solitaire ends with its 25th card; the others when input is refused after a bet.
  static func casinoRule(_ ram: LaneMemory, _ state: inout GameState) {
    let score = ram.decimal(0x95, 0x8C)
    let isSolitaire = ram[0xD4] == 3
    let isRefusing = ram[0xD3] & 0x80 != 0
    if isSolitaire || !isRefusing { state.reward = score - state.score }
    state.over =
      isSolitaire
      ? score > 0 && ram[0x9E] == 0xAA : score == 0 || (ram.decimal(0x9E) > 0 && isRefusing)
    state.score = score
  }

  /// `memory[0]`: the game has begun.
  static func chopperCommandOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    state.memory[0] |= Int32(ram[0xC2] & 1)
    return state.memory[0] != 0 && ram[0xE4] & 0x0F == 0
  }

  /// A digit a byte.
  static func crazyClimberScore(_ ram: LaneMemory) -> Int32 {
    (ram.word(0x82) + 10 * ram.word(0x83) + 100 * ram.word(0x84) + 1000 * ram.word(0x85)) * 100
  }

  /// `memory[0]`: the level.
  static func darkchambersRule(_ ram: LaneMemory, _ state: inout GameState) {
    state.reward = 0
    let (level, score) = (ram.word(0xD5), ram.decimal(0xCC, 0xCF) * 10)
    if level < state.memory[0] {
      state.over = true
      return
    }
    state.memory[0] = level
    if score < state.score {
      state.over = true
    } else {
      state.reward = score - state.score
      state.score = score
    }
    if ram[0xCA] & 0x1F == 0 { state.over = true }
  }

  /// Before play the score's place shows something else.
  static func demonAttackScore(_ ram: LaneMemory) -> Int32 {
    let isTitle = ram[0x81] == 0xAB && ram[0x83] == 0xCD && ram[0x85] == 0xEA
    return isTitle ? 0 : ram.decimal(0x85, 0x83, 0x81)
  }

  static func demonAttackOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    ram[0xF2] == 0 && ram[0xF1] == 0xBD
  }

  /// Cars passed: memory counts down from 200 on the first day and from 300 on later ones.
  static func enduroScore(_ ram: LaneMemory) -> Int32 {
    let day = ram.word(0xAD)
    if day == 0 { return 0 }
    let left = ram.decimal(0xAB, 0xAC)
    return day == 1 ? 200 - left : 200 + (day - 2) * 300 + 300 - left
  }

  /// `memory`: computer's and player's score, the clock now and a frame ago.
  static func hangmanRule(_ ram: LaneMemory, _ state: inout GameState) {
    let (computer, player) = (ram.decimal(0xEC), ram.decimal(0xEB))
    state.reward = player - state.memory[1] - (computer - state.memory[0])
    (state.memory[0], state.memory[1]) = (computer, player)
    (state.memory[3], state.memory[2]) = (state.memory[2], ram.word(0xF1))
    let timedOut = state.memory[2] == 0 && state.memory[3] == 255
    state.over = state.reward != 0 || timedOut
  }

  /// A match costs a point, the urn at the gate gives 100. `memory[0]`: matches used.
  static func hauntedHouseRule(_ ram: LaneMemory, _ state: inout GameState) {
    let matches = ram.decimal(0x82)
    state.reward = matches == state.memory[0] ? 0 : -1
    state.memory[0] = matches
    state.lives = ram.word(0x96)
    let escaped = ram[0x99] == 0x44
    if escaped { state.reward += 100 }
    state.over = state.lives == 0 || escaped
  }

  static func kaboomOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    ram[0xA1] == 0 || ram.decimal(0xA5, 0xA4, 0xA3) == 999_999
  }

  /// Too many tiles missed, the well full, or level 100. Empty places and the bonus's grey blocks do
  /// not count.
  static func klaxOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    let (missed, allowed) = (ram.cartridge(0x6E), ram.cartridge(0x69))
    if allowed > 0 && missed == allowed || ram.cartridge(0x1D) == 0x99 { return true }
    let isFull = (UInt8(0xB3)..<0xB3 + 25).allSatisfy { ![0, 2, 6, 10, 14].contains(ram[$0]) }
    return ram[0xA8] == 4 && isFull
  }

  /// Par minus strokes at the end of each hole. `memory`: hole, par, strokes lost from the counter,
  /// the counter, and the strokes before the hole.
  static func miniatureGolfRule(_ ram: LaneMemory, _ state: inout GameState) {
    let (left, right, hole) = (ram.decimal(0x87), ram.decimal(0x88), ram.decimal(0xAF))
    state.reward = 0
    if hole != state.memory[0] {
      let strokes = state.memory[3] + state.memory[2] - state.memory[4]
      if strokes > 0 { state.reward = state.memory[1] - strokes }
      if hole == 0 { state.over = true }
      state.memory[0] = hole
      state.memory[2] = 0
      state.memory[4] = state.memory[3]
    }
    if right != 0 {
      state.memory[1] = right
    } else {
      if left < state.memory[3] { state.memory[2] += state.memory[3] }
      state.memory[3] = left
    }
  }

  /// The standard game is variation 1 with the flag at $A1; the others have it clear.
  static func msPacmanShows(_ ram: LaneMemory, _ mode: Int) -> Bool {
    mode == 0
      ? ram[0x99] == 1 && ram[0xA1] == 1 : Int(ram[0x99]) == mode && ram[0xA1] == 0
  }

  /// `memory[0]`: frames since the last input.
  static func othelloOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    state.memory[0] = ram[0xC0] == 0 ? state.memory[0] + 1 : 0
    return state.memory[0] > 50
  }

  /// `memory[0]`: lives as shown.
  static func qbertLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    let shown = Int32(Int8(bitPattern: ram[0x88]))
    let lost = state.memory[0] - 1 == shown
    state.memory[0] = shown
    return lost ? state.lives - 1 : state.lives
  }

  /// Lives fall from 2 to $FE; or the player has restarted within the frame of the last death.
  static func qbertOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    ram[0x88] == 0xFE || (ram[0x88] == 0x02 && state.memory[0] == -1)
  }

  /// Digits stand eightfold in memory; what is no digit counts as 0.
  static func riverRaidScore(_ ram: LaneMemory) -> Int32 {
    [UInt8](arrayLiteral: 77, 79, 81, 83, 85, 87).reduce(0) { score, address in
      let value = ram[address]
      return score * 10 + (value & 7 == 0 && value <= 72 ? Int32(value >> 3) : 0)
    }
  }

  /// `memory[0]`: the byte of lives in the frame before.
  static func riverRaidOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    let before = state.memory[0]
    state.memory[0] = ram.word(0xC0)
    return state.memory[0] == 0x58 && before == 0x59
  }

  static func riverRaidLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    switch ram[0xC0] {
    case 0x58: 4
    case 0x59: 1
    default: Int32(ram[0xC0] / 8 + 1)
    }
  }

  /// `memory[0]`: the game has begun.
  static func starGunnerLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    if ram[0x87] == 5 { state.memory[0] = 1 }
    return state.memory[0] == 0 ? 5 : Int32(ram[0x87] & 15)
  }

  /// Seconds left when Clark Kent is back at his desk.
  static func supermanRule(_ ram: LaneMemory, _ state: inout GameState) {
    let seconds = ram.decimal(0xE3) * 60 + ram.decimal(0xE2)
    let isAtDesk = ram[0x80] == 0xAC && ram[0x81] == 0xF2
    state.over = ram[0x9F] & 0x40 != 0 && isAtDesk
    state.reward = state.over ? 99 * 60 + 59 - seconds : 0
  }

  /// Games, and points within a game. `memory`: the differences of both.
  static func tennisRule(_ ram: LaneMemory, _ state: inout GameState) {
    let (own, other) = (ram.word(0xC7), ram.word(0xC8))
    let games = own - other
    let points = ram.word(0xC5) - ram.word(0xC6)
    if games != state.memory[0] {
      state.reward = games - state.memory[0]
    } else {
      state.reward = points - state.memory[1]
    }
    (state.memory[0], state.memory[1]) = (games, points)
    state.over =
      (own >= 6 && games >= 2) || (other >= 6 && -games >= 2) || own == 7 || other == 7
  }

  static func tetrisRule(_ ram: LaneMemory, _ state: inout GameState) {
    let score = ram.decimal(0xF1, 0xF2)
    state.reward = max(score - state.score, 0)
    state.score = score
    state.over = ram[0xF3] & 0x80 != 0
    if state.over { state.score = 0 }
  }

  /// The board is full, or the program shows who has won.
  static func ticTacToeRule(_ ram: LaneMemory, _ state: inout GameState) {
    state.reward = 0
    if ram[0xFF] == 0xF3 && ram[0xFE] == 0x10 {
      state.reward = ram[0xE1] == 0x08 ? 1 : -1
      state.over = true
    }
    if (0x9A...0xD9).allSatisfy({ ram[$0] != 0 }) { state.over = true }
  }

  /// The side without pieces has lost, in variations from 11 on it has won.
  static func videoCheckersRule(_ ram: LaneMemory, _ state: inout GameState) {
    var (black, white) = (0, 0)
    for row in 0..<4 {
      for column in 0..<8 {
        switch ram[UInt8(0x80 + row * 9 + column)] {
        case 0x10, 0x20: black += 1
        case 0x90, 0xA0: white += 1
        default: break
        }
      }
    }
    guard black == 0 || white == 0 else { return }
    state.over = true
    state.reward = (black == 0) == (state.mode >= 11) ? 1 : -1
  }

  static func videoChessRule(_ ram: LaneMemory, _ state: inout GameState) {
    state.reward = 0
    state.lives = 1
    guard ram[0xE1] == 0x82 else { return }  // white's turn
    if ram[0xEE] == 0 {
      state.reward = 1
      state.over = true
    } else if ram[0xEE] == 1 {
      state.reward = -1
      state.over = true
    }
  }

  /// Faces of one colour. `memory`: their number, the clock now and a frame ago.
  static func videoCubeRule(_ ram: LaneMemory, _ state: inout GameState) {
    let faces = (0..<6).count { face in
      let first = UInt8(0xA0 + face * 9)
      return (first + 1..<first + 9).allSatisfy { ram[$0] == ram[first] }
    }
    (state.memory[2], state.memory[1]) = (state.memory[1], ram.word(0xDB))
    let timedOut = state.memory[1] == 0 && state.memory[2] == 255
    state.reward = timedOut ? -1 : Int32(faces) - state.memory[0]
    state.memory[0] = Int32(faces)
    state.over = timedOut || faces == 6
  }

  /// The ball's number is shown, and the extra ball is kept elsewhere.
  static func videoPinballLives(_ ram: LaneMemory, _ state: inout GameState) -> Int32 {
    4 + Int32(ram[0xA8] & 1) - Int32(ram[0x99] & 7)
  }

  static func wizardOfWorScore(_ score: Int32) -> Int32 {
    (score >= 8000 ? score - 8000 : score) * 100
  }

  /// Words finished, while the clock runs.
  static func wordZapperRule(_ ram: LaneMemory, _ state: inout GameState) {
    guard ram.decimal(0xCF) > 0 else { return }
    let score = 2 - Int32(Int8(bitPattern: ram[0xDC]))
    state.reward = score - state.score
    state.score = score
    state.over = score == 3 || ram.decimal(0xDE) == 0
  }
}
