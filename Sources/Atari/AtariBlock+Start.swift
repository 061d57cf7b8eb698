import Console

/// From power-on, or from the end of a game, to the first step of an episode.
extension AtariBlock {
  /// A mode that never shows would hang ALE; here it ends after so many steps.
  private static let mostModeSteps: Int32 = 20_000

  /// Loads the ROM into the lane: both generators start again, memory is power-on memory.
  func load(_ lane: Int, seed: UInt64, thenReset: Bool) {
    system.setState(lane, Self.systemStart)
    seedGenerators(lane, seed)
    lanes[lane] = lanes[lane].blank
    lanes[lane].game = plan.reader.initial
    lanes[lane].loading = true
    lanes[lane].resets = thenReset ? 2 : 1
    silence(lane)
    fillMemory(lane)
    lanes[lane].stage = .detect
    if plan.game.detectsFormat {
      machineReset(lane, timer: drawTimer(lane))
      lanes[lane].left = 60
    }
    planActs(lane)
  }

  /// Begins a game reset, to be followed by the preprocessing's fire and no-ops.
  /// - Parameter nursery: where beginnings are made that can be copied; nil: emulate it.
  func beginEpisode(_ lane: Int, nursery: EpisodeNursery? = nil) {
    if plan.settings.replayIdentical, let nursery {
      let frame = lanes[lane].frame
      nursery.reload(into: self, lane)
      lanes[lane].frame = frame
    }
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
    let fires = plan.opensWithFire
    let drawn = Int32(noops.next(lane, below: UInt32(max(plan.settings.noopMax, 1))))
    let noops = max(drawn - (fires ? 1 : 0), 0)
    lanes[lane].actsLeft = noops + (fires ? 1 : 0)
    lanes[lane].opensWithFire = fires
    lanes[lane].firesLeft = 0
    lanes[lane].held = 0
    if plan.game.modes.acts { return }
    for act in 0..<lanes[lane].actsLeft {
      stick(lane, fires && act == 0 ? AtariAction.fire.rawValue : AtariAction.noop.rawValue)
      if lanes[lane].held != 0 { lanes[lane].firesLeft += 1 }
    }
  }

  /// Frames of fire and no-op that open the first episode after loading with a seed.
  func plannedActs(seed: UInt64) -> Int32 {
    seedGenerators(0, seed)
    planActs(0)
    return lanes[0].actsLeft
  }

  func seedGenerators(_ lane: Int, _ seed: UInt64) {
    let word = UInt32(truncatingIfNeeded: seed)
    environment.seed(lane, word)
    noops.seed(lane, word)
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
  func bringUp(_ mask: UInt64) {
    var busy = mask
    while true {
      forEachLane(busy) { lane in
        if !arrange(lane) { busy &= ~(1 << UInt64(lane)) }
      }
      if busy == 0 { break }
      runArranged(busy)
    }
    forEachLane(mask) { lane in
      lanes.pointer[lane].elapsed = 0
      lanes.pointer[lane].lives = lives(lane)
      lanes.pointer[lane].lifeLost = false
      lanes.pointer[lane].over = false
      lanes.pointer[lane].reward = 0
      lanes.pointer[lane].episodeReturn = 0
      lanes.pointer[lane].episodeLength = 0
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
      case .acting, .modeActs:
        countFrame(lane)
        playSound(lane)
      default: observe(lane)
      }
    }
  }

  private func enter(_ lane: Int, _ stage: Stage, frames: Int32 = 0) {
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
        if stage == .modeActs { stick(lane, lanes.pointer[lane].modeAction) }
        if stage == .modeActs && lanes.pointer[lane].game.over {
          playSound(lane)
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
    case .press, .pressMode, .pressLast: setInputs(lane, action: 0, reset: true)
    case .select: setInputsSelect(lane)
    case .modeActs: setInputs(lane, action: lanes.pointer[lane].held)
    case .starting:
      let index = plan.starting.count - 1 - Int(lanes.pointer[lane].left)
      switch plan.starting[index] {
      case .action(let action): setInputs(lane, action: action.rawValue)
      case .reset: setInputs(lane, action: 0, reset: true)
      }
    default: setInputs(lane, action: 0)
    }
  }

  private func leave(_ lane: Int, _ stage: Stage) {
    switch stage {
    case .detect:
      machineReset(lane, timer: drawTimer(lane))
      beginReset(lane, timer: drawTimer(lane))
    case .settle: enter(lane, .press, frames: 4)
    case .press:
      lanes.pointer[lane].held = 0
      lanes.pointer[lane].game = plan.reader.initial
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
      lanes.pointer[lane].held = 0
      enter(lane, .choose)
    case .pressLast:
      lanes.pointer[lane].held = 0
      enter(lane, .starting, frames: Int32(plan.starting.count))
    case .starting:
      lanes.pointer[lane].loading = false
      lanes.pointer[lane].resets -= 1
      if lanes.pointer[lane].resets > 0 {
        beginReset(lane, timer: drawTimer(lane))
      } else {
        enter(lane, .acting)
      }
    case .acting, .ready: break
    }
  }

  private func choose(_ lane: Int) {
    var step = ModeStep.done
    let initial = Int32(plan.game.modes.initial)
    let mode = lanes.pointer[lane].loading ? initial : lanes.pointer[lane].mode
    lanes.pointer[lane].game.mode = mode
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
      lanes.pointer[lane].modeAction = plan.legalNumber(action)
      enter(lane, .modeActs, frames: 1)
    case .done: enter(lane, .pressLast, frames: 4)
    }
  }

  /// Fire and no-ops; false when no frame is to be run for what was next.
  private func actNext(_ lane: Int) -> Bool {
    if lanes.pointer[lane].checksOver && lanes.pointer[lane].game.over {
      lanes.pointer[lane].checksOver = false
      lanes.pointer[lane].firesLeft = 0
      lanes.pointer[lane].endedEarly = true
      lanes.pointer[lane].resets = 1
      beginReset(lane, timer: drawTimer(lane))
      return false
    }
    if lanes.pointer[lane].actsLeft == 0 {
      lanes.pointer[lane].checksOver = false
      enter(lane, .ready)
      return false
    }
    lanes.pointer[lane].actsLeft -= 1
    let opens = lanes.pointer[lane].opensWithFire
    lanes.pointer[lane].checksOver = !opens
    lanes.pointer[lane].opensWithFire = false
    func action(_ fires: Bool) -> UInt8 { (fires ? AtariAction.fire : .noop).rawValue }
    if plan.game.modes.acts {
      stick(lane, action(opens))
    } else {
      let fires = lanes.pointer[lane].firesLeft > 0
      if fires { lanes.pointer[lane].firesLeft -= 1 }
      lanes.pointer[lane].held = action(fires)
    }
    if lanes.pointer[lane].game.over {
      playSound(lane)
      return false
    }
    setInputs(lane, action: lanes.pointer[lane].held)
    return true
  }
}
