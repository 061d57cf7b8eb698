import CCairo
import Pixels

/// Lines of text as pictures, in DejaVu Sans where it is installed. Drawn by Cairo.
public struct Lettering: Sendable {
  /// Pixels of an em.
  public var size: Double
  public var ink: Picture.Colour = (236, 239, 244)
  public var paper: Picture.Colour = (24, 27, 33)

  public init(size: Double) { self.size = size }

  /// Pixels from one line to the next.
  public var lineHeight: Int { Int((size * 1.35).rounded()) }
  /// Pixels around the text.
  public var margin: Int { Int((size * 0.4).rounded()) }

  /// Of as many lines.
  public func height(lines: Int) -> Int { lines * lineHeight + 2 * margin }

  /// - Parameter width: of the picture; what is longer is cut off there.
  public func picture(_ lines: [String], width: Int) -> Picture {
    let canvas = Canvas(width: width, height: height(lines: lines.count), self)
    for (row, line) in lines.enumerated() {
      let baseline = Double(margin + row * lineHeight) + size
      canvas.write(line, x: Double(margin), y: baseline, ink)
    }
    return canvas.picture
  }

  /// Broken between words into as many lines as there is room for; the last one ends with an ellipsis
  /// if words are left over, and always there are `rows` lines.
  public func wrapped(_ text: String, width: Int, rows: Int) -> [String] {
    let canvas = Canvas(width: 1, height: 1, self)
    let room = Double(width - 2 * margin)
    var words = TypeSetter.plain(text).split(separator: " ").map(String.init)[...]
    var lines: [String] = []
    while lines.count < rows {
      var line = words.popFirst() ?? ""
      while let word = words.first, canvas.type.width(of: line + " " + word) <= room {
        line += " " + word
        words.removeFirst()
      }
      let isCut = lines.count == rows - 1 && !words.isEmpty
      lines.append(canvas.type.fitted(line, width: room, mark: isCut ? "…" : "") ?? "…")
    }
    return lines
  }
}

/// A picture while text is written on it.
private final class Canvas {
  private let surface, context: OpaquePointer
  private let width, height: Int
  let type: TypeSetter

  init(width: Int, height: Int, _ style: Lettering) {
    (self.width, self.height) = (max(width, 1), max(height, 1))
    surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, Int32(self.width), Int32(self.height))
    context = cairo_create(surface)
    let options = cairo_font_options_create()
    // The same shapes on every machine that has the font.
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
    type = TypeSetter(on: context, size: style.size)
    use(style.paper)
    cairo_paint(context)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  private func use(_ colour: Picture.Colour) {
    cairo_set_source_rgb(
      context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255)
  }

  func write(_ text: String, x: Double, y: Double, _ ink: Picture.Colour) {
    use(ink)
    type.write(text, x: x, y: y)
  }

  var picture: Picture {
    cairo_surface_flush(surface)
    let stride = Int(cairo_image_surface_get_stride(surface))
    guard let bytes = cairo_image_surface_get_data(surface) else {
      return Picture(width: width, height: height, filled: (0, 0, 0))
    }
    var rgb: [UInt8] = []
    rgb.reserveCapacity(width * height * 3)
    for row in 0..<height {
      for column in 0..<width {
        // Four bytes as one number of the machine's own order.
        let pixel = UnsafeRawPointer(bytes).loadUnaligned(
          fromByteOffset: row * stride + 4 * column, as: UInt32.self)
        rgb.append(UInt8(truncatingIfNeeded: pixel >> 16))
        rgb.append(UInt8(truncatingIfNeeded: pixel >> 8))
        rgb.append(UInt8(truncatingIfNeeded: pixel))
      }
    }
    return Picture(width: width, height: height, rgb: rgb)
  }
}
