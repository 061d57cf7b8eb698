import Environment
import Lanes

/// States of lanes as bytes.
extension AtariBatch {
  /// Everything the lane's future depends on. `LaneState` describes the bytes.
  /// - Parameters:
  ///   - generators: ALE's `include_rng`. Without them the lane that takes the state goes on with
  ///     its own: sticky actions and the next episodes differ. (ALE never clones its other generator,
  ///     which power-on memory and timers come from, so its clones do not determine the next episode.)
  ///   - pictures: see `snapshot`. ALE's clones have none.
  /// - Throws: `EnvironmentError.settings` for a lane that does not exist or has not begun.
  public func state(
    lane: Int, generators: Bool, pictures: Bool = true
  ) throws -> [UInt8] {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    return bytes(lane: lane, generators: generators, pictures: pictures)
  }

  public func state(lane: Int) throws -> [UInt8] { try state(lane: lane, generators: true) }

  /// Turns the lane into what the bytes describe; they may come from a batch with other settings, of
  /// the same game and preset.
  /// - Parameter buffers: as in `restore(_:from:slots:)`.
  /// - Throws: `EnvironmentError.state` for damaged and foreign bytes; then nothing has changed.
  public func setState(
    lane: Int, _ bytes: [UInt8], into buffers: StepBuffers? = nil
  ) throws {
    try admission.check(lanes: [lane], hasStarted: hasStarted)
    let state = try LaneState(bytes[...], for: plan)
    let rows = try buffers.map(adopt)
    let (block, index) = place(lane)
    block.setLaneState(index, state, in: rows)
  }

  private func bytes(lane: Int, generators: Bool, pictures: Bool) -> [UInt8] {
    let (block, index) = place(lane)
    block.console.workspace = scratch[0].console
    defer { block.console.tidy() }
    return block.laneState(index, generators: generators, pictures: pictures, scratch[0])
      .bytes(for: plan)
  }
}
