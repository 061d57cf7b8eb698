import CLanes
import Lanes

/// 64 Atari 2600 consoles with the same cartridge, one per SIMD lane.
///
/// A frame has three phases. *Run*: the lockstep processor executes it; TIA writes are logged.
/// *Beam*: the log is followed 64 lanes at a time, for positions and collisions; a read of a
/// collision register makes it catch up. *Draw*: pictures, only of the frames that are asked for.
public final class ConsoleBlock: @unchecked Sendable {
  public static let lanes = 64

  public let program: Program
  /// Whether the sound registers are kept, for `SoundGenerator`.
  public let hearsSound: Bool
  /// Filled in by the caller before each frame.
  public let inputs = ConsoleInputs()
  /// RIOT memory, [128][64]: address $80 + row of lane at `ram[row * 64 + lane]`.
  public let ram: UnsafeMutablePointer<UInt8>

  /// The cartridge's memory lies so many rows behind that.
  public static let cartridgeRow = ConsoleState.cartridgeRow
  /// Memory in the cartridge, [rows][64]; most have none.
  public var cartridge: UnsafeMutablePointer<UInt8> { state.cartridge }

  let state: ConsoleState
  // Lane masks: status flags of the processor.
  var carry: UInt64 = 0
  var overflow: UInt64 = 0
  var decimal: UInt64 = 0
  var interrupt: UInt64 = 0
  // Lane masks: see `ConsoleState.Mark`.
  var partial: UInt64 = 0
  var jammed: UInt64 = 0
  var readAfterInterrupt: UInt64 = 0
  var dumping: UInt64 = 0

  /// Lanes that still run in this frame, and those whose frame has just ended.
  var live: UInt64 = 0
  var stopped: UInt64 = 0

  let singles = SingleSteps()
  /// What the interpreter works on.
  private(set) var run: UnsafeMutablePointer<lanes_run>! = nil
  /// The group that is running.
  var chain: UInt64 = 0
  /// Lanes whose bank state the access has changed, and what it is now.
  var bankChanged: UInt64 = 0
  var newBanks = [Int32](repeating: 0, count: 64)

  public internal(set) var counters = ConsoleCounters()
  /// May be shared by blocks that never run at the same time.
  public var workspace: ConsoleWorkspace {
    didSet {
      frames.workspace = workspace
      run.pointee.log = workspace.writes
    }
  }
  var log: UnsafeMutablePointer<LaneLog> { workspace.writes }
  let beam: Beam
  let frames: FrameStore
  let scratch = Scratch()
  var paddlesKnown = false

  /// - Parameter workspace: nil: its own.
  public init(
    program: Program, hearsSound: Bool = false, workspace: ConsoleWorkspace? = nil
  ) {
    self.program = program
    self.hearsSound = hearsSound
    self.workspace = workspace ?? ConsoleWorkspace(display: program.display)
    state = ConsoleState(cartridgeRows: program.scheme.memoryBytes)
    ram = state.rows
    beam = Beam(state: state, display: program.display)
    frames = FrameStore(display: program.display, workspace: self.workspace)
    run = makeRun()
    for lane in 0..<64 {
      plugIn(lane)
      resetLane(lane, timer: 25)
    }
  }

  deinit { run.deallocate() }

  /// Last clock of the format's longest frame, in cycles: a TIA write after it ends the frame.
  var clockLimit: Int32 { beam.isPAL ? 343 * 76 : 291 * 76 }

  /// The television format that frames are run with: NTSC until a PAL cartridge has been detected.
  public var format: TelevisionFormat {
    get { beam.isPAL ? .pal : .ntsc }
    set {
      beam.isPAL = newValue == .pal
      run.pointee.clock_limit = clockLimit
    }
  }

  /// The machine reset of the lanes set in `lanes` (bit i = lane i): devices and processor to their
  /// start state, pictures cleared. RAM stays.
  /// - Parameter timers: [64], the RIOT timer's random start (25...99) of each lane.
  public func reset(_ lanes: UInt64, timers: UnsafePointer<UInt8>) {
    forEachLane(lanes) { resetLane($0, timer: timers[$0]) }
  }

