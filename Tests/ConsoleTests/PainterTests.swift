import Lanes
import Testing

@testable import Console

/// Drawing only what differs must give the picture that drawing everything gives.
struct PainterTests {
  /// A frame with changes at random; few values, so that frames often agree for a while.
  private static func frame(
    like other: LaneFrame?, _ display: Display, _ generator: inout SplitMix64
  ) -> LaneFrame {
    let start = UInt32(228 * display.firstLine)
    let stop = start + UInt32(228 * display.height)
    func number(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
    func value(_ component: Visible) -> UInt32 {
      switch component {
      case .vblank: number(8) == 0 ? 2 : 0
      case .control: [0, 0, 2, 4, 6][number(5)]
      case .reflect, .reflectNext, .hmoveBlank: UInt32(number(2))
      case .p0x, .p1x, .m0x, .m1x, .blx: UInt32([0, 3, 70, 159][number(4)])
      case .p0mode, .p1mode: UInt32(number(16))
      case .m0shape, .m1shape, .blshape: UInt32([0, 0x80, 0xB5, 0x35][number(4)])
      case .grp0, .grp1, .pf0, .pf1, .pf2: UInt32([0, 0, 0xF0, 0x3C][number(4)])
      default: UInt32(number(3) * 0x22)
      }
    }
    var records: [UInt32] = []
    if let other, number(4) > 0 {
      // The same with a few changes left out or put in.
      records = (0..<other.count).map { other.records[$0] }.filter { _ in number(30) > 0 }
    }
    for _ in 0..<(records.isEmpty ? 300 : 5) {
      let component = Visible.allCases[number(Visible.count)]
      let line = UInt32(number(display.height)) * 228
      let column = UInt32([0, 68, 68, 68, 72, 76, 100, 180, 227][number(9)])
      records.append(
        (start + line + column) << 16 | UInt32(component.rawValue) << 8 | value(component))
    }
    records.sort { $0 >> 16 < $1 >> 16 }
    var frame = LaneFrame()
    frame.assign(records, count: records.count)
    for component in Visible.allCases {
      frame.initial[component.rawValue] =
        number(3) == 0 ? UInt8(value(component)) : other?.initial[component.rawValue] ?? 0
    }
    frame.from = UInt16(start)
    frame.until = number(5) == 0 ? UInt16(stop - UInt32(number(3_000))) : UInt16(stop)
    return frame
  }

  @Test("Frames over frames equal frames drawn afresh")
  func overlays() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SplitMix64(seed: seed)
    let display = Display()
    let bytes = 160 * display.height
    let (first, second) = (AlignedBuffer<UInt8>(count: bytes), AlignedBuffer<UInt8>(count: bytes))
    let painter = Painter(display: display)
    let nothing = LaneFrame()
    var old = LaneFrame()
    var spared = 0
    for round in 0..<300 {
      var new = Self.frame(like: round == 0 ? nil : old, display, &generator)
      let rows = painter.paint(new, over: old, into: first.pointer)
      _ = Painter(display: display).paint(new, over: nothing, into: second.pointer)
      var drawn = Set<Int>()
      rows.forEach(below: display.height) { drawn.insert($0) }
      spared += display.height - drawn.count
      for row in 0..<display.height {
        let same = (row * 160..<row * 160 + 160).allSatisfy { first[$0] == second[$0] }
        #expect(same, "seed \(seed), frame \(round), row \(row)")
        if !same { return }
      }
      new.isKnown = true
      old.deallocate()
      old = new
    }
    #expect(spared > 300 * display.height / 4, "hardly anything was spared")
    old.deallocate()
    nothing.deallocate()
  }
}
