import CLanes
import Lanes

/// Follows the logged TIA writes, 64 lanes at a time: positions, delays, enables and collisions.
///
/// Keeps what is visible in `state`'s rows and logs every change of it, so that any frame can be
/// drawn afterwards. Times here are colour clocks since the frame's first scanline,
/// or a later one if the display is tall (`Display.origin`).
/// Source: ALE `emucore/TIA.cxx`; where it and the silicon disagree, ALE is the oracle.
final class Beam {
  let state: ConsoleState
  /// The visible window, in colour clocks.
  let start, stop: Int32
  /// Cycle of the frame from which colour clocks are counted.
  let origin: Int32
  let hmoveBlanks: Bool
  var isPAL: Bool

  private var cursor = 0
  private var changes: UnsafeMutablePointer<LaneLog>
  private let noChanges = LaneLog.make()
  /// Lanes whose next line end moves missile 0: see `moveCosmically`.
  var cosmic: UInt64 = 0
  /// Lanes whose missile 0 is drawn wider or not at all by that, until something else sets it.
  var distorted: UInt64 = 0
  let collider: Collider

  // Rows for the write in hand.
  private let storage = Storage()
  let targets: UnsafeMutablePointer<UInt16>
  let columns: UnsafeMutablePointer<UInt8>
  let scratch: UnsafeMutablePointer<UInt8>
  /// Clock up to which changes are logged, [64].
  let drawn: UnsafeMutablePointer<UInt16>
  private let proposals: UnsafeMutablePointer<UInt8>
  private let proposed: UnsafeMutablePointer<(component: Visible, lanes: UInt64)>
  private var proposedCount = 0
  /// `TIARegister.Row.delay` of each register.
  private let delays: UnsafeMutablePointer<Int32>
  let motionTable: UnsafeMutablePointer<Int8>

  init(state: ConsoleState, display: Display) {
    self.state = state
    start = Int32(display.window.lowerBound)
    stop = Int32(display.window.upperBound)
    origin = Int32(76 * display.origin)
    hmoveBlanks = display.hmoveBlanks
    changes = noChanges
    isPAL = display.format == .pal
    collider = Collider(state: state, start: UInt16(start))
    targets = storage.rows(1)
    drawn = storage.rows(1)
    columns = storage.rows(1)
    scratch = storage.rows(1)
    proposals = storage.rows(16)
    proposed = storage.make(16)
    delays = storage.make(TIARegister.rows.count)
    for row in TIARegister.rows { delays[Int(row.register.rawValue)] = row.delay }
    motionTable = storage.make(Motion.table.count)
    motionTable.update(from: Motion.table, count: Motion.table.count)
  }

  deinit { LaneLog.free(noChanges) }

  func reset(_ lane: Int) {
    cosmic &= ~laneBit(lane)
    distorted &= ~laneBit(lane)
    drawn[lane] = UInt16(start)
    collider.reset(lane)
  }

  // MARK: Frames

  func beginFrame(_ fresh: UInt64, all: UInt64, into frame: FrameLog) {
    cursor = 0
    changes = frame.changes
    changes.pointee.clear()
    collider.beginFrame(fresh)
    forEachLane(fresh) { lane in
      drawn[lane] = UInt16(start)
      state[.hmoveBlankEnd][lane] = state.visible(.hmoveBlank)[lane] == 0 ? 0 : start + 76
      if isPAL { loseColour(lane) }
    }
    frame.begin(state, from: drawn)
  }

  /// PAL sets lose their colour after a frame with an odd number of lines.
  private func loseColour(_ lane: Int) {
    let odd = UInt8(truncatingIfNeeded: state[.lines][lane] & 1)
    for colour in [Visible.background, .playfield, .player0, .player1] {
      state.visible(colour)[lane] = state.visible(colour)[lane] & 0xFE | odd
    }
  }

  /// Brings every lane of the mask to the clock at which its frame ended or was left.
  func endFrame(_ lanes: UInt64, partial: UInt64) {
    catchUp(lanes & ~partial, clock: state[.clock], elapsed: 0)
    lanes_raise_u16(drawn, targets, lanes & ~partial)
    if lanes & partial != 0 {
      catchUp(lanes & partial, clock: state[.touched], elapsed: 0)
      lanes_raise_u16(drawn, targets, lanes & partial)
    }
    forEachLane(lanes) { lane in
      let end = state[.hmoveBlankEnd][lane]
      state.visible(.hmoveBlank)[lane] = end > Int32(drawn[lane]) ? 1 : 0
    }
  }

  /// Tests collisions up to `clock` + `elapsed` cycles.
  func catchUp(_ lanes: UInt64, clock: UnsafeMutablePointer<Int32>, elapsed: Int32) {
    lanes_aim_at(targets, clock, elapsed &- origin, start, stop)
    lanes_raise_u16(targets, drawn, ~0)
    settle(lanes)
    collider.test(lanes, until: targets)
  }

