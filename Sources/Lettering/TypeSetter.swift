import CCairo

/// Text on a Cairo context, in DejaVu Sans where it is installed.
public struct TypeSetter {
  private let context: OpaquePointer
  private let size: Double
  private let isBold: Bool

  /// - Parameters:
  ///   - context: a `cairo_t`, which must live as long.
  ///   - size: pixels of an em.
  public init(on context: OpaquePointer, size: Double, isBold: Bool = false) {
    (self.context, self.size, self.isBold) = (context, size, isBold)
  }

  private func choose() {
    let weight = isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
    cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight)
    cairo_set_font_size(context, size)
  }

  /// Pixels from where the text begins to where the next would.
  public func width(of text: String) -> Double {
    choose()
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, Self.plain(text), &extents)
    return extents.x_advance
  }

  /// - Parameter y: of the base line.
  public func write(_ text: String, x: Double, y: Double) {
    choose()
    cairo_move_to(context, x, y)
    cairo_show_text(context, Self.plain(text))
  }

  /// The text and a mark behind it, or as much of the text as there is room for, and an ellipsis.
  /// - Returns: nil: there is room for no letter.
  public func fitted(_ text: String, width room: Double, mark: String = "") -> String? {
    if width(of: text + mark) <= room { return text + mark }
    var (low, high) = (0, text.count)
    while low < high {
      let middle = (low + high + 1) / 2
      if width(of: text.prefix(middle) + "…") <= room { low = middle } else { high = middle - 1 }
    }
    return low == 0 ? nil : text.prefix(low) + "…"
  }

  /// Text of others may hold anything; letters that cannot be shown would stop Cairo for good.
  static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
