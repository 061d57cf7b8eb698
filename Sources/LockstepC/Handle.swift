import CLockstep
import Catalog
import Environment
import Glibc
import Lanes
import Records
import Synchronization

/// What a `lockstep_batch` is: a batch with its threads and columns, for one caller at a time.
final class Handle: Sendable {
  let batch: any EnvironmentBatch
  let buffers: StepBuffers
  let pool: ThreadPool
  let stepsPerSecond: Double
  let slots = Slots()
  private let process = getpid()
  private let isBusy = Atomic(false)

  static let mostLanes = 1_048_576

  init(_ id: String, lanes: Int, threads: Int, _ settings: [String: SettingValue]) throws {
    guard (1...Self.mostLanes).contains(lanes) else {
      throw CallError("a batch has 1 to \(Self.mostLanes) lanes, not \(lanes)")
    }
    guard (0...1024).contains(threads) else {
      throw CallError("a batch has 1 to 1024 threads (0: one a processor), not \(threads)")
    }
    let row = try Catalog.row(id)
    try row.checkRoom(lanes: lanes, settings)
    let pool = ThreadPool(
      threads: threads == 0 ? Processors.usable : threads)
    batch = try row.make(lanes, settings, pool.threads)
    stepsPerSecond = row.viewing.stepsPerSecond(batch.spec)
    buffers = StepBuffers(spec: batch.spec, lanes: lanes)
    alignments = Self.columns(buffers).map { ($1.field.name, $1.field.element.bytes) }
    self.pool = pool
  }

  /// False in a child of fork().
  var isOfThisProcess: Bool { getpid() == process }

  /// - Throws: `CallError` where the batch is in use, or its threads are those of another process.
  func use<Result>(_ body: () throws -> Result) throws -> Result {
    guard isOfThisProcess else {
      throw CallError("this batch was made before a fork(): make one in every process", .time)
    }
    guard !isBusy.exchange(true, ordering: .acquiring) else {
      throw CallError("another thread is in a call on this batch", .time)
    }
    defer { isBusy.store(false, ordering: .releasing) }
    return try body()
  }

  /// Of the columns, in the order of `lockstep_bind`: what has to lie in a multiple of so many bytes.
  private let alignments: [(name: String, bytes: Int)]

  /// In the order of `lockstep_bind`.
  var columns: [(group: String, column: Column)] {
    Self.columns(buffers)
  }

  private static func columns(_ buffers: StepBuffers) -> [(group: String, column: Column)] {
    let all: [(String, [Column])] = [
      ("actions", [buffers.actions]), ("observations", buffers.observations),
      ("final_observations", buffers.finalObservations), ("info", buffers.info),
      ("final_info", buffers.finalInfo), ("results", buffers.results),
    ]
    return all.flatMap { group, columns in columns.map { (group, $0) } }
  }

  /// - Throws: `CallError` for memory that is not aligned; then nothing has changed.
  func bind(_ places: UnsafeBufferPointer<UnsafeMutableRawPointer?>) throws {
    guard places.count == alignments.count else {
      throw CallError("\(places.count) columns for a batch of \(alignments.count)")
    }
    for (place, (name, bytes)) in zip(places, alignments)
    where UInt(bitPattern: place) % UInt(bytes) != 0 {
      throw CallError("\(name): memory is not aligned")
    }
    buffers.change { columns in
      var next = places.makeIterator()
      func take(_ column: inout Column) {
        guard let memory = next.next()! else { return }
        column.move(to: memory)
      }
      take(&columns.actions)
      for index in columns.observations.indices { take(&columns.observations[index]) }
      for index in columns.finalObservations.indices { take(&columns.finalObservations[index]) }
      for index in columns.info.indices { take(&columns.info[index]) }
      for index in columns.finalInfo.indices { take(&columns.finalInfo[index]) }
      take(&columns.rewards)
      take(&columns.terminated)
      take(&columns.truncated)
      take(&columns.ended)
      take(&columns.episodeReturns)
      take(&columns.episodeLengths)
    }
  }

  func reset(_ mask: UnsafePointer<UInt8>?, _ seeds: UnsafePointer<UInt64>?) throws {
    guard let mask else {
      let all = seeds.map { Array(UnsafeBufferPointer(start: $0, count: batch.lanes)) }
      return try batch.reset(seeds: all, buffers, on: pool)
    }
    let lanes = (0..<batch.lanes).filter { mask[$0] != 0 }
    if lanes.isEmpty { return }
    try batch.reset(lanes, seeds: seeds.map { all in lanes.map { all[$0] } }, buffers, on: pool)
  }
}

/// A wrong call, or one at a wrong time.
struct CallError: Error, CustomStringConvertible {
  let kind: ErrorKind
  let description: String

  init(_ description: String, _ kind: ErrorKind = .value) {
    self.kind = kind
    self.description = description
  }
}

/// What callers' languages have errors of their own for; as `lockstep_error_kind` returns it.
enum ErrorKind: UInt8 {
  case value, time, file, memory

  init(_ error: any Error) {
    switch error {
    case let error as CallError: self = error.kind
    case EnvironmentError.time: self = .time
    case is any KnownFileError: self = .file
    default: self = .value
    }
  }
}

/// What a caller has to know of a batch.
struct HandleView: Encodable {
  private let id: String
  private let lanes, threads: Int
  private let steps_per_second: Double
  private let spec: SpecView
  private let columns: [ColumnView]

  init(_ handle: Handle) {
    id = handle.batch.spec.id
    lanes = handle.batch.lanes
    threads = handle.pool.threads
    steps_per_second = handle.stepsPerSecond
    spec = SpecView(handle.batch.spec)
    let players = handle.batch.spec.players
    columns = handle.columns.map { group, column in
      let rows = column.rows == handle.batch.lanes ? [column.rows] : [players, handle.batch.lanes]
      return ColumnView(
        name: column.field.name, shape: rows + column.field.shape,
        element: column.field.element, group: group)
    }
  }
}

private struct ColumnView: Encodable {
  let name: String
  let shape: [Int]
  let element: Element
  let group: String
}
