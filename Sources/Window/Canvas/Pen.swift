import CCairo
import Lettering

/// Letters and curves on a canvas, by Cairo.
final class Pen {
  private unowned let canvas: Canvas
  private let surface: OpaquePointer
  private let cairo: OpaquePointer

  init(_ canvas: Canvas) {
    self.canvas = canvas
    surface = cairo_image_surface_create_for_data(
      UnsafeMutableRawPointer(canvas.pixels.pointer).assumingMemoryBound(to: UInt8.self),
      CAIRO_FORMAT_RGB24, Int32(canvas.width), Int32(canvas.height), Int32(canvas.width * 4))
    cairo = cairo_create(surface)
  }

  deinit {
    cairo_destroy(cairo)
    cairo_surface_destroy(surface)
  }

  private func draw(_ colour: UInt32, _ body: () -> Void) {
    cairo_surface_mark_dirty(surface)
    func share(_ shift: UInt32) -> Double { Double(colour >> shift & 0xFF) / 255 }
    cairo_set_source_rgb(cairo, share(16), share(8), share(0))
    body()
    cairo_surface_flush(surface)
  }

  // MARK: Text

  private func type(_ size: Double, _ isBold: Bool) -> TypeSetter {
    TypeSetter(on: cairo, size: size, isBold: isBold)
  }

  func width(of text: String, size: Double, isBold: Bool = false) -> Double {
    type(size, isBold).width(of: text)
  }

  /// - Parameter y: of the base line.
  func write(
    _ text: String, x: Double, y: Double, size: Double, _ colour: UInt32 = Colour.text,
    isBold: Bool = false
  ) {
    draw(colour) { type(size, isBold).write(text, x: x, y: y) }
  }

  /// As much of the text as there is room for; an ellipsis stands for the rest.
  func fitted(_ text: String, width: Double, size: Double, isBold: Bool = false) -> String {
    type(size, isBold).fitted(text, width: width) ?? ""
  }

  /// Lines of whole words; a word that is too long is cut.
  func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, self.width(of: last + " " + word, size: size) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(fitted(String(word), width: width, size: size))
      }
    }
    return lines
  }

  // MARK: Shapes

  func circle(x: Double, y: Double, radius: Double, _ colour: UInt32, width: Double? = nil) {
    draw(colour) {
      cairo_new_path(cairo)
      cairo_arc(cairo, x, y, max(radius, 0), 0, 2 * .pi)
      if let width {
        cairo_set_line_width(cairo, width)
        cairo_stroke(cairo)
      } else {
        cairo_fill(cairo)
      }
    }
  }

  func line(
    from a: (x: Double, y: Double), to b: (x: Double, y: Double), width: Double, _ colour: UInt32
  ) {
    draw(colour) {
      cairo_set_line_width(cairo, width)
      cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND)
      cairo_new_path(cairo)
      cairo_move_to(cairo, a.x, a.y)
      cairo_line_to(cairo, b.x, b.y)
      cairo_stroke(cairo)
    }
  }

  /// Darkens what lies in the rectangle.
  func shade(_ rect: Rect, share: Double) {
    cairo_surface_mark_dirty(surface)
    cairo_set_source_rgba(cairo, 0.05, 0.06, 0.07, share)
    cairo_rectangle(
      cairo, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
    cairo_fill(cairo)
    cairo_surface_flush(surface)
  }
}
