import Console
import Lanes

/// From power-on, or from the end of a game, to the first step of an episode.
extension AtariBlock {
  /// A mode that never shows would hang ALE; here it ends after so many steps.
  private static let mostModeSteps: Int32 = 20_000

  /// Loads the ROM into the lane: both generators start again, memory is power-on memory.
  func load(_ lane: Int, seed: UInt64, thenReset: Bool) {
    if plan.hasSlots { keepSlots(lane) }
    seedGenerators(lane, seed)
    load(lane, resets: thenReset ? 2 : 1)
    lanes[lane].seed = seed
    lanes[lane].beginsWithSeed = thenReset
    planActs(lane)
  }

  private func load(_ lane: Int, resets: Int32) {
    system.setState(lane, Self.systemStart)
    lanes[lane] = lanes[lane].blank
    lanes[lane].game = plan.reader.initial
    lanes[lane].gameB = plan.initialB
    lanes[lane].loading = true
    lanes[lane].resets = resets
    silence(lane)
    fillMemory(lane)
    lanes[lane].stage = .detect
    if plan.game.detectsFormat {
      machineReset(lane, timer: drawTimer(lane))
      lanes[lane].left = 60
    }
  }

  /// Begins a game reset, to be followed by the preprocessing's fire and no-ops.
  /// - Parameters:
  ///   - seed: the generators have just been seeded with it.
  ///   - nursery: where beginnings are made that can be copied; nil: emulate it.
  ///   - asked: the caller wants it; no episode has ended.
  func beginEpisode(
    _ lane: Int, seed: UInt64? = nil, nursery: EpisodeNursery? = nil, asked: Bool = false
  ) {
    lanes[lane].seed = seed ?? lanes[lane].seed
    lanes[lane].beginsWithSeed = seed != nil
    lanes[lane].nextOpening = 1
    lanes[lane].showsOpening = false
    if seed == nil && playsOn(lane, asked: asked) {
      playOn(lane)
    } else {
      resetGame(lane, nursery: nursery)
    }
  }

  func resetGame(_ lane: Int, nursery: EpisodeNursery?) {
    if plan.hasSlots { keepSlots(lane) }
    if plan.settings.replayIdentical, let nursery {
      let old = lanes[lane]
      nursery.reload(into: self, lane)
      lanes[lane].frame = 0
      lanes[lane].keepPlans(of: old)
    }
    lanes[lane].goesOn = false
    lanes[lane].fillsStack = true
    lanes[lane].resets = 1
    planActs(lane)
    let timer = drawTimer(lane)
    if let nursery, nursery.copyStart(into: self, lane, timer: timer) { return }
    beginReset(lane, timer: timer)
  }

  /// Draws how many frames of fire and no-op will open the episode. Unless a mode's routine acts
  /// first, all sticky draws of these frames can be made at once: they yield some frames of fire,
  /// then no-op.
  private func planActs(_ lane: Int) {
    if plan.isRaw { return }
    countActs(lane)
    lanes[lane].firesLeft = 0
    lanes[lane].held = Moves()
    if plan.game.modes.acts { return }
    for left in (0..<lanes[lane].actsLeft).reversed() {
      stick(lane, moves(lane, left: left + 1))
      if lanes[lane].held.a.action != 0 { lanes[lane].firesLeft += 1 }
    }
  }

  /// Draws how many no-ops there will be, and places the fire press.
  func countActs(_ lane: Int) {
    let fires: Int32 = plan.opensWithFire ? 1 : 0
    lanes[lane].actsLeft = max(drawNoops(lane) - fires, 0) + fires
    lanes[lane].firePress = fires * (plan.manner.opening == .fireLast ? 1 : lanes[lane].actsLeft)
  }

  /// What is pressed when so many frames of fire and no-op are left.
  private func moves(_ lane: Int, left: Int32) -> Moves {
    Moves(a: plan.move(left == lanes.pointer[lane].firePress ? .fire : .noop))
  }

  private func drawNoops(_ lane: Int) -> Int32 {
    let most = UInt32(plan.settings.noopMax)
    if !plan.manner.drawsWithNumPy {
      return Int32(noops.next(lane, below: max(most, 1))) + plan.manner.noopsAtLeast
    }
    return most == 0 ? 0 : Int32(numbers[lane].next(below: most)) + plan.manner.noopsAtLeast
  }

  /// Frames of fire and no-op that open the first episode after loading with a seed.
  func plannedActs(seed: UInt64) -> Int32 {
    seedGenerators(0, seed)
    planActs(0)
    return lanes[0].actsLeft
  }