  private func resetLane(_ lane: Int, timer: UInt8) {
    let sound = soundRegisters(lane).reset
    for row in ConsoleState.ramRows..<ConsoleState.byteRows { state.rows[row * 64 + lane] = 0 }
    // A frame that ran out of instructions goes on after a reset: the TIA does not clear that.
    for row in 0..<ConsoleState.Word.count { state.words[row * 64 + lane] = 0 }
    let others = ~laneBit(lane)
    carry &= others
    overflow &= others
    decimal &= others
    interrupt &= others
    jammed &= others
    readAfterInterrupt &= others
    dumping &= others
    setSoundRegisters(lane, sound)
    state[.stack][lane] = 0xFF
    state[.zero][lane] = 1
    state[.timer][lane] = timer
    state[.shift][lane] = 6
    state[.place][lane] = program.entry
    state[.vsyncFinish][lane] = Int32.max / 3
    beam.reset(lane)
    frames.clear(lane)
    if program.scheme == .dpc { resetDPC(lane) }
  }

  /// The cartridge is plugged in anew: its memory is as at power-on.
  public func plugIn(_ lane: Int) { if program.scheme == .dpc { plugInDPC(lane) } }

  /// Emulates one frame (one TIA update) in each lane set in `lanes`.
  public func runFrame(_ lanes: UInt64) {
    let (began, before) = (lanes_ticks(), counters.following)
    beginFrame(lanes)
    live = lanes & ~jammed
    stopped = 0
    run.pointee.budget = 0
    while live != 0 { runLeaders() }
    let ran = lanes_ticks()
    counters.running &+= ran &- began &- (counters.following &- before)
    endFrame(lanes)
    counters.frames &+= UInt64(lanes.nonzeroBitCount)
    counters.writes &+= UInt64(log.pointee.count)
    counters.following &+= lanes_ticks() &- ran
  }

  private func beginFrame(_ lanes: UInt64) {
    let fresh = lanes & ~partial
    rebase(fresh)
    shorten(lanes_at_least_i32(state[.clock], ConsoleState.longestClock / 2) & lanes)
    lanes_set_i32(state[.instructions], 0, lanes)
    partial |= lanes
    paddlesKnown = false
    log.pointee.clear()
    beam.beginFrame(fresh, all: lanes, into: frames.next(lanes, fresh: fresh))
  }

  /// Counts clocks from the start of the scanline in which the frame begins.
  private func rebase(_ lanes: UInt64) {
    forEachLane(lanes) { lane in
      let clock = state[.clock][lane]
      let start = clock % 76
      let cycles = clock - state[.frameStart][lane]
      for word in [ConsoleState.Word.timerSet, .interruptReset, .vsyncFinish, .lastHmove] {
        state[word][lane] &-= clock - start
      }
      state[.dumpLifted][lane] &-= cycles
      state[.clock][lane] = start
      state[.frameStart][lane] = start
      state[.touched][lane] = start
      if program.scheme == .dpc { rebaseDPC(lane, by: clock - start) }
    }
  }

  /// A frame that never ends and never touches the TIA goes on for ever; nothing depends on how long.
  private func shorten(_ lanes: UInt64) {
    forEachLane(lanes) { lane in
      let cycles = ConsoleState.longestClock / 4 / 76 * 76
      for word in [ConsoleState.Word.clock, .timerSet, .interruptReset, .vsyncFinish] {
        state[word][lane] &-= cycles
      }
      if program.scheme == .dpc { rebaseDPC(lane, by: cycles) }
    }
  }

  private func endFrame(_ lanes: UInt64) {
    partial &= ~(stopped & lanes)
    beam.follow(log)
    // A frame that has run out of instructions is drawn up to its last access to the TIA.
    beam.endFrame(lanes, partial: partial)
    forEachLane(lanes & ~partial) { state[.lines][$0] = state[.clock][$0] / 76 }
    frames.finish(lanes, partial: partial, beam: beam)
  }

  /// Gives what is not needed back to the workspace, before another block uses it.
  public func tidy() { frames.giveBack() }

  /// Writes the lane's newest frame, one palette index a pixel: [height, 160], row-major.
  public func picture(lane: Int, into pixels: UnsafeMutablePointer<UInt8>) {
    pixels.update(from: picture(lane: lane), count: program.display.height * 160)
  }

