import CLanes

/// Draws one frame of one lane from its log, row by row from bit masks.
final class Painter {
  private let start: Int
  private let stop: Int
  private let firstLine: Int
  // The lane's visible values, and what is derived from them.
  private let values = UnsafeMutablePointer<UInt8>.allocate(capacity: Visible.count)
  private let objects = UnsafeMutablePointer<LineBits>.allocate(capacity: 6)
  /// Bits of the objects whose pixels must be found anew.
  private var stale: UInt8 = 0x3F
  private let layers = UnsafeMutablePointer<lanes_layers>.allocate(capacity: 1)
  private var layersStale = true

  init(display: Display) {
    start = 228 * display.firstLine
    stop = start + 228 * display.height
    firstLine = display.firstLine
    values.initialize(repeating: 0, count: Visible.count)
    objects.initialize(repeating: LineBits(), count: 6)
    layers.initialize(to: lanes_layers())
  }

  deinit {
    values.deallocate()
    objects.deallocate()
    layers.deallocate()
    objectBits.deallocate()
  }

  /// The object that a component is part of, as a bit.
  private static let objectBits: [UInt8] = Visible.allCases.map { component in
    switch component {
    case .grp0, .p0x, .p0mode: 1
    case .grp1, .p1x, .p1mode: 2
    case .m0x, .m0shape: 4
    case .m1x, .m1shape: 8
    case .blx, .blshape: 16
    case .pf0, .pf1, .pf2, .reflect: 32
    default: 0
    }
  }
  private let objectBits = Painter.objectBits.withUnsafeBufferPointer { bits in
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bits.count)
    copy.initialize(from: bits.baseAddress!, count: bits.count)
    return copy
  }

  private subscript(component: Visible) -> UInt8 {
    @inline(__always) get { values[component.rawValue] }
  }

  func paint(_ frame: FrameLog, lane: Int, into picture: UnsafeMutablePointer<UInt8>) {
    for component in 0..<Visible.count { values[component] = frame.initial[component * 64 + lane] }
    stale = 0x3F
    layersStale = true
    var clock = Int(frame.from[lane])
    let changes = frame.changes
    let bit: UInt64 = laneBit(lane)
    let (lanes, clocks, kinds) = (changes.lanes, changes.clocks, changes.kinds)
    for index in 0..<changes.count where lanes[index] & bit != 0 {
      let target = Int(clocks[index * 64 + lane])
      if target > clock { advance(&clock, to: target, picture) }
      change(Int(kinds[index]), changes.values[index * 64 + lane])
    }
    let end = Int(frame.until[lane])
    if end > clock { advance(&clock, to: end, picture) }
  }

  @inline(__always)
  private func change(_ component: Int, _ value: UInt8) {
    if values[component] == value { return }
    values[component] = value
    layersStale = true
    stale |= objectBits[component]
  }

  private func advance(
    _ clock: inout Int, to target: Int, _ picture: UnsafeMutablePointer<UInt8>
  ) {
    while clock < target {
      if clock % 228 == 0 && clock > start { endLine() }
      let line = clock / 228
      let lineStart = line * 228
      let end = min(target, lineStart + 228)
      let first = max(clock - lineStart - 68, 0)
      let last = max(end - lineStart - 68, 0)
      if last > first { fill(first, last, picture + (line - firstLine) * 160) }
      clock = end
    }
  }

  /// See `Beam.settle`.
  private func endLine() {
    change(Visible.p0mode.rawValue, self[.p0mode] & 7)
    change(Visible.p1mode.rawValue, self[.p1mode] & 7)
    change(Visible.reflect.rawValue, self[.reflectNext])
  }

  private func fill(_ first: Int, _ last: Int, _ row: UnsafeMutablePointer<UInt8>) {
    if layersStale { arrange() }
    let range = last - first == 160 ? .all : LineBits(from: first, to: last)
    layers.pointee.range = (range.w0, range.w1, range.w2)
    lanes_compose(row, layers)
    if self[.hmoveBlank] != 0 && first < 8 {
      for pixel in first..<8 { row[pixel] = 0 }
      if last >= 8 { values[Visible.hmoveBlank.rawValue] = 0 }
    }
  }

  private func refresh() {
    if stale & 1 != 0 {
      objects[0] = LineBits(player: self[.grp0], mode: Int(self[.p0mode]), at: Int(self[.p0x]))
    }
    if stale & 2 != 0 {
      objects[1] = LineBits(player: self[.grp1], mode: Int(self[.p1mode]), at: Int(self[.p1x]))
    }
    if stale & 4 != 0 { objects[2] = LineBits(missile: Int(self[.m0shape]), at: Int(self[.m0x])) }
    if stale & 8 != 0 { objects[3] = LineBits(missile: Int(self[.m1shape]), at: Int(self[.m1x])) }
    if stale & 16 != 0 { objects[4] = LineBits(missile: Int(self[.blshape]), at: Int(self[.blx])) }
    if stale & 32 != 0 {
      objects[5] = LineBits(
        pf0: self[.pf0], pf1: self[.pf1], pf2: self[.pf2], reflect: self[.reflect] != 0)
    }
    stale = 0
  }

  /// Orders the layers by priority. Source: ALE `TIA`, priority encoder and its special cases.
  private func arrange() {
    layersStale = false
    if self[.vblank] != 0 {
      layers.pointee = lanes_layers()
      return
    }
    refresh()
    layers.pointee.ground = self[.background]
    let zeros = objects[0] | objects[2]
    let ones = objects[1] | objects[3]
    let (ball, field) = (objects[4], objects[5])
    let none = LineBits()
    let score = self[.control] & 2 != 0
    let priority = self[.control] & 4 != 0
    // With nothing else on, the score colours win over the priority bit.
    let fieldOnly =
      self[.grp0] == 0 && self[.grp1] == 0 && (self[.m0shape] | self[.m1shape]) & 0x80 == 0
      && self[.blshape] & 0x80 == 0
    if priority && !(score && fieldOnly) {
      setLayers(
        (ones, self[.player1]), (zeros, self[.player0]), (ball | field, self[.playfield]), (none, 0)
      )
    } else if score {
      let left = field & .leftHalf
      let right = field.without(.leftHalf)
      setLayers(
        (ball, self[.playfield]), (right | ones.without(left), self[.player1]),
        (left | zeros, self[.player0]), (none, 0))
    } else {
      setLayers(
        (ball | field, self[.playfield]), (ones, self[.player1]), (zeros, self[.player0]), (none, 0)
      )
    }
  }

  private func setLayers(
    _ a: (LineBits, UInt8), _ b: (LineBits, UInt8), _ c: (LineBits, UInt8), _ d: (LineBits, UInt8)
  ) {
    layers.pointee.layer = (
      (a.0.w0, a.0.w1, a.0.w2), (b.0.w0, b.0.w1, b.0.w2), (c.0.w0, c.0.w1, c.0.w2),
      (d.0.w0, d.0.w1, d.0.w2)
    )
    layers.pointee.colour = (a.1, b.1, c.1, d.1)
  }
}
