import Environment
import Records

/// What the contract asks of every environment, in the order in which it is checked: from one rule
/// on, those before hold.
public enum Rule: String, CaseIterable, Sendable {
  /// The spec is what its own words mean, and the row's defaults make the same batch.
  case spec
  /// Every element lies within its field's bounds.
  case bounds
  /// Everything is written, and nothing else: what lay in the buffers before changes nothing.
  case written
  /// What does not fit is refused, and no lane has moved.
  case refusal
  /// Returns and lengths are the sums of the current episode.
  case sums
  /// `ended`, `terminated` and `truncated` agree; a flag without an end has a final observation.
  case flags
  /// An episode is cut off at the step limit.
  case limit
  /// A lane plays alike in a batch of any size, at any place, on any threads in any order.
  case lanes, order, threads
  /// The three modes tell the same episodes.
  case autoreset
  /// A reset of some lanes leaves the others; with a seed a lane is as new.
  case partialReset, seeds
  /// Bytes of a lane go on alike in another batch; damaged ones are refused.
  case state, damage
  case snapshots
  /// A lane that is restored without generators keeps its own, which its next episode shows.
  case generators
  case fork, checkpoint
  /// What the caller writes into what he was shown has no effect.
  case scribble
  /// Observations go where the buffers aim, and only there.
  case aim
  /// Looking changes nothing.
  case render
  /// A step that has been warmed up asks for no memory.
  case allocation
}

/// A rule that an environment breaks.
public struct Violation: Equatable, CustomStringConvertible, Sendable {
  public let rule: Rule
  public let text: String

  public var description: String { "\(rule): \(text)" }
}

/// Checks an environment of the catalogue against the contract, to the first rule that it breaks:
/// the later ones would speak of the same.
/// - Parameters:
///   - settings: should make episodes end within `steps`; without a word on it a row's `step-limit`
///     becomes 6.
///   - steps: of each run.
///   - rules: for a batch whose lanes are not alike by nature: those that do not compare lanes.
///   - sumsRewards: false: rewards are clipped on their way, so that returns are other sums.
/// - Returns: nothing where every rule holds.
public func checkConformance(
  _ row: EnvironmentRow, settings: [String: SettingValue] = [:], steps: Int = 14,
  seed: UInt64 = 1, sumsRewards: Bool = true, rules: [Rule] = Rule.allCases
) -> [Violation] {
  var settings = settings
  let names = Set(row.settings().map(\.name))
  if names.contains("step-limit"), settings["step-limit"] == nil { settings["step-limit"] = 6 }
  let checker = Checker(
    row: row, settings: settings, steps: steps, seed: seed, sumsRewards: sumsRewards)
  for rule in rules {
    do {
      try checker.check(rule)
    } catch {
      return [Violation(rule: rule, text: "\(error)")]
    }
  }
  return []
}

/// What was found.
struct Broken: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

func require(_ holds: Bool, _ text: @autoclosure () -> String) throws {
  if !holds { throw Broken(text()) }
}

final class Checker {
  let row: EnvironmentRow
  let settings: [String: SettingValue]
  let steps: Int
  let seed: UInt64
  let sumsRewards: Bool
  /// By lane: what the largest batch played.
  private(set) lazy var reference = Result { try play(Checker.most).tapes }

  static let most = 130

  init(
    row: EnvironmentRow, settings: [String: SettingValue], steps: Int, seed: UInt64,
    sumsRewards: Bool
  ) {
    self.row = row
    self.settings = settings
    self.steps = steps
    self.seed = seed
    self.sumsRewards = sumsRewards
  }

  func check(_ rule: Rule) throws {
    switch rule {
    case .spec: try checkSpec()
    case .bounds: try checkBounds()
    case .written: try checkWritten()
    case .refusal: try checkRefusals()
    case .sums: try checkSums()
    case .flags: try checkFlags()
    case .limit: try checkLimit()
    case .lanes: try checkLanes()
    case .order: try checkOrder()
    case .threads: try checkThreads()
    case .autoreset: try checkAutoreset()
    case .partialReset: try checkPartialReset()
    case .seeds: try checkSeeds()
    case .state: try checkState()
    case .damage: try checkDamage()
    case .snapshots: try checkSnapshots()
    case .generators: try checkGenerators()
    case .fork: try checkFork()
    case .checkpoint: try checkCheckpoint()
    case .scribble: try checkScribble()
    case .aim: try checkAim()
    case .render: try checkRender()
    case .allocation: try checkAllocation()
    }
  }

  /// The modes that the row has.
  var modes: [AutoresetMode] {
    row.settings().contains { $0.name == "autoreset" } ? AutoresetMode.allCases : [.sameStep]
  }

  func make(_ lanes: Int, _ mode: AutoresetMode = .sameStep, workers: Int = 1) throws
    -> any EnvironmentBatch
  {
    var settings = settings
    if modes.count > 1 { settings["autoreset"] = .text(mode.rawValue) }
    return try row.make(lanes, settings, workers)
  }

  /// Of the lane with that number in every batch that says nothing else.
  func seed(_ lane: Int) -> UInt64 { seed &+ UInt64(lane) &* 7919 }

  func player(
    _ lanes: Int, _ mode: AutoresetMode = .sameStep, workers: Int = 1, memory: CallerMemory? = nil,
    seeds: [UInt64]? = nil
  ) throws -> Player {
    let seeds = seeds ?? (0..<lanes).map(seed)
    return Player(try make(lanes, mode, workers: workers), seeds: seeds, memory: memory)
  }

  /// A batch that has begun and made its steps.
  func play(_ lanes: Int, _ mode: AutoresetMode = .sameStep, steps: Int? = nil) throws -> Player {
    let player = try player(lanes, mode)
    try player.begin()
    for _ in 0..<(steps ?? self.steps) { try player.step() }
    return player
  }

  /// The first steps of a lane are those of the reference's lane.
  func same(_ tape: [UInt64], as lane: Int, _ what: String, from: Int = 0) throws {
    try same(tape, Array(try reference.get()[lane].dropFirst(from)), what)
  }

  func same(_ one: [UInt64], _ other: [UInt64], _ what: String) throws {
    let at = zip(one, other).enumerated().first { $1.0 != $1.1 }?.offset
    try require(at == nil, "\(what) differs at event \(at ?? 0) (0: the first observation)")
    try require(!one.isEmpty && !other.isEmpty, "\(what) shows nothing")
  }
}
