import Pixels

/// Puts a player's window together, and only what has changed since it did so last.
public final class Scene {
  private let player: Player
  private var canvas: Canvas?
  private var shown: Shown?

  /// What the canvas shows now.
  private struct Shown: Equatable {
    var layout: Layout
    var version: Int
    var lane: Int
    var isHelp: Bool
    var bar: [String]
    var panel: [PanelRow]
  }

  public init(_ player: Player) { self.player = player }

  /// A size that suits a new window.
  /// - Throws: what rendering throws.
  public func windowSize() throws -> (width: Int, height: Int) {
    Layout.windowSize(try tiles().contents)
  }

  /// - Throws: `WindowError.lanes` where the lanes of a mosaic would be too small to see.
  public func check() throws {
    let size = try windowSize()
    let layout = Layout(
      width: size.width, height: size.height, density: 1, try tiles().contents)
    let settings = player.settings
    guard settings.columns * settings.rows > 1, let tile = layout.tiles.first else { return }
    if min(tile.width, tile.height) >= Self.smallest { return }
    throw WindowError.lanes(columns: settings.columns, rows: settings.rows)
  }

  /// Pixels of a lane, at least.
  private static let smallest = 16

  private func tiles() throws -> Tiles {
    Tiles(
      try player.batch.render(lane: 0), player.settings.viewing, columns: player.settings.columns,
      rows: player.settings.rows, hasPanel: player.hasPanel)
  }

  /// - Parameter density: pixels of the canvas in a pixel of the desktop.
  /// - Returns: what has changed.
  /// - Throws: what rendering throws.
  public func draw(on canvas: Canvas, density: Double) throws -> [Rect] {
    let tiles = try tiles()
    let layout = Layout(
      width: canvas.width, height: canvas.height, density: density, tiles.contents)
    let bar = player.barText
    let now = Shown(
      layout: layout, version: player.version, lane: player.lane, isHelp: player.isHelpShown,
      bar: [bar.left, bar.right], panel: layout.panel == nil ? [] : player.panelRows)
    let old = canvas === self.canvas ? shown : nil
    (self.canvas, shown) = (canvas, now)
    player.shownTile = layout.tiles.indices.contains(player.lane) ? layout.tiles[player.lane] : nil
    if now == old { return [] }
    if let old, old.layout == layout, !now.isHelp, !old.isHelp, old.lane == now.lane {
      return try update(canvas, density, tiles, now, old)
    }
    canvas.fill(canvas.bounds, Colour.back)
    _ = try update(canvas, density, tiles, now, nil)
    if now.isHelp { drawHelp(canvas, density) }
    return [canvas.bounds]
  }

  private func update(
    _ canvas: Canvas, _ density: Double, _ tiles: Tiles, _ now: Shown, _ old: Shown?
  ) throws -> [Rect] {
    var changed: [Rect] = []
    let layout = now.layout
    if now.version != old?.version {
      try tiles.draw(player.batch, on: canvas, layout)
      changed += layout.tiles
      if layout.tiles.count > 1, let tile = player.shownTile, player.pilot != nil {
        let width = max(1, Int(density * 2))
        canvas.frame(tile.inset(by: -width), Colour.chosen, thickness: width)
        if old == nil { changed.append(tile.inset(by: -width)) }
      }
    }
    if now.bar != old?.bar {
      canvas.drawBar(layout.bar, left: now.bar[0], right: now.bar[1], density: density)
      changed.append(layout.bar)
    }
    if let panel = layout.panel, old == nil || now.panel != old?.panel {
      PanelDrawing(canvas, panel, density).draw(now.panel)
      changed.append(panel)
    }
    return changed
  }

  private func drawHelp(_ canvas: Canvas, _ density: Double) {
    canvas.pen.shade(canvas.bounds, share: 0.9)
    let keys =
      player.keys.help(players: player.spec.players)
      + Command.allCases.map { (keys: Command.shown($0.row.key), action: $0.row.help) }
    let size = min(14 * density, Double(canvas.height) / Double(keys.count + 4) / 1.45)
    let pen = canvas.pen
    var y = size * 2.2
    pen.write("Keys", x: size * 2, y: y, size: size * 1.3, isBold: true)
    y += size * 1.9
    let second = size * 11
    for row in keys {
      let key = pen.fitted(row.keys, width: second - size * 2.5, size: size)
      pen.write(key, x: size * 2, y: y, size: size, Colour.chosen)
      let room = Double(canvas.width) - second - size
      pen.write(pen.fitted(row.action, width: room, size: size), x: second, y: y, size: size)
      y += size * 1.45
    }
  }
}

