import Pixels
import Testing

@testable import Window

struct CanvasTests {
  /// Every pixel another colour.
  private func picture(_ width: Int, _ height: Int) -> Picture {
    Picture(
      width: width, height: height,
      rgb: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 7) })
  }

  @Test("An enlarged picture has a rectangle of the same size for every pixel")
  func enlarged() {
    let small = picture(5, 4)
    let canvas = Canvas(width: 40, height: 30)
    canvas.draw(small, in: Rect(x: 3, y: 2, width: 15, height: 8))
    let shown = canvas.picture(of: Rect(x: 3, y: 2, width: 15, height: 8))
    for y in 0..<8 {
      for x in 0..<15 {
        let (one, other) = ((y * 15 + x) * 3, (y / 2 * 5 + x / 3) * 3)
        #expect(shown.rgb[one..<one + 3] == small.rgb[other..<other + 3])
      }
    }
    #expect(
      canvas.picture(of: Rect(x: 2, y: 2, width: 1, height: 8)).rgb.prefix(3) == [22, 24, 29])
  }

  @Test("A picture made smaller shows means")
  func smaller() {
    let canvas = Canvas(width: 4, height: 4)
    let large = Picture(
      width: 4, height: 2,
      rgb: [UInt8](repeating: 10, count: 12) + [UInt8](repeating: 30, count: 12))
    canvas.draw(large, in: Rect(x: 0, y: 0, width: 2, height: 1))
    #expect(
      canvas.picture(of: Rect(x: 0, y: 0, width: 2, height: 1)).rgb == [20, 20, 20, 20, 20, 20])
  }

  @Test("What lies outside is cut off", arguments: [-7, -1, 0, 13, 40])
  func outside(place: Int) {
    let small = picture(6, 6)
    let canvas = Canvas(width: 16, height: 16)
    let rect = Rect(x: place, y: place, width: 12, height: 12)
    canvas.draw(small, in: rect)
    let whole = Canvas(width: 80, height: 80)
    whole.draw(small, in: Rect(x: place + 20, y: place + 20, width: 12, height: 12))
    #expect(canvas.picture == whole.picture(of: Rect(x: 20, y: 20, width: 16, height: 16)))
  }

  @Test("Text is drawn where it is said, and no longer than there is room for")
  func text() {
    let canvas = Canvas(width: 200, height: 40)
    let empty = canvas.picture
    canvas.pen.write("Aa\u{1B}\n", x: 20, y: 30, size: 20)
    #expect(canvas.picture != empty)
    #expect(
      canvas.picture(of: Rect(x: 0, y: 0, width: 18, height: 40))
        == Picture(width: 18, height: 40, rgb: Array(empty.rgb.prefix(18 * 40 * 3))))
    let long = String(repeating: "wide ", count: 40)
    let fitted = canvas.pen.fitted(long, width: 90, size: 12)
    #expect(fitted.hasSuffix("…") && canvas.pen.width(of: fitted, size: 12) <= 90)
    #expect(canvas.pen.fitted("wide", width: 90, size: 12) == "wide")
    let lines = canvas.pen.wrapped(long, width: 90, size: 12)
    #expect(lines.count > 3 && lines.joined(separator: " ") == long.dropLast())
  }
}

struct PanelTests {
  private let panel = Rect(x: 100, y: 0, width: 260, height: 400)

  private func draw(_ rows: [PanelRow]) -> Canvas {
    let canvas = Canvas(width: 360, height: 460)
    PanelDrawing(canvas, panel, 1).draw(rows)
    return canvas
  }

  private func colours(_ canvas: Canvas, _ rect: Rect) -> [UInt32: Int] {
    let picture = canvas.picture(of: rect)
    return stride(from: 0, to: picture.rgb.count, by: 3).reduce(into: [:]) { counts, place in
      let rgb = picture.rgb[place..<place + 3].map { $0 }
      counts[Colour.of(rgb[0], rgb[1], rgb[2]), default: 0] += 1
    }
  }

