import CCairo

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

  private func set(_ size: Double, isBold: Bool) {
    let weight = isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight)
    cairo_set_font_size(cairo, size)
  }

  func width(of text: String, size: Double, isBold: Bool = false) -> Double {
    set(size, isBold: isBold)
    var extents = cairo_text_extents_t()
    cairo_text_extents(cairo, Self.safe(text), &extents)
    return extents.x_advance
  }

  /// - Parameter y: of the base line.
  func write(
    _ text: String, x: Double, y: Double, size: Double, _ colour: UInt32 = Colour.text,
    isBold: Bool = false
  ) {
    draw(colour) {
      set(size, isBold: isBold)
      cairo_move_to(cairo, x, y)
      cairo_show_text(cairo, Self.safe(text))
    }
  }

  /// As much of the text as there is room for; an ellipsis stands for the rest.
  func fitted(_ text: String, width: Double, size: Double, isBold: Bool = false) -> String {
    if self.width(of: text, size: size, isBold: isBold) <= width { return text }
    var (low, high) = (0, text.count)
    while low < high {
      let middle = (low + high + 1) / 2
      let part = text.prefix(middle) + "…"
      if self.width(of: String(part), size: size, isBold: isBold) <= width {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return low == 0 ? "" : text.prefix(low) + "…"
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

  /// Text of others may hold anything; letters that cannot be shown would stop Cairo for good.
  private static func safe(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
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
