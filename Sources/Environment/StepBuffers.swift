import Lanes

/// What a step reads and writes, used again at every step.
///
/// Every column has a row a lane; actions, rewards and returns have one a player and lane,
/// [players, lanes].
public final class StepBuffers: @unchecked Sendable {
  public let lanes: Int
  public let players: Int
  package private(set) var columns: Columns
  /// Equal where buffers are laid out alike.
  let shape: [Int]
  /// Of observations and info, then of final observations and final info.
  private let table: AlignedBuffer<BufferRows.Place>
  /// Where the columns lie now.
  package private(set) var rows: BufferRows

  /// - Parameter memory: for a column of that name and so many bytes, memory of the caller's own,
  ///   or nil. Names are the fields', `final_` and the field's, and `actions`, `rewards`,
  ///   `terminated`, `truncated`, `ended`, `episode_returns`, `episode_lengths`.
  public init(
    spec: EnvironmentSpec, lanes: Int,
    memory: (_ name: String, _ bytes: Int) -> UnsafeMutableRawPointer? = { _, _ in nil }
  ) {
    self.lanes = lanes
    players = spec.players
    shape = spec.bufferShape(lanes: lanes)
    columns = Columns(spec, lanes: lanes, memory)
    table = AlignedBuffer(count: 2 * (columns.observations.count + columns.info.count))
    rows = BufferRows(columns, UnsafePointer(table.pointer))
    locate()
  }

  private func locate() {
    var place = table.pointer
    func add(_ columns: [Column]) {
      for column in columns {
        place.pointee = BufferRows.Place(base: column.base, stride: column.field.bytes)
        place += 1
      }
    }
    add(columns.observations)
    add(columns.info)
    add(columns.finalObservations)
    add(columns.finalInfo)
    rows = BufferRows(columns, UnsafePointer(table.pointer))
  }

  /// Puts columns in the place of others of the same shape.
  package func change(_ body: (inout Columns) -> Void) {
    body(&columns)
    locate()
  }

  /// The next step's observations go here instead; the older columns keep what they have.
  /// - Throws: `EnvironmentError.settings` for columns of another shape.
  public func aim(at observations: [Column]) throws {
    guard observations.count == columns.observations.count,
      zip(observations, columns.observations).allSatisfy({ $0.suits($1) })
    else { throw EnvironmentError.settings("columns of another shape than the observations") }
    change { $0.observations = observations }
  }

  /// Written by the caller: [players, lanes, width], int32, or float32 for boxes.
  public var actions: Column { columns.actions }
  /// By field, in the spec's order.
  public var observations: [Column] { columns.observations }
  /// For lanes in which a flag is set: the observation with which the step really ended, where that
  /// is not the one in `observations`, that is under same-step autoreset. Other rows are stale.
  public var finalObservations: [Column] { columns.finalObservations }
  /// By field, in the spec's order.
  public var info: [Column] { columns.info }
  /// As `finalObservations`: the info with which an episode ended.
  public var finalInfo: [Column] { columns.finalInfo }
  /// float64.
  public var rewards: Column { columns.rewards }
  /// 1 where the step ended by the environment's own rules, or shows itself so to the learner.
  public var terminated: Column { columns.terminated }
  /// 1 where it was cut off, by a time limit for example. Both may be 1: who bootstraps asks
  /// `terminated` first.
  public var truncated: Column { columns.truncated }
  /// 1 where the episode is over, 2 where a new one goes on in the same game, as after a lost life:
  /// returns and lengths are a whole game's. 0 elsewhere, also where a lost life is only shown as
  /// an end.
  public var ended: Column { columns.ended }
  /// float64: sum of unclipped rewards of the current episode; of the ended one where `ended`.
  public var episodeReturns: Column { columns.episodeReturns }
  /// int32: steps of the current episode; of the ended one where `ended`.
  public var episodeLengths: Column { columns.episodeLengths }