/// The panel beside the picture.
struct PanelDrawing {
  private let canvas: Canvas
  private let rect: Rect
  private let density: Double
  private let margin, width: Double

  init(_ canvas: Canvas, _ rect: Rect, _ density: Double) {
    (self.canvas, self.rect, self.density) = (canvas, rect, density)
    margin = 14 * density
    width = Double(rect.width) - 2 * margin
  }

  private var left: Double { Double(rect.x) + margin }

  func draw(_ rows: [PanelRow]) {
    canvas.fill(rect, Colour.panel)
    canvas.fill(Rect(x: rect.x, y: rect.y, width: 1, height: rect.height), Colour.line)
    var y = margin
    for row in rows where y < Double(rect.height) - margin { y = draw(row, y) }
  }

  /// - Returns: where the next row begins.
  private func draw(_ row: PanelRow, _ y: Double) -> Double {
    let pen = canvas.pen
    let size = 13 * density
    switch row {
    case .heading(let text):
      let shown = pen.fitted(text, width: width, size: size, isBold: true)
      pen.write(shown, x: left, y: y + size, size: size, isBold: true)
      return y + 1.9 * size
    case .figure(let name, let value):
      pen.write(name, x: left, y: y + size, size: size, Colour.faint)
      let room = width - pen.width(of: name, size: size) - size
      let shown = pen.fitted(value, width: room, size: size)
      let end = left + width - pen.width(of: shown, size: size)
      pen.write(shown, x: end, y: y + size, size: size)
      return y + 1.6 * size
    case .text(let text):
      var y = y
      for line in pen.wrapped(text, width: width, size: size) {
        pen.write(line, x: left, y: y + size, size: size)
        y += 1.4 * size
      }
      return y + 0.6 * size
    case .bars(let bars): return draw(bars, y)
    case .stick(let x, let up, let isFiring): return drawStick(x, up, isFiring, y)
    }
  }

  private func draw(_ bars: [PanelRow.Bar], _ y: Double) -> Double {
    let size = 12 * density
    let pen = canvas.pen
    let (names, values) = (width * 0.42, width * 0.2)
    var y = y
    for bar in bars {
      let colour = bar.isChosen ? Colour.chosen : Colour.text
      let name = pen.fitted(bar.name, width: names - size / 2, size: size)
      pen.write(name, x: left, y: y + size, size: size, colour, isBold: bar.isChosen)
      let room = width - names - values
      let track = Rect(
        x: Int(left + names), y: Int(y + size * 0.2), width: Int(room),
        height: max(2, Int(size * 0.85)))
      canvas.fill(track, Colour.line)
      let share = bar.share.isFinite ? bar.share.clamped(to: 0...1) : 0
      canvas.fill(
        Rect(x: track.x, y: track.y, width: Int(room * share), height: track.height),
        bar.isChosen ? Colour.chosen : Colour.bar)
      let end = left + width - pen.width(of: bar.value, size: size)
      pen.write(bar.value, x: end, y: y + size, size: size, Colour.faint)
      y += 1.5 * size
    }
    return y + size * 0.5
  }

  /// A circle in which the stick lies; the knob is filled while the button is pressed.
  private func drawStick(_ x: Double, _ up: Double, _ isFiring: Bool, _ y: Double) -> Double {
    let radius = min(width / 2 - density * 8, 70 * density)
    let centre = (x: left + width / 2, y: y + radius + 6 * density)
    let pen = canvas.pen
    pen.circle(x: centre.x, y: centre.y, radius: radius, Colour.line, width: 2 * density)
    pen.circle(x: centre.x, y: centre.y, radius: radius / 2, Colour.line, width: density)
    let knob = (x: centre.x + x * radius, y: centre.y - up * radius)
    pen.line(from: centre, to: knob, width: 4 * density, Colour.bar)
    pen.circle(
      x: knob.x, y: knob.y, radius: 9 * density, isFiring ? Colour.chosen : Colour.text)
    return centre.y + radius + 14 * density
  }
}
