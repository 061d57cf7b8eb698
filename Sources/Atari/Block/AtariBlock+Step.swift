import CLanes
import Console
import Environment
import Lanes

/// An agent step of a block: emulation, bookkeeping, pictures, stacks.
///
/// - Source: ALE `vector/preprocessed_env.cpp`.
extension AtariBlock {
  /// Starts a new episode in the lanes of `mask`, which have begun, and shows its first picture.
  func start(_ mask: UInt64, into rows: AtariRows, scratch: AtariScratch) {
    if !plan.hasSlots { forEachLane(mask) { views[$0].newest = nil } }
    bringUp(mask) { ran in
      if plan.manner.opening == .steps { endOpeningFrame(ran, into: rows, scratch) }
    }
    begun |= mask
    forEachLane(mask) { lane in
      if plan.isRaw {
        write(lane, into: rows.observation(lane: id(lane)))
      } else {
        beginStack(lane, into: rows, scratch)
      }
    }
  }

  /// One step of every lane; `moves` are the batch's.
  func step(_ moves: UnsafePointer<Moves>, into rows: AtariRows, scratch: AtariScratch) {
    let began = lanes_ticks()
    defer { stepping &+= lanes_ticks() &- began }
    var ended: UInt64 = 0
    if plan.settings.autoreset != .sameStep {
      forEachLane(everyLane) { lane in
        if isEpisodeOver(lane) { ended |= 1 << UInt64(lane) }
      }
    }
    play(everyLane & ~ended, moves, into: rows, scratch)
    forEachLane(everyLane & ~ended) { lane in
      lanes.pointer[lane].episodeReturn += Double(lanes.pointer[lane].reward)
      lanes.pointer[lane].episodeReturnB += Double(lanes.pointer[lane].rewardB)
      lanes.pointer[lane].episodeLength += 1
      report(lane, to: rows)
    }
    switch plan.settings.autoreset {
    case .nextStep:
      if ended != 0 { restart(ended, into: rows, scratch, asked: false) { _ in nil } }
    case .sameStep: restartEnded(into: rows, scratch)
    case .disabled: forEachLane(ended) { stay($0, into: rows) }
    }
  }

  /// Lanes of the block whose numbers in the batch are wanted.
  func lanes(where isWanted: (Int) -> Bool) -> UInt64 {
    var mask: UInt64 = 0
    forEachLane(everyLane) { if isWanted(id($0)) { mask |= 1 << UInt64($0) } }
    return mask
  }

  /// Begins new episodes.
  /// - Parameters:
  ///   - asked: the caller wants it; no episode has ended.
  ///   - seed: of a lane of the batch, which then loads its ROM again; nil: it does not.
  func restart(
    _ mask: UInt64, into rows: AtariRows, _ scratch: AtariScratch, asked: Bool,
    seed: (Int) -> UInt64?
  ) {
    forEachLane(mask) { lane in
      if let seed = seed(id(lane)) {
        scratch.nursery.load(into: self, lane, seed: seed)
      } else {
        beginEpisode(lane, nursery: scratch.nursery, asked: asked)
      }
    }
    start(mask, into: rows, scratch: scratch)
    forEachLane(mask) { lane in clearReport(lane, to: rows) }
  }

  /// Leaves a lane whose episode has ended as it is, for the caller to reset.
  private func stay(_ lane: Int, into rows: AtariRows) {
    lanes.pointer[lane].reward = 0
    lanes.pointer[lane].rewardB = 0
    report(lane, to: rows)
    if plan.isRaw { return }
    let stack = stack(lane, in: rows)
    if views[lane].stack != stack {
      stack.update(from: views[lane].stack, count: plan.stackBytes)
      views[lane].stack = stack
    }
    publish(lane, to: rows)
  }

  private func restartEnded(into rows: AtariRows, _ scratch: AtariScratch) {
    var ended: UInt64 = 0
    forEachLane(everyLane) { lane in
      let index = id(lane)
      if rows.terminated[index] | rows.truncated[index] == 0 { return }
      rows.finalObservation(lane: index).update(
        from: rows.observation(lane: index), count: rows.observationBytes)
      rows.keepInfo(lane: index)
      // A lost life may be shown as an end that is none.
      if !isEpisodeOver(lane) { return }
      ended |= 1 << UInt64(lane)
      beginEpisode(lane, nursery: scratch.nursery)
    }
    if ended != 0 { start(ended, into: rows, scratch: scratch) }
    forEachLane(ended) { inform($0, rows) }
  }

