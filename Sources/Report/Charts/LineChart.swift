/// Curves with bands, as SVG: text stays text, and the colours are those of the page.
public struct LineChart: Sendable {
  public struct Series: Sendable {
    public var name: String
    public var points: [Curve.Point]

    public init(name: String, points: [Curve.Point]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var xLabel: String
  public var yLabel: String
  public var series: [Series]
  public var (width, height) = (460, 300)

  public init(title: String, xLabel: String = "agent steps", yLabel: String, series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    // A run that diverges has points that nobody can draw.
    self.series = series.map { line in
      Series(
        name: line.name,
        points: line.points.filter { point in
          [point.step, point.middle, point.low, point.high].allSatisfy { abs($0) < 1e30 }
        })
    }
  }

  /// Series that look different: colours, and with each round of colours another stroke.
  static let colours = 6

  /// What it shows, in a sentence for each line.
  var description: String {
    let lines = series.map { line -> String in
      guard let last = line.points.last else { return "\(line.name): no points." }
      let range = line.points.contains { $0.low != $0.high }
      let band =
        range
        ? ", 95 % interval \(FigureText.number(last.low)) to \(FigureText.number(last.high))" : ""
      return "\(line.name): from \(FigureText.number(line.points[0].middle)) to "
        + "\(FigureText.number(last.middle))\(band) after \(FigureText.whole(last.step)) steps."
    }
    return ([yLabel.capitalizedFirst + " over \(xLabel)."] + lines).joined(separator: " ")
  }
}

extension String {
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
