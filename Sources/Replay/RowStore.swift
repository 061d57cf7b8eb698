import Environment
import Lanes

/// What a row of the replay is.
enum RowKind: UInt8 {
  /// An older picture of the stack that begins with the next row that is none.
  case filler
  /// An observation whose action is not known yet.
  case open
  /// An observation, the action taken there, and what came of it.
  case step
  /// The observation with which an episode ended.
  case last
}

/// A field as it is kept: of a stack of pictures the newest alone.
struct KeptField {
  /// In the spec's observation.
  let place: Int
  let field: Field
  let stack: Int
  /// Of a row.
  var bytes: Int { field.bytes / stack }

  init?(_ place: Int, _ field: Field) {
    if field.role == .text { return nil }
    (self.place, self.field) = (place, field)
    stack = field.stack
  }
}

/// Rows of all lanes, [lanes, rows] of each field, in one piece of memory.
struct RowStore {
  let fields: [KeptField]
  let lanes: Int
  /// Of a lane, with those that are kept for resuming.
  let rows: Int
  let actionBytes: Int
  let memory: MappedMemory
  private let offsets: [Int]

  /// - Throws: `ReplayError`.
  init(
    _ spec: EnvironmentSpec, lanes: Int, rows: Int, path: String?
  ) throws(ReplayError) {
    fields = spec.observation.enumerated().compactMap { KeptField($0, $1) }
    actionBytes = spec.action.width * spec.action.element.bytes
    (self.lanes, self.rows) = (lanes, rows)
    let (count, isMany) = lanes.multipliedReportingOverflow(by: rows)
    var (offsets, next, isMore) = ([Int](), 0, isMany)
    for bytes in fields.map(\.bytes) + [actionBytes, 8, 1, 8] {
      offsets.append(next)
      let (size, overflow) = count.multipliedReportingOverflow(by: bytes)
      let (end, isOver) = next.addingReportingOverflow(size)
      isMore = isMore || overflow || isOver || end > Int.max - 64
      next = isMore ? 0 : (end + 63) / 64 * 64
    }
    if isMore || count > Int(Int32.max) { throw .memory(Int.max) }
    self.offsets = offsets
    memory = try MappedMemory(bytes: next, path: path)
  }

  var count: Int { lanes * rows }
  /// All of it.
  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory.base, count: memory.bytes)
  }
  /// Pictures beside the newest that the largest stack shows.
  var history: Int { (fields.map(\.stack).max() ?? 1) - 1 }

  func frame(_ field: Int, _ row: Int) -> UnsafeMutableRawPointer {
    memory.base + offsets[field] + row * fields[field].bytes
  }

  func action(_ row: Int) -> UnsafeMutableRawPointer {
    memory.base + offsets[fields.count] + row * actionBytes
  }

  var rewards: UnsafeMutablePointer<Double> {
    (memory.base + offsets[fields.count + 1]).assumingMemoryBound(to: Double.self)
  }

  /// Kind, and bits for terminated and truncated.
  var marks: UnsafeMutablePointer<UInt8> {
    (memory.base + offsets[fields.count + 2]).assumingMemoryBound(to: UInt8.self)
  }

  /// Checksums of the observations.
  private var sums: UnsafeMutablePointer<UInt64> {
    (memory.base + offsets[fields.count + 3]).assumingMemoryBound(to: UInt64.self)
  }

  func sum(_ row: Int) -> UInt64 { sums[row] }

  /// After the row's observation has been written.
  func seal(_ row: Int) { sums[row] = observationSum(row) }

  func isSealed(_ row: Int) -> Bool { sums[row] == observationSum(row) }

  private func observationSum(_ row: Int) -> UInt64 {
    fields.indices.reduce(0) { sum, field in
      sum &* 31
        &+ fnv1a(UnsafeRawBufferPointer(start: frame(field, row), count: fields[field].bytes))
    }
  }

  func kind(_ row: Int) -> RowKind { RowKind(rawValue: marks[row] & 3)! }
  func isTerminated(_ row: Int) -> Bool { marks[row] & 4 != 0 }
  func isTruncated(_ row: Int) -> Bool { marks[row] & 8 != 0 }

  func mark(_ row: Int, _ kind: RowKind, terminated: Bool = false, truncated: Bool = false) {
    marks[row] = kind.rawValue | (terminated ? 4 : 0) | (truncated ? 8 : 0)
  }
}
