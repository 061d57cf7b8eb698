import CLanes
import Lanes

/// Draws frames of single lanes, row by row from bit masks, and only the rows that differ from what
/// the picture shows already.
///
/// A row of pixels follows from what is visible when the row begins and from the changes inside it.
/// So where both equal what the picture was drawn from, the row stays.
final class Painter {
  private let start: Int
  private let (none, leftHalf, wholeLine) = (LineBits.none, LineBits.leftHalf, LineBits.wholeLine)
  private let memory = LaneLog.rows(2) as UnsafeMutablePointer<UInt8>
  /// What is visible now, what was in the picture's frame, and what the layers were arranged for.
  private let values, oldValues, arranged: UnsafeMutablePointer<UInt8>
  /// Components in which `values` and `oldValues` differ.
  private var difference: UInt32 = 0
  /// Components that may differ from what the layers were arranged for.
  private var stale: UInt32 = .max
  private let objects = UnsafeMutablePointer<LineBits>.allocate(capacity: 6)
  /// The pixels to paint, then the layers from the lowest; the ground's colour, then the layers'.
  private let layers = UnsafeMutablePointer<LineBits>.allocate(capacity: 4)
  private let colours = UnsafeMutablePointer<UInt8>.allocate(capacity: 4)

  init(display: Display) {
    start = 228 * display.firstLine
    memory.initialize(repeating: 0, count: 128)
    values = memory
    oldValues = memory + 32
    arranged = memory + 64
    objects.initialize(repeating: .none, count: 6)
    layers.initialize(repeating: .none, count: 4)
    colours.initialize(repeating: 0, count: 4)
  }

  deinit {
    memory.deallocate()
    objects.deallocate()
    layers.deallocate()
    colours.deallocate()
  }

  @inline(__always)
  private static func bit(_ component: Visible) -> UInt32 { 1 << UInt32(component.rawValue) }

  private static let everything: UInt32 = 1 << UInt32(Visible.count) - 1
  private static let atLineEnd = bit(.p0mode) | bit(.p1mode) | bit(.reflect) | bit(.reflectNext)

  private subscript(component: Visible) -> UInt8 {
    @inline(__always) get { values[component.rawValue] }
  }

  // MARK: Rows

  /// Draws `frame` into a picture that shows `old`, if that is known.
  /// - Returns: the rows drawn.
  func paint(
    _ frame: LaneFrame, over old: LaneFrame, into picture: UnsafeMutablePointer<UInt8>
  ) -> RowSet {
    var drawn = RowSet()
    let (from, until) = (Int(frame.from), Int(frame.until))
    let isKnown = old.isKnown && from == start && Int(old.from) == start
    // Rows before this are whole in both frames.
    let shared = isKnown ? (min(until, Int(old.until)) - start) / 228 : 0
    values.update(from: frame.initial, count: 32)
    oldValues.update(from: old.initial, count: 32)
    difference = lanes_differing32(values, oldValues)
    stale = lanes_differing32(values, arranged)
    var new = UnsafePointer(frame.records)
    var before = UnsafePointer(old.records)
    var row = (from - start) / 228
    let rows = (until - start + 227) / 228
    // Whether the end of the line before can change anything.
    var ends = true
    while row < rows {
      let lineStart = start + 228 * row
      let last = UInt32(lineStart + 228) << 16 | 0xFFFF
      if ends && lineStart > start && lineStart >= from {
        endLine()
        ends = false
      }
      if row < shared {
        if new.pointee > last && before.pointee > last && isSame(touched: 0) {
          // Nothing happens for a while.
          values[Visible.hmoveBlank.rawValue] = 0
          oldValues[Visible.hmoveBlank.rawValue] = 0
          let next = Int(min(new.pointee, before.pointee) >> 16)
          row = ends ? row + 1 : max(row + 1, min(shared, (next - start - 1) / 228))
          continue
        }
        if let end = match(new, before, last: last, lineStart: lineStart, &ends) {
          before += end - new
          new = end
          row += 1
          continue
        }
      }
      drawn.insert(row)
      ends = true
      let range = max(from, lineStart)..<min(until, lineStart + 228)
      var touched = Self.bit(.hmoveBlank)
      new = paintRow(new, last: last, range, lineStart, picture + row * 160, &touched)
      if isKnown {
        let first = before
        while before.pointee <= last {
          let component = before.pointee >> 8 & 0xFF
          oldValues[Int(component)] = UInt8(truncatingIfNeeded: before.pointee)
          touched |= 1 &<< component
          before += 1
        }
        settleBlank(oldValues, first, before, lineStart)
        compare(touched)
      }
      row += 1
    }
    return drawn
  }

