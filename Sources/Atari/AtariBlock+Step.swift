import CLanes
import Console
import Environment
import Lanes

/// An agent step of a block: emulation, bookkeeping, pictures, stacks.
///
/// - Source: ALE `vector/preprocessed_env.cpp`.
extension AtariBlock {
  /// Starts a new episode in the lanes of `mask`, which have begun, and shows its first picture.
  func start(_ mask: UInt64, into buffers: StepBuffers, scratch: AtariScratch) {
    forEachLane(mask) { views[$0].newest = nil }
    bringUp(mask)
    begun |= mask
    forEachLane(mask) { lane in
      if plan.isRaw {
        console.picture(lane: lane, into: buffers.observation(lane: id(lane)))
      } else {
        beginStack(lane, into: buffers, scratch)
      }
    }
  }

  /// One step of every lane; `actions` are the batch's.
  func step(_ actions: UnsafePointer<Int32>, into buffers: StepBuffers, scratch: AtariScratch) {
    let began = lanes_ticks()
    defer { stepping &+= lanes_ticks() &- began }
    var ended: UInt64 = 0
    if plan.settings.autoreset != .sameStep {
      forEachLane(everyLane) { lane in
        if isEpisodeOver(lane) { ended |= 1 << UInt64(lane) }
      }
    }
    play(everyLane & ~ended, actions, into: buffers, scratch)
    forEachLane(everyLane & ~ended) { lane in
      lanes.pointer[lane].episodeReturn += Double(lanes.pointer[lane].reward)
      lanes.pointer[lane].episodeLength += 1
      report(lane, to: buffers)
    }
    switch plan.settings.autoreset {
    case .nextStep: if ended != 0 { restart(ended, into: buffers, scratch) { _ in nil } }
    case .sameStep: restartEnded(into: buffers, scratch)
    case .disabled: forEachLane(ended) { stay($0, into: buffers) }
    }
  }

  /// Lanes of the block whose numbers in the batch are wanted.
  func lanes(where isWanted: (Int) -> Bool) -> UInt64 {
    var mask: UInt64 = 0
    forEachLane(everyLane) { if isWanted(id($0)) { mask |= 1 << UInt64($0) } }
    return mask
  }

  /// Begins new episodes.
  /// - Parameter seed: of a lane of the batch, which then loads its ROM again; nil: it does not.
  func restart(
    _ mask: UInt64, into buffers: StepBuffers, _ scratch: AtariScratch, seed: (Int) -> UInt64?
  ) {
    forEachLane(mask) { lane in
      if let seed = seed(id(lane)) {
        scratch.nursery.load(into: self, lane, seed: seed)
      } else {
        beginEpisode(lane, nursery: scratch.nursery)
      }
    }
    start(mask, into: buffers, scratch: scratch)
    forEachLane(mask) { lane in clearReport(lane, to: buffers) }
  }

  /// Leaves a lane whose episode has ended as it is, for the caller to reset.
  private func stay(_ lane: Int, into buffers: StepBuffers) {
    lanes.pointer[lane].reward = 0
    report(lane, to: buffers)
    let observation = buffers.observation(lane: id(lane))
    if plan.isRaw || views[lane].stack == observation { return }
    observation.update(from: views[lane].stack, count: plan.stackBytes)
    views[lane].stack = observation
  }

  private func restartEnded(into buffers: StepBuffers, _ scratch: AtariScratch) {
    var ended: UInt64 = 0
    forEachLane(everyLane) { lane in
      if !isEpisodeOver(lane) { return }
      ended |= 1 << UInt64(lane)
      let last = plan.isRaw ? console.picture(lane: lane) : UnsafePointer(views[lane].stack)
      buffers.finalObservation(lane: id(lane)).update(from: last, count: buffers.observationBytes)
      beginEpisode(lane, nursery: scratch.nursery)
    }
    if ended != 0 { start(ended, into: buffers, scratch: scratch) }
  }

  @inline(__always) func id(_ lane: Int) -> Int { Int(ids.pointer[lane]) }

  // MARK: Frames of a step

