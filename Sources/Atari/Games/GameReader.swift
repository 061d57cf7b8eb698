import Lanes

/// What ALE keeps of a game between frames.
struct GameState: BitwiseCopyable {
  var score: Int32 = 0
  /// Of the newest frame.
  var reward: Int32 = 0
  /// As the game's rule counts them; ask `GameReader.lives` for what ALE reports.
  var lives: Int32 = 0
  /// The irregular rules' own.
  var memory = SIMD8<Int32>()
  /// The variation that is played.
  var mode: Int32 = 0
  var over = false
  /// `Over.allOnce`: the byte has been seen.
  var seen = false
}

/// A game's rules laid out flat, to be read for 64 lanes after every frame.
final class GameReader: @unchecked Sendable {
  /// A decimal digit of the score.
  private struct Digit: BitwiseCopyable {
    var address: UInt8
    var shift: UInt8
    var weight: Int32
    var isBlankAtTen: Bool
  }

  private let digits: AlignedBuffer<Digit>
  private let difference: (own: UInt8, other: UInt8)?
  private let irregularScore: (@Sendable (LaneMemory) -> Int32)?
  private let reward: Reward
  private let livesRule: Lives
  private let tests: AlignedBuffer<ByteTest>
  private let needsAll: Bool
  private let irregularOver: (@Sendable (LaneMemory, inout GameState) -> Bool)?
  private let rule: Rule?
  private let onceAt: UInt8
  private let onceSeen: UInt8
  private let needsOnce: Bool
  let initial: GameState
  private let hasLives: Bool
  private let countsLivesWhenOver: Bool

  init(_ game: Game) {
    (digits, difference, irregularScore) = Self.compile(game.score)
    reward = game.reward
    livesRule = game.lives
    var tests: [ByteTest] = []
    var once: (at: UInt8, seen: UInt8)?
    var irregularOver: (@Sendable (LaneMemory, inout GameState) -> Bool)?
    var needsAll = true
    switch game.over {
    case .all(let list): tests = list
    case .any(let list):
      tests = list
      needsAll = false
    case .allOnce(let at, let seen, let list):
      tests = list
      once = (at, seen)
    case .irregular(let rule): irregularOver = rule
    }
    self.tests = AlignedBuffer(count: tests.count)
    for (index, test) in tests.enumerated() { self.tests[index] = test }
    self.needsAll = needsAll
    self.irregularOver = irregularOver
    onceAt = once?.at ?? 0
    onceSeen = once?.seen ?? 0
    needsOnce = once != nil
    rule = game.rule
    countsLivesWhenOver = game.countsLivesWhenOver
    var initial = GameState()
    initial.score = game.firstScore
    initial.memory = game.firstMemory
    switch game.lives {
    case .none: initial.lives = 0
    case .one: initial.lives = 1
    case .at(_, _, _, _, let lives): initial.lives = lives
    case .irregular(let lives, _): initial.lives = lives
    }
    if case .none = game.lives { hasLives = false } else { hasLives = true }
    self.initial = initial
  }

  private static func compile(
    _ score: Score
  ) -> (
    AlignedBuffer<Digit>, (own: UInt8, other: UInt8)?, (@Sendable (LaneMemory) -> Int32)?
  ) {
    var digits: [Digit] = []
    var weight: Int32 = 1
    switch score {
    case .bcd(let addresses, let count, let scale):
      for nibble in 0..<(count ?? addresses.count * 2) {
        let shift = UInt8(nibble % 2 * 4)
        digits.append(
          Digit(
            address: addresses[nibble / 2], shift: shift, weight: weight * scale,
            isBlankAtTen: false))
        weight *= 10
      }
    case .digits(let addresses, let scale):
      for address in addresses {
        digits.append(
          Digit(address: address, shift: 0, weight: weight * scale, isBlankAtTen: true))
        weight *= 10
      }
    case .difference(let own, let other): return (AlignedBuffer(count: 0), (own, other), nil)
    case .irregular(let rule): return (AlignedBuffer(count: 0), nil, rule)
    }
    let buffer = AlignedBuffer<Digit>(count: digits.count)
    for (index, digit) in digits.enumerated() { buffer[index] = digit }
    return (buffer, nil, nil)
  }

  /// Reads memory after a frame. Order matters: some rules look at what the others kept of the
  /// frame before.
  func observe(_ ram: LaneMemory, _ state: inout GameState) {
    if let rule { return rule(ram, &state) }
    state.over = isOver(ram, &state)
    switch livesRule {
    case .none, .one: break
    case .at(let address, let mask, let shift, let plus, _):
      state.lives = Int32((ram[address] & mask) >> shift) + plus
    case .irregular(_, let lives): state.lives = lives(ram, &state)
    }
    if reward.stopsWhenOver && state.over {
      state.reward = 0
      return
    }
    let score = readScore(ram)
    var change = score - state.score
    if change < 0 { change += reward.rollover }
    if change == reward.ignored { change = 0 }
    state.reward = min(max(change, reward.minimum), reward.maximum)
    state.score = score
  }

  /// Lives as ALE reports them.
  func lives(_ state: GameState) -> Int32 {
    !hasLives || (state.over && !countsLivesWhenOver) ? 0 : state.lives
  }

  private func readScore(_ ram: LaneMemory) -> Int32 {
    if let difference { return Int32(ram[difference.own]) - Int32(ram[difference.other]) }
    if let irregularScore { return irregularScore(ram) }
    var score: Int32 = 0
    for index in 0..<digits.count {
      let digit = digits.pointer[index]
      let value = (ram[digit.address] >> digit.shift) & 15
      score += digit.isBlankAtTen && value == 10 ? 0 : Int32(value) * digit.weight
    }
    return score
  }

  private func isOver(_ ram: LaneMemory, _ state: inout GameState) -> Bool {
    if let irregularOver { return irregularOver(ram, &state) }
    if needsOnce && ram[onceAt] == onceSeen { state.seen = true }
    if needsOnce && !state.seen { return false }
    for index in 0..<tests.count where tests.pointer[index].holds(ram) != needsAll {
      return !needsAll
    }
    return needsAll
  }
}

extension ByteTest {
  @inline(__always) func holds(_ ram: LaneMemory) -> Bool {
    let byte = ram[address] & mask
    switch relation {
    case .equal: return byte == value
    case .unequal: return byte != value
    case .above: return byte > value
    }
  }
}