  func seedGenerators(_ lane: Int, _ seed: UInt64) {
    var word = UInt32(truncatingIfNeeded: seed)
    var other = seed
    if plan.settings.seeding == .gymnasium {
      let words = SeedSequence(seed).words(2)
      (other, word) = (UInt64(words[0]), words[1])
    }
    environment.seed(lane, word)
    noops.seed(lane, word)
    numbers[lane] = PCG64(seed: other)
  }

  func beginReset(_ lane: Int, timer: UInt8) {
    lanes.pointer[lane].episodeFrame = 0
    let middle = (Paddle.low + plan.game.paddleMaximum) / 2
    lanes.pointer[lane].leftPaddle = middle
    lanes.pointer[lane].rightPaddle = middle
    machineReset(lane, timer: timer)
    enter(lane, .settle, frames: 60)
  }

  /// Runs the lanes of `mask`, which have begun, until all are ready.
  /// - Parameter look: is called after every frame, with the lanes that have run.
  func bringUp(_ mask: UInt64, look: (UInt64) -> Void = { _ in }) {
    var busy = mask
    while true {
      forEachLane(busy) { lane in
        if !arrange(lane) { busy &= ~(1 << UInt64(lane)) }
      }
      if busy == 0 { break }
      runArranged(busy)
      look(busy)
    }
    forEachLane(mask) { lane in
      if !lanes.pointer[lane].goesOn {
        lanes.pointer[lane].elapsed = 0
        lanes.pointer[lane].episodeReturn = 0
        lanes.pointer[lane].episodeReturnB = 0
        lanes.pointer[lane].episodeLength = 0
      }
      lanes.pointer[lane].goesOn = false
      lanes.pointer[lane].lives = lives(lane)
      lanes.pointer[lane].lifeLost = false
      lanes.pointer[lane].over = false
      lanes.pointer[lane].reward = 0
      lanes.pointer[lane].rewardB = 0
    }
  }

  /// The frame that `arrange` has prepared.
  func runArranged(_ mask: UInt64) {
    var detecting: UInt64 = 0
    forEachLane(mask) { if lanes[$0].stage == .detect { detecting |= 1 << UInt64($0) } }
    if detecting != 0 {
      console.format = .ntsc
      console.runFrame(detecting)
      console.format = plan.game.display.format
    }
    if mask != detecting { console.runFrame(mask & ~detecting) }
    forEachLane(mask) { lane in
      switch lanes.pointer[lane].stage {
      case .detect, .select: break
      case .acting, .opening, .modeActs:
        countFrame(lane)
        endAct(lane)
      default: observe(lane)
      }
    }
  }

  func enter(_ lane: Int, _ stage: Stage, frames: Int32 = 0) {
    lanes.pointer[lane].stage = stage
    lanes.pointer[lane].left = frames
  }

  /// Sets the inputs of the lane's next frame; false when it needs none any more.
  func arrange(_ lane: Int) -> Bool {
    while true {
      let stage = lanes.pointer[lane].stage
      if stage == .ready { return false }
      if stage == .acting {
        if actNext(lane) { return true }
        continue
      }
      if lanes.pointer[lane].left > 0 {
        lanes.pointer[lane].left -= 1
        if stage == .modeActs { stick(lane, Moves(a: lanes.pointer[lane].modeMove)) }
        if stage == .modeActs && hasEndedEarly(lane) {
          endAct(lane)
          continue
        }
        setInputs(lane, in: stage)
        return true
      }
      leave(lane, stage)
    }
  }

  private func setInputs(_ lane: Int, in stage: Stage) {
    switch stage {
    case .detect: setInputsUntouched(lane)
    case .press, .pressMode, .pressLast: setInputs(lane, reset: true)
    case .select: setInputsSelect(lane)
    case .modeActs: setInputs(lane, lanes.pointer[lane].held)
    case .opening:
      stick(lane, Moves(a: plan.moves[Int(lanes[lane].openingStep)]))
      setInputs(lane, lanes[lane].held)
    case .starting:
      let index = plan.starting.count - 1 - Int(lanes.pointer[lane].left)
      switch plan.starting[index] {
      case .action(let action): setInputs(lane, Moves(a: Move(action: action.rawValue)))
      case .reset: setInputs(lane, reset: true)
      }
    default: setInputs(lane)
    }
  }