  private func play(
    _ mask: UInt64, _ actions: UnsafePointer<Int32>, into buffers: StepBuffers,
    _ scratch: AtariScratch
  ) {
    var running = mask
    forEachLane(mask) { lane in
      lanes.pointer[lane].reward = 0
      lanes.pointer[lane].lifeLost = false
      lanes.pointer[lane].keepsEarlier = false
      lanes.pointer[lane].keepsLast = false
    }
    var left = plan.settings.frameSkip
    while left > 0 && running != 0 {
      let acted = running
      let emulated = actAll(acted, actions)
      if emulated != 0 { console.runFrame(emulated) }
      forEachLane(emulated) { lane in
        countFrame(lane)
        lanes.pointer[lane].reward &+= lanes.pointer[lane].game.reward
      }
      forEachLane(running) { lane in
        if !stops(lane) { return }
        if plan.settings.trueTerminalPicture { showEnd(lane) }
        // The bare interface goes on to act, in vain.
        if !plan.isRaw { running &= ~(1 << UInt64(lane)) }
      }
      if plan.settings.sound == .everyFrame {
        playSounds(acted, heard: left == 1 ? acted : ~running)
      }
      if left == 2 { forEachLane(running) { lanes.pointer[$0].keepsEarlier = true } }
      if left == 1 { forEachLane(running) { lanes.pointer[$0].keepsLast = true } }
      left -= 1
    }
    if plan.settings.sound == .everyStep { playSounds(mask, heard: mask) }
    if !plan.isRaw { keepFrames(mask, into: buffers, scratch) }
    forEachLane(mask) { lane in lanes.pointer[lane].lives = lives(lane) }
  }

  /// Makes the frame in which the step stops count for its picture.
  private func showEnd(_ lane: Int) {
    lanes.pointer[lane].keepsLast = true
    lanes.pointer[lane].keepsEarlier = plan.settings.frameSkip > 1
  }

  /// Draws for sticky actions and sets inputs; ALE refuses to emulate a game that is over.
  private func actAll(_ running: UInt64, _ actions: UnsafePointer<Int32>) -> UInt64 {
    var emulated: UInt64 = 0
    forEachLane(running) { lane in
      stick(lane, plan.numbers.pointer[Int(actions[id(lane)])])
      if lanes.pointer[lane].game.over || (plan.isRaw && isEpisodeOver(lane)) { return }
      setInputs(lane, action: lanes.pointer[lane].held)
      emulated |= 1 << UInt64(lane)
    }
    return emulated
  }

  /// Bookkeeping after a frame; true when the step ends here.
  private func stops(_ lane: Int) -> Bool {
    let lives = lives(lane)
    lanes.pointer[lane].over = lanes.pointer[lane].game.over
    lanes.pointer[lane].elapsed += 1
    lanes.pointer[lane].lifeLost = lives < lanes.pointer[lane].lives && lives > 0
    return isEpisodeOver(lane)
  }

  private func isAtLimit(_ lane: Int) -> Bool {
    let limit = plan.settings.frameLimit
    let frames =
      plan.isRaw ? lanes.pointer[lane].episodeFrame : lanes.pointer[lane].elapsed
    return limit > 0 && frames >= limit
  }

  func isEpisodeOver(_ lane: Int) -> Bool {
    let state = lanes.pointer[lane]
    return state.over || isAtLimit(lane) || (plan.settings.episodicLife && state.lifeLost)
  }

  // MARK: Results

  func report(_ lane: Int, to buffers: StepBuffers) {
    let index = id(lane)
    let state = lanes.pointer[lane]
    let reward = state.reward
    let livesCount = plan.settings.episodicLife || plan.settings.lifeLossInfo
    let terminated = state.over || (livesCount && state.lifeLost)
    let clips = plan.settings.clipRewards
    buffers.rewards.pointer[index] = Float(clips ? min(max(reward, -1), 1) : reward)
    buffers.terminated.pointer[index] = terminated ? 1 : 0
    buffers.truncated.pointer[index] = isAtLimit(lane) && !terminated ? 1 : 0
    buffers.episodeReturns.pointer[index] = state.episodeReturn
    buffers.episodeLengths.pointer[index] = state.episodeLength
    if plan.isRaw { console.picture(lane: lane, into: buffers.observation(lane: index)) }
  }

  func clearReport(_ lane: Int, to buffers: StepBuffers) {
    let index = id(lane)
    buffers.rewards.pointer[index] = 0
    buffers.terminated.pointer[index] = 0
    buffers.truncated.pointer[index] = 0
    buffers.episodeReturns.pointer[index] = 0
    buffers.episodeLengths.pointer[index] = 0
  }
}
