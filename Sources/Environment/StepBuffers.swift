import Lanes

/// What a step reads and writes, used again at every step.
///
/// Every column has a row a lane; actions, rewards and returns have one a player and lane,
/// [players, lanes].
public final class StepBuffers: @unchecked Sendable {
  public let lanes: Int
  public let players: Int
  /// Written by the caller: [players, lanes, width], int32, or float32 for boxes.
  public package(set) var actions: Column
  /// By field, in the spec's order.
  public package(set) var observations: [Column]
  /// For lanes in which a flag is set: the observation with which the step really ended, where that
  /// is not the one in `observations`, that is under same-step autoreset. Other rows are stale.
  public package(set) var finalObservations: [Column]
  public package(set) var info: [Column]
  /// float64.
  public package(set) var rewards: Column
  /// 1 where the step ended by the environment's own rules, or shows itself so to the learner.
  public package(set) var terminated: Column
  /// 1 where it was cut off, by a time limit for example. Both may be 1: who bootstraps asks
  /// `terminated` first.
  public package(set) var truncated: Column
  /// 1 where the episode is over, 2 where a new one goes on in the same game, as after a lost life: returns
  /// and lengths are a whole game's. 0 elsewhere, also where a lost life is only shown as an end.
  public package(set) var ended: Column
  /// float64: sum of unclipped rewards of the current episode; of the ended one where `ended`.
  public package(set) var episodeReturns: Column
  /// int32: steps of the current episode; of the ended one where `ended`.
  public package(set) var episodeLengths: Column

  /// - Parameter memory: for a column of that name and so many bytes, memory of the caller's own,
  ///   or nil. Names are the fields', `final_` and the observation's, and `actions`, `rewards`,
  ///   `terminated`, `truncated`, `ended`, `episode_returns`, `episode_lengths`.
  public init(
    spec: EnvironmentSpec, lanes: Int,
    memory: (_ name: String, _ bytes: Int) -> UnsafeMutableRawPointer? = { _, _ in nil }
  ) {
    self.lanes = lanes
    players = spec.players
    func column(_ field: Field, rows: Int, isShared: Bool = false) -> Column {
      if let memory = memory(field.name, rows * field.bytes) {
        return Column(field, rows: rows, memory: memory)
      }
      return Column(field, rows: rows, isShared: isShared)
    }
    let action = Field("actions", [spec.action.width], spec.action.element)
    actions = column(action, rows: players * lanes, isShared: true)
    observations = spec.observation.map { column($0, rows: lanes) }
    finalObservations = spec.observation.map { field in
      var field = field
      field.name = "final_" + field.name
      return column(field, rows: lanes)
    }
    info = spec.info.map { column($0, rows: lanes) }
    rewards = column(Field("rewards", [], .float64), rows: players * lanes)
    terminated = column(Field("terminated", [], .uint8, .choice(2)), rows: lanes)
    truncated = column(Field("truncated", [], .uint8, .choice(2)), rows: lanes)
    ended = column(Field("ended", [], .uint8, .choice(3)), rows: lanes)
    episodeReturns = column(Field("episode_returns", [], .float64), rows: players * lanes)
    episodeLengths = column(Field("episode_lengths", [], .int32), rows: lanes)
  }

  /// The next step's observations go here instead; the older columns keep what they have.
  /// - Throws: `EnvironmentError.settings` for columns of another shape.
  public func aim(at columns: [Column]) throws {
    guard columns.count == observations.count,
      zip(columns, observations).allSatisfy({ $0.suits($1) })
    else { throw EnvironmentError.settings("columns of another shape than the observations") }
    for index in columns.indices { observations[index] = columns[index] }
  }

  /// The columns that a step writes beside observations, by name.
  public var results: [Column] {
    [rewards, terminated, truncated, ended, episodeReturns, episodeLengths]
  }

  /// The observation with which the lane's step ended: before an autoreset in the same step.
  public func lastObservation(_ field: Int, lane: Int, autoreset: AutoresetMode) -> UnsafeRawPointer
  {
    let flagged = terminated.of(UInt8.self)[lane] | truncated.of(UInt8.self)[lane] != 0
    let columns = flagged && autoreset == .sameStep ? finalObservations : observations
    return columns[field].row(lane).baseAddress!
  }
}
