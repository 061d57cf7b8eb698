import Environment
import Lanes

/// States as bytes: of single lanes, and checkpoints of a whole batch.
extension AtariBatch {
  // MARK: Lanes

  /// Everything the lane's future depends on. `LaneState` describes the bytes.
  /// - Parameters:
  ///   - generators: ALE's `include_rng`. Without them the lane that takes the state goes on with
  ///     its own: sticky actions and the next episodes differ. (ALE never clones its other generator,
  ///     which power-on memory and timers come from, so its clones do not determine the next episode.)
  ///   - pictures: see `snapshot`. ALE's clones have none.
  /// - Throws: `EnvironmentError.settings` for a lane that does not exist or has not begun.
  public func state(lane: Int, generators: Bool = true, pictures: Bool = true) throws -> [UInt8] {
    try checkStarted([lane])
    return bytes(lane: lane, generators: generators, pictures: pictures)
  }

  /// Turns the lane into what the bytes describe; they may come from a batch with other settings, of
  /// the same game and preset.
  /// - Parameter buffers: as in `restore(_:from:slots:)`.
  /// - Throws: `EnvironmentError.state` for damaged and foreign bytes; then nothing has changed.
  public func setState(
    lane: Int, _ bytes: [UInt8], into buffers: StepBuffers? = nil
  ) throws {
    try checkStarted([lane])
    let state = try LaneState(bytes[...], for: plan)
    if let buffers { try adopt(buffers) }
    let (block, index) = place(lane)
    block.setLaneState(index, state, in: buffers)
  }

  private func bytes(lane: Int, generators: Bool, pictures: Bool) -> [UInt8] {
    let (block, index) = place(lane)
    block.console.workspace = scratch[0].console
    defer { block.console.tidy() }
    return block.laneState(index, generators: generators, pictures: pictures, scratch[0])
      .bytes(for: plan)
  }

  // MARK: Checkpoints
  //
  // Layout, little-endian words: magic, version, a hash of game, settings and number of lanes, lanes
  // that follow (0 if the batch has not started); every lane as its length and its bytes; at the end
  // FNV-1a over everything before.

  private static let magic: UInt64 = 0x4C53_4154_4152_4931
  private static let version: UInt64 = 4

  public func save() throws -> [UInt8] {
    let lanes = hasStarted ? count : 0
    var out = ByteWriter()
    for word in [Self.magic, Self.version, identity, UInt64(lanes)] { out.add(word) }
    for lane in 0..<lanes {
      let lane = bytes(lane: lane, generators: true, pictures: true)
      out.add(UInt64(lane.count))
      out.bytes += lane
    }
    out.add(fnv1a(out.bytes))
    return out.bytes
  }

  public func restore(_ saved: [UInt8]) throws {
    let lanes = try parts(of: saved)
    for lane in lanes { _ = try LaneState(lane, for: plan) }
    for (lane, bytes) in lanes.enumerated() {
      let (block, index) = place(lane)
      block.setLaneState(index, try LaneState(bytes, for: plan), in: nil)
    }
    hasStarted = !lanes.isEmpty
  }

  /// Game, settings and lanes in one number.
  private var identity: UInt64 {
    fnv1a(Array("\(game.id) \(game.md5) \(settings) \(count)".utf8))
  }

  /// The lanes' bytes.
  private func parts(of saved: [UInt8]) throws -> [ArraySlice<UInt8>] {
    func refuse(_ reason: String) -> EnvironmentError { .state(reason) }
    guard saved.count >= 40 else { throw refuse("it is only \(saved.count) bytes long") }
    var reader = ByteReader(saved.dropLast(8))
    guard reader.next(UInt64.self) == Self.magic else { throw refuse("it is not an Atari batch") }
    let version = reader.next(UInt64.self)
    guard version == Self.version else {
      throw refuse("version \(version), this program writes \(Self.version)")
    }
    guard ByteReader.last(saved[...]) == fnv1a(saved.dropLast(8)) else {
      throw refuse("it is damaged (checksum)")
    }
    guard reader.next(UInt64.self) == identity else {
      throw refuse("it belongs to another game, other settings or another number of lanes")
    }
    let lanes = reader.next(UInt64.self)
    guard lanes == 0 || lanes == UInt64(count) else { throw refuse("it has other lanes") }
    var parts: [ArraySlice<UInt8>] = []
    for _ in 0..<lanes {
      let length = reader.next(UInt64.self)
      guard length <= UInt64(reader.rest.count) else { throw refuse("it is too short") }
      parts.append(reader.skip(Int(length)))
    }
    guard reader.rest.isEmpty else { throw refuse("it is too long") }
    return parts
  }
}
