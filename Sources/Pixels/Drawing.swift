/// Simple shapes for pictures of worlds, without anti-aliasing.
///
/// Points are (x, y) in pixels from the top left corner, y downwards; a pixel is painted when its
/// centre lies inside. Shapes may lie partly or wholly outside; those with points that are not finite
/// are left out.
extension Picture {
  public typealias Point = SIMD2<Double>

  /// Inside by the even-odd rule; the corners may be given in either direction.
  public mutating func fill(polygon corners: [Point], _ colour: Colour) {
    guard corners.count > 2, corners.allSatisfy(\.isDrawable) else { return }
    let top = corners.map(\.y).min()!
    let bottom = corners.map(\.y).max()!
    for row in rows(from: top, to: bottom) {
      let crossings = Self.crossings(corners, Double(row) + 0.5)
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        paint(row, from: crossings[pair], to: crossings[pair + 1], colour)
      }
    }
  }

  /// A straight stroke with square ends; thinner than a pixel it is drawn one pixel wide.
  public mutating func line(from a: Point, to b: Point, width: Double = 1, _ colour: Colour) {
    guard a.isDrawable, b.isDrawable, width.isFinite else { return }
    let along = b - a
    let length = (along * along).sum().squareRoot()
    if width <= 1.5 || length == 0 { return thinLine(from: a, to: b, colour) }
    let across = Point(-along.y, along.x) * (width / 2 / length)
    fill(polygon: [a + across, b + across, b - across, a - across], colour)
  }

  /// Strokes from each point to the next.
  public mutating func lines(_ points: [Point], width: Double = 1, _ colour: Colour) {
    for (a, b) in zip(points, points.dropFirst()) { line(from: a, to: b, width: width, colour) }
  }

  public mutating func disc(_ centre: Point, radius: Double, _ colour: Colour) {
    guard centre.isDrawable, radius.isFinite, radius > 0 else { return }
    for row in rows(from: centre.y - radius, to: centre.y + radius) {
      let height = Double(row) + 0.5 - centre.y
      let half = max(0, radius * radius - height * height).squareRoot()
      paint(row, from: centre.x - half, to: centre.x + half, colour)
    }
  }

  /// One pixel a row or a column, whichever are more.
  private mutating func thinLine(from a: Point, to b: Point, _ colour: Colour) {
    let along = b - a
    let longest = max(abs(along.x), abs(along.y))
    // Only what can be seen is walked along.
    let steps = Int(min(longest.rounded(.up), Double(4 * (width + height))))
    for step in 0...max(steps, 1) {
      let point = a + along * (Double(step) / Double(max(steps, 1)))
      set(Int(point.x.rounded(.down)), Int(point.y.rounded(.down)), colour)
    }
  }

  /// Rows whose middle lies between.
  private func rows(from top: Double, to bottom: Double) -> Range<Int> {
    Self.middles(top, bottom, below: height)
  }

  private mutating func paint(_ row: Int, from left: Double, to right: Double, _ colour: Colour) {
    let columns = Self.middles(left, right, below: width)
    let first = row * width * 3
    rgb.withUnsafeMutableBufferPointer { rgb in
      for column in columns {
        rgb[first + column * 3] = colour.red
        rgb[first + column * 3 + 1] = colour.green
        rgb[first + column * 3 + 2] = colour.blue
      }
    }
  }

  private static func middles(_ low: Double, _ high: Double, below count: Int) -> Range<Int> {
    let first = (low - 0.5).rounded(.up).clamped(to: 0...Double(count))
    let end = (high - 0.5).rounded(.up).clamped(to: first...Double(count))
    return Int(first)..<Int(end)
  }

  /// Where the outline crosses a horizontal line, from left to right.
  private static func crossings(_ corners: [Point], _ y: Double) -> [Double] {
    var found: [Double] = []
    for (index, a) in corners.enumerated() {
      let b = corners[(index + 1) % corners.count]
      if (a.y <= y) == (b.y <= y) { continue }
      found.append(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x))
    }
    return found.sorted()
  }
}

extension Picture.Point {
  /// Turned about the origin by an angle in radians: with y downwards, clockwise.
  public func turned(sine: Double, cosine: Double) -> Self {
    Self(x * cosine - y * sine, x * sine + y * cosine)
  }

  /// Far enough from overflow for all that is done here.
  fileprivate var isDrawable: Bool { abs(x) < 1e9 && abs(y) < 1e9 }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
