import CBox2D
import Glibc
import Pixels

extension Lander {
  private static let scale = 30.0
  private static let hull: [Picture.Point] = [
    [-14, 17], [-17, 0], [-17, -10], [17, -10], [17, 0], [14, 17],
  ]
  private static let leg: [Picture.Point] = [[-2, -8], [2, -8], [2, 8], [-2, 8]]

  /// As the original draws it, 600 x 400, but for the engines' smoke, which is no part of the world.
  var picture: Picture {
    var picture = Picture(width: 600, height: 400, filled: (255, 255, 255))
    let ground = terrain.enumerated().map { Self.pixel(2 * Double($0.offset), $0.element) }
    picture.fill(polygon: [[0, 0]] + ground + [[600, 0]], (0, 0, 0))
    for (pose, shape) in [
      (state.hull, Self.hull), (state.legs.0, Self.leg), (state.legs.1, Self.leg),
    ] {
      let corners = shape.map { Self.place($0, pose) }
      picture.fill(polygon: corners, (128, 102, 230))
      picture.lines(corners + corners.prefix(1), (77, 77, 128))
    }
    for corner in [4, 6] {
      let foot = Self.pixel(2 * Double(corner), LanderRules.helipad)
      let top = foot - [0, 50]
      picture.line(from: foot, to: top, (255, 255, 255))
      picture.fill(polygon: [top, top + [0, 10], top + [25, 5]], (204, 204, 0))
    }
    return picture
  }

  /// A corner, in pixels with y upwards, of a body.
  private static func place(_ corner: Picture.Point, _ pose: lander_pose) -> Picture.Point {
    let (sine, cosine) = (sin(Double(pose.angle)), cos(Double(pose.angle)))
    let turned = corner.turned(sine: sine, cosine: cosine)
    return pixel(Double(pose.x) + turned.x / scale, Double(pose.y) + turned.y / scale)
  }

  private static func pixel(_ x: Double, _ y: Double) -> Picture.Point {
    [x * scale, 400 - y * scale]
  }
}
