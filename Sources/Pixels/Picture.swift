/// An RGB picture: [height, width, 3] bytes.
public struct Picture: Equatable, Sendable {
  public let width: Int
  public let height: Int
  public var rgb: [UInt8]

  public init(width: Int, height: Int, rgb: [UInt8]) {
    precondition(rgb.count == width * height * 3)
    self.width = width
    self.height = height
    self.rgb = rgb
  }

  public typealias Colour = (red: UInt8, green: UInt8, blue: UInt8)

  public init(width: Int, height: Int, filled colour: Colour) {
    self.width = width
    self.height = height
    rgb = []
    rgb.reserveCapacity(width * height * 3)
    for _ in 0..<(width * height) { rgb += [colour.red, colour.green, colour.blue] }
  }

  /// Sets one pixel; those outside are ignored.
  public mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let index = (y * width + x) * 3
    rgb[index] = colour.red
    rgb[index + 1] = colour.green
    rgb[index + 2] = colour.blue
  }

  /// Copies a picture in, its top left corner at (x, y).
  public mutating func paste(_ picture: Picture, x: Int, y: Int) {
    for row in 0..<picture.height {
      for column in 0..<picture.width {
        let index = (row * picture.width + column) * 3
        set(
          x + column, y + row,
          (picture.rgb[index], picture.rgb[index + 1], picture.rgb[index + 2]))
      }
    }
  }

  /// Every pixel becomes a square of `scale` x `scale`.
  public func enlarged(by scale: Int) -> Picture { enlarged(across: scale, down: scale) }

  /// Every pixel becomes a rectangle of `across` x `down`.
  public func enlarged(across: Int, down: Int) -> Picture {
    if across <= 1 && down <= 1 { return self }
    var large: [UInt8] = []
    large.reserveCapacity(rgb.count * across * down)
    for row in 0..<height {
      let start = large.count
      for column in 0..<width {
        let index = (row * width + column) * 3
        for _ in 0..<across { large += rgb[index..<(index + 3)] }
      }
      let line = Array(large[start...])
      for _ in 1..<max(down, 1) { large += line }
    }
    return Picture(width: width * across, height: height * down, rgb: large)
  }

  /// Squares of `scale` x `scale` pixels become one, their mean; what is left over at the right and
  /// below is left out.
  public func shrunk(by scale: Int) -> Picture {
    if scale <= 1 || width < scale || height < scale { return self }
    let (across, down) = (width / scale, height / scale)
    var small: [UInt8] = []
    small.reserveCapacity(across * down * 3)
    for row in 0..<down {
      for column in 0..<across {
        for channel in 0..<3 {
          var sum = scale * scale / 2
          for y in 0..<scale {
            let start = ((row * scale + y) * width + column * scale) * 3 + channel
            for x in 0..<scale { sum += Int(rgb[start + 3 * x]) }
          }
          small.append(UInt8(sum / (scale * scale)))
        }
      }
    }
    return Picture(width: across, height: down, rgb: small)
  }
}

/// Many pictures in one, in rows from the top left.
public enum ContactSheet {
  public static func picture(
    _ pictures: [Picture], columns: Int, gap: Int = 4, scale: Int = 1
  ) -> Picture {
    let pictures = pictures.map { $0.enlarged(by: scale) }
    let width = pictures.map(\.width).max() ?? 1
    let height = pictures.map(\.height).max() ?? 1
    let columns = max(1, min(columns, pictures.count))
    let rows = max(1, (pictures.count + columns - 1) / columns)
    var sheet = Picture(
      width: columns * (width + gap) + gap, height: rows * (height + gap) + gap,
      filled: (48, 48, 48))
    for (index, picture) in pictures.enumerated() {
      sheet.paste(
        picture, x: gap + index % columns * (width + gap), y: gap + index / columns * (height + gap)
      )
    }
    return sheet
  }
}
