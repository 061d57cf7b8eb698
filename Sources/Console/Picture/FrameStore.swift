import CLanes
import Lanes

/// The last frames of the block, and the two pictures of each lane.
///
/// A frame is drawn when somebody asks for it. Lines that a short frame does not reach show what
/// the same buffer held two frames earlier, so the frames before the newest are kept a while too.
final class FrameStore {
  private static let slots = 3
  private static let ages = 3
  private let storage = Storage()
  let display: Display
  var workspace: ConsoleWorkspace
  /// nil: nothing in it is still to be drawn.
  private var logs = [FrameLog?](repeating: nil, count: slots)
  private var slot = 0
  /// Lanes whose newest frame, or the one or two before it, is in a slot and not drawn yet:
  /// [age][slot].
  private let waiting: UnsafeMutablePointer<UInt64>
  /// Lanes whose newest picture is their second.
  private var current: UInt64 = 0
  /// [64 lanes][2], each [height][160].
  private let pictures: Shelf
  /// Lanes whose newest frame goes on with the one before, in the same picture, and what that showed
  /// before: [64 lanes][height][160], hardly ever used.
  private(set) var continued: UInt64 = 0
  private let before: Shelf
  private let stop: UInt16
  let pictureBytes: Int
  private var painter: Painter { workspace.painter }
  /// What the lanes' first and second pictures show.
  private var shown: [ShownRows]
  /// Lanes whose first and second pictures are black, whatever their memory holds.
  private let black: UnsafeMutablePointer<UInt64>
  /// Rows drawn in either picture of a lane since somebody asked.
  private let changed: UnsafeMutablePointer<RowSet>

  /// Is told which lanes' pictures are going to be drawn over unasked.
  var onOverdrawing: (UInt64) -> Void = { _ in }

  private var drawnRows: UInt64 = 0
  private var changesDrawn: UInt64 = 0

  init(display: Display, workspace: ConsoleWorkspace) {
    self.workspace = workspace
    self.display = display
    pictureBytes = 160 * display.height
    pictures = Shelf(count: 128, bytes: pictureBytes)
    before = Shelf(count: 64, bytes: pictureBytes)
    stop = UInt16(display.window.upperBound)
    shown = (0..<2).map { _ in ShownRows(height: display.height) }
    changed = storage.rows(1)
    changed.update(repeating: .all, count: 64)
    black = storage.make(2)
    waiting = storage.make(Self.ages * Self.slots)
  }

  deinit { for rows in shown { rows.deallocate() } }

  private func picture(_ lane: Int, age: Int) -> UnsafeMutablePointer<UInt8> {
    let index = (Int(truncatingIfNeeded: current >> UInt64(lane)) ^ age) & 1
    if black[index] & laneBit(lane) != 0 { blacken(lane, index) }
    return pictures[lane * 2 + index]
  }

  @inline(never)
  private func blacken(_ lane: Int, _ index: Int) {
    black[index] &= ~laneBit(lane)
    pictures[lane * 2 + index].update(repeating: 0, count: pictureBytes)
  }

  /// Makes both pictures black. Their memory is left alone: mostly a frame covers it all before
  /// anybody looks.
  func clear(_ lane: Int) {
    forget(lane)
    for index in 0..<2 { black[index] |= laneBit(lane) }
  }

  /// The pictures are no longer what any frame has drawn.
  private func forget(_ lane: Int) {
    let bit: UInt64 = laneBit(lane)
    continued &= ~bit
    for index in 0..<(Self.ages * Self.slots) { waiting[index] &= ~bit }
    for rows in shown { rows.forget(bit) }
    changed[lane] = .all
    // Lanes draw together while their newest pictures have the same place.
    let isSecond = (current & ~bit).nonzeroBitCount >= 32
    current = isSecond ? current | bit : current & ~bit
  }

  /// The log for the next frame of `lanes`; those in `fresh` start a new one, the others go on.
  func next(_ lanes: UInt64, fresh: UInt64) -> FrameLog {
    slot = (slot + 1) % Self.slots
    release(slot)
    let (newest, before, third) = (waiting, waiting + Self.slots, waiting + 2 * Self.slots)
    for slot in 0..<Self.slots {
      third[slot] = third[slot] & ~fresh | before[slot] & fresh
      before[slot] = before[slot] & ~fresh | newest[slot] & fresh
      newest[slot] &= ~lanes
    }
    newest[slot] |= lanes
    current ^= fresh
    goOn(lanes & ~fresh, of: lanes)
    let log = logs[slot] ?? workspace.take()
    logs[slot] = log
    return log
  }

  private func goOn(_ going: UInt64, of lanes: UInt64) {
    continued = continued & ~lanes | going
    if going == 0 { return }
    onOverdrawing(going)
    forEachLane(going) { before[$0].update(from: picture($0, age: 0), count: pictureBytes) }
  }

  func giveBack() {
    for slot in 0..<Self.slots {
      let isWaiting = (0..<Self.ages).contains { waiting[$0 * Self.slots + slot] != 0 }
      guard !isWaiting, let log = logs[slot] else { continue }
      workspace.give(log)
      logs[slot] = nil
    }
  }

  /// Draws what the slot still holds before it is used again.
  private func release(_ slot: Int) {
    // A frame that is not drawn yet covers every line, so what its buffer held is of no use.
    waiting[2 * Self.slots + slot] = 0
    let held = waiting[Self.slots + slot] | waiting[slot]
    if held != 0 { onOverdrawing(held) }
    draw(waiting[Self.slots + slot], 1)
    drawNewest(waiting[slot])
  }

