import Environment
import Pixels

/// Pictures of lanes, side by side.
struct Tiles {
  var contents: Layout.Contents

  /// - Parameter picture: of a lane like all others.
  init(_ picture: Picture, _ viewing: Viewing, columns: Int, rows: Int) {
    contents = Layout.Contents(
      width: picture.width, height: picture.height, pixelAspect: viewing.pixelAspect,
      columns: columns, rows: rows)
  }

  /// Lanes from 0 on, as many as there are tiles.
  func draw(_ batch: any EnvironmentBatch, on canvas: Canvas, _ layout: Layout) throws {
    for (lane, tile) in layout.tiles.enumerated() where lane < batch.lanes {
      let picture = try batch.render(lane: lane)
      canvas.draw(picture, in: place(picture, in: tile))
    }
  }

  /// Lanes of other tasks have pictures of other shapes.
  private func place(_ picture: Picture, in tile: Rect) -> Rect {
    if picture.width == contents.width && picture.height == contents.height { return tile }
    var own = contents
    (own.width, own.height) = (picture.width, picture.height)
    return Layout.place(own, in: tile)
  }
}

extension Canvas {
  /// The line below the pictures.
  func drawBar(_ rect: Rect, left: String, right: String, density: Double) {
    fill(rect, Colour.panel)
    fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: 1), Colour.line)
    let size = 13 * density
    let (margin, base) = (8 * density, Double(rect.bottom) - 9 * density)
    let room = Double(rect.width) - 3 * margin
    let end = pen.fitted(right, width: room * 0.75, size: size)
    let endWidth = pen.width(of: end, size: size)
    pen.write(
      end, x: Double(rect.right) - margin - endWidth, y: base, size: size, Colour.faint)
    let start = pen.fitted(left, width: room - endWidth, size: size, isBold: true)
    pen.write(start, x: margin, y: base, size: size, isBold: true)
  }
}
