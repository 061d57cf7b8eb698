import Lanes
import Pixels
import Records

/// What a new environment writes: up to 64 lanes and their rules. `BlockBatch` adds autoreset, step
/// limit, returns, final observations, snapshots and threads.
public protocol Block: AnyObject, SendableMetatype {
  associatedtype Settings: Configurable

  /// - Throws: `SettingError`, `EnvironmentError.settings`.
  static func spec(_ id: String, _ settings: Settings) throws -> EnvironmentSpec
  init(_ id: String, _ settings: Settings, lanes: Int) throws

  /// New episodes in the lanes of the mask.
  /// - Parameter seeds: by lane of the block, 64 of them; nil: generators go on.
  func begin(_ lanes: LaneMask, seeds: UnsafePointer<UInt64>?)
  /// Reads `rows.actions`; writes `rows.rewards`, `rows.terminated` and, if the environment itself
  /// cuts episodes off, `rows.truncated` of the mask's lanes. `truncated` is 0 before. What it
  /// writes there of other lanes of the block does not count.
  func step(_ lanes: LaneMask, _ rows: BlockRows)
  /// Writes `rows.observations` and `rows.info` of the mask's lanes; changes nothing.
  func observe(_ lanes: LaneMask, _ rows: BlockRows)
  /// Every value that the lane's future depends on; those of generators inside `state.generator`.
  func visit(lane: Int, _ state: inout some StateVisitor)
  /// Why a lane whose values come from outside must not be run; nil: it may.
  func flaw(lane: Int) -> String?
  func render(lane: Int) -> Picture
}

extension Block {
  public func flaw(lane: Int) -> String? { nil }
}

/// Where a block's lanes read and write: each pointer begins with the row of the block's lane 0.
public struct BlockRows {
  private let table: UnsafePointer<BufferRows.Place>
  private let fields: Int
  private let first: Int
  private let actionPointer: UnsafeRawPointer
  /// [64 at most], float64.
  public let rewards: UnsafeMutablePointer<Double>
  public let terminated: UnsafeMutablePointer<UInt8>
  public let truncated: UnsafeMutablePointer<UInt8>

  /// - Parameters:
  ///   - first: the block's lane 0 in the buffers.
  ///   - isLast: observations and info are those of episodes that have ended.
  @inline(__always) init(_ rows: BufferRows, first: Int, isLast: Bool = false) {
    table = rows.table + (isLast ? rows.columns : 0)
    fields = rows.fields
    self.first = first
    actionPointer = rows.actions + first * rows.actionBytes
    rewards = rows.rewards + first
    terminated = rows.terminated + first
    truncated = rows.truncated + first
  }

  /// [lanes, width]: int32, or float32 for boxes.
  @inline(__always) public func actions<Number: BitwiseCopyable>(
    _: Number.Type
  ) -> UnsafePointer<Number> {
    actionPointer.assumingMemoryBound(to: Number.self)
  }

  /// The spec's observation field of that number, [lanes, shape].
  @inline(__always) public func observation<Number: BitwiseCopyable>(
    _ field: Int, _: Number.Type
  ) -> UnsafeMutablePointer<Number> {
    (table[field].base + first * table[field].stride).assumingMemoryBound(to: Number.self)
  }

  /// Of a lane's row of that observation field.
  @inline(__always) public func observationBytes(_ field: Int) -> Int { table[field].stride }

  /// The spec's info field of that number, [lanes, shape].
  @inline(__always) public func info<Number: BitwiseCopyable>(
    _ field: Int, _: Number.Type
  ) -> UnsafeMutablePointer<Number> {
    observation(fields + field, Number.self)
  }
}
