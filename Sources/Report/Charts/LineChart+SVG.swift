extension LineChart {
  /// Pixels around the plane of the curves.
  private static let (left, top, right, bottom) = (62.0, 14.0, 14.0, 46.0)

  private var plane: (width: Double, height: Double) {
    (Double(width) - Self.left - Self.right, Double(height) - Self.top - Self.bottom)
  }

  /// The element, for a page that has `Style.chart`.
  /// - Parameter id: of this chart alone in its page.
  func svg(id: String) -> Markup { element(id: id, extra: "", height: height) }

  /// A file of its own, with title and legend.
  public func file() -> String {
    let head = 34 + 18 * (series.count > 1 ? series.count : 0)
    var top: Markup =
      """
      <style>\(raw: Style.colours)\(raw: Style.chart)</style>
      <rect class="paper" x="0" y="\(-head)" width="\(width)" height="\(height + head)"/>
      <text class="title" x="\(raw: Self.text(Self.left))" y="\(22 - head)">\(title)</text>

      """
    if series.count > 1 {
      for (index, line) in series.enumerated() {
        let y = 40 - head + 18 * index
        top +=
          """
          <path class="line \(raw: Self.look(index))" d="M62 \(y - 4)h26"/>\
          <text x="94" y="\(y)">\(line.name)</text>

          """
      }
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + element(id: "curve", extra: top, height: height + head, y: -head).text
  }

  private func element(id: String, extra: Markup, height: Int, y: Int = 0) -> Markup {
    let all = series.flatMap(\.points)
    let across = Axis(all.map(\.step), ticks: 5, fits: true)
    let up = Axis(all.flatMap { [$0.low, $0.high] }, ticks: 5, fits: false)
    var body = extra + grid(across, up)
    for (index, line) in series.enumerated() { body += draw(line, index, across, up) }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" \
      viewBox="0 \(y) \(width) \(height)" aria-labelledby="\(id)-title \(id)-desc">
      <title id="\(id)-title">\(title)</title>
      <desc id="\(id)-desc">\(description)</desc>
      \(body)</svg>

      """
  }

  // MARK: Axes

  private func grid(_ across: Axis, _ up: Axis) -> Markup {
    let (left, bottom) = (Self.left, Self.top + plane.height)
    var (lines, labels) = ("", Markup())
    for tick in across.ticks {
      let x = Self.text(left + across.share(tick) * plane.width)
      lines += "M\(x) \(Self.text(Self.top))v\(Self.text(plane.height))"
      labels += label(across.text(tick), x, Self.text(bottom + 16), "middle")
    }
    for tick in up.ticks {
      let y = Self.top + (1 - up.share(tick)) * plane.height
      lines += "M\(Self.text(left)) \(Self.text(y))h\(Self.text(plane.width))"
      labels += label(up.text(tick), Self.text(left - 6), Self.text(y + 4), "end")
    }
    let (x, y) = (left + plane.width / 2, Self.top + plane.height / 2)
    labels += label(xLabel, Self.text(x), Self.text(bottom + 36), "middle")
    return """
      <path class="grid" d="\(raw: lines)"/>
      \(labels)<text transform="translate(14 \(raw: Self.text(y))) rotate(-90)" \
      text-anchor="middle">\(yLabel)</text>

      """
  }

  private func label(_ text: String, _ x: String, _ y: String, _ anchor: String) -> Markup {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(text)</text>\n"
  }

  // MARK: Curves

  static func look(_ index: Int) -> String { "s\(index % colours) d\(index / colours % 4)" }

  private func draw(_ line: Series, _ index: Int, _ across: Axis, _ up: Axis) -> Markup {
    func place(_ step: Double, _ value: Double) -> String {
      let x = Self.left + across.share(step) * plane.width
      let y = Self.top + (1 - up.share(value)) * plane.height
      return "\(Self.text(x)) \(Self.text(y))"
    }
    guard let first = line.points.first else { return "" }
    var drawn = Markup()
    if line.points.contains(where: { $0.low != $0.high }) {
      let upper = line.points.map { place($0.step, $0.high) }
      let lower = line.points.reversed().map { place($0.step, $0.low) }
      drawn +=
        "<path class=\"band \(Self.look(index))\" d=\"M\((upper + lower).joined(separator: "L"))Z\"/>\n"
    }
    if line.points.count == 1 {
      let (x, y) = (across.share(first.step), 1 - up.share(first.middle))
      return drawn + """
        <circle class="dot \(Self.look(index))" cx="\(Self.text(Self.left + x * plane.width))" \
        cy="\(Self.text(Self.top + y * plane.height))" r="3"/>

        """
    }
    let middle = line.points.map { place($0.step, $0.middle) }
    return drawn
      + "<path class=\"line \(Self.look(index))\" d=\"M\(middle.joined(separator: "L"))\"/>\n"
  }

  /// A coordinate to a tenth.
  private static func text(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}
