import Glibc
import Pixels

/// The planes in the colours of the package's `rgb_array`, 16 pixels a cell; of two planes in a cell the
/// later one is seen.
func picture(_ image: UnsafePointer<UInt8>, planes: Int) -> Picture {
  let colours = cubeHelix(planes)
  var picture = Picture(width: 10, height: 10, filled: (0, 0, 0))
  for cell in 0..<100 {
    guard let plane = (0..<planes).last(where: { image[cell * planes + $0] != 0 }) else { continue }
    picture.set(cell % 10, cell / 10, colours[plane])
  }
  return picture.enlarged(by: 16)
}

/// Colours from dark to bright that wind around the grey axis.
///
/// - Source: Green 2011, "A colour scheme for the display of astronomical intensity images", with
///   start 0.5, -1.5 rotations, hue 1.
private func cubeHelix(_ count: Int) -> [Picture.Colour] {
  (1...count).map { index in
    let grey = Double(index) / Double(count + 1)
    let angle = 2 * Double.pi * (0.5 / 3 - 1.5 * grey)
    let amplitude = grey * (1 - grey) / 2
    func part(_ cosine: Double, _ sine: Double) -> UInt8 {
      let value = grey + amplitude * (cosine * cos(angle) + sine * sin(angle))
      return UInt8((min(max(value, 0), 1) * 255).rounded())
    }
    return (part(-0.14861, 1.78277), part(-0.29227, -0.90649), part(1.97294, 0))
  }
}
