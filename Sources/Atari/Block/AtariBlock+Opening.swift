import Environment
import Lanes

/// Episodes that begin in the game of the one before, and steps that open an episode.
///
/// - Source: EnvPool `atari/atari_env.h`; Stable Baselines3 `common/atari_wrappers.py`.
extension AtariBlock {
  /// Whether the lane's next episode is played in the game that runs.
  /// - Parameter asked: the caller has reset it.
  func playsOn(_ lane: Int, asked: Bool) -> Bool {
    if !plan.settings.episodicLife { return false }
    switch plan.manner.afterLife {
    case .reset: return false
    case .play: return !asked && !lanes[lane].over && !isAtLimit(lane)
    case .step: return !lanes[lane].hasEnded
    }
  }

  func playOn(_ lane: Int) {
    lanes[lane].goesOn = true
    lanes[lane].fillsStack = false
    if plan.manner.afterLife == .step { return beginOpening(lane, step: 0) }
    countActs(lane)
    lanes[lane].checksOver = false
    enter(lane, .acting)
  }

  private func beginOpening(_ lane: Int, step: Int32) {
    lanes[lane].openingStep = step
    lanes[lane].keepsEarlier = false
    lanes[lane].keepsLast = false
    enter(lane, .opening, frames: Int32(plan.settings.frameSkip))
  }

  /// The next step that opens the episode; after the last the lane is ready.
  func enterNextOpening(_ lane: Int) {
    let next = lanes[lane].nextOpening
    if !plan.opensWithSteps || next == AtariLane.noOpening { return enter(lane, .ready) }
    lanes[lane].lives = lives(lane)
    lanes[lane].nextOpening = next + 1
    beginOpening(lane, step: next)
  }

  /// Bookkeeping after a frame of the opening steps; pictures of those that end with it.
  func endOpeningFrame(_ ran: UInt64, into rows: AtariRows, _ scratch: AtariScratch) {
    var (ended, hidden): (UInt64, UInt64) = (0, 0)
    forEachLane(ran) { lane in
      if lanes[lane].stage != .opening { return }
      let left = lanes[lane].left
      if left == 1 { lanes[lane].keepsEarlier = true }
      if left == 0 { lanes[lane].keepsLast = true }
      if left > 0 && !hasEndedEarly(lane) { return }
      ended |= 1 << UInt64(lane)
      if isShown(lane) { lanes[lane].showsOpening = true } else { hidden |= 1 << UInt64(lane) }
    }
    if ended == 0 { return }
    keepFrames(ended, hidden: hidden, into: rows, scratch)
    forEachLane(ended) { endOpeningStep($0, scratch.nursery) }
  }

  /// The second fire step shows its picture; so does the no-op after a lost life if no fire follows.
  private func isShown(_ lane: Int) -> Bool {
    let step = lanes[lane].openingStep
    return step == 2 || (step == 0 && !plan.opensWithSteps && !hasEndedEarly(lane))
  }

  private func endOpeningStep(_ lane: Int, _ nursery: EpisodeNursery) {
    let isOver = hasEndedEarly(lane)
    if lanes[lane].openingStep == 0 {
      return isOver ? resetAgain(lane, nursery) : enterNextOpening(lane)
    }
    let lives = lives(lane)
    let lifeLost = plan.settings.episodicLife && lives > 0 && lives < lanes[lane].lives
    lanes[lane].lives = lives
    lanes[lane].hasEnded = isOver
    if !isOver && !lifeLost { return enterNextOpening(lane) }
    if playsOn(lane, asked: false) { playOn(lane) } else { resetAgain(lane, nursery) }
  }

  /// Another reset, with new no-ops, in the middle of the opening steps.
  private func resetAgain(_ lane: Int, _ nursery: EpisodeNursery) {
    let old = lanes[lane]
    if !old.beginsWithSeed { return resetGame(lane, nursery: nursery) }
    load(lane, seed: old.seed, thenReset: true)
    lanes[lane].keepPlans(of: old)
    lanes[lane].frame = 0
  }
}
