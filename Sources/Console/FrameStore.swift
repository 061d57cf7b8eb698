import CLanes
import Lanes

/// One frame of the block as the beam saw it: what was visible at its start and every change.
final class FrameLog {
  let changes = LaneLog.make()
  /// [Visible.count][64].
  let initial: UnsafeMutablePointer<UInt8> = LaneLog.rows(Visible.count)
  /// Colour clocks between which the frame draws, [64] each.
  let from: UnsafeMutablePointer<UInt16> = LaneLog.rows(1)
  let until: UnsafeMutablePointer<UInt16> = LaneLog.rows(1)

  deinit {
    LaneLog.free(changes)
    initial.deallocate()
    from.deallocate()
    until.deallocate()
  }

  func begin(_ state: ConsoleState, from drawn: UnsafeMutablePointer<UInt16>) {
    initial.update(from: state[.visible], count: Visible.count * 64)
    from.update(from: drawn, count: 64)
  }
}

/// The last frames of the block, and the two pictures of each lane.
///
/// A frame is drawn when somebody asks for it. Lines that a short frame does not reach show what
/// the same buffer held two frames earlier, so the frames before the newest are kept a while too.
final class FrameStore {
  private static let kept = 4
  let display: Display
  private let logs = (0..<kept).map { _ in FrameLog() }
  private var slot = 0
  /// For each lane the slots of its newest frame and the two before it; -1: drawn already.
  private var history = [SIMD4<Int8>](repeating: SIMD4(repeating: -1), count: 64)
  /// Which of the two pictures is the newest.
  private(set) var current = [UInt8](repeating: 0, count: 64)
  private let pictures: UnsafeMutablePointer<UInt8>
  private let stop: UInt16
  let pictureBytes: Int
  private let painter: Painter
  private let lists = FrameLists()
  private var list = LaneFrame()
  /// What each picture was drawn from.
  private let shown = UnsafeMutablePointer<LaneFrame>.allocate(capacity: 128)
  /// Rows drawn in either picture of a lane since somebody asked.
  private let changed = UnsafeMutablePointer<RowSet>.allocate(capacity: 64)

  init(display: Display) {
    self.display = display
    pictureBytes = 160 * display.height
    pictures = LaneLog.rows(2 * pictureBytes)
    pictures.initialize(repeating: 0, count: 128 * pictureBytes)
    stop = UInt16(228 * (display.firstLine + display.height))
    painter = Painter(display: display)
    for picture in 0..<128 { (shown + picture).initialize(to: LaneFrame()) }
    changed.initialize(repeating: .all, count: 64)
  }

  deinit {
    pictures.deallocate()
    list.deallocate()
    for picture in 0..<128 { shown[picture].deallocate() }
    shown.deallocate()
    changed.deallocate()
  }

  private func picture(_ lane: Int, _ index: UInt8) -> UnsafeMutablePointer<UInt8> {
    pictures + (lane * 2 + Int(index)) * pictureBytes
  }

  func clear(_ lane: Int) {
    picture(lane, 0).update(repeating: 0, count: 2 * pictureBytes)
    forget(lane)
  }

  /// The pictures are no longer what any frame has drawn.
  private func forget(_ lane: Int) {
    history[lane] = SIMD4(repeating: -1)
    current[lane] = 0
    shown[lane * 2].isKnown = false
    shown[lane * 2 + 1].isKnown = false
    changed[lane] = .all
  }

  /// The log for the next frame of `lanes`; those in `fresh` start a new one, the others go on.
  func next(_ lanes: UInt64, fresh: UInt64) -> FrameLog {
    slot = (slot + 1) % Self.kept
    for lane in 0..<64 { release(slot, lane) }
    forEachLane(lanes) { lane in
      if fresh >> UInt64(lane) & 1 == 1 {
        let old = history[lane]
        history[lane] = SIMD4(Int8(slot), old[0], old[1], -1)
        current[lane] ^= 1
      } else {
        history[lane][0] = Int8(slot)
      }
    }
    return logs[slot]
  }

