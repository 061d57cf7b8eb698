import Console
import Lanes

/// Up to 64 lanes of a batch with their consoles: ALE's frame, act and reset for the lanes of a
/// mask, which may all stand in different places.
final class AtariBlock: @unchecked Sendable {
  let plan: AtariPlan
  /// Lanes in use.
  let count: Int
  let console: ConsoleBlock
  /// [count]
  let lanes: AlignedBuffer<AtariLane>
  /// The lanes' numbers in the batch, [count].
  let ids: AlignedBuffer<Int32>
  /// Lanes that have begun an episode since somebody looked.
  var begun: UInt64 = 0
  /// Power-on memory and timers; the same seed at every load.
  let system: TwisterBank
  /// Sticky actions.
  let environment: TwisterBank
  /// Number of no-ops at the start of an episode.
  let noops: TwisterBank
  /// NumPy's generator: no-ops and frame skips where the original has them from it, [count].
  let numbers: AlignedBuffer<PCG64>
  /// [count].
  let views: UnsafeMutablePointer<LaneView>
  /// Stacks of lanes whose last observation lies nowhere else, or where others may write. Takes no
  /// memory until it is used.
  let ownStacks: Shelf
  /// Ticks in `step`, and in resizing and stacking within it.
  var stepping: UInt64 = 0
  var resizing: UInt64 = 0
  /// [count][channels][height][160]: what a view's pictures showed before they were drawn over. Few
  /// lanes ever need it.
  let kept: Shelf
  var sound: BlockSound
  private let timers = AlignedBuffer<UInt8>(count: ConsoleBlock.lanes)

  private static let systemSeed: UInt32 = 4_753_849
  static let systemStart = TwisterBank.State(seed: systemSeed)

  /// - Parameters:
  ///   - workspace: nil: its own.
  ///   - samples: the batch's sound; nil: its own.
  init(
    plan: AtariPlan, count: Int, workspace: ConsoleWorkspace? = nil,
    samples: AlignedBuffer<UInt8>? = nil
  ) {
    self.plan = plan
    self.count = count
    console = ConsoleBlock(
      program: plan.program, hearsSound: plan.hearsSound, workspace: workspace)
    sound = BlockSound(
      count: plan.hearsSound ? count : 0,
      samples: samples ?? AlignedBuffer(count: plan.soundBytes * count))
    lanes = AlignedBuffer(count: count)
    for lane in 0..<count { lanes[lane] = plan.blankLane }
    ids = AlignedBuffer(count: count)
    system = TwisterBank(lanes: count)
    environment = TwisterBank(lanes: count)
    noops = TwisterBank(lanes: count)
    numbers = AlignedBuffer(count: count)
    views = .allocate(capacity: count)
    let black = plan.hasSlots ? plan.black : nil
    views.initialize(
      repeating: LaneView(stack: plan.blackStack.pointer, newest: black, earlier: black),
      count: count)
    kept = Shelf(count: count, bytes: plan.keptBytes)
    ownStacks = Shelf(count: count, bytes: plan.stackBytes)
    plugIn()
    if !plan.isRaw { console.onOverdrawing { [unowned self] in keepOld($0 & everyLane) } }
  }

  deinit { views.deallocate() }

  var everyLane: UInt64 { count == 64 ? .max : (1 << UInt64(count)) - 1 }

  @inline(__always) func memory(_ lane: Int) -> LaneMemory { LaneMemory(console.ram, lane: lane) }

  func lives(_ lane: Int) -> Int32 { plan.reader.lives(lanes.pointer[lane].game) }

  func livesOfB(_ lane: Int) -> Int32 { plan.readerB?.lives(lanes.pointer[lane].gameB) ?? 0 }

  // MARK: Inputs

  /// Pots that no paddle turns. ALE never sets paddles 2 and 3: they stay at 0 ohm.
  private func plugIn() {
    let inputs = console.inputs
    for lane in 0..<ConsoleBlock.lanes {
      for pot in 0..<4 { inputs.resistances[pot][lane] = -1 }
      if plan.game.controllers.fillBothPorts {
        inputs.resistances[2][lane] = 0
        inputs.resistances[3][lane] = 0
      }
      inputs.portA[lane] = 0xFF
      inputs.portB[lane] = 0x3F
    }
  }

  /// Nothing pressed and paddles at 0 ohm, as before ALE has sent any event.
  func setInputsUntouched(_ lane: Int) {
    press(lane, [], [], switches: 0x3F)
    if plan.game.controllers.usePaddles { setPots(lane, 0, 0) }
  }

