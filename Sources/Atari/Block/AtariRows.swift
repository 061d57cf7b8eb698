import Environment

/// Where a batch's lanes read and write in a step: [lanes] each, [players, lanes] for rewards and
/// returns.
struct AtariRows {
  let count: Int
  let observationBytes: Int
  private let rows: BufferRows
  /// Whether others may write to the observations between steps.
  let isShared: Bool
  /// The first rows have left the caches before the last ones are written.
  let exceedsCaches: Bool
  private let observations, finals: UnsafeMutablePointer<UInt8>
  /// [lanes, players].
  let lives: UnsafeMutablePointer<Int32>
  let frames, episodeFrames: UnsafeMutablePointer<Int32>
  /// [lanes, 128], [lanes, 512]; nil unless asked for.
  let ram, sound: UnsafeMutablePointer<UInt8>?

  /// - Parameter spec: an Atari batch's.
  init(_ buffers: StepBuffers, _ spec: EnvironmentSpec) {
    let column = buffers.observations[0]
    count = buffers.lanes
    rows = buffers.rows
    observationBytes = column.field.bytes
    isShared = column.isShared
    exceedsCaches = column.bytes.count > 8 << 20
    observations = column.written(UInt8.self)
    finals = buffers.finalObservations[0].written(UInt8.self)
    lives = buffers.info[0].written(Int32.self)
    frames = buffers.info[1].written(Int32.self)
    episodeFrames = buffers.info[2].written(Int32.self)
    ram = spec.info("ram").map { buffers.info[$0].written(UInt8.self) }
    sound = spec.info("sound").map { buffers.info[$0].written(UInt8.self) }
  }

  var rewards: UnsafeMutablePointer<Double> { rows.rewards }
  var returns: UnsafeMutablePointer<Double> { rows.returns }
  var terminated: UnsafeMutablePointer<UInt8> { rows.terminated }
  var truncated: UnsafeMutablePointer<UInt8> { rows.truncated }
  var ended: UnsafeMutablePointer<UInt8> { rows.ended }
  var lengths: UnsafeMutablePointer<Int32> { rows.lengths }

  func keepInfo(lane: Int) { rows.keepInfo(lane: lane) }

  func observation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    observations + lane * observationBytes
  }

  func finalObservation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    finals + lane * observationBytes
  }
}
