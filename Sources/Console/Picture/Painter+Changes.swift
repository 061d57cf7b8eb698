import CLanes
import Lanes

/// What changes between rows and inside them.
extension Painter {
  func endLine(_ lanes: UInt64) { LineEnd.pass(values, lanes) { touch($0.rawValue) } }

  @inline(__always)
  private func touch(_ component: Int) {
    stale |= dependents[component]
    layers.touch(component)
  }

  @inline(__always)
  private func set(_ component: Int, _ entry: Int, _ log: LaneLog, _ lanes: UInt64) {
    store(load(log.values + entry * 64), values + component * 64, where: lanes)
    stale |= dependents[component]
  }

  @inline(__always)
  private func apply(_ entry: Int, _ log: LaneLog, _ lanes: UInt64) {
    let component = Int(log.kinds[entry])
    set(component, entry, log, lanes)
    layers.touch(component)
  }

  /// Takes over what changes before the row's first pixel.
  func applyEarly(_ log: LaneLog) {
    var index = rowChanges.first[row]
    while index >= 0 {
      let part = rowChanges.parts + Int(index)
      if part.pointee.early != 0 { apply(part.pointee.entry, log, part.pointee.early) }
      index = part.pointee.next
    }
  }

  /// Collects what changes later in the row.
  func gatherEvents(_ log: LaneLog) {
    if busy != 0 {
      stale = Self.everything
      busy = 0
      crowded = 0
      mostEvents = 0
      store(lanes_splat(0), counts)
      changing.update(repeating: 0, count: Self.changingCount)
    }
    var index = rowChanges.first[row]
    while index >= 0 {
      let part = rowChanges.parts[Int(index)]
      index = part.next
      let late = part.lanes & ~part.early
      if late == 0 { continue }
      let (entry, component) = (part.entry, log.kinds[part.entry])
      crowded |= lanes_add_event(
        events, counts, Int32(Self.eventRoom), late, component, load(log.values + entry * 64),
        log.clocks + entry * 64, lineStart)
      busy |= late
      if let kind = Visible(rawValue: Int(component))!.turnsUp { changing[kind] |= late }
    }
    if busy == 0 { return }
    stale = Self.everything
    mostEvents = Int(lanes_largest(load(counts)))
  }

  /// Takes over what changes later in the row, and paints the lanes of the mask.
  /// - Parameter part: lanes in which the row begins or ends in the middle.
  /// - Returns: lanes in which an HMOVE blank waits for the next line.
  func applyEvents(
    _ lanes: UInt64, _ part: UInt64, _ log: LaneLog, _ pictures: Pictures
  ) -> UInt64 {
    blank = lanes_nonzero(load(values + Visible.hmoveBlank.rawValue * 64))
    var waiting: UInt64 = 0
    var inParts = part
    let isPlain = lanes == 0 || prepare(lanes)
    var index = busy == 0 ? -1 : rowChanges.first[row]
    while index >= 0 {
      let change = rowChanges.parts[Int(index)]
      index = change.next
      let late = change.lanes & ~change.early
      if late == 0 { continue }
      let clocks = log.clocks + change.entry * 64
      let component = Visible(rawValue: Int(log.kinds[change.entry])).unsafelyUnwrapped
      if component == .hmoveBlank {
        waiting |= lanes_within_u16(clocks, lineStart + 76, 153) & late
      }
      if lanes != 0, isPlain, let object = component.object {
        set(component.rawValue, change.entry, log, late)
        layers.splice(object, values, late & lanes, at: clocks, origin: lineStart + 68)
      } else {
        inParts |= late & lanes
        paint(late & lanes, upTo: clocks, pictures)
        apply(change.entry, log, late)
        if component == .hmoveBlank { blank |= late & ~waiting }
      }
    }
    paint(lanes & inParts, upTo: nil, pictures)
    paintWhole(lanes & ~inParts, blank, pictures)
    layers.endRow()
    return waiting
  }

  /// Arranges the layers as the row begins.
  /// - Returns: whether objects may be put together from parts. Not where score and priority are
  ///   both on: then the order of the layers depends on which objects are.
  private func prepare(_ lanes: UInt64) -> Bool {
    layers.arrange(values)
    let control = lanes_and(load(values + Visible.control.rawValue * 64), lanes_splat(6))
    return lanes_equal(control, lanes_splat(6)) & lanes == 0 && changing[7] & lanes == 0
  }

  /// Paints lanes from `lower` to a clock, or to `upper`.
  private func paint(
    _ lanes: UInt64, upTo clocks: UnsafeMutablePointer<UInt16>?, _ pictures: Pictures
  ) {
    let origin = Int(lineStart) + 68
    forEachLane(lanes) { lane in
      let from = lower[lane]
      let end = min(clocks.map { Int($0[lane]) - origin } ?? upper[lane], upper[lane])
      if end <= from { return }
      layers.arrange(values)
      lower[lane] = end
      let pixels = pictures[2 * lane].unsafelyUnwrapped + row * 160
      lanes_paint_part(
        pixels, Int64(from), Int64(end), Int32(lane), layers.pixels, layers.colours)
      if blank & laneBit(lane) == 0 || from >= 8 { return }
      for pixel in from..<8 { pixels[pixel] = 0 }
    }
  }

  /// HMOVE's blank lasts to the eighth pixel; in the lanes of the mask it came later, and waits for
  /// the next line.
  func settleBlank(_ waiting: UInt64) {
    let blank = values + Visible.hmoveBlank.rawValue * 64
    if lanes_nonzero(load(blank)) & ~waiting == 0 { return }
    store(lanes_splat(0), blank, where: ~waiting)
    stale |= dependents[Visible.hmoveBlank.rawValue]
  }
}

extension Visible {
  /// The components whose share in what can be seen may follow from this one, itself included.
  var dependents: [Visible] {
    switch self {
    case .vblank: Visible.allCases
    case .grp0: [.player0, .grp0, .p0x, .p0mode]
    case .grp1: [.player1, .grp1, .p1x, .p1mode]
    case .m0shape: [.player0, .m0x, .m0shape]
    case .m1shape: [.player1, .m1x, .m1shape]
    case .blshape: [.playfield, .control, .blx, .blshape]
    case .pf0, .pf1, .pf2: [.playfield, .player0, .player1, .control, .pf0, .pf1, .pf2, .reflect]
    case .control: [.player0, .player1, .control]
    default: [self]
    }
  }

  /// Which of `lanes_seen`'s kinds a change of it may turn up.
  fileprivate var turnsUp: Int? {
    switch self {
    case .vblank: 0
    case .grp0: 1
    case .grp1: 2
    case .m0shape: 3
    case .m1shape: 4
    case .blshape: 5
    case .pf0, .pf1, .pf2: 6
    case .control: 7
    default: nil
    }
  }
}