  /// The lane's newest frame in place, valid until its next frame or reset.
  public func picture(lane: Int) -> UnsafePointer<UInt8> { frames.newest(lane) }

  /// Draws the newest frame of some lanes and the frame before it of some: sooner than lane by lane.
  public func drawPictures(newest: UInt64, earlier: UInt64) {
    let began = lanes_ticks()
    frames.draw(newest: newest, earlier: earlier, &counters)
    counters.drawing &+= lanes_ticks() &- began
  }

  /// Calls `body` with lanes whose pictures are going to be drawn over unasked.
  public func onOverdrawing(_ body: @escaping (UInt64) -> Void) { frames.onOverdrawing = body }

  /// Rows in which one of the lane's two newest pictures may differ from what it was at the last
  /// call.
  public func takeChangedRows(lane: Int) -> RowSet { frames.takeChanges(lane) }

  /// Lanes whose newest frame goes on with the one before, which had run out of instructions.
  public var continued: UInt64 { frames.continued }

  /// The frame before the newest, valid until the lane's next frame or reset.
  public func earlierPicture(lane: Int) -> UnsafePointer<UInt8> { frames.earlier(lane) }
}

/// What is plugged in and pressed, [64] each.
public final class ConsoleInputs: @unchecked Sendable {
  /// Port A as read at $280: bits 7-4 left stick (right, left, down, up), 3-0 right stick;
  /// 0 = pressed. 0xFF = nothing pressed.
  public let portA = AlignedBuffer<UInt8>(count: 64)
  /// Port B as read at $282: console switches.
  public let portB = AlignedBuffer<UInt8>(count: 64)
  /// INPT4 and INPT5 triggers: 1 = pressed.
  public let triggers = [AlignedBuffer<UInt8>(count: 64), AlignedBuffer<UInt8>(count: 64)]
  /// Resistance in ohm at INPT0...INPT3; 0 reads high at once, -1 (nothing connected) never.
  public let resistances = (0..<4).map { _ in AlignedBuffer<Int32>(count: 64) }
}

/// Rows of working memory.
final class Scratch {
  private let memory = AlignedBuffer<UInt8>(count: 64 * 32)
  /// A, X, Y, N and Z, [5][64] each; see `lanes_run`.
  let registers, kept: UnsafeMutablePointer<UInt8>
  let x, y, value, low: UnsafeMutablePointer<UInt8>
  /// [64] each.
  let addresses: UnsafeMutablePointer<Int32>
  /// Where the slices that the bank state shows begin in the ROM image, by bits 10-13 of the
  /// address, and which state that is.
  let slices: UnsafeMutablePointer<Int32>
  private let sliceMemory = AlignedBuffer<Int32>(count: 16)
  var slicesState: Int32 = -1
  /// Cycles a paddle needs to read high, [4][64]; UInt32.max for never.
  let paddles: UnsafeMutablePointer<UInt32>
  private let paddleMemory = AlignedBuffer<UInt32>(count: 256)

  init() {
    registers = memory.pointer
    x = registers + 64
    y = registers + 128
    value = registers + 320
    low = registers + 384
    kept = registers + 1024
    addresses = UnsafeMutableRawPointer(registers + 512).assumingMemoryBound(to: Int32.self)
    slices = sliceMemory.pointer
    paddles = paddleMemory.pointer
  }
}

@inline(__always)
func laneBit(_ lane: Int) -> UInt64 { 1 &<< UInt64(lane) }

typealias Vector = SIMD64<UInt8>

// Untyped accesses: rows are written as bytes too.

@inline(__always)
func load(_ row: UnsafeMutablePointer<UInt8>) -> Vector {
  UnsafeRawPointer(row).load(as: Vector.self)
}

@inline(__always)
func store(_ value: Vector, _ row: UnsafeMutablePointer<UInt8>) {
  UnsafeMutableRawPointer(row).storeBytes(of: value, as: Vector.self)
}

/// Stores where the mask is set.
@inline(__always)
func store(_ value: Vector, _ row: UnsafeMutablePointer<UInt8>, where mask: UInt64) {
  store(lanes_select(mask, value, load(row)), row)
}