  private func leave(_ lane: Int, _ stage: Stage) {
    switch stage {
    case .detect:
      machineReset(lane, timer: drawTimer(lane))
      beginReset(lane, timer: drawTimer(lane))
    case .settle: enter(lane, .press, frames: 4)
    case .press:
      lanes.pointer[lane].held = Moves()
      lanes.pointer[lane].game = plan.reader.initial
      lanes.pointer[lane].gameB = plan.initialB
      lanes.pointer[lane].modeProgress = ModeProgress()
      lanes.pointer[lane].modeSteps = 0
      enter(lane, .choose)
    case .choose: choose(lane)
    case .select: enter(lane, .release, frames: 1)
    case .release:
      lanes.pointer[lane].frame += 1
      lanes.pointer[lane].episodeFrame += 1
      enter(lane, .choose)
    case .modeActs: enter(lane, .choose)
    case .pressMode:
      lanes.pointer[lane].held = Moves()
      enter(lane, .choose)
    case .pressLast:
      lanes.pointer[lane].held = Moves()
      enter(lane, .starting, frames: Int32(plan.starting.count))
    case .starting:
      lanes.pointer[lane].loading = false
      lanes.pointer[lane].resets -= 1
      if lanes.pointer[lane].resets > 0 {
        beginReset(lane, timer: drawTimer(lane))
      } else {
        enter(lane, .acting)
      }
    case .acting, .opening, .ready: break
    }
  }

  private func choose(_ lane: Int) {
    var step = ModeStep.done
    let initial = Int32(plan.game.modes.initial)
    let mode = lanes.pointer[lane].loading ? initial : lanes.pointer[lane].mode
    lanes.pointer[lane].game.mode = mode
    lanes.pointer[lane].gameB.mode = mode
    if let routine = plan.game.modes.routine, lanes.pointer[lane].modeSteps < Self.mostModeSteps {
      step = routine(memory(lane), Int(mode), &lanes.pointer[lane].modeProgress) {
        environment.next(lane)
      }
    }
    lanes.pointer[lane].modeSteps += 1
    switch step {
    case .select(let frames): enter(lane, .select, frames: frames)
    case .reset: enter(lane, .pressMode, frames: 4)
    case .act(let action):
      lanes.pointer[lane].modeMove = plan.move(action)
      enter(lane, .modeActs, frames: plan.modeActFrames)
    case .done: enter(lane, .pressLast, frames: 4)
    }
  }

  /// Fire and no-ops; false when no frame is to be run for what was next.
  private func actNext(_ lane: Int) -> Bool {
    if lanes.pointer[lane].checksOver && hasEndedEarly(lane) {
      startAgain(lane)
      return false
    }
    if lanes.pointer[lane].actsLeft == 0 {
      lanes.pointer[lane].checksOver = false
      enterNextOpening(lane)
      return false
    }
    let left = lanes.pointer[lane].actsLeft
    lanes.pointer[lane].actsLeft -= 1
    lanes.pointer[lane].checksOver = left != lanes.pointer[lane].firePress
    if lanes.pointer[lane].goesOn || plan.game.modes.acts {
      stick(lane, moves(lane, left: left))
    } else {
      holdPlanned(lane, left: left)
    }
    if lanes.pointer[lane].game.over {
      endAct(lane)
      return false
    }
    setInputs(lane, lanes.pointer[lane].held)
    return true
  }

  /// The outcome of the sticky draws that have been made with the plan.
  private func holdPlanned(_ lane: Int, left: Int32) {
    let firesLeft = lanes.pointer[lane].firesLeft
    let fires = plan.manner.opening == .fireLast ? left <= firesLeft : firesLeft > 0
    if fires { lanes.pointer[lane].firesLeft -= 1 }
    lanes.pointer[lane].held = Moves(a: plan.move(fires ? .fire : .noop))
  }

  /// The game has ended in a no-op.
  func hasEndedEarly(_ lane: Int) -> Bool {
    lanes.pointer[lane].game.over || isStopped(lane)
  }

  /// Resets the game in the middle of the no-ops; those that are left follow.
  private func startAgain(_ lane: Int) {
    let old = lanes[lane]
    if plan.manner.seedsAgain && old.beginsWithSeed {
      seedGenerators(lane, old.seed)
      load(lane, resets: 2)
      lanes[lane].keepPlans(of: old)
      lanes[lane].frame = 0
      lanes[lane].actsLeft = old.actsLeft
      if !plan.game.modes.acts { environment.skip(lane, 2 * UInt64(old.actsLeft)) }
    } else {
      lanes[lane].checksOver = false
      lanes[lane].fillsStack = true
      if plan.manner.opening == .fireFirst { lanes[lane].firesLeft = 0 }
      lanes[lane].resets = 1
      beginReset(lane, timer: drawTimer(lane))
    }
    lanes[lane].endedEarly = true
  }
}