  @inline(__always) func id(_ lane: Int) -> Int { Int(ids.pointer[lane]) }

  // MARK: Frames of a step

  private func play(
    _ mask: UInt64, _ moves: UnsafePointer<Moves>, into rows: AtariRows,
    _ scratch: AtariScratch
  ) {
    var running = mask
    forEachLane(mask) { lane in
      lanes.pointer[lane].reward = 0
      lanes.pointer[lane].rewardB = 0
      lanes.pointer[lane].lifeLost = false
      lanes.pointer[lane].keepsEarlier = false
      lanes.pointer[lane].keepsLast = false
    }
    if plan.settings.shortestSkip != nil { forEachLane(mask) { drawFrames($0) } }
    var left = plan.settings.frameSkip
    while left > 0 && running != 0 {
      let started = running
      let emulated = actAll(started, moves)
      if emulated != 0 { console.runFrame(emulated) }
      forEachLane(emulated) { lane in
        countFrame(lane)
        lanes.pointer[lane].reward &+= lanes.pointer[lane].game.reward
        lanes.pointer[lane].rewardB &+= lanes.pointer[lane].gameB.reward
      }
      forEachLane(running) { lane in
        if !stops(lane) { return }
        if plan.settings.trueTerminalPicture { showEnd(lane) }
        // The bare interface goes on to act, in vain.
        if !plan.manner.drawsAfterEnd { running &= ~(1 << UInt64(lane)) }
      }
      if plan.settings.sound == .everyFrame {
        playSounds(started, heard: left == 1 ? started : ~running)
      }
      if plan.settings.shortestSkip != nil { running = stillRunning(running) }
      let seen = plan.manner.frames == .untilEnd ? running : started
      if left == 2 { forEachLane(seen) { lanes.pointer[$0].keepsEarlier = true } }
      if left == 1 { forEachLane(seen) { lanes.pointer[$0].keepsLast = true } }
      left -= 1
    }
    if plan.settings.sound == .everyStep { playSounds(mask, heard: mask) }
    if !plan.isRaw { keepFrames(mask, into: rows, scratch) }
    forEachLane(mask) { endStep($0) }
  }

  /// Bookkeeping after a step.
  @inline(__always) private func endStep(_ lane: Int) {
    let lives = lives(lane)
    if plan.manner.limit == .steps {
      lanes.pointer[lane].elapsed += Int32(plan.settings.frameSkip)
    }
    if plan.manner.life == .afterStep {
      lanes.pointer[lane].lifeLost = lives < lanes.pointer[lane].lives && lives > 0
    }
    lanes.pointer[lane].hasEnded = lanes.pointer[lane].over || isAtLimit(lane)
    lanes.pointer[lane].lives = lives
  }

  /// Makes the frame in which the step stops count for its picture.
  private func showEnd(_ lane: Int) {
    lanes.pointer[lane].keepsLast = true
    lanes.pointer[lane].keepsEarlier = plan.settings.frameSkip > 1
  }

  /// Draws for sticky actions and sets inputs; ALE refuses to emulate a game that is over.
  private func actAll(_ running: UInt64, _ moves: UnsafePointer<Moves>) -> UInt64 {
    var emulated: UInt64 = 0
    forEachLane(running) { lane in
      stick(lane, moves[id(lane)])
      let hasEnded = plan.manner.drawsAfterEnd && isEpisodeOver(lane)
      if lanes.pointer[lane].game.over || isStopped(lane) || hasEnded { return }
      setInputs(lane, lanes.pointer[lane].held)
      emulated |= 1 << UInt64(lane)
    }
    return emulated
  }

  /// Bookkeeping after a frame; true when the step ends here.
  private func stops(_ lane: Int) -> Bool {
    let lives = lives(lane)
    lanes.pointer[lane].over = lanes.pointer[lane].game.over
    if plan.manner.limit != .steps { lanes.pointer[lane].elapsed += 1 }
    switch plan.manner.life {
    case .withinStep:
      lanes.pointer[lane].lifeLost = lives < lanes.pointer[lane].lives && lives > 0
    case .everyFrame:
      lanes.pointer[lane].lifeLost = lives < lanes.pointer[lane].lives
      lanes.pointer[lane].lives = lives
    case .afterStep: break
    }
    return isEpisodeOver(lane)
  }