  func collisions(_ register: Int) -> Vector { collider.read(register) }

  // MARK: Writes

  func follow(_ log: UnsafeMutablePointer<LaneLog>) {
    let count = log.pointee.count
    let (kinds, lanes) = (log.pointee.kinds, log.pointee.lanes)
    let (values, clocks) = (log.pointee.values, log.pointee.clocks)
    while cursor < count {
      let index = cursor
      cursor += 1
      let register = TIARegister(rawValue: kinds[index]).unsafelyUnwrapped
      apply(register, lanes[index], load(values + index * 64), clocks + index * 64)
    }
  }

  private func apply(
    _ register: TIARegister, _ lanes: UInt64, _ value: Vector,
    _ clocks: UnsafeMutablePointer<UInt16>
  ) {
    switch register {  // nothing to see
    case .HMP0: return store(value, state[.hmp0], where: lanes)
    case .HMP1: return store(value, state[.hmp1], where: lanes)
    case .HMM0:
      startCosmicMotion(lanes, value, clocks)
      return store(value, state[.hmm0], where: lanes)
    case .HMM1: return store(value, state[.hmm1], where: lanes)
    case .HMBL: return store(value, state[.hmbl], where: lanes)
    case .HMCLR: return clearMotion(lanes)
    default: break
    }
    lanes_aim(
      targets, clocks, delays[Int(register.rawValue)], UInt16(start), UInt16(stop), UInt16(origin))
    switch register {
    case .RESP0: delayReset(lanes, clocks, .p0x, .nusiz0)
    case .RESP1: delayReset(lanes, clocks, .p1x, .nusiz1)
    default: break
    }
    settle(lanes)
    propose(register, lanes, value, clocks)
    commit(lanes)
    if register == .CXCLR {
      collider.test(lanes, until: targets)
      collider.clear(lanes)
    }
  }

  /// Proposes the visible values after the write.
  private func propose(
    _ register: TIARegister, _ lanes: UInt64, _ value: Vector,
    _ clocks: UnsafeMutablePointer<UInt16>
  ) {
    switch register {
    case .VBLANK: propose(.vblank, lanes, lanes_and(value, lanes_splat(2)))
    case .NUSIZ0: sizePlayer(lanes, value, .nusiz0, mode: .p0mode)
    case .NUSIZ1: sizePlayer(lanes, value, .nusiz1, mode: .p1mode)
    case .COLUP0: proposeColour(.player0, lanes, value)
    case .COLUP1: proposeColour(.player1, lanes, value)
    case .COLUPF: proposeColour(.playfield, lanes, value)
    case .COLUBK: proposeColour(.background, lanes, value)
    case .CTRLPF: controlPlayfield(lanes, value, clocks)
    case .REFP0: set(.refp0, lanes, lanes_and(value, lanes_splat(8)), then: proposeGraphics)
    case .REFP1: set(.refp1, lanes, lanes_and(value, lanes_splat(8)), then: proposeGraphics)
    case .PF0: propose(.pf0, lanes, lanes_and(value, lanes_splat(0xF0)))
    case .PF1: propose(.pf1, lanes, value)
    case .PF2: propose(.pf2, lanes, value)
    case .RESP0: resetPlayer(lanes, clocks, .p0x, .p0mode, .nusiz0)
    case .RESP1: resetPlayer(lanes, clocks, .p1x, .p1mode, .nusiz1)
    case .RESM0: resetMissile0(lanes, clocks)
    case .RESM1: resetMissile1(lanes, clocks)
    case .RESBL: resetBall(lanes, clocks)
    case .GRP0:
      store(load(state[.grp1]), state[.delayedGrp1], where: lanes)
      set(.grp0, lanes, value, then: proposeGraphics)
    case .GRP1:
      store(load(state[.grp0]), state[.delayedGrp0], where: lanes)
      store(load(state[.enabl]), state[.delayedEnabl], where: lanes)
      set(.grp1, lanes, value, then: proposeGraphics)
      proposeBall(lanes)
    case .ENAM0: set(.enam0, lanes, lanes_and(value, lanes_splat(2)), then: proposeMissiles)
    case .ENAM1: set(.enam1, lanes, lanes_and(value, lanes_splat(2)), then: proposeMissiles)
    case .ENABL: set(.enabl, lanes, lanes_and(value, lanes_splat(2)), then: proposeBall)
    case .VDELP0: set(.vdelp0, lanes, lanes_and(value, lanes_splat(1)), then: proposeGraphics)
    case .VDELP1: set(.vdelp1, lanes, lanes_and(value, lanes_splat(1)), then: proposeGraphics)
    case .VDELBL: set(.vdelbl, lanes, lanes_and(value, lanes_splat(1)), then: proposeBall)
    case .RESMP0: lockMissile(lanes, value, .resmp0, .p0x, .m0x, .nusiz0)
    case .RESMP1: lockMissile(lanes, value, .resmp1, .p1x, .m1x, .nusiz1)
    case .HMOVE: moveObjects(lanes, clocks)
    default: break
    }
  }

