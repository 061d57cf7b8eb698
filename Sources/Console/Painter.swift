import CLanes

/// Draws one frame of one lane from its log, row by row from bit masks.
final class Painter {
  private let start: Int
  private let stop: Int
  private let firstLine: Int
  // The lane's visible values, and what is derived from them.
  private var values = [UInt8](repeating: 0, count: Visible.count)
  private var objects = [LineBits](repeating: LineBits(), count: 6)
  private var stale = [Bool](repeating: true, count: 6)
  private var layers = lanes_layers()
  private var layersStale = true

  init(display: Display) {
    start = 228 * display.firstLine
    stop = start + 228 * display.height
    firstLine = display.firstLine
  }

  private subscript(component: Visible) -> UInt8 {
    @inline(__always) get { values[component.rawValue] }
  }

  func paint(_ frame: FrameLog, lane: Int, into picture: UnsafeMutablePointer<UInt8>) {
    for component in 0..<Visible.count { values[component] = frame.initial[component * 64 + lane] }
    for object in 0..<6 { stale[object] = true }
    layersStale = true
    var clock = Int(frame.from[lane])
    let changes = frame.changes
    let bit: UInt64 = laneBit(lane)
    for index in 0..<changes.count where changes.lanes[index] & bit != 0 {
      let target = Int(changes.clocks[index * 64 + lane])
      if target > clock { advance(&clock, to: target, picture) }
      change(Visible(rawValue: Int(changes.kinds[index]))!, changes.values[index * 64 + lane])
    }
    let end = Int(frame.until[lane])
    if end > clock { advance(&clock, to: end, picture) }
  }

  private func change(_ component: Visible, _ value: UInt8) {
    if values[component.rawValue] == value { return }
    values[component.rawValue] = value
    layersStale = true
    switch component {
    case .grp0, .p0x, .p0mode: stale[0] = true
    case .grp1, .p1x, .p1mode: stale[1] = true
    case .m0x, .m0shape: stale[2] = true
    case .m1x, .m1shape: stale[3] = true
    case .blx, .blshape: stale[4] = true
    case .pf0, .pf1, .pf2, .reflect: stale[5] = true
    default: break
    }
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
    change(.p0mode, self[.p0mode] & 7)
    change(.p1mode, self[.p1mode] & 7)
    change(.reflect, self[.reflectNext])
  }

  private func fill(_ first: Int, _ last: Int, _ row: UnsafeMutablePointer<UInt8>) {
    if layersStale { arrange() }
    let range = LineBits(from: first, to: last)
    layers.range = (range.w0, range.w1, range.w2)
    lanes_compose(row, &layers)
    if self[.hmoveBlank] != 0 && first < 8 {
      for pixel in first..<8 { row[pixel] = 0 }
      if last >= 8 { values[Visible.hmoveBlank.rawValue] = 0 }
    }
  }

  private func refresh() {
    if stale[0] {
      objects[0] = LineBits(player: self[.grp0], mode: Int(self[.p0mode]), at: Int(self[.p0x]))
    }
    if stale[1] {
      objects[1] = LineBits(player: self[.grp1], mode: Int(self[.p1mode]), at: Int(self[.p1x]))
    }
    if stale[2] { objects[2] = LineBits(missile: Int(self[.m0shape]), at: Int(self[.m0x])) }
    if stale[3] { objects[3] = LineBits(missile: Int(self[.m1shape]), at: Int(self[.m1x])) }
    if stale[4] { objects[4] = LineBits(missile: Int(self[.blshape]), at: Int(self[.blx])) }
    if stale[5] {
      objects[5] = LineBits(
        pf0: self[.pf0], pf1: self[.pf1], pf2: self[.pf2], reflect: self[.reflect] != 0)
    }
    for object in 0..<6 { stale[object] = false }
  }

  /// Orders the layers by priority. Source: ALE `TIA`, priority encoder and its special cases.
  private func arrange() {
    layersStale = false
    if self[.vblank] != 0 {
      layers = lanes_layers()
      return
    }
    refresh()
    layers.ground = self[.background]
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
    layers.layer = (
      (a.0.w0, a.0.w1, a.0.w2), (b.0.w0, b.0.w1, b.0.w2), (c.0.w0, c.0.w1, c.0.w2),
      (d.0.w0, d.0.w1, d.0.w2)
    )
    layers.colour = (a.1, b.1, c.1, d.1)
  }
}