  /// The columns that a step writes beside observations, by name.
  public var results: [Column] {
    [rewards, terminated, truncated, ended, episodeReturns, episodeLengths]
  }
}

/// The columns of step buffers.
package struct Columns {
  package var actions: Column
  package var observations, finalObservations, info, finalInfo: [Column]
  package var rewards, terminated, truncated, ended, episodeReturns, episodeLengths: Column

  init(
    _ spec: EnvironmentSpec, lanes: Int,
    _ memory: (_ name: String, _ bytes: Int) -> UnsafeMutableRawPointer?
  ) {
    func column(_ field: Field, rows: Int, isShared: Bool = false) -> Column {
      if let memory = memory(field.name, rows * field.bytes) {
        return Column(field, rows: rows, memory: memory)
      }
      return Column(field, rows: rows, isShared: isShared)
    }
    func final(_ field: Field) -> Column {
      var field = field
      field.name = "final_" + field.name
      return column(field, rows: lanes)
    }
    let rows = spec.players * lanes
    let action = Field("actions", [spec.action.width], spec.action.element)
    actions = column(action, rows: rows, isShared: true)
    observations = spec.observation.map { column($0, rows: lanes) }
    finalObservations = spec.observation.map(final)
    info = spec.info.map { column($0, rows: lanes) }
    finalInfo = spec.info.map(final)
    rewards = column(Field("rewards", [], .float64), rows: rows)
    terminated = column(Field("terminated", [], .uint8, .choice(2)), rows: lanes)
    truncated = column(Field("truncated", [], .uint8, .choice(2)), rows: lanes)
    ended = column(Field("ended", [], .uint8, .choice(3)), rows: lanes)
    episodeReturns = column(Field("episode_returns", [], .float64), rows: rows)
    episodeLengths = column(Field("episode_lengths", [], .int32), rows: lanes)
  }

  /// What a step reports beside observations and info lies in some lanes' rows of others.
  mutating func aimResults(at all: Columns, from first: Int, _ count: Int) {
    rewards = all.rewards.slice(first, count)
    terminated = all.terminated.slice(first, count)
    truncated = all.truncated.slice(first, count)
    ended = all.ended.slice(first, count)
    episodeReturns = all.episodeReturns.slice(first, count)
    episodeLengths = all.episodeLengths.slice(first, count)
  }
}

/// Where the columns of step buffers begin: plain pointers, for the loops of a step.
package struct BufferRows: BitwiseCopyable {
  /// Of observations and info, then of final observations and final info.
  package let table: UnsafePointer<Place>
  /// Observations; observations and info.
  package let fields, columns: Int
  package let actions: UnsafeRawPointer
  package let actionBytes: Int
  package let rewards, returns: UnsafeMutablePointer<Double>
  package let terminated, truncated, ended: UnsafeMutablePointer<UInt8>
  package let lengths: UnsafeMutablePointer<Int32>

  /// A column: where it begins, bytes of a row.
  package struct Place: BitwiseCopyable {
    package var base: UnsafeMutableRawPointer
    package var stride: Int
  }

  init(_ columns: Columns, _ table: UnsafePointer<Place>) {
    self.table = table
    fields = columns.observations.count
    self.columns = fields + columns.info.count
    actions = UnsafeRawPointer(columns.actions.base)
    actionBytes = columns.actions.field.bytes
    rewards = columns.rewards.written(Double.self)
    returns = columns.episodeReturns.written(Double.self)
    terminated = columns.terminated.written(UInt8.self)
    truncated = columns.truncated.written(UInt8.self)
    ended = columns.ended.written(UInt8.self)
    lengths = columns.episodeLengths.written(Int32.self)
  }

  /// Makes what `info` shows of a lane its final info.
  package func keepInfo(lane: Int) {
    for index in fields..<columns {
      let (shown, kept) = (table[index], table[columns + index])
      (kept.base + lane * kept.stride).copyMemory(
        from: shown.base + lane * shown.stride, byteCount: shown.stride)
    }
  }
}