  private func set(
    _ row: ConsoleState.Byte, _ lanes: UInt64, _ value: Vector, then propose: (UInt64) -> Void
  ) {
    store(value, state[row], where: lanes)
    propose(lanes)
  }

  func propose(_ component: Visible, _ lanes: UInt64, _ value: Vector, always: Bool = false) {
    let equal = always ? 0 : lanes_equal(load(state.visible(component)), value)
    let changed = lanes & ~equal
    if changed == 0 { return }
    store(value, proposals + proposedCount * 64)
    proposed[proposedCount] = (component, changed)
    proposedCount += 1
  }

  /// Tests collisions up to the write, then makes the proposed values visible.
  func commit(_ lanes: UInt64) {
    if proposedCount == 0 { return }
    var changed: UInt64 = 0
    var solid: UInt64 = 0
    for index in 0..<proposedCount {
      let (component, mask) = proposed[index]
      changed |= mask
      if component.isSolid { solid |= mask }
    }
    if solid != 0 { collider.test(solid, until: targets) }
    lanes_raise_u16(drawn, targets, changed)
    for index in 0..<proposedCount {
      let (component, mask) = proposed[index]
      let value = load(proposals + index * 64)
      store(value, state.visible(component), where: mask)
      collider.invalidate(component)
      changes.pointee.append(component.rawValue, mask, value, at: drawn)
    }
    proposedCount = 0
  }

  // MARK: Line ends

  /// Brings lanes that wait for a line end which lies before their target over it.
  private func settle(_ lanes: UInt64) {
    while true {
      let pending = lanes & (LineEnd.isAwaited(in: state[.visible]) | cosmic)
      if pending == 0 { return }
      let crossing = collider.crossing(pending, before: targets)
      if crossing == 0 { return }
      collider.testToLineEnd(crossing)
      LineEnd.pass(state[.visible], crossing) { collider.invalidate($0) }
      moveCosmically(crossing & cosmic)
    }
  }

  /// The missile drift that Cosmic Ark draws its stars with.
  private func moveCosmically(_ lanes: UInt64) {
    if lanes == 0 { return }
    forEachLane(lanes) { moveCosmically(lane: $0) }
    for component in [Visible.m0x, .m0shape] {
      collider.invalidate(component)
      changes.pointee.append(
        component.rawValue, lanes, load(state.visible(component)), at: drawn)
    }
  }

  private func moveCosmically(lane: Int) {
    let counter = (state[.cosmic][lane] &+ 1) & 3
    state[.cosmic][lane] = counter
    let position = Int(state.visible(.m0x)[lane]) - [18, 33, 0, 17][Int(counter)]
    let shape = state[.nusiz0][lane]
    let bit: UInt64 = laneBit(lane)
    distorted = counter == 1 || counter == 2 ? distorted | bit : distorted & ~bit
    let bits = distort(lane, shape & 0x30 | shape & 7 | missileEnabled(lane))
    drawn[lane] = max(collider.tested[lane], drawn[lane])
    state.visible(.m0x)[lane] = UInt8(position < 0 ? position + 160 : position)
    state.visible(.m0shape)[lane] = bits
  }

  /// The shape that missile 0 has in lanes of `distorted`.
  private func distort(_ lane: Int, _ shape: UInt8) -> UInt8 {
    if distorted & laneBit(lane) == 0 { return shape }
    return state[.cosmic][lane] == 1 ? shape | 0x10 : shape & 0x7F
  }

  private func missileEnabled(_ lane: Int) -> UInt8 {
    state[.enam0][lane] != 0 && state[.resmp0][lane] == 0 ? 0x80 : 0
  }

  private func startCosmicMotion(
    _ lanes: UInt64, _ value: Vector, _ clocks: UnsafeMutablePointer<UInt16>
  ) {
    let candidates = lanes & lanes_equal(lanes_shr(load(state[.hmm0]), 4), lanes_splat(7))
    forEachLane(candidates) { lane in
      guard value[lane] >> 4 == 6, Int32(clocks[lane]) == state[.lastHmove][lane] &+ 21 else {
        return
      }
      cosmic |= laneBit(lane)
      state[.cosmic][lane] = 0
    }
  }

  // MARK: What single registers do