  /// Finds anew in which of some components the frames differ. One by one: what has just been stored
  /// byte by byte is slow to load as a vector.
  @inline(__always)
  private func compare(_ components: UInt32) {
    let (values, oldValues) = (values, oldValues)
    var difference = difference
    defer { self.difference = difference }
    var rest = components
    while rest != 0 {
      let component = rest.trailingZeroBitCount
      let bit: UInt32 = 1 &<< UInt32(component)
      let differs = values[component] != oldValues[component]
      difference = differs ? difference | bit : difference & ~bit
      rest &= rest &- 1
    }
  }

  /// The end of the row's changes if the row looks as before; then both frames are past it.
  @inline(__always)
  private func match(
    _ new: UnsafePointer<UInt32>, _ before: UnsafePointer<UInt32>, last: UInt32, lineStart: Int,
    _ ends: inout Bool
  ) -> UnsafePointer<UInt32>? {
    var end = new
    var other = before
    var touched: UInt32 = 0
    while true {
      let record = end.pointee
      if record != other.pointee || record > last { break }
      touched |= 1 &<< (record >> 8)
      end += 1
      other += 1
    }
    guard end.pointee > last && other.pointee > last && isSame(touched: touched) else {
      return nil
    }
    let (values, oldValues) = (values, oldValues)
    var next = new
    while next < end {
      let record = next.pointee
      let component = Int(record >> 8 & 0xFF)
      values[component] = UInt8(truncatingIfNeeded: record)
      oldValues[component] = UInt8(truncatingIfNeeded: record)
      next += 1
    }
    difference &= ~touched
    stale |= touched
    if touched & Self.atLineEnd != 0 { ends = true }
    let blank = Visible.hmoveBlank.rawValue
    if values[blank] | oldValues[blank] != 0 {
      settleBlank(values, new, end, lineStart)
      settleBlank(oldValues, new, end, lineStart)
    }
    return end
  }

  /// Whether differences between the frames cannot be seen in a row in which the components
  /// `touched` change in the same way: they belong to objects that are off.
  @inline(__always)
  private func isSame(touched: UInt32) -> Bool {
    difference == 0 || differsUnseen(touched)
  }

  private func differsUnseen(_ touched: UInt32) -> Bool {
    func bit(_ component: Visible) -> UInt32 { Self.bit(component) }
    let changing = difference | touched
    var unseen = bit(.reflectNext)
    if self[.vblank] != 0 && changing & bit(.vblank) == 0 { return true }
    let player0Off = self[.grp0] == 0 && changing & bit(.grp0) == 0
    let player1Off = self[.grp1] == 0 && changing & bit(.grp1) == 0
    func isOff(_ shape: Visible) -> Bool {
      (self[shape] | oldValues[shape.rawValue]) & 0x80 == 0 && touched & bit(shape) == 0
    }
    let (missile0Off, missile1Off) = (isOff(.m0shape), isOff(.m1shape))
    let scoreOff = self[.control] & 2 == 0 && changing & bit(.control) == 0
    if player0Off {
      unseen |= bit(.p0x) | bit(.p0mode)
      if missile0Off && scoreOff { unseen |= bit(.player0) }
    }
    if player1Off {
      unseen |= bit(.p1x) | bit(.p1mode)
      if missile1Off && scoreOff { unseen |= bit(.player1) }
    }
    if missile0Off { unseen |= bit(.m0x) | bit(.m0shape) }
    if missile1Off { unseen |= bit(.m1x) | bit(.m1shape) }
    let ballOff = isOff(.blshape)
    if ballOff { unseen |= bit(.blx) | bit(.blshape) }
    let field = bit(.pf0) | bit(.pf1) | bit(.pf2)
    if self[.pf0] | self[.pf1] | self[.pf2] == 0 && changing & field == 0 {
      unseen |= bit(.reflect)
      if ballOff { unseen |= bit(.playfield) }
    }
    return difference & ~unseen == 0
  }

