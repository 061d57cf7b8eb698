import CLanes
import Lanes
import Testing

@testable import Console

/// Drawing 64 lanes together, and only what differs, must give the pictures that drawing each pixel
/// by itself gives.
struct PainterTests {
  private static let display = Display()
  private static let start = 228 * display.firstLine
  private static let stop = start + 228 * display.height

  private struct Change {
    var clock: Int
    var component: Visible
    var value: UInt8
  }

  private struct Frame {
    var initial: [Visible: UInt8]
    var changes: [Change]
    var from = start
    var until = stop
  }

  private let seed = UInt64.random(in: 0...UInt64.max)
  private var generator: SplitMix64

  init() { generator = SplitMix64(seed: seed) }

  private mutating func number(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

  /// Few values, so that frames often agree for a while.
  private mutating func value(_ component: Visible) -> UInt8 {
    switch component {
    case .vblank: number(8) == 0 ? 2 : 0
    case .control: [0, 0, 2, 4, 6][number(5)]
    case .reflect, .reflectNext: UInt8(number(2))
    case .hmoveBlank: 1
    case .p0x, .p1x, .m0x, .m1x, .blx: [0, 3, 70, 159][number(4)]
    case .p0mode, .p1mode: UInt8(number(16))
    case .m0shape, .m1shape, .blshape: [0, 0x80, 0xB5, 0x35][number(4)]
    case .grp0, .grp1, .pf0, .pf1, .pf2: [0, 0, 0xF0, 0x3C][number(4)]
    default: UInt8(number(3) * 0x22)
    }
  }

  private mutating func frame(like other: Frame?) -> Frame {
    var frame = Frame(initial: [:], changes: [])
    if let other, number(4) > 0 {
      frame.changes = other.changes.filter { _ in number(30) > 0 }
    }
    for _ in 0..<(frame.changes.isEmpty ? 200 : 5) {
      let line = number(Self.display.height) * 228
      let column = [0, 68, 68, 68, 70, 76, 100, 180, 227][number(9)]
      let component = Visible.allCases[number(Visible.count)]
      frame.changes.append(
        Change(clock: Self.start + line + column, component: component, value: value(component)))
    }
    frame.changes.sort { $0.clock < $1.clock }
    for component in Visible.allCases {
      frame.initial[component] =
        number(3) == 0 ? value(component) : other?.initial[component] ?? value(component)
    }
    if number(8) == 0 { frame.until -= number(3_000) }
    if number(16) == 0 { frame.from += number(3_000) }
    frame.changes.removeAll { $0.clock < frame.from || $0.clock > frame.until }
    return frame
  }

  /// All lanes' changes in one log, some of them in shared entries.
  private func log(_ frames: [Frame]) -> FrameLog {
    let log = FrameLog()
    let clocks = AlignedBuffer<UInt16>(count: 64)
    for (lane, frame) in frames.enumerated() {
      log.from[lane] = UInt16(frame.from)
      log.until[lane] = UInt16(frame.until)
      for component in Visible.allCases {
        log.initial[component.rawValue * 64 + lane] = frame.initial[component]!
      }
    }
    var next = [Int](repeating: 0, count: 64)
    while let first = (0..<64).first(where: { next[$0] < frames[$0].changes.count }) {
      let change = frames[first].changes[next[first]]
      var values = Vector(repeating: 0)
      var mask: UInt64 = 0
      for lane in 0..<64 where next[lane] < frames[lane].changes.count {
        let own = frames[lane].changes[next[lane]]
        if own.component != change.component { continue }
        mask |= 1 << UInt64(lane)
        clocks[lane] = UInt16(own.clock)
        values[lane] = own.value
        next[lane] += 1
      }
      log.changes.pointee.append(change.component.rawValue, mask, values, at: clocks.pointer)
    }
    return log
  }

  /// The plain reading of the rules, pixel by pixel.
  private func draw(_ frame: Frame, over picture: inout [UInt8]) {
    var now = frame.initial
    var changes = frame.changes[...]
    for row in 0..<Self.display.height {
      let line = Self.start + 228 * row
      if row > 0 && line >= frame.from {
        now[.p0mode]! &= 7
        now[.p1mode]! &= 7
        now[.reflect] = now[.reflectNext]
      }
      var blank = frame.from >= line + 76 ? false : now[.hmoveBlank] != 0
      var blankWaits = frame.from >= line + 76 && now[.hmoveBlank] != 0
      func take(before clock: Int) {
        while let change = changes.first, change.clock < clock {
          changes.removeFirst()
          now[change.component] = change.value
          guard change.component == .hmoveBlank else { continue }
          // What comes before the first pixel counts from it.
          if change.clock < line + 76 { blank = true } else { blankWaits = true }
        }
      }
      for pixel in 0..<160 {
        let clock = line + 68 + pixel
        take(before: clock + 1)
        guard clock >= frame.from && clock < frame.until else { continue }
        picture[row * 160 + pixel] = colour(now, pixel)
        // ALE blackens all eight pixels even if the frame ends before the last of them.
        if blank && pixel < 8 { for black in pixel..<8 { picture[row * 160 + black] = 0 } }
      }
      take(before: line + 229)
      if frame.from <= line + 228 { now[.hmoveBlank] = blankWaits ? 1 : 0 }
    }
  }

  private func colour(_ now: [Visible: UInt8], _ pixel: Int) -> UInt8 {
    if now[.vblank]! != 0 { return 0 }
    func player(_ graphics: Visible, _ mode: Visible, _ x: Visible) -> Bool {
      let kind = Int(now[mode]! & 7)
      let copies = [[0], [0, 16], [0, 32], [0, 16, 32], [0, 64], [0], [0, 32, 64], [0]][kind]
      let (size, first) = [5: (2, 1), 7: (4, 1)][kind] ?? (1, 0)
      return copies.contains { copy in
        if copy == 0 && now[mode]! & 8 != 0 { return false }
        let place = (pixel - Int(now[x]!) - copy - first + 320) % 160
        return place < 8 * size && now[graphics]! >> UInt8(7 - place / size) & 1 == 1
      }
    }
    func missile(_ shape: Visible, _ x: Visible) -> Bool {
      let bits = now[shape]!
      let copies = [[0], [0, 16], [0, 32], [0, 16, 32], [0, 64], [0], [0, 32, 64], [0]]
      return bits & 0x80 != 0
        && copies[Int(bits & 7)].contains {
          (pixel - Int(now[x]!) - $0 + 320) % 160 < 1 << Int(bits >> 4 & 3)
        }
    }
    let quarter = pixel / 4
    let column = quarter < 20 ? quarter : now[.reflect]! != 0 ? 39 - quarter : quarter - 20
    let field =
      column < 4
      ? now[.pf0]! >> UInt8(4 + column) & 1 == 1
      : column < 12
        ? now[.pf1]! >> UInt8(11 - column) & 1 == 1 : now[.pf2]! >> UInt8(column - 12) & 1 == 1
    let zero = player(.grp0, .p0mode, .p0x) || missile(.m0shape, .m0x)
    let one = player(.grp1, .p1mode, .p1x) || missile(.m1shape, .m1x)
    let ball = missile(.blshape, .blx)
    let (score, priority) = (now[.control]! & 2 != 0, now[.control]! & 4 != 0)
    let isFieldAlone =
      now[.grp0]! == 0 && now[.grp1]! == 0
      && (now[.m0shape]! | now[.m1shape]! | now[.blshape]!) & 0x80 == 0
    if score && (!priority || isFieldAlone) {
      if zero || field && pixel < 80 { return now[.player0]! }
      if one || field { return now[.player1]! }
      return ball ? now[.playfield]! : now[.background]!
    }
    if priority && (ball || field) { return now[.playfield]! }
    if zero { return now[.player0]! }
    if one { return now[.player1]! }
    return ball || field ? now[.playfield]! : now[.background]!
  }

  @Test("Frames over frames equal frames drawn pixel by pixel")
  mutating func overlays() {
    let height = Self.display.height
    let painter = Painter(display: Self.display)
    var shown = ShownRows(height: height)
    let pictures = Shelf(count: 128, bytes: 160 * height)
    var expected = [[UInt8]](repeating: [UInt8](repeating: 0, count: 160 * height), count: 64)
    var frames = [Frame?](repeating: nil, count: 64)
    var spared = 0
    for round in 0..<5 {
      let lanes = round % 4 == 3 ? generator.next() : .max
      frames = frames.map { frame(like: $0) }
      painter.paint(log(frames.map { $0! }), lanes, over: &shown, into: pictures.items)
      for lane in 0..<64 where lanes >> UInt64(lane) & 1 == 1 {
        draw(frames[lane]!, over: &expected[lane])
        let same = (0..<160 * height).first { pictures[2 * lane][$0] != expected[lane][$0] }
        #expect(same == nil, "seed \(seed), frame \(round), lane \(lane), pixel \(same ?? 0)")
        if same != nil { return }
      }
      spared += (0..<height).reduce(0) { $0 + (lanes & ~painter.painted[$1]).nonzeroBitCount }
    }
    #expect(spared > 5 * 64 * height / 10, "hardly anything was spared")
    shown.deallocate()
  }
}