  private func proposeColour(_ component: Visible, _ lanes: UInt64, _ value: Vector) {
    var colour = lanes_and(value, lanes_splat(0xFE))
    if isPAL {
      var odd: UInt64 = 0
      forEachLane(lanes) { odd |= UInt64(state[.lines][$0] & 1) << UInt64($0) }
      colour = lanes_or(colour, lanes_and(lanes_expand(odd), lanes_splat(1)))
    }
    propose(component, lanes, colour)
  }

  private func sizePlayer(
    _ lanes: UInt64, _ value: Vector, _ row: ConsoleState.Byte, mode: Visible
  ) {
    store(value, state[row], where: lanes)
    if row == .nusiz0 { distorted &= ~lanes }
    propose(mode, lanes, lanes_and(value, lanes_splat(7)))
    proposeMissiles(lanes)
  }

  private func proposeGraphics(_ lanes: UInt64) {
    proposeGraphics(lanes, .grp0, .vdelp0, .grp0, .delayedGrp0, .refp0)
    proposeGraphics(lanes, .grp1, .vdelp1, .grp1, .delayedGrp1, .refp1)
  }

  private func proposeGraphics(
    _ lanes: UInt64, _ component: Visible, _ vdel: ConsoleState.Byte, _ new: ConsoleState.Byte,
    _ old: ConsoleState.Byte, _ mirror: ConsoleState.Byte
  ) {
    let delayed = lanes_nonzero(load(state[vdel]))
    let mirrored = lanes_nonzero(load(state[mirror]))
    let graphics = lanes_select(delayed, load(state[old]), load(state[new]))
    propose(component, lanes, lanes_select(mirrored, lanes_reverse(graphics), graphics))
  }

  private func shape(_ nusiz: Vector, enabled: UInt64, mask: UInt8) -> Vector {
    lanes_or(
      lanes_and(nusiz, lanes_splat(mask)), lanes_and(lanes_expand(enabled), lanes_splat(0x80)))
  }

  func proposeMissiles(_ lanes: UInt64) {
    let enabled0 = lanes_nonzero(load(state[.enam0])) & ~lanes_nonzero(load(state[.resmp0]))
    var shape0 = shape(load(state[.nusiz0]), enabled: enabled0, mask: 0x37)
    forEachLane(lanes & distorted) { shape0[$0] = distort($0, shape0[$0]) }
    propose(.m0shape, lanes, shape0)
    let enabled1 = lanes_nonzero(load(state[.enam1])) & ~lanes_nonzero(load(state[.resmp1]))
    propose(.m1shape, lanes, shape(load(state[.nusiz1]), enabled: enabled1, mask: 0x37))
  }

  private func proposeBall(_ lanes: UInt64) {
    let delayed = lanes_nonzero(load(state[.vdelbl]))
    let on = lanes_select(delayed, load(state[.delayedEnabl]), load(state[.enabl]))
    propose(.blshape, lanes, shape(load(state[.ctrlpf]), enabled: lanes_nonzero(on), mask: 0x30))
  }

  private func controlPlayfield(
    _ lanes: UInt64, _ value: Vector, _ clocks: UnsafeMutablePointer<UInt16>
  ) {
    store(value, state[.ctrlpf], where: lanes)
    propose(.control, lanes, lanes_and(value, lanes_splat(6)))
    let reflect = lanes_and(value, lanes_splat(1))
    lanes_columns_of(columns, clocks)
    let early = lanes_below(load(columns), lanes_splat(49))  // still on the left half
    propose(.reflect, lanes & early, reflect)
    propose(.reflectNext, lanes, reflect)
    proposeBall(lanes)
  }

  private func clearMotion(_ lanes: UInt64) {
    for row in [ConsoleState.Byte.hmp0, .hmp1, .hmm0, .hmm1, .hmbl] {
      store(lanes_splat(0), state[row], where: lanes)
    }
  }

  private func lockMissile(
    _ lanes: UInt64, _ value: Vector, _ lock: ConsoleState.Byte, _ player: Visible,
    _ missile: Visible, _ nusiz: ConsoleState.Byte
  ) {
    let locked = lanes_nonzero(load(state[lock]))
    let on = lanes_and(value, lanes_splat(2))
    let released = lanes & locked & ~lanes_nonzero(on)
    store(on, state[lock], where: lanes)
    if lock == .resmp0 { distorted &= ~released }
    if released != 0 {
      store(load(state.visible(missile)), scratch)
      forEachLane(released) { lane in
        let middle = [4, 4, 4, 4, 4, 8, 4, 16][Int(state[nusiz][lane] & 7)]
        scratch[lane] = UInt8((Int(state.visible(player)[lane]) + middle) % 160)
      }
      propose(missile, released, load(scratch))
    }
    proposeMissiles(lanes)
  }
}

extension Visible {
  /// Whether collisions depend on it.
  var isSolid: Bool {
    switch self {
    case .background, .playfield, .player0, .player1, .control, .reflectNext, .hmoveBlank: false
    default: true
    }
  }
}
