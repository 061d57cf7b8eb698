import Glibc
import Lanes

/// A line chart as a picture: learning curves to look at.
public struct Chart: Sendable {
  public struct Point: Equatable, Sendable {
    public var x, y: Double

    public init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }

    /// Others are left out: a run that diverges has some.
    fileprivate var isDrawable: Bool { abs(x) < 1e30 && abs(y) < 1e30 }
  }

  public struct Series: Sendable {
    public var name: String
    public var points: [Point]

    public init(name: String = "", points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  public var title: String
  public var xLabel: String
  public var yLabel: String
  public var series: [Series]

  public init(title: String, xLabel: String, yLabel: String, series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
  }

  private static let ink: Picture.Colour = (40, 44, 52)
  private static let faint: Picture.Colour = (225, 228, 232)
  private static let colours: [Picture.Colour] = [
    (31, 119, 180), (214, 39, 40), (44, 160, 44), (148, 103, 189), (255, 127, 14),
  ]

  public func picture(width: Int, height: Int) -> Picture {
    var picture = Picture(width: width, height: height, filled: (255, 255, 255))
    let frame = Frame(
      left: 84, top: 44, right: max(width - 24, 85), bottom: max(height - 56, 45))
    let points = series.flatMap(\.points).filter(\.isDrawable)
    let x = Axis(points.map(\.x), ticks: 8, fits: true)
    let y = Axis(points.map(\.y), ticks: 6, fits: false)
    grid(frame, x, y, &picture)
    for (index, line) in series.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      draw(line, frame, x, y, colour, &picture)
      let row = frame.top + 8 + index * 14
      Font.draw(line.name, x: frame.left + 12, y: row, colour, on: &picture)
    }
    label(frame, &picture)
    return picture
  }

  private struct Frame {
    let left, top, right, bottom: Int
  }

  /// Round tick positions that cover the values.
  private struct Axis {
    let low, high, step: Double

    /// - Parameter fits: the axis begins at zero and ends at the largest value, tick or not.
    init(_ values: [Double], ticks: Int, fits: Bool) {
      let least = fits ? min(0, values.min() ?? 0) : values.min() ?? 0
      let most = values.max() ?? 1
      let span = max(most - least, max(abs(least), abs(most)) * 1e-6, 1e-9)
      let raw = span / Double(ticks)
      let power = pow(10, (log10(raw)).rounded(.down))
      let unit = [1.0, 2, 5, 10].first { $0 * power >= raw } ?? 10
      step = unit * power
      low = (least / step).rounded(.down) * step
      high = fits ? max(most, low + span) : max((most / step).rounded(.up) * step, low + step)
    }

    var ticks: [Double] {
      (0...Int((high - low) / step + 0.001)).map { low + Double($0) * step }
    }

    func place(_ value: Double, from: Int, to: Int) -> Double {
      Double(from) + (value - low) / (high - low) * Double(to - from)
    }

    func text(_ value: Double) -> String {
      if abs(value) >= 1_000_000 { return (value / 1_000_000).text(digits: 6) + "M" }
      if abs(value) >= 10_000 { return (value / 1000).text(digits: 6) + "k" }
      return (abs(value) < step / 1e6 ? 0 : value).text(digits: 6)
    }
  }

  private func grid(_ frame: Frame, _ x: Axis, _ y: Axis, _ picture: inout Picture) {
    for value in x.ticks {
      let column = Int(x.place(value, from: frame.left, to: frame.right))
      for row in frame.top...frame.bottom { picture.set(column, row, Self.faint) }
      let text = x.text(value)
      Font.draw(
        text, x: column - text.count * Font.width / 2, y: frame.bottom + 8, Self.ink, on: &picture)
    }
    for value in y.ticks {
      let row = Int(y.place(value, from: frame.bottom, to: frame.top))
      for column in frame.left...frame.right { picture.set(column, row, Self.faint) }
      let text = y.text(value)
      Font.draw(
        text, x: frame.left - 8 - text.count * Font.width, y: row - 3, Self.ink, on: &picture)
    }
    for column in frame.left...frame.right { picture.set(column, frame.bottom, Self.ink) }
    for row in frame.top...frame.bottom { picture.set(frame.left, row, Self.ink) }
  }

  private func label(_ frame: Frame, _ picture: inout Picture) {
    Font.draw(title, x: frame.left, y: 14, Self.ink, scale: 2, on: &picture)
    let middle = (frame.left + frame.right) / 2 - xLabel.count * Font.width / 2
    Font.draw(xLabel, x: middle, y: frame.bottom + 30, Self.ink, on: &picture)
    let centre = (frame.top + frame.bottom) / 2 + yLabel.count * Font.width / 2
    Font.draw(yLabel, x: 14, y: centre, Self.ink, upwards: true, on: &picture)
  }

  private func draw(
    _ line: Series, _ frame: Frame, _ x: Axis, _ y: Axis, _ colour: Picture.Colour,
    _ picture: inout Picture
  ) {
    let places = line.points.filter(\.isDrawable).map {
      (
        x: x.place($0.x, from: frame.left, to: frame.right),
        y: y.place($0.y, from: frame.bottom, to: frame.top)
      )
    }
    // A single point is a line to itself.
    for (from, to) in zip(places, places.count == 1 ? places[...] : places.dropFirst()) {
      let length = max(abs(to.x - from.x), abs(to.y - from.y), 1)
      for step in 0...Int(length) {
        let share = Double(step) / length
        let column = Int(from.x + share * (to.x - from.x))
        let row = Int(from.y + share * (to.y - from.y))
        picture.set(column, row, colour)
        picture.set(column, row + 1, colour)
      }
    }
  }
}