  /// One frame of `moves`, with the console reset switch pressed or not.
  func setInputs(_ lane: Int, _ moves: Moves = Moves(), reset: Bool = false) {
    let a = Presses(rawValue: plan.presses.pointer[Int(moves.a.action)])
    let b = Presses(rawValue: plan.presses.pointer[Int(moves.b.action)])
    press(lane, a, b, switches: switches(lane) & (reset ? 0xFE : 0xFF))
    if plan.game.controllers.usePaddles {
      let state = lanes.pointer[lane]
      let left = turned(state.leftPaddle, a, by: moves.a.turn)
      let right = turned(state.rightPaddle, b, by: moves.b.turn)
      lanes.pointer[lane].leftPaddle = left
      lanes.pointer[lane].rightPaddle = right
      setPots(lane, left, right)
    }
  }

  /// Select pressed; paddles stay where they are.
  func setInputsSelect(_ lane: Int) { press(lane, [], [], switches: switches(lane) & 0xFD) }

  private func switches(_ lane: Int) -> UInt8 {
    let difficulty = lanes.pointer[lane].loading ? 0 : lanes.pointer[lane].difficulty
    return 0x3F | (difficulty & 3) << 6
  }

  private func press(_ lane: Int, _ a: Presses, _ b: Presses, switches: UInt8) {
    let inputs = console.inputs
    inputs.portB.pointer[lane] = switches
    if plan.game.controllers.usePaddles {
      // A paddle's button closes a direction contact of the left port.
      let (first, second) = plan.game.controllers == .swappedPaddles ? (b, a) : (a, b)
      inputs.portA.pointer[lane] =
        (first.contains(.fire) ? 0x7F : 0xFF) & (second.contains(.fire) ? 0xBF : 0xFF)
      return
    }
    let (left, right) = plan.game.controllers == .swappedJoysticks ? (b, a) : (a, b)
    inputs.portA.pointer[lane] = left.directions << 4 | right.directions
    inputs.triggers[0].pointer[lane] = left.contains(.fire) ? 1 : 0
    inputs.triggers[1].pointer[lane] = right.contains(.fire) ? 1 : 0
  }

  private func turned(_ paddle: Int32, _ presses: Presses, by turn: Int32) -> Int32 {
    let change = presses.contains(.right) ? -turn : presses.contains(.left) ? turn : 0
    return min(max(paddle &+ change, Paddle.low), plan.game.paddleMaximum)
  }

  private func setPots(_ lane: Int, _ left: Int32, _ right: Int32) {
    let swapped = plan.game.controllers == .swappedPaddles
    console.inputs.resistances[0].pointer[lane] = swapped ? right : left
    console.inputs.resistances[1].pointer[lane] = swapped ? left : right
  }

  // MARK: Frames

  /// The moves that hold in the next frame, after both players' draws.
  func stick(_ lane: Int, _ moves: Moves) {
    if plan.sticky == 0 {
      environment.skip(lane, 2)
      lanes.pointer[lane].held = moves
      return
    }
    if environment.nextDouble(lane) >= plan.sticky { lanes.pointer[lane].held.a = moves.a }
    if environment.nextDouble(lane) >= plan.sticky { lanes.pointer[lane].held.b = moves.b }
  }

  /// Takes in a frame that was acted, not played through by a reset.
  func countFrame(_ lane: Int) {
    observe(lane)
    lanes.pointer[lane].frame += 1
    lanes.pointer[lane].episodeFrame += 1
  }

  func observe(_ lane: Int) {
    plan.reader.observe(memory(lane), &lanes.pointer[lane].game)
    if plan.players == 2 { observeForB(lane) }
  }

  private func observeForB(_ lane: Int) {
    if let reader = plan.readerB {
      reader.observe(memory(lane), &lanes.pointer[lane].gameB)
    } else {
      lanes.pointer[lane].gameB.reward = -lanes.pointer[lane].game.reward
    }
  }

  /// The timer's random start at a machine reset.
  func drawTimer(_ lane: Int) -> UInt8 { UInt8(25 + system.next(lane) % 75) }

  func machineReset(_ lane: Int, timer: UInt8) {
    timers[lane] = timer
    for row in 0..<plan.program.scheme.randomBytes {
      console.cartridge[row * 64 + lane] = UInt8(truncatingIfNeeded: system.next(lane))
    }
    console.reset(1 << UInt64(lane), timers: UnsafePointer(timers.pointer))
  }

  /// Power-on memory. Building the RIOT also starts its timer once, unseen.
  func fillMemory(_ lane: Int) {
    console.plugIn(lane)
    for row in 0..<128 {
      console.ram[row * 64 + lane] = UInt8(truncatingIfNeeded: system.next(lane))
    }
    system.skip(lane, 1)
  }
}
