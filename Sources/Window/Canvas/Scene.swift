import Pixels

/// Puts a player's window together, and only what has changed since it did so last.
public final class Scene {
  private let player: Player
  private var canvas: Canvas?
  private var shown: Shown?
  /// A lane's pictures keep their size.
  private var shape: Tiles?

  /// What the canvas shows now.
  private struct Shown: Equatable {
    var layout: Layout
    var version: Int
    var lane: Int
    var isHelp: Bool
    var chooser: Chooser?
    var bar: [String]
    var panel: [PanelRow]

    /// Something lies over the pictures.
    var isCovered: Bool { isHelp || chooser != nil }
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
    let settings = player.settings
    var tiles =
      try shape
      ?? Tiles(
        player.batch.render(lane: 0), settings.viewing, columns: settings.columns,
        rows: settings.rows)
    tiles.contents.hasPanel = player.hasPanel
    shape = tiles
    return tiles
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
      chooser: player.chooser, bar: [bar.left, bar.right],
      panel: layout.panel == nil ? [] : player.panelRows)
    let old = canvas === self.canvas ? shown : nil
    (self.canvas, shown) = (canvas, now)
    player.shownTile = layout.tiles.indices.contains(player.lane) ? layout.tiles[player.lane] : nil
    if now == old { return [] }
    if let old, old.layout == layout, !now.isCovered, !old.isCovered, old.lane == now.lane {
      return try update(canvas, density, tiles, now, old)
    }
    canvas.fill(canvas.bounds, Colour.back)
    _ = try update(canvas, density, tiles, now, nil)
    if now.isHelp { drawHelp(canvas, density) }
    if let chooser = now.chooser { drawChooser(chooser, canvas, density) }
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

  private func drawChooser(_ chooser: Chooser, _ canvas: Canvas, _ density: Double) {
    let pen = canvas.pen
    pen.shade(canvas.bounds, share: 0.9)
    let lines = chooser.lines
    let size = min(15 * density, Double(canvas.height) / Double(lines.count + 6) / 1.8)
    let step = min(size * 4, (Double(canvas.width) - 4 * size) / Double(Chooser.columns))
    var y = size
    for line in lines {
      if line.lowerBound == 0 || line.lowerBound == chooser.modes.count {
        y += size * 1.9
        let title = line.lowerBound < chooser.modes.count ? "Mode" : "Difficulty"
        pen.write(title, x: size * 2, y: y, size: size * 1.2, isBold: true)
      }
      y += size * 1.8
      for (column, place) in line.enumerated() {
        let (x, isChosen) = (size * 2 + Double(column) * step, place == chooser.place)
        pen.write(
          "\(chooser.value(at: place))", x: x, y: y, size: size,
          isChosen ? Colour.chosen : Colour.text, isBold: isChosen)
        if isChosen {
          let width = Int(pen.width(of: "\(chooser.value)", size: size, isBold: true))
          let below = Rect(
            x: Int(x), y: Int(y + size * 0.3), width: width, height: Int(density * 2))
          canvas.fill(below, Colour.chosen)
        }
      }
    }
    let hint = "arrows choose, return takes it, a mode from its beginning; escape leaves"
    pen.write(
      pen.fitted(hint, width: Double(canvas.width) - 3 * size, size: size * 0.9), x: size * 2,
      y: y + size * 2.6, size: size * 0.9, Colour.faint)
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
