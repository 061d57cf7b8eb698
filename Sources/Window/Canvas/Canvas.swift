import Lanes
import Pixels

/// Pixels of a window, 0xFFRRGGBB, [height, width].
///
/// Everything that a window shows is put together here, so it can be looked at without one.
public final class Canvas {
  public let width, height: Int
  let pixels: AlignedBuffer<UInt32>
  /// Draws letters and curves over the same memory.
  private(set) lazy var pen = Pen(self)

  /// - Precondition: at least one pixel.
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0)
    (self.width, self.height) = (width, height)
    pixels = AlignedBuffer(count: width * height)
    fill(bounds, Colour.back)
  }

  public var bounds: Rect { Rect(x: 0, y: 0, width: width, height: height) }

  func fill(_ rect: Rect, _ colour: UInt32) {
    let rect = rect.clipped(to: bounds)
    for row in rect.y..<rect.bottom {
      (pixels.pointer + row * width + rect.x).update(repeating: colour, count: rect.width)
    }
  }

  func frame(_ rect: Rect, _ colour: UInt32, thickness: Int) {
    let (across, down) = (min(thickness, rect.width), min(thickness, rect.height))
    fill(Rect(x: rect.x, y: rect.y, width: rect.width, height: down), colour)
    fill(Rect(x: rect.x, y: rect.bottom - down, width: rect.width, height: down), colour)
    fill(Rect(x: rect.x, y: rect.y, width: across, height: rect.height), colour)
    fill(Rect(x: rect.right - across, y: rect.y, width: across, height: rect.height), colour)
  }

  /// Fills the rectangle with the picture: enlarged, a pixel shows the nearest one of the picture's;
  /// made smaller, the mean of those that it stands for.
  func draw(_ picture: Picture, in rect: Rect) {
    guard rect.width > 0, rect.height > 0, picture.width > 0, picture.height > 0 else { return }
    let shown = rect.clipped(to: bounds)
    if shown.isEmpty { return }
    let isSmaller = rect.width < picture.width || rect.height < picture.height
    let columns = Self.sources(picture.width, rect.width, shown.x - rect.x, shown.width)
    let rows = Self.sources(picture.height, rect.height, shown.y - rect.y, shown.height)
    picture.rgb.withUnsafeBufferPointer { rgb in
      for (index, row) in rows.enumerated() {
        let target = pixels.pointer + (shown.y + index) * width + shown.x
        if index > 0, rows[index - 1] == row {
          target.update(from: target - width, count: shown.width)
        } else if isSmaller {
          Self.average(rgb.baseAddress!, picture.width, row, columns, into: target)
        } else {
          Self.copy(rgb.baseAddress! + row.lowerBound * picture.width * 3, columns, into: target)
        }
      }
    }
  }

  /// For `count` places from `first` on of an axis of `size`: what they show of one of `source`.
  private static func sources(
    _ source: Int, _ size: Int, _ first: Int, _ count: Int
  ) -> [Range<Int>] {
    (first..<first + count).map { place in
      let start = place * source / size
      return start..<max(start + 1, (place + 1) * source / size)
    }
  }

  private static func copy(
    _ row: UnsafePointer<UInt8>, _ columns: [Range<Int>], into target: UnsafeMutablePointer<UInt32>
  ) {
    for (index, column) in columns.enumerated() {
      let pixel = row + column.lowerBound * 3
      target[index] = Colour.of(pixel[0], pixel[1], pixel[2])
    }
  }

  private static func average(
    _ rgb: UnsafePointer<UInt8>, _ width: Int, _ rows: Range<Int>, _ columns: [Range<Int>],
    into target: UnsafeMutablePointer<UInt32>
  ) {
    for (index, columns) in columns.enumerated() {
      var (red, green, blue): (UInt32, UInt32, UInt32) = (0, 0, 0)
      for row in rows {
        for column in columns {
          let pixel = rgb + (row * width + column) * 3
          red += UInt32(pixel[0])
          green += UInt32(pixel[1])
          blue += UInt32(pixel[2])
        }
      }
      let count = UInt32(rows.count * columns.count)
      target[index] = Colour.of(UInt8(red / count), UInt8(green / count), UInt8(blue / count))
    }
  }

  /// What it shows, for a file.
  public var picture: Picture { picture(of: bounds) }

  public func picture(of rect: Rect) -> Picture {
    let rect = rect.clipped(to: bounds)
    var rgb: [UInt8] = []
    rgb.reserveCapacity(rect.width * rect.height * 3)
    for row in rect.y..<rect.bottom {
      for column in rect.x..<rect.right {
        let pixel = pixels.pointer[row * width + column]
        rgb.append(UInt8(truncatingIfNeeded: pixel >> 16))
        rgb.append(UInt8(truncatingIfNeeded: pixel >> 8))
        rgb.append(UInt8(truncatingIfNeeded: pixel))
      }
    }
    return Picture(width: rect.width, height: rect.height, rgb: rgb)
  }
}

/// Pixels from the top left corner.
public struct Rect: Equatable, Sendable {
  public var x, y, width, height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    (self.x, self.y, self.width, self.height) = (x, y, max(width, 0), max(height, 0))
  }

  var right: Int { x + width }
  var bottom: Int { y + height }
  var isEmpty: Bool { width == 0 || height == 0 }

  func clipped(to other: Rect) -> Rect {
    let (left, top) = (min(max(x, other.x), other.right), min(max(y, other.y), other.bottom))
    return Rect(
      x: left, y: top, width: min(right, other.right) - left,
      height: min(bottom, other.bottom) - top)
  }

  func inset(by margin: Int) -> Rect {
    Rect(x: x + margin, y: y + margin, width: width - 2 * margin, height: height - 2 * margin)
  }

  func contains(x: Int, y: Int) -> Bool {
    x >= self.x && y >= self.y && x < right && y < bottom
  }

  /// A rectangle of that size in the middle.
  func centred(width: Int, height: Int) -> Rect {
    Rect(
      x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width,
      height: height)
  }
}

/// The few colours of the window.
enum Colour {
  static let back: UInt32 = 0xFF16_181D
  static let panel: UInt32 = 0xFF21_242B
  static let line: UInt32 = 0xFF3A_3F4A
  static let text: UInt32 = 0xFFE8_EAED
  static let faint: UInt32 = 0xFF9A_A3B2
  static let bar: UInt32 = 0xFF4C_8DD6
  static let bright: UInt32 = 0xFFA9_D2FF
  static let chosen: UInt32 = 0xFFF2_A33A
  static let warning: UInt32 = 0xFFE8_6A5C

  @inline(__always) static func of(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt32 {
    0xFF00_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
  }

  /// - Parameter share: of the second, 0...1; what is no number is 0.
  static func mixed(_ one: UInt32, _ other: UInt32, share: Double) -> UInt32 {
    let share = share.isFinite ? share.clamped(to: 0...1) : 0
    func part(_ shift: UInt32) -> UInt8 {
      let (first, second) = (Double(one >> shift & 0xFF), Double(other >> shift & 0xFF))
      return UInt8((first + share * (second - first)).rounded())
    }
    return of(part(16), part(8), part(0))
  }
}