  /// The frame two before has the same buffer: it must not be drawn later.
  private func drawNewest(_ lanes: UInt64) {
    if lanes == 0 { return }
    draw(lanes, 0)
    for slot in 0..<Self.slots { waiting[2 * Self.slots + slot] &= ~lanes }
  }

  /// Draws the newest frame (age 0), or one before it, where that has not been done.
  private func draw(_ lanes: UInt64, _ age: Int) {
    for slot in 0..<Self.slots {
      let place = waiting + age * Self.slots + slot
      let due = place.pointee & lanes
      guard due != 0, let log = logs[slot] else { continue }
      place.pointee &= ~due
      let second = age & 1 == 0 ? current : ~current
      draw(log, due & ~second, 0)
      draw(log, due & second, 1)
    }
  }

  private func draw(_ log: FrameLog, _ lanes: UInt64, _ index: Int) {
    if lanes == 0 { return }
    black[index] &= ~lanes
    painter.paint(log, lanes, over: &shown[index], into: pictures.items + index)
    noteChanges(lanes)
    changesDrawn &+= UInt64(log.changes.pointee.count)
  }

  /// Turns lanes by rows into rows by lanes.
  private func noteChanges(_ lanes: UInt64) {
    for row in 0..<display.height {
      drawnRows &+= UInt64(painter.painted[row].nonzeroBitCount)
    }
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { bits in
      for first in stride(from: 0, to: display.height, by: 64) {
        for row in 0..<64 {
          bits[row] = first + row < display.height ? painter.painted[first + row] : 0
        }
        lanes_transpose(bits.baseAddress)
        forEachLane(lanes) { changed[$0].formUnion(word: first / 64, bits[$0]) }
      }
    }
  }

  /// Draws the newest frame of some lanes and the one before of some.
  func draw(newest: UInt64, earlier: UInt64, _ counters: inout ConsoleCounters) {
    drawnRows = 0
    changesDrawn = 0
    drawNewest(newest)
    draw(earlier & ~continued, 1)
    counters.rows &+= UInt64((newest.nonzeroBitCount + earlier.nonzeroBitCount) * display.height)
    counters.rowsDrawn &+= drawnRows
    counters.changes &+= changesDrawn
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
    logs[slot]?.until.update(from: beam.drawn, count: 64)
    let short = lanes & (partial | ~lanes_within_u16(beam.drawn, stop, 0 &- stop))
    if short == 0 { return }
    onOverdrawing(short)
    forEachLane(short) { _ = picture($0, age: 0) }
    draw(short, 2)
    drawNewest(short)
  }

  func newest(_ lane: Int) -> UnsafePointer<UInt8> {
    warn(lane, age: 0)
    drawNewest(laneBit(lane))
    return UnsafePointer(picture(lane, age: 0))
  }

  private func warn(_ lane: Int, age: Int) {
    let due = (0..<Self.slots).reduce(0) { $0 | waiting[age * Self.slots + $1] } & laneBit(lane)
    if due != 0 { onOverdrawing(due) }
  }

  func earlier(_ lane: Int) -> UnsafePointer<UInt8> {
    if continued & laneBit(lane) != 0 { return UnsafePointer(before[lane]) }
    warn(lane, age: 1)
    draw(laneBit(lane), 1)
    return UnsafePointer(picture(lane, age: 1))
  }

  // MARK: Moving

  /// Swaps a lane's pictures with those of a lane of another store.
  func exchange(_ lane: Int, with other: FrameStore, _ otherLane: Int) {
    settle(lane)
    other.settle(otherLane)
    let isTurned = picture(lane, age: 0) != pictures[lane * 2]
    let isOtherTurned = other.picture(otherLane, age: 0) != other.pictures[otherLane * 2]
    for index in 0..<2 {
      let otherIndex = isTurned == isOtherTurned ? index : 1 - index
      pictures.exchange(lane * 2 + index, with: other.pictures, otherLane * 2 + otherIndex)
    }
    (changed[lane], other.changed[otherLane]) = (other.changed[otherLane], changed[lane])
  }

  /// Draws what is not drawn yet and forgets what the pictures were drawn from.
  private func settle(_ lane: Int) {
    if continued & laneBit(lane) != 0 { onOverdrawing(laneBit(lane)) }
    continued &= ~laneBit(lane)
    for age in 0..<2 { _ = age == 0 ? newest(lane) : earlier(lane) }
    for rows in shown { rows.forget(laneBit(lane)) }
  }

  // MARK: Saving

  /// Both pictures with all that has been drawn: the newest frame, and what the next one will be
  /// drawn over.
  func drawn(_ lane: Int) -> (UnsafePointer<UInt8>, UnsafePointer<UInt8>) {
    let first = newest(lane)
    warn(lane, age: 1)
    draw(laneBit(lane), 1)
    return (first, UnsafePointer(picture(lane, age: 1)))
  }

  /// The same for pictures that come from elsewhere, to be filled in.
  func replace(_ lane: Int) -> (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt8>) {
    clear(lane)
    for index in 0..<2 { black[index] &= ~laneBit(lane) }
    return (picture(lane, age: 0), picture(lane, age: 1))
  }
}
