import Environment

/// Writes one lane's episodes as a data set, step by step as they are played.
///
/// For batches under autoreset `disabled`: the observation after an episode's last step is then the one
/// that the buffers show.
public final class DatasetRecorder {
  private let writer: DatasetWriter
  private let fields: [KeptField]
  private let history: Int
  private let actionBytes: Int
  private var episode: Episode?
  public private(set) var steps = 0

  /// - Throws: `ReplayError.dataset` for a folder that cannot be made or holds a data set already, and
  ///   for environments whose steps cannot be kept.
  public init(
    _ folder: String, spec: EnvironmentSpec, shardBytes: Int = 64 << 20
  ) throws(ReplayError) {
    if let flaw = spec.flaw { throw .dataset(folder, flaw) }
    guard spec.autoreset == .disabled else {
      throw .dataset(folder, "its episodes are reset by themselves")
    }
    writer = try DatasetWriter(folder, spec: spec, shardBytes: shardBytes)
    fields = spec.keptFields
    history = fields.map { $0.stack - 1 }.max() ?? 0
    actionBytes = spec.action.width * spec.action.element.bytes
  }

  /// An episode begins with what the buffers show of lane 0.
  /// - Throws: `ReplayError.dataset`; the one before ends here, whatever it is.
  public func begin(_ buffers: StepBuffers) throws(ReplayError) {
    try close()
    episode = Episode(
      observations: fields.map { field in
        let row = buffers.observations[field.place].row(0)
        // Older pictures than the field's stack shows: the oldest again.
        let oldest = row.prefix(field.bytes)
        return (0..<history + 1 - field.stack).flatMap { _ in oldest } + row
      })
  }

  /// A step, with the action that the buffers hold and what came of it.
  /// - Throws: `ReplayError.dataset`.
  public func add(_ buffers: StepBuffers) throws(ReplayError) {
    if episode == nil { try begin(buffers) }
    for (index, field) in fields.enumerated() {
      let row = buffers.observations[field.place].row(0)
      episode?.observations[index] += row.suffix(field.bytes)
    }
    episode?.actions += buffers.actions.bytes.prefix(actionBytes)
    episode?.rewards.append(buffers.rewards.of(Double.self)[0])
    steps += 1
    let (terminated, truncated) = (
      buffers.terminated.of(UInt8.self)[0] != 0, buffers.truncated.of(UInt8.self)[0] != 0
    )
    episode?.terminated = terminated
    episode?.truncated = truncated
    guard terminated || truncated else { return }
    try close()
    // A lost life is shown as an end while the game goes on.
    if buffers.ended.of(UInt8.self)[0] == 0 { try begin(buffers) }
  }

  private func close() throws(ReplayError) {
    guard let done = episode else { return }
    episode = nil
    if done.steps > 0 { try writer.add(done) }
  }

  /// - Throws: `ReplayError.dataset`.
  public func finish() throws(ReplayError) {
    try close()
    try writer.finish()
  }
}
