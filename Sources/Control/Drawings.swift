import Glibc
import Pixels

extension Picture {
  mutating func box(centre: Point, size: Point, _ colour: Colour) {
    let (left, top) = (centre - size / 2, centre + size / 2)
    fill(polygon: [left, [top.x, left.y], top, [left.x, top.y]], colour)
  }

  /// A bar that turns about a point.
  /// - Parameters:
  ///   - angle: radians from the right, clockwise.
  ///   - behind: pixels by which it reaches back beyond the point.
  mutating func rod(
    from pivot: Point, angle: Double, behind: Double = 0, length: Double, width: Double,
    _ colour: Colour
  ) {
    let (sine, cosine) = (sin(angle), cos(angle))
    let corners: [Point] = [
      [-behind, -width / 2], [length, -width / 2], [length, width / 2], [-behind, width / 2],
    ]
    fill(polygon: corners.map { pivot + $0.turned(sine: sine, cosine: cosine) }, colour)
  }
}