  func isAtLimit(_ lane: Int) -> Bool {
    if plan.settings.truncateOnLossOfLife && lives(lane) < plan.firstLives { return true }
    let limit = plan.settings.frameLimit
    let frames =
      plan.manner.limit == .emulated
      ? lanes.pointer[lane].episodeFrame : lanes.pointer[lane].elapsed
    return limit > 0 && frames >= limit
  }

  /// ALE emulates no more, since the episode has as many frames as it may.
  func isStopped(_ lane: Int) -> Bool { plan.manner.limit == .emulated && isAtLimit(lane) }

  // MARK: Steps of a drawn length

  private func drawFrames(_ lane: Int) {
    let (low, high) = (plan.settings.shortestSkip ?? 0, plan.settings.frameSkip)
    lanes[lane].framesLeft = Int32(low) + Int32(numbers[lane].next(below: UInt32(high - low + 1)))
  }

  private func stillRunning(_ running: UInt64) -> UInt64 {
    var result = running
    forEachLane(running) { lane in
      lanes[lane].framesLeft -= 1
      if lanes[lane].framesLeft == 0 { result &= ~(1 << UInt64(lane)) }
    }
    return result
  }

  func isEpisodeOver(_ lane: Int) -> Bool {
    let state = lanes.pointer[lane]
    return state.over || isAtLimit(lane) || (plan.settings.episodicLife && state.lifeLost)
  }

  // MARK: Results

  /// Shows the step that has been made.
  func report(_ lane: Int, to rows: AtariRows) {
    let state = lanes.pointer[lane]
    let livesCount = plan.settings.episodicLife || plan.settings.lifeLossInfo
    let isCut = isAtLimit(lane)
    let terminated =
      !(isCut && plan.manner.limitWins) && (state.over || (livesCount && state.lifeLost))
    lanes.pointer[lane].shown = ShownStep(
      reward: state.reward, rewardB: state.rewardB, terminated: terminated ? 1 : 0,
      truncated: isCut && !terminated ? 1 : 0, ended: ending(lane),
      episodeReturn: state.episodeReturn, episodeReturnB: state.episodeReturnB,
      episodeLength: state.episodeLength)
    show(lane, in: rows)
  }

  /// Shows the last step again.
  func show(_ lane: Int, in rows: AtariRows) {
    let index = id(lane)
    let step = lanes.pointer[lane].shown
    rows.rewards[index] = clipped(step.reward)
    rows.terminated[index] = step.terminated
    rows.truncated[index] = step.truncated
    rows.ended[index] = step.ended
    rows.returns[index] = step.episodeReturn
    rows.lengths[index] = step.episodeLength
    if plan.players == 2 {
      rows.rewards[rows.count + index] = clipped(step.rewardB)
      rows.returns[rows.count + index] = step.episodeReturnB
    }
    if plan.isRaw { write(lane, into: rows.observation(lane: index)) }
    inform(lane, rows)
  }

  /// 0: the episode goes on. 1: it is over. 2: only a life of its game is.
  private func ending(_ lane: Int) -> UInt8 {
    if !isEpisodeOver(lane) { return 0 }
    return playsOn(lane, asked: plan.settings.autoreset == .disabled) ? 2 : 1
  }

  /// Facts beside the observation.
  private func inform(_ lane: Int, _ rows: AtariRows) {
    let index = id(lane)
    rows.lives[index * plan.players] = lives(lane)
    if plan.players == 2 { rows.lives[index * 2 + 1] = livesOfB(lane) }
    rows.frames[index] = lanes.pointer[lane].frame
    rows.episodeFrames[index] = lanes.pointer[lane].episodeFrame
    if let ram = rows.ram {
      for row in 0..<128 { ram[index * 128 + row] = console.ram[row * ConsoleBlock.lanes + lane] }
    }
    if let sound = rows.sound {
      (sound + index * plan.soundBytes).update(from: samples(lane), count: plan.soundBytes)
    }
  }

  private func clipped(_ reward: Int32) -> Double {
    if plan.settings.clipRewards { return Double(min(max(reward, -1), 1)) }
    return Double(min(max(reward, plan.settings.rewardMinimum), plan.settings.rewardMaximum))
  }

  /// Shows that an episode has begun, by no step of its own.
  func clearReport(_ lane: Int, to rows: AtariRows) {
    let state = lanes.pointer[lane]
    lanes.pointer[lane].shown = ShownStep(
      episodeReturn: state.episodeReturn, episodeReturnB: state.episodeReturnB,
      episodeLength: state.episodeLength)
    show(lane, in: rows)
  }
}