  /// At a line's end, see `Beam.settle`.
  private func endLine() {
    func isSettled(_ row: UnsafeMutablePointer<UInt8>) -> Bool {
      (row[Visible.p0mode.rawValue] | row[Visible.p1mode.rawValue]) & 8 == 0
        && row[Visible.reflect.rawValue] == row[Visible.reflectNext.rawValue]
    }
    if isSettled(values) && isSettled(oldValues) { return }
    func end(_ row: UnsafeMutablePointer<UInt8>) {
      row[Visible.p0mode.rawValue] &= 7
      row[Visible.p1mode.rawValue] &= 7
      row[Visible.reflect.rawValue] = row[Visible.reflectNext.rawValue]
    }
    end(values)
    end(oldValues)
    compare(Self.atLineEnd)
    stale |= Self.atLineEnd
  }

  /// HMOVE's blank lasts to the eighth pixel; one that came later waits for the next line.
  @inline(__always)
  private func settleBlank(
    _ values: UnsafeMutablePointer<UInt8>, _ first: UnsafePointer<UInt32>,
    _ end: UnsafePointer<UInt32>, _ lineStart: Int
  ) {
    let blank = Visible.hmoveBlank.rawValue
    if values[blank] == 0 { return }
    values[blank] = 0
    var record = first
    while record < end {
      if Int(record.pointee >> 8 & 0xFF) == blank && Int(record.pointee >> 16) >= lineStart + 76 {
        values[blank] = UInt8(truncatingIfNeeded: record.pointee)
      }
      record += 1
    }
  }

  /// Draws the clocks of `range`, which lie in one line; returns the end of the line's changes.
  private func paintRow(
    _ records: UnsafePointer<UInt32>, last: UInt32, _ range: Range<Int>, _ lineStart: Int,
    _ row: UnsafeMutablePointer<UInt8>, _ touched: inout UInt32
  ) -> UnsafePointer<UInt32> {
    let values = values
    let origin = lineStart + 68
    var pixel = max(range.lowerBound - origin, 0)
    var record = records
    while record.pointee <= last {
      let next = min(Int(record.pointee >> 16), range.upperBound) - origin
      if next > pixel {
        fill(pixel, next, row)
        pixel = next
      }
      let component = record.pointee >> 8 & 0xFF
      values[Int(component)] = UInt8(truncatingIfNeeded: record.pointee)
      touched |= 1 &<< component
      stale |= 1 &<< component
      record += 1
    }
    let end = range.upperBound - origin
    if end > pixel { fill(pixel, end, row) }
    return record
  }

  private func fill(_ first: Int, _ last: Int, _ row: UnsafeMutablePointer<UInt8>) {
    if stale != 0 { rearrange() }
    layers[0] = last - first == 160 ? wholeLine : lanes_stretch(Int64(first), Int64(last))
    lanes_compose(row, layers, colours)
    if self[.hmoveBlank] != 0 && first < 8 {
      for pixel in first..<8 { row[pixel] = 0 }
      if last >= 8 { values[Visible.hmoveBlank.rawValue] = 0 }
    }
  }

