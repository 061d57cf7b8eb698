import Environment

/// Where a batch's lanes read and write in a step: [lanes] each, [players, lanes] for rewards and
/// returns.
struct AtariRows {
  let count: Int
  let observationBytes: Int
  /// Whether others may write to the observations between steps.
  let isShared: Bool
  private let observations, finals: UnsafeMutablePointer<UInt8>
  let rewards, returns: UnsafeMutablePointer<Double>
  let terminated, truncated, ended: UnsafeMutablePointer<UInt8>
  let lengths: UnsafeMutablePointer<Int32>
  /// [lanes, players].
  let lives: UnsafeMutablePointer<Int32>
  let frames, episodeFrames: UnsafeMutablePointer<Int32>
  /// [lanes, 128], [lanes, 512]; nil unless asked for.
  let ram, sound: UnsafeMutablePointer<UInt8>?

  /// - Parameter spec: an Atari batch's.
  init(_ buffers: StepBuffers, _ spec: EnvironmentSpec) {
    let column = buffers.observations[0]
    count = buffers.lanes
    observationBytes = column.field.bytes
    isShared = column.isShared
    observations = column.written(UInt8.self)
    finals = buffers.finalObservations[0].written(UInt8.self)
    rewards = buffers.rewards.written(Double.self)
    returns = buffers.episodeReturns.written(Double.self)
    terminated = buffers.terminated.written(UInt8.self)
    truncated = buffers.truncated.written(UInt8.self)
    ended = buffers.ended.written(UInt8.self)
    lengths = buffers.episodeLengths.written(Int32.self)
    lives = buffers.info[0].written(Int32.self)
    frames = buffers.info[1].written(Int32.self)
    episodeFrames = buffers.info[2].written(Int32.self)
    ram = spec.info("ram").map { buffers.info[$0].written(UInt8.self) }
    sound = spec.info("sound").map { buffers.info[$0].written(UInt8.self) }
  }

  func observation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    observations + lane * observationBytes
  }

  func finalObservation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    finals + lane * observationBytes
  }
}