  @Test("A bar is as long as its share")
  func bars() {
    for share in [0.0, 0.25, 1] {
      let found = colours(draw([.bars([.init(name: "", share: share, value: "")])]), panel)
      let (bright, dark) = (found[Colour.bar] ?? 0, found[Colour.line, default: 0] - panel.height)
      #expect(abs(Double(bright) / Double(bright + dark) - share) < 0.02)
    }
  }

  @Test("A map's cells are as bright as they should be, where they should be")
  func maps() throws {
    // Two rows of three.
    let levels = [0, 0.5, 1, 1, 0, 0]
    let canvas = draw([.maps([.init(name: "", value: "", columns: 3, levels: levels)])])
    let side = (260.0 - 28 - 24) / 4
    for (index, level) in levels.enumerated() {
      let x = 114 + side / 3 * (Double(index % 3) + 0.5)
      let y = 14 + side / 3 * (Double(index / 3) + 0.5)
      let seen = colours(canvas, Rect(x: Int(x), y: Int(y), width: 1, height: 1))
      #expect(seen == [Colour.mixed(Colour.line, Colour.bright, share: level): 1], "\(index)")
    }
    #expect(Colour.mixed(Colour.line, Colour.bright, share: .nan) == Colour.line)
  }

  @Test("What there is no room for is left out, and nothing lies below the panel")
  func room() {
    let bars = (0..<60).map { PanelRow.Bar(name: "\($0)", share: 1, value: "1") }
    let maps = (0..<60).map {
      PanelRow.Map(name: "\($0)", value: "1", columns: 7, levels: .init(repeating: 1, count: 49))
    }
    let words = String(repeating: "word ", count: 400)
    for row in [PanelRow.bars(bars), .maps(maps), .text(words)] {
      let canvas = draw([.heading("heading"), row, .heading("more")])
      let below = Rect(x: 0, y: panel.bottom, width: 360, height: 60)
      #expect(colours(canvas, below) == [Colour.back: below.width * below.height])
      #expect(colours(canvas, panel).count > 3)
    }
  }
}

struct LayoutTests {
  private let television = Layout.Contents(
    width: 160, height: 210, pixelAspect: 12.0 / 7)

  @Test("Pixels are whole, and as near to the television's shape as can be")
  func aspect() throws {
    let layout = Layout(width: 900, height: 680, density: 1, television)
    let tile = try #require(layout.tiles.first)
    #expect(tile.width == 160 * 5 && tile.height == 210 * 3)
    #expect(tile.x == 50 && tile.y == (680 - 28 - 630) / 2)
    #expect(Layout.scale(television, width: 330, height: 230)! == (2, 1))
    #expect(Layout.scale(television, width: 300, height: 230) == nil)
    let size = Layout.windowSize(television)
    #expect(size == (800, 630 + 28))
  }

  @Test("On a screen with twice the pixels everything has twice as many")
  func density() throws {
    var contents = television
    contents.hasPanel = true
    let one = Layout(width: 1100, height: 680, density: 1, contents)
    let two = Layout(width: 2200, height: 1360, density: 2, contents)
    #expect(two.bar.height == 2 * one.bar.height)
    #expect(two.panel!.width == 2 * one.panel!.width)
    #expect(two.tiles[0].height >= 2 * one.tiles[0].height)
  }

  @Test(
    "Lanes of a mosaic lie beside each other, whatever the window's size",
    arguments: [(1, 1), (63, 64), (101, 47), (799, 601), (1180, 800), (3840, 2160)])
  func mosaic(width: Int, height: Int) {
    var contents = television
    (contents.columns, contents.rows, contents.hasPanel) = (8, 8, true)
    let layout = Layout(width: width, height: height, density: 1, contents)
    #expect(layout.tiles.count == 64)
    let window = Rect(x: 0, y: 0, width: width, height: height)
    for (index, tile) in layout.tiles.enumerated() where !tile.isEmpty {
      #expect(tile.clipped(to: window) == tile)
      for other in layout.tiles[..<index] where !other.isEmpty {
        #expect(tile.clipped(to: other).isEmpty)
      }
    }
    if width > 700 { #expect(layout.tiles.allSatisfy { $0.width > 20 && $0.height > 10 }) }
  }
}