  // MARK: Layers

  private func rearrange() {
    let (values, arranged) = (values, arranged)
    var changed: UInt32 = 0
    var rest = stale & Self.everything
    while rest != 0 {
      let component = rest.trailingZeroBitCount
      if values[component] != arranged[component] {
        arranged[component] = values[component]
        changed |= 1 &<< UInt32(component)
      }
      rest &= rest &- 1
    }
    stale = 0
    if changed == 0 { return }
    refresh(changed)
    arrange()
  }

  private func refresh(_ stale: UInt32) {
    func bit(_ component: Visible) -> UInt32 { Self.bit(component) }
    if stale & (bit(.grp0) | bit(.p0mode) | bit(.p0x)) != 0 {
      objects[0] = player(.grp0, .p0mode, .p0x)
    }
    if stale & (bit(.grp1) | bit(.p1mode) | bit(.p1x)) != 0 {
      objects[1] = player(.grp1, .p1mode, .p1x)
    }
    if stale & (bit(.m0shape) | bit(.m0x)) != 0 { objects[2] = missile(.m0shape, .m0x) }
    if stale & (bit(.m1shape) | bit(.m1x)) != 0 { objects[3] = missile(.m1shape, .m1x) }
    if stale & (bit(.blshape) | bit(.blx)) != 0 { objects[4] = missile(.blshape, .blx) }
    if stale & (bit(.pf0) | bit(.pf1) | bit(.pf2) | bit(.reflect)) != 0 {
      let (pf0, pf1, pf2) = (self[.pf0], self[.pf1], self[.pf2])
      objects[5] = lanes_playfield_line(
        pf0, pf1, pf2, pf0.bitReversed, pf1.bitReversed, pf2.bitReversed, self[.reflect])
    }
  }

  @inline(__always)
  private func player(_ graphics: Visible, _ mode: Visible, _ x: Visible) -> LineBits {
    lanes_player_line(self[graphics].bitReversed, self[mode], self[x])
  }

  @inline(__always)
  private func missile(_ shape: Visible, _ x: Visible) -> LineBits {
    lanes_missile_line(self[shape], self[x])
  }

  /// Orders the layers by priority. Source: ALE `TIA`, priority encoder and its special cases.
  private func arrange() {
    if self[.vblank] != 0 {
      colours[0] = 0
      for index in 1..<4 { setLayer(index, none, 0) }
      return
    }
    let zeros = lanes_either(objects[0], objects[2])
    let ones = lanes_either(objects[1], objects[3])
    let (ball, field) = (objects[4], objects[5])
    let control = self[.control]
    colours[0] = self[.background]
    if control & 2 == 0 || (control & 4 != 0 && !isFieldAlone) {
      // Computed places instead of a branch that cannot be foreseen.
      let priority = Int(control >> 2 & 1)
      setLayer(1 + 2 * priority, lanes_either(ball, field), self[.playfield])
      setLayer(2 - priority, ones, self[.player1])
      setLayer(3 - priority, zeros, self[.player0])
      return
    }
    let left = lanes_both(field, leftHalf)
    let right = lanes_without(field, leftHalf)
    setLayer(1, ball, self[.playfield])
    setLayer(2, lanes_either(right, lanes_without(ones, left)), self[.player1])
    setLayer(3, lanes_either(left, zeros), self[.player0])
  }

  /// With nothing else on, the score colours win over the priority bit.
  private var isFieldAlone: Bool {
    self[.grp0] == 0 && self[.grp1] == 0 && (self[.m0shape] | self[.m1shape]) & 0x80 == 0
      && self[.blshape] & 0x80 == 0
  }

  @inline(__always)
  private func setLayer(_ index: Int, _ pixels: LineBits, _ colour: UInt8) {
    layers[index] = pixels
    colours[index] = colour
  }
}