  /// Draws what the slot still holds for the lane before it is used again.
  private func release(_ slot: Int, _ lane: Int) {
    let old = history[lane]
    // A frame that is not drawn yet covers every line, so what its buffer held is of no use.
    if old[2] == Int8(slot) { history[lane][2] = -1 }
    if old[1] == Int8(slot) { draw(lane, 1) }
    if old[0] == Int8(slot) { drawNewest(lane) }
  }

  private func draw(_ lane: Int, _ age: Int) { draw(lanes: laneBit(lane), age) }

  /// The frame two before has the same buffer: it must not be drawn later.
  private func drawNewest(_ lane: Int) {
    draw(lane, 0)
    history[lane][2] = -1
  }

  /// Draws the newest frame (age 0), or one before it, where that has not been done.
  private func draw(lanes: UInt64, _ age: Int) {
    var left: UInt64 = 0
    forEachLane(lanes) { if history[$0][age] >= 0 { left |= laneBit($0) } }
    while left != 0 {
      let slot = history[left.trailingZeroBitCount][age]
      var same: UInt64 = 0
      forEachLane(left) { if history[$0][age] == slot { same |= laneBit($0) } }
      left &= ~same
      let log = logs[Int(slot)]
      lists.sort(log.changes, lanes: same)
      forEachLane(same) { lane in
        history[lane][age] = -1
        paint(log, lane, lane * 2 + Int(current[lane] ^ UInt8(age & 1)))
      }
    }
  }

  private func paint(_ log: FrameLog, _ lane: Int, _ index: Int) {
    lists.fill(&list, lane: lane, from: log)
    let rows = painter.paint(list, over: shown[index], into: pictures + index * pictureBytes)
    changed[lane].formUnion(rows)
    list.isKnown = true
    swap(&list, &shown[index])
  }

  /// Draws the newest frame of some lanes and the one before of some.
  func draw(newest: UInt64, earlier: UInt64) {
    draw(lanes: newest, 0)
    forEachLane(newest) { history[$0][2] = -1 }
    draw(lanes: earlier, 1)
  }

  /// Rows in which either picture of the lane has changed since the last call.
  func takeChanges(_ lane: Int) -> RowSet {
    let rows = changed[lane]
    changed[lane] = .none
    return rows
  }

  /// Frames that do not reach every line are drawn at once, over the picture of two frames before.
  /// All others can wait until somebody looks.
  func finish(_ lanes: UInt64, partial: UInt64, beam: Beam) {
    logs[slot].until.update(from: beam.drawn, count: 64)
    forEachLane(lanes) { lane in
      let isPartial = partial & laneBit(lane) != 0
      guard beam.drawn[lane] < stop || isPartial else { return }
      draw(lane, 2)
      drawNewest(lane)
      if isPartial { greyOut(lane, from: beam.drawn[lane]) }
    }
  }

  /// What ALE does to a frame that has run out of instructions.
  private func greyOut(_ lane: Int, from clock: UInt16) {
    let buffer = picture(lane, current[lane])
    let line = max(Int(clock) / 228 - display.firstLine, 0)
    for pixel in (line * 160)..<max(line * 160, pictureBytes) {
      buffer[pixel] = (buffer[pixel] & 0x0F) >> 1
    }
    shown[lane * 2 + Int(current[lane])].isKnown = false
    changed[lane] = .all
  }

  func newest(_ lane: Int) -> UnsafePointer<UInt8> {
    drawNewest(lane)
    return UnsafePointer(picture(lane, current[lane]))
  }

  func earlier(_ lane: Int) -> UnsafePointer<UInt8> {
    draw(lane, 1)
    return UnsafePointer(picture(lane, current[lane] ^ 1))
  }

  // MARK: Saving

  func save(_ lane: Int, into bytes: UnsafeMutableRawPointer) {
    draw(lane, 1)
    drawNewest(lane)
    bytes.copyMemory(from: picture(lane, current[lane]), byteCount: pictureBytes)
    (bytes + pictureBytes).copyMemory(
      from: picture(lane, current[lane] ^ 1), byteCount: pictureBytes)
  }

  func load(_ lane: Int, from bytes: UnsafeRawPointer) {
    forget(lane)
    UnsafeMutableRawPointer(picture(lane, 0)).copyMemory(from: bytes, byteCount: 2 * pictureBytes)
  }
}
