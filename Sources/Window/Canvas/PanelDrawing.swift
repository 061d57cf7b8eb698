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
  private var bottom: Double { Double(rect.bottom) - margin / 2 }

  func draw(_ rows: [PanelRow]) {
    canvas.fill(rect, Colour.panel)
    canvas.fill(Rect(x: rect.x, y: rect.y, width: 1, height: rect.height), Colour.line)
    var y = margin
    for row in rows where y + 20 * density < bottom { y = draw(row, y) }
  }

  /// - Returns: where the next row begins.
  private func draw(_ row: PanelRow, _ y: Double) -> Double {
    let pen = canvas.pen
    let size = 13 * density
    switch row {
    case .heading(let text):
      let top = y > margin ? y + 0.6 * size : y
      let shown = pen.fitted(text, width: width, size: size, isBold: true)
      pen.write(shown, x: left, y: top + size, size: size, isBold: true)
      return top + 1.8 * size
    case .figure(let name, let value):
      pen.write(name, x: left, y: y + size, size: size, Colour.faint)
      let room = width - pen.width(of: name, size: size) - size
      let shown = pen.fitted(value, width: room, size: size)
      let end = left + width - pen.width(of: shown, size: size)
      pen.write(shown, x: end, y: y + size, size: size)
      return y + 1.6 * size
    case .text(let text):
      var y = y
      for line in pen.wrapped(text, width: width, size: size) where y + 1.3 * size < bottom {
        pen.write(line, x: left, y: y + size, size: size)
        y += 1.4 * size
      }
      return y + 0.6 * size
    case .bars(let bars): return draw(bars, y)
    case .maps(let maps): return draw(maps, y)
    case .stick(let x, let up, let isFiring): return drawStick(x, up, isFiring, y)
    }
  }

  private func draw(_ bars: [PanelRow.Bar], _ y: Double) -> Double {
    let size = 12 * density
    let pen = canvas.pen
    let (names, values) = (width * 0.42, width * 0.2)
    var y = y
    for bar in bars where y + 1.2 * size < bottom {
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

  /// Four across, each with its name and its number below.
  private func draw(_ maps: [PanelRow.Map], _ y: Double) -> Double {
    let (across, gap, size) = (4, 8 * density, 11 * density)
    let side = (width - Double(across - 1) * gap) / Double(across)
    let pen = canvas.pen
    var y = y
    for start in stride(from: 0, to: maps.count, by: across) {
      let line = maps[start..<min(start + across, maps.count)]
      let height = line.map { cell($0, side) * Double($0.rows) }.max() ?? 0
      if y + height + 1.3 * size > bottom { return bottom }
      for (place, map) in line.enumerated() {
        let x = left + Double(place) * (side + gap)
        draw(map, x, y, cell(map, side))
        let base = y + height + 1.2 * size
        pen.write(map.name, x: x, y: base, size: size, Colour.text)
        let end = x + side - pen.width(of: map.value, size: size)
        pen.write(map.value, x: end, y: base, size: size, Colour.faint)
      }
      y += height + 2 * size
    }
    return y + size * 0.5
  }

  /// Pixels of a cell's side: as wide as there is room for, and no map much higher than wide.
  private func cell(_ map: PanelRow.Map, _ side: Double) -> Double {
    min(side / Double(map.columns), 1.4 * side / Double(map.rows))
  }

  private func draw(_ map: PanelRow.Map, _ x: Double, _ y: Double, _ cell: Double) {
    for (index, level) in map.levels.enumerated() {
      let (row, column) = (index / map.columns, index % map.columns)
      let (left, right) = (Int(x + cell * Double(column)), Int(x + cell * Double(column + 1)))
      let (top, bottom) = (Int(y + cell * Double(row)), Int(y + cell * Double(row + 1)))
      canvas.fill(
        Rect(x: left, y: top, width: right - left, height: bottom - top),
        Colour.mixed(Colour.line, Colour.bright, share: level))
    }
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
