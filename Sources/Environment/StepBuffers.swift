import Lanes

/// Everything a step writes, owned by the caller and used again at every step.
///
/// Each array has one entry a lane, rewards and returns one a player and lane, [players, lanes];
/// observations are [lanes, observation shape] in bytes. A batch may
/// build its next observations from the last ones: leave them as they are.
public final class StepBuffers: @unchecked Sendable {
  public let count: Int
  /// Bytes of one lane's observation.
  public let observationBytes: Int

  public let observations: AlignedBuffer<UInt8>
  /// In same-step autoreset: for lanes that ended in this step, the last observation of the ended
  /// episode. Other lanes' entries are stale.
  public let finalObservations: AlignedBuffer<UInt8>
  public let rewards: AlignedBuffer<Float>
  /// 1 where the episode ended by the environment's own rules.
  public let terminated: AlignedBuffer<UInt8>
  /// 1 where it was cut off, by a time limit for example. Never 1 together with `terminated`.
  public let truncated: AlignedBuffer<UInt8>
  /// Sum of unclipped rewards of the current episode; of the ended one where a flag is set.
  public let episodeReturns: AlignedBuffer<Double>
  /// Agent steps of the current episode; of the ended one where a flag is set.
  public let episodeLengths: AlignedBuffer<Int32>

  public init(spec: EnvironmentSpec, count: Int) {
    self.count = count
    observationBytes = spec.observation.byteCount
    observations = AlignedBuffer(count: count * observationBytes)
    finalObservations = AlignedBuffer(count: count * observationBytes)
    rewards = AlignedBuffer(count: spec.players * count)
    terminated = AlignedBuffer(count: count)
    truncated = AlignedBuffer(count: count)
    episodeReturns = AlignedBuffer(count: spec.players * count)
    episodeLengths = AlignedBuffer(count: count)
  }

  public func observation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    observations.pointer + lane * observationBytes
  }

  public func finalObservation(lane: Int) -> UnsafeMutablePointer<UInt8> {
    finalObservations.pointer + lane * observationBytes
  }
}
