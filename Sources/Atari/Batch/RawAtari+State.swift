import Console
import Environment

/// What ALE's tools do with a console between acts: clone it, poke it, turn its switches.
extension RawAtari {
  // MARK: Variations

  public var mode: Int { Int(block.lanes[0].mode) }
  /// Bit 0: left switch at A, bit 1: right one.
  public var difficulty: Int { Int(block.lanes[0].difficulty) }

  /// Takes hold at the next reset.
  /// - Throws: `EnvironmentError.settings` for a mode that the game does not have.
  public func set(mode: Int) throws {
    guard game.modes.all.contains(mode) else {
      throw EnvironmentError.settings("\(game.id) has no mode \(mode)")
    }
    block.lanes[0].mode = Int32(mode)
  }

  /// Takes hold at the next frame.
  /// - Throws: `EnvironmentError.settings` for a difficulty that the game does not have.
  public func set(difficulty: Int) throws {
    guard game.difficulties.contains(difficulty) else {
      throw EnvironmentError.settings("\(game.id) has no difficulty \(difficulty)")
    }
    block.lanes[0].difficulty = UInt8(difficulty)
  }

  // MARK: Memory

  /// Changes a byte of RIOT memory, 0 for address $80.
  /// - Throws: `EnvironmentError.settings` for a place outside.
  public func setMemory(_ index: Int, _ value: UInt8) throws {
    guard (0..<128).contains(index) else {
      throw EnvironmentError.settings("memory has bytes 0...127, not \(index)")
    }
    block.console.ram[index * ConsoleBlock.lanes] = value
  }

  // MARK: Clones

  /// What ALE's `cloneState` holds, as `LaneState`'s bytes and one more: whether the sticky actions'
  /// generator is in it. The move that sticks, the picture, the sound and whether the last frame has
  /// run out of instructions are no part of it.
  public func state(withGenerator: Bool) -> [UInt8] {
    let isUnfinished = block.console.isFrameUnfinished(0)
    block.console.setFrameUnfinished(0, false)
    defer { block.console.setFrameUnfinished(0, isUnfinished) }
    var state = block.laneState(0, generators: true, pictures: false, scratch)
    state.lane = state.lane.cloned
    state.sound = SoundGenerator()
    let own = block.generators(0)
    var kept = LaneGenerators()
    kept.system = own.system
    if withGenerator { kept.environment = own.environment }
    state.generators = kept
    return state.bytes(for: block.plan) + [withGenerator ? 1 : 0]
  }

  /// The console goes on from a clone, of this game; the picture stays until the next frame.
  /// - Throws: `EnvironmentError.state` for damaged and foreign bytes; then nothing has changed.
  public func restore(_ bytes: [UInt8]) throws {
    guard let last = bytes.last, last <= 1 else {
      throw EnvironmentError.state("it is no console's")
    }
    let state = try LaneState(bytes.dropLast(), for: block.plan)
    guard let generators = state.generators, state.pictures == nil else {
      throw EnvironmentError.state("it is no console's")
    }
    block.takeClone(state, generators, withGenerator: last == 1)
  }
}

extension AtariLane {
  /// Without what ALE's clones lack.
  fileprivate var cloned: AtariLane {
    var lane = AtariLane(mode: mode, difficulty: difficulty)
    lane.game = game
    lane.gameB = gameB
    lane.frame = frame
    lane.episodeFrame = episodeFrame
    lane.leftPaddle = leftPaddle
    lane.rightPaddle = rightPaddle
    return lane
  }
}

extension AtariBlock {
  fileprivate func takeClone(
    _ state: LaneState, _ generators: LaneGenerators, withGenerator: Bool
  ) {
    let held = lanes[0].held
    let (newest, other) = pictures
    let heard = plan.hearsSound ? Array(sound.samples.span) : []
    let registers = console.soundRegisters(0)
    let isUnfinished = console.isFrameUnfinished(0)
    state.machine.withUnsafeBytes {
      load(0, machine: $0.baseAddress!, state.lane, soundGenerator(0))
    }
    console.setFrameUnfinished(0, isUnfinished)
    lanes[0].held = held
    lanes[0].stage = .ready
    var all = self.generators(0)
    all.system = generators.system
    if withGenerator { all.environment = generators.environment }
    setGenerators(0, all)
    let places = console.newPictures(0)
    places.newest.update(from: newest, count: plan.pictureBytes)
    places.1.update(from: other, count: plan.pictureBytes)
    if !plan.hearsSound { return }
    samples(0).update(from: heard, count: plan.soundBytes)
    console.setSoundRegisters(0, registers)
  }

  /// Lane 0's newest picture, and the one that the next frame is drawn over.
  private var pictures: (newest: [UInt8], other: [UInt8]) {
    let (newest, other) = console.drawnPictures(0)
    func copy(_ picture: UnsafePointer<UInt8>) -> [UInt8] {
      Array(UnsafeBufferPointer(start: picture, count: plan.pictureBytes))
    }
    return (copy(newest), copy(other))
  }
}
